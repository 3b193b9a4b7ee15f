"""What a release says about itself: its section of the changelog, when tag and version agree.

python ops/release.py v1.2.0 > dist/CHANGES.md
"""

import re
import sys
from pathlib import Path

_ROOT = Path(__file__).resolve().parents[1]


def version_of(module: str) -> str:
    """The version that the package's ``__init__`` names."""
    found = re.search(r'^__version__ = "([^"]+)"$', module, re.MULTILINE)
    if found is None:
        raise ValueError("the package names no version")
    return found[1]


def section_of(changelog: str, version: str) -> str:
    """What the changelog says about a version, without its heading.

    Raises:
        ValueError: it says nothing.
    """
    found = re.search(
        rf"^## {re.escape(version)}(?: [^\n]*)?\n(.*?)(?=^## |\Z)",
        changelog,
        re.MULTILINE | re.DOTALL,
    )
    text = found[1].strip() if found else ""
    if not text:
        raise ValueError(
            f"docs/changelog.md has no section {version}: give the changes under Unreleased"
            f" the heading '## {version} - DATE'"
        )
    return text


def changes(tag: str, module: str, changelog: str) -> str:
    """The changes of a tag.

    Raises:
        ValueError: the tag is not the package's version, or nothing is written about it.
    """
    version = version_of(module)
    if tag != f"v{version}":
        raise ValueError(f"the tag {tag} is not the version of the package: {version}")
    return section_of(changelog, version)


def main(tag: str) -> int:
    """Print the changes of a tag, or say what is missing."""
    module = (_ROOT / "src/fin_agent/__init__.py").read_text(encoding="utf-8")
    changelog = (_ROOT / "docs/changelog.md").read_text(encoding="utf-8")
    try:
        sys.stdout.write(changes(tag, module, changelog) + "\n")
    except ValueError as error:
        sys.stderr.write(f"error: {error}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1] if len(sys.argv) > 1 else ""))
