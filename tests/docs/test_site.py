"""The documentation builds as a site without a warning, and the site needs nothing from outside."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.docs.pages import DOCS, ROOT

LOADED = re.compile(
    r"""<(?:script|img|iframe|source)\b[^>]*\bsrc=["']?([^"'\s>]+)"""
    r"""|<link\b[^>]*\bhref=["']?([^"'\s>]+)"""
    r"""|url\(["']?([^"')]+)|@import\s+["']([^"']+)"""
)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("site")
    line = [sys.executable, "-m", "mkdocs", "build", "--strict", "--site-dir", str(folder)]
    quiet = {**os.environ, "NO_MKDOCS_2_WARNING": "1", "PYTHONWARNINGS": "ignore"}
    done = subprocess.run(line, cwd=ROOT, env=quiet, capture_output=True, text=True, check=False)

    assert done.returncode == 0, done.stderr
    assert "WARNING" not in done.stderr
    return folder


def test_every_page_is_on_the_site(site: Path) -> None:
    pages = {page.relative_to(DOCS).with_suffix(".html") for page in DOCS.rglob("*.md")}

    assert not [page for page in pages if not (site / page).is_file()]
    assert (site / "readme.html").is_file()


def test_the_site_loads_nothing_from_outside(site: Path) -> None:
    for page in (*site.rglob("*.html"), *site.rglob("*.css")):
        found = LOADED.findall(page.read_text(encoding="utf-8"))
        addresses = [address for groups in found for address in groups if address]

        assert not [a for a in addresses if re.match(r"(https?:)?//", a)], page


def test_what_a_page_loads_is_on_the_site(site: Path) -> None:
    for page in site.rglob("*.html"):
        if page.name == "404.html":  # its addresses begin at the server's root
            continue
        for groups in LOADED.findall(page.read_text(encoding="utf-8")):
            address = "".join(groups).partition("?")[0].partition("#")[0]
            if address and not address.startswith("data:"):
                assert (page.parent / address).is_file(), (page.name, address)


def test_links_out_of_the_documentation_became_pages_or_words(site: Path) -> None:
    tutorial = (site / "tutorial.html").read_text(encoding="utf-8")

    assert 'href="readme.html#start"' in tutorial
    assert "README.md" not in (site / "readme.html").read_text(encoding="utf-8")
