"""Take the pictures of the documentation: `make screenshots`, with the data of a played morning."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from playwright.sync_api import Browser

from tests.browser.serving import browsing, chromium, serving
from tests.contract.console.seeded import Morning

DESKTOP = {"width": 1280, "height": 800}
PHONE = {"width": 390, "height": 844}
PICTURES = (
    ("console-overview", "/", DESKTOP, "light"),
    ("console-overview-dark", "/", DESKTOP, "dark"),
    ("console-overview-phone", "/", PHONE, "light"),
    ("console-order", "/order?number=1042&shop=nl", DESKTOP, "light"),
    ("console-order-dark-phone", "/order?number=1049&shop=nl", PHONE, "dark"),
    ("console-parked", "/parked", DESKTOP, "light"),
    ("console-jobs-dark", "/jobs", DESKTOP, "dark"),
    ("console-plan", "/acts/plan?act=retry&state=parked", DESKTOP, "light"),
    ("console-pauses", "/pauses", DESKTOP, "light"),
)


def main(folder: Path) -> int:
    """Take every picture into this folder."""
    if chromium() is None:
        sys.stderr.write("No Chromium was found: apt-get install chromium, or set CHROMIUM.\n")
        return 1
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as place:
        morning = Morning(Path(place))
        with serving(morning.begin().services) as url, browsing() as browser:
            for name, path, size, scheme in PICTURES:
                take(browser, f"{url}{path}", folder / f"{name}.png", size, scheme)
        morning.close()
    return 0


def take(browser: Browser, url: str, file: Path, size: dict[str, int], scheme: str) -> None:
    """One picture, of what fits on that screen."""
    page = browser.new_page(viewport=size, color_scheme=scheme)
    page.goto(url, wait_until="networkidle")
    page.screenshot(path=file)
    page.close()


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
