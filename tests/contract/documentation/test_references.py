"""The pages of docs/reference that come from the code say what the code says."""

from __future__ import annotations

import inspect
import re
import runpy
from collections.abc import Callable
from pathlib import Path

import pytest

from integration import errors
from integration.errors import BridgeError, Deferred, Rejected, Retryable
from integration.operate.causes import CAUSES

DOCS = Path(__file__).parents[3] / "docs"
PAGES: dict[str, Callable[[], str]] = runpy.run_path(str(DOCS / "site" / "write_references.py"))[
    "PAGES"
]
FAMILIES = {BridgeError, Deferred, Retryable, Rejected}


@pytest.mark.parametrize("name", ["errors.md", "metrics.md"])
def test_the_page_is_up_to_date(name: str) -> None:
    assert (DOCS / "reference" / name).read_text("utf-8") == PAGES[name](), "make reference"


def test_every_error_that_a_job_can_end_with_has_a_cause_and_a_fix() -> None:
    kinds = {kind for _, kind in inspect.getmembers(errors, inspect.isclass)}
    codes = {kind.__name__ for kind in kinds if issubclass(kind, BridgeError)}
    assert codes - {family.__name__ for family in FAMILIES} <= set(CAUSES)
    assert all(cause.fix for cause in CAUSES.values())


def test_every_cause_is_on_the_page_of_errors_once() -> None:
    titles = re.findall(r"^### (\S+)$", PAGES["errors.md"](), re.MULTILINE)
    assert sorted(titles) == sorted(CAUSES)


def test_the_page_of_errors_repeats_sentences_as_the_source_has_them() -> None:
    said = PAGES["errors.md"]()
    assert "- `Order {...} has no {...} country; complete it in the shop.`" in said
    assert "- `Another worker took {...} over; this run writes nothing more.`" in said


def test_the_page_of_metrics_tells_meaning_and_labels_of_each() -> None:
    rows = re.findall(
        r"^\| `(\w+)` \| (\w+) \| (.*?) \| (.+) \|$", PAGES["metrics.md"](), re.MULTILINE
    )
    figures = {name: (kind, labels) for name, kind, labels, _ in rows}
    assert figures["picqer_bridge_jobs"] == ("gauge", "`flow`, `state`")
    assert figures["picqer_bridge_deliveries_total"] == ("counter", "`outcome`, `source`")
    assert all(meaning.strip() for *_, meaning in rows)
