"""What the site needs beside the pages of docs/: pages and files of the repository outside it.

Pages link to them as they stand in the repository, so that the links also work where the sources
are read. On the site they are under ``project/``.
"""

from __future__ import annotations

import posixpath
import re
from pathlib import Path

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files, InclusionLevel
from mkdocs.structure.pages import Page

ROOT = Path(__file__).parents[2]
OUTSIDE = "project"
PAGES = ("README.md", "CONTRIBUTING.md", "SECURITY.md", "CHANGELOG.md")
LINK = re.compile(r"(?P<open>\]\()(?!https?:|mailto:|#)(?P<file>[^)#\s]+)")
IN_MERMAID = re.compile(
    r"^```mermaid\n.*?^```\n(\n?The same as text:\n)?", re.MULTILINE | re.DOTALL
)


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Take in the pages of the repository's root, and every file that a page links to."""
    linked = {OUTSIDE + "/" + name for name in PAGES}
    for page in files.documentation_pages():
        linked |= _outside(page.content_string, page.src_uri)
    for name in PAGES:
        linked |= _outside((ROOT / name).read_text("utf-8"), f"{OUTSIDE}/{name}")
    for uri in sorted(linked - {file.src_uri for file in files}):
        source = ROOT / uri.removeprefix(f"{OUTSIDE}/")
        if source.is_file():
            files.append(_copy(config, uri, source))
    return files


def _copy(config: MkDocsConfig, uri: str, source: Path) -> File:
    """A file of the repository as it is. One with a dot in front is taken in all the same."""
    file = File.generated(config, uri, abs_src_path=str(source))
    file.inclusion = InclusionLevel.INCLUDED
    return file


def on_page_markdown(markdown: str, *, page: Page, config: MkDocsConfig, files: Files) -> str:
    """Lead links to where the things are on the site.

    Diagrams in Mermaid would be drawn by a script from elsewhere: each has its like in text.
    """
    del config, files
    here = page.file.src_uri
    text = IN_MERMAID.sub("", markdown)
    return LINK.sub(lambda link: link["open"] + _relative(_place(link["file"], here), here), text)


def _outside(markdown: str, here: str) -> set[str]:
    places = {_place(link["file"], here) for link in LINK.finditer(markdown)}
    return {place for place in places if place.startswith(f"{OUTSIDE}/")}


def _place(link: str, here: str) -> str:
    """Where the target of a link is below the site's root."""
    in_root = here.removeprefix(f"{OUTSIDE}/")
    inside = in_root == here
    folder = posixpath.dirname(posixpath.join("docs", here) if inside else in_root)
    target = posixpath.normpath(posixpath.join(folder, link))
    if target.startswith("docs/"):
        return target.removeprefix("docs/")
    return f"{OUTSIDE}/{'README.md' if target == 'README.md' else target}"


def _relative(place: str, here: str) -> str:
    return posixpath.relpath(place, posixpath.dirname(here) or ".")
