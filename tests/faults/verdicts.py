"""One line for every fault: what was done, whether the promises held, and what was measured.

`F09 broker emptied (postgresql): PASS, 12 orders, back at work after 3.1 s`

The lines travel with the tests' reports, so they arrive from parallel workers too, and close the
output of every run of these tests.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import pytest

VERDICT = "verdict"
FIGURES = pytest.StashKey[list[str]]()
"""What a test has measured so far, in the words of its verdict."""


def figures_of(item: pytest.Item) -> list[str]:
    """The list to which the test adds what it measured."""
    return item.stash.setdefault(FIGURES, [])


def name_of(item: pytest.Item) -> str | None:
    """The name of the test's fault, and its store when it runs on several; None: it has none."""
    marker = item.get_closest_marker("fault")
    if marker is None or not marker.args:
        return None
    callspec = getattr(item, "callspec", None)
    variant = ", ".join(str(one) for one in callspec.params.values()) if callspec else ""
    return f"{marker.args[0]} ({variant})" if variant else str(marker.args[0])


def note(item: pytest.Item, report: pytest.TestReport) -> None:
    """Write into the report of a test what its verdict is to say."""
    name = name_of(item)
    if name is None or (report.when != "call" and not report.failed):
        return
    report.user_properties.append((VERDICT, (name, list(figures_of(item)))))


@dataclass(frozen=True, slots=True)
class Verdict:
    """The verdict of one fault, which several tests may have looked at."""

    name: str
    held: bool
    figures: tuple[str, ...]

    def __str__(self) -> str:
        """As people read it."""
        return ", ".join([f"{self.name}: {'PASS' if self.held else 'FAIL'}", *self.figures])


def verdicts(reports: Iterable[pytest.TestReport]) -> list[Verdict]:
    """The verdict of every fault in these reports, by name."""
    held: dict[str, bool] = {}
    figures: dict[str, list[str]] = {}
    for report in reports:
        for name, found in _noted(report):
            held[name] = held.get(name, True) and report.passed
            figures.setdefault(name, []).extend(found)
    return [Verdict(name, held[name], tuple(figures[name])) for name in sorted(held)]


def _noted(report: pytest.TestReport) -> Iterator[tuple[str, list[str]]]:
    for key, value in report.user_properties:
        if key == VERDICT and isinstance(value, list | tuple):
            yield str(value[0]), [str(one) for one in value[1]]
