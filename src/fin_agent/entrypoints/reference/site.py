"""What MkDocs is told besides ``mkdocs.yml``: these functions are its hooks.

A page is written for whoever reads it in the repository: it may link to the README, to a folder or
to a file of the program. Here such links become pages of the site, or plain text.
"""

import re
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from posixpath import normpath, relpath

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files
from mkdocs.structure.pages import Page

from fin_agent.entrypoints.reference import python_api

_OUTSIDE = {
    "README.md": "readme.md",
    "SECURITY.md": "reporting.md",
    "benchmarks/README.md": "benchmarks.md",
}
_DECISIONS = "decisions"
_LINK = re.compile(r"(!?)\[([^\]]*)\]\(([^)\s]+)\)")
_NAMED_BLOCK = re.compile(r"<!-- file: (\S+) -->\n```(\w+)\n")
_TITLE = re.compile(r"^# (.+)$", re.MULTILINE)


def on_config(config: MkDocsConfig) -> MkDocsConfig:
    """Put every decision into the navigation, by number."""
    docs = Path(config.docs_dir)
    for section in config.nav or []:
        if section == {"Decisions": _DECISIONS}:
            pages = sorted((docs / _DECISIONS).glob("[0-9]*.md"))
            section["Decisions"] = [{_numbered(p): f"{_DECISIONS}/{p.name}"} for p in pages]
    return config


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add the pages whose text is outside of ``docs``."""
    root = Path(config.docs_dir).parent
    for source, target in _OUTSIDE.items():
        text = (root / source).read_text(encoding="utf-8")
        files.append(File.generated(config, target, content=text))
    return files


def on_page_markdown(markdown: str, page: Page, config: MkDocsConfig, files: Files) -> str:
    """Turn links out of the documentation into what the site has."""
    docs = Path(config.docs_dir)
    here = _place_in_repository(page.file.src_uri)
    known = set(files.src_uris)

    def turned(found: re.Match[str]) -> str:
        mark, text, link = found.groups()
        address, _, anchor = link.partition("#")
        if not address or "://" in address:
            return found[0]
        path = normpath((here.parent / address).as_posix())
        target = _on_site(path, docs.name, known)
        if target is None:
            return found[0] if (docs.parent / path).suffix == ".md" else text
        near = relpath(target, PurePosixPath(page.file.src_uri).parent)
        return f"{mark}[{text}]({near}{'#' + anchor if anchor else ''})"

    parts = [
        part if part.startswith("```") else _LINK.sub(turned, part) for part in _fenced(markdown)
    ]
    return python_api.filled(_NAMED_BLOCK.sub(r'```\2 title="\1"\n', "".join(parts)))


def _fenced(markdown: str) -> Iterator[str]:
    """The text between code blocks and the blocks, in order."""
    yield from re.split(r"(^```.*?^```$)", markdown, flags=re.MULTILINE | re.DOTALL)


def _place_in_repository(uri: str) -> PurePosixPath:
    outside = {target: source for source, target in _OUTSIDE.items()}
    return PurePosixPath(outside.get(uri, f"docs/{uri}"))


def _on_site(path: str, docs: str, known: set[str]) -> str | None:
    """The site's page or file for a path in the repository; None when it has none."""
    inside = _OUTSIDE.get(path) or path.removeprefix(f"{docs}/")
    return inside if inside in known else None


def _numbered(page: Path) -> str:
    found = _TITLE.search(page.read_text(encoding="utf-8"))
    title = page.stem if found is None else found[1]
    return f"{page.name[:4]} {title.removeprefix(page.name[:4]).strip()}"
