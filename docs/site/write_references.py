"""``make reference``: writes the pages of docs/reference that come from the code."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path[:0] = [str(Path(__file__).parent), str(Path(__file__).parents[2])]

import errors_page
import metrics_page

from integration.settings import reference

FOLDER = Path(__file__).parents[1] / "reference"
PAGES = {
    "errors.md": errors_page.page,
    "metrics.md": metrics_page.page,
    "settings.md": reference.page,
}

if __name__ == "__main__":
    for name, page in PAGES.items():
        (FOLDER / name).write_text(page(), "utf-8")
