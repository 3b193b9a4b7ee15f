"""Settings of what watches over the agent and tells a person: channels, levels, traces.

Addresses and passwords of channels are never settings: they are secrets (``composition.secrets``).
"""

from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field

from fin_agent.application.notify import KINDS, Level
from fin_agent.composition.section import Section

Options = dict[str, Any]


def _known(levels: dict[str, Level]) -> dict[str, Level]:
    strange = sorted(levels.keys() - KINDS.keys())
    if strange:
        raise ValueError(f"no kind of notice {', '.join(strange)}; there are {', '.join(KINDS)}")
    return levels


class ChannelChoice(Section):
    """One channel to a person."""

    use: str = Field(description="file name in adapters/notifications")
    name: str = Field("", pattern=r"^[a-z0-9_]{0,24}$", description="its own name; empty: `use`")
    least: Literal["info", "warning", "critical"] = Field(
        "info", description="nothing less severe goes there"
    )
    options: Options = Field({}, description="constructor arguments")

    @property
    def known_as(self) -> str:
        """The name in messages, in metrics and in the name of its secret."""
        return self.name or self.use


class NotifySettings(Section):
    """What is told, how often, and what happens when nobody hears it."""

    levels: Annotated[dict[str, Level], AfterValidator(_known)] = Field(
        {}, description="kind of notice: on, silent or off (see operations)"
    )
    group_s: float = Field(5.0, ge=0, le=600, description="seconds to wait for more to tell")
    per_minute: int = Field(6, ge=1, le=60, description="messages a minute, critical ones aside")
    repeat_minutes: float = Field(
        5.0, ge=0.5, description="a critical notice goes again until fin-agent ack"
    )
    safe_after_minutes: float = Field(
        30.0, ge=0, description="unacknowledged so long, entries go off; 0: never"
    )
    dead_man_minutes: float = Field(
        5.0, ge=0.5, description="a ping to DEAD_MAN_URL while everything is healthy"
    )


class TracingSettings(Section):
    """One OpenTelemetry trace from scan to fill; needs the extra `otel`."""

    exporter: Literal["none", "otlp"] = Field("none", description="where traces go")
    endpoint: str = Field(
        "",
        pattern=r"^(https?://[^@]+)?$",
        description="OTLP over HTTP; empty: a collector on this machine, port 4318",
    )
