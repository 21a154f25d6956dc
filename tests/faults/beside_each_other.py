"""How scenarios share the machine: each goes to whoever is free, the long ones first."""

from __future__ import annotations

import pytest
from xdist.scheduler import LoadScopeScheduling

SHARED = ("test_hard_day.py", "test_stalled.py", "test_rate_limit_in_real_time.py")
"""Files whose tests look at one installation: a second process would start it a second time."""
LONG = (
    "killed_at_every_crash_point",
    "foreign_use_of_the_key",
    "killed_in_the_act",
    "refused_key_of_the_shop",
    "killed_between_two_writes",
    "tell_a_person_of_one_another",
    "limit_that_falls_and_rises",
    "frozen_worker_that_wakes_up",
    "a_storm_of_429",
    "answer_was_spoiled",
    "locked_store",
    "rolling_restarts",
    "everything_killed",
    "killed_workers",
    "killed_three_workers",
    "connections_that_the_store_ends",
    "every_promise_holds",
    "lists_do_not_show",
    "our_own_clocks",
    "health_check_of_the_image",
    "the_hour_that_comes_twice",
    "half_open",
    "full_disk",
)
"""Those of a minute and more, the longest first: one that began last would run on by itself, and
one that waits behind another long one would begin late."""


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
