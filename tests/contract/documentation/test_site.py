"""The documentation as a site: every page in it, every link alive, nothing from elsewhere."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
MKDOCS = Path(sys.executable).with_name("mkdocs")
LOADS = re.compile(
    r"<(?:script|img|iframe|source)\b[^>]*?\ssrc=\"(?P<src>[^\"]+)\""
    r"|<link\b(?P<link>[^>]+)>"
)
ELSEWHERE = re.compile(r"^(?:[a-z]+:)?//")


def build(folder: Path, *, config: Path = ROOT / "mkdocs.yml") -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [MKDOCS, "build", "--strict", "--config-file", config, "--site-dir", folder],
        env={**os.environ, "NO_MKDOCS_2_WARNING": "1"},
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("site")
    built = build(folder)
    assert built.returncode == 0, built.stderr
    return folder


def loaded(page: str) -> list[str]:
    """The addresses of what a browser loads to show the page."""
    found = []
    for each in LOADS.finditer(page):
        if each["src"]:
            found.append(each["src"])
        elif 'rel="canonical"' not in each["link"]:
            found += re.findall(r'href="([^"]+)"', each["link"])
    return found


def test_every_page_of_the_folder_is_on_the_site(site: Path) -> None:
    pages = [path.relative_to(ROOT / "docs") for path in (ROOT / "docs").rglob("*.md")]
    html = [p.with_name("index.html" if p.name == "README.md" else f"{p.stem}.html") for p in pages]
    assert [str(path) for path in html if not (site / path).is_file()] == []
    assert (site / "project" / "CHANGELOG.html").is_file()


def test_what_pages_link_to_outside_the_folder_is_there(site: Path) -> None:
    assert (site / "project" / "bridge.example.toml").is_file()
    assert (site / "project" / ".env.example").is_file()
    assert (site / "project" / "deploy" / "nginx.conf").is_file()


def test_nothing_is_loaded_from_elsewhere(site: Path) -> None:
    pages = list(site.rglob("*.html"))
    assert len(pages) > 30
    strangers = {src for page in pages for src in loaded(page.read_text("utf-8"))}
    assert [src for src in strangers if ELSEWHERE.match(src)] == []
    styles = "".join(path.read_text("utf-8") for path in site.rglob("*.css"))
    assert re.findall(r"url\([\"']?(?:https?:)?//", styles) == []


def test_no_page_asks_for_a_drawing_by_a_script_from_elsewhere(site: Path) -> None:
    assert [p.name for p in site.rglob("*.html") if "mermaid" in p.read_text("utf-8")] == []


@pytest.mark.parametrize(
    ("text", "complaint"),
    [("[gone](gone.md)", "gone.md"), ("[nowhere](README.md#nowhere)", "nowhere")],
)
def test_a_broken_link_fails_the_build(tmp_path: Path, text: str, complaint: str) -> None:
    docs = tmp_path / "docs"
    docs.mkdir()
    (docs / "README.md").write_text(f"# A page\n\n{text}\n")
    settings = (ROOT / "mkdocs.yml").read_text("utf-8").partition("nav:\n  - ")[0]
    settings = settings.replace("docs/site/hooks.py", str(ROOT / "docs" / "site" / "hooks.py"))
    (tmp_path / "mkdocs.yml").write_text(settings)
    built = build(tmp_path / "site", config=tmp_path / "mkdocs.yml")
    assert built.returncode != 0
    assert complaint in built.stderr
