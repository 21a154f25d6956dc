"""Links between the pages of the repository lead somewhere."""

from __future__ import annotations

import re
from pathlib import Path

LINK = re.compile(r"\]\((?!https?:|mailto:)(?P<file>[^)#\s]*)(?:#(?P<heading>[^)\s]*))?\)")
HEADING = re.compile(r"^#+ (.*)$", re.MULTILINE)


def pages(root: Path) -> list[Path]:
    return [*root.glob("*.md"), *(root / "docs").rglob("*.md")]


def anchors(page: Path) -> set[str]:
    """The names by which headings can be linked to."""
    titles = HEADING.findall(page.read_text("utf-8"))
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}


def test_every_link_leads_to_a_file_and_a_heading(root: Path) -> None:
    broken = []
    for page in pages(root):
        for link in LINK.finditer(page.read_text("utf-8")):
            target = (page.parent / link["file"]).resolve() if link["file"] else page
            heading = link["heading"]
            if not target.exists() or (heading and heading not in anchors(target)):
                broken.append(f"{page.relative_to(root)}: {link[0]}")
    assert broken == []


def test_every_decision_is_in_the_list_of_decisions(root: Path) -> None:
    folder = root / "docs" / "decisions"
    listed = (folder / "README.md").read_text("utf-8")
    decisions = [path.name for path in folder.glob("0*.md")]
    assert len(decisions) >= 6
    assert [name for name in decisions if f"({name})" not in listed] == []


def test_every_page_of_the_documentation_is_within_reach(root: Path) -> None:
    linked = "".join(page.read_text("utf-8") for page in pages(root))
    orphans = [page.name for page in pages(root) if page.name not in linked]
    assert orphans == []
