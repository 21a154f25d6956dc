"""How scenarios share the machine: each goes to whoever is free, the long ones first."""

from __future__ import annotations

import pytest
from xdist.scheduler import LoadScopeScheduling

SHARED = ("test_hard_day.py", "test_stalled.py", "test_rate_limit_in_real_time.py")
"""Files whose tests look at one installation: a second process would start it a second time."""
LONG = (
    "crash_points/",
    "test_picqer_limits.py",
    "test_people_meanwhile.py",
    "test_watching_one_another.py",
    "test_clocks.py",
    "test_workers_stopped.py",
    "test_picqer_answers.py",
    "test_storm.py",
    "test_store_lost.py",
    "test_processes_killed.py",
    "test_poison.py",
)
"""Those of a minute and more, the longest first: one that began last would run on by itself."""


class BesideEachOther(LoadScopeScheduling):
    """Hands every scenario to the next free process, and the files of ``SHARED`` as one.

    pytest-xdist's own ``loadgroup`` lost its groups with pytest 9.2, without a word.
    """

    def _split_scope(self, nodeid: str) -> str:
        file = nodeid.partition("::")[0]
        return file if file.endswith(SHARED) else nodeid


def long_ones_first(items: list[pytest.Item]) -> None:
    """Put them in the order in which they are to begin."""

    def place(item: pytest.Item) -> int:
        return next((n for n, name in enumerate(LONG) if name in item.nodeid), len(LONG))

    items.sort(key=place)
