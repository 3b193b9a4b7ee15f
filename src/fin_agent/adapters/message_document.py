"""A message to a person as one JSON document, for channels that other programs read."""

from fin_agent.domain.notice import Message


def message_document(message: Message) -> dict[str, object]:
    """Title, text, severity, and whether it makes no sound."""
    return {
        "title": message.title,
        "text": message.text,
        "severity": message.severity.value,
        "silent": message.silent,
    }
