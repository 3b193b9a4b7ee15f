"""Writes every generated part of a checkout: ``python -m fin_agent.entrypoints.reference .``."""

import sys
from collections.abc import Callable, Mapping
from pathlib import Path

from fin_agent.composition import reference
from fin_agent.entrypoints.reference import api_page, commands_page, errors_page

PAGES: Mapping[str, Callable[[], str]] = {
    "docs/cli.md": commands_page.text,
    "docs/errors.md": errors_page.text,
    "docs/http-api.md": api_page.text,
}


def main(root: Path) -> None:
    """Write the default settings and the pages into a checkout."""
    reference.main(root)
    for name, text in PAGES.items():
        (root / name).write_text(text(), encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
