"""Plants secrets, lives a day with faults and forced tracebacks, and looks for them everywhere.

    python -m tests.security.canaries --budget 30 --seed 1

Twenty-five secrets are planted: those that the program knows, half of them in the environment and
half as files, and those of other programs beside them. The broker loses and repeats,
the providers repeat the keys in whatever they answer, plug-ins fail, processes are aborted. Then
every file that was written is searched, pages of databases and captured output included, for each
secret as it is, in hexadecimal, in base64 and as an address writes it. The budget is seconds of
each life; below five there is one life instead of four.
"""

import shutil
import signal
import tempfile
from base64 import b64encode
from collections.abc import Mapping
from pathlib import Path
from random import Random
from urllib.parse import quote

from fin_agent.composition.secrets import Secrets
from tests.reliability.killed_agent import Broker, lay_out
from tests.reliability.programme import Report, main
from tests.security.canary_lives import commands, echoed, life

PLANTED = 25
_OTHERS = (
    "AWS_SECRET_ACCESS_KEY",
    "DATABASE_URL",
    "GITHUB_TOKEN",
    "HTTPS_PROXY",
    "HTTP_PROXY",
    "NPM_TOKEN",
    "PGPASSWORD",
    "SMTP_PASSWORD",
    "SSH_AUTH_TOKEN",
    "STRIPE_API_KEY",
    "TWILIO_AUTH_TOKEN",
    "VAULT_TOKEN",
)
_ADDRESSES = frozenset({"channel_ops", "dead_man_url"})
_LETTERS = "ABCDEFGHJKMNPQRSTVWXYZabcdefghjkmnpqrstvwxyz23456789+/"
_SPEED = 600.0
_BOTH = 5


def canary(chance: Random) -> str:
    """45 characters: long enough for a token, and without padding in base64."""
    return "".join(chance.choices(_LETTERS, k=45))


def planted(seed: int) -> tuple[dict[str, str], dict[str, str], dict[str, str]]:
    """Secrets of the program for the environment and for files, and those of other programs."""
    chance = Random(seed)
    names = [name for name in Secrets.model_fields if name != "channels"]
    names.append("channel_ops")  # of a channel that the lives are told to use
    variables = {name.upper(): canary(chance) for name in names}
    files = {name: canary(chance) for name in names}
    others = {name: canary(chance) for name in _OTHERS}
    needed = max(0, PLANTED - len(variables) - len(files))
    return variables, files, dict(list(others.items())[:needed])


def as_given(secrets: Mapping[str, str]) -> dict[str, str]:
    """Secrets as the program is given them: some are part of an address."""
    return {
        name: f"https://127.0.0.1:9/{secret}" if name.lower() in _ADDRESSES else secret
        for name, secret in secrets.items()
    }


def forms(secret: str) -> dict[str, bytes]:
    """How a secret may be written down."""
    raw = secret.encode()
    return {
        "as it is": raw,
        "hex": raw.hex().encode(),
        "base64": b64encode(raw),
        "quoted": quote(secret, safe="").encode(),
        "quoted without slashes": quote(secret).encode(),
        "repr": repr(secret)[1:-1].encode(),
    }


def hits(folder: Path, secrets: Mapping[str, str], report: Report) -> list[str]:
    """Where a secret stands, by file, name and form; the secret itself is not said."""
    found: list[str] = []
    for path in sorted(folder.rglob("*")):
        if not path.is_file():
            continue
        content = path.read_bytes()
        report.count("files searched")
        report.count("bytes searched", len(content))
        found += [
            f"{path.relative_to(folder)}: {name} {form}"
            for name, secret in secrets.items()
            for form, text in forms(secret).items()
            if text in content
        ]
    return found


async def canaries(budget: int, report: Report) -> None:
    variables, files, others = planted(report.seed)
    everything = {**variables, **{f"file {n}": s for n, s in files.items()}, **others}
    report.count("secrets planted", len(everything))
    with tempfile.TemporaryDirectory() as folder:
        place, hidden = Path(folder) / "searched", Path(folder) / "secrets"
        hidden.mkdir()
        for name, secret in as_given(files).items():
            (hidden / name).write_text(secret)
        home = await lay_out(place)
        broker = Broker(Path(folder), report.seed, _SPEED)
        is_short = budget < _BOTH
        try:
            for number, by_hand in enumerate((0,) if is_short else (0, 1)):
                half = as_given(
                    dict(list(variables.items())[by_hand::2])
                )  # the others come from files
                environment = {**half, **others, "FIN_AGENT_SECRETS_DIR": str(hidden)}
                data = Path(shutil.copytree(home, place / f"life-{number}"))
                for ending in (signal.SIGABRT,) if is_short else (signal.SIGTERM, signal.SIGABRT):
                    life(data, broker, environment, (budget, ending), report)
                commands(data, environment, report)
        finally:
            broker.close()
        (place / "echoes").mkdir()
        await echoed(place / "echoes", variables, report)
        control = place / "control.txt"
        control.write_text(b64encode(next(iter(variables.values())).encode()).decode())
        found = hits(place, everything, report)
    report.require(any(hit.startswith("control.txt") for hit in found), "the search finds nothing")
    for hit in found:
        if not hit.startswith("control.txt"):
            report.fail(hit)
    report.count("found", len(found) - 1)


if __name__ == "__main__":
    main("canaries", canaries, 30)
