"""The plan of a storm: the same seed brings the same storm, and nothing outlasts its seconds."""

from __future__ import annotations

from collections import Counter

import pytest

from workers.chaos.plan import DEALS, FAULTS, plan


def test_the_same_seed_brings_the_same_storm_and_another_seed_another() -> None:
    assert plan(42, 60) == plan(42, 60)
    assert plan(42, 60) != plan(43, 60)


def test_a_longer_storm_has_every_fault_and_every_deal_in_it() -> None:
    kinds = {step.kind for step in plan(1, 120)}
    assert kinds == {*FAULTS, *DEALS}


@pytest.mark.parametrize("seed", range(20))
def test_what_begins_within_the_seconds_ends_within_them(seed: int) -> None:
    steps = plan(seed, 30)
    assert all(0 <= step.at <= 30 for step in steps)
    assert [step.at for step in steps] == sorted(step.at for step in steps)
    begun = Counter(step.number for step in steps if not step.deal and not step.ends)
    ended = {step.number: step for step in steps if step.ends}
    assert set(begun.values()) == {1}
    for number, end in ended.items():
        (begin,) = [one for one in steps if one.number == number and not one.deal and not one.ends]
        assert (begin.kind, begin.words) == (end.kind, end.words)
        assert begin.at <= end.at


def test_no_kind_of_fault_comes_again_before_all_others_have_come() -> None:
    faults = [one.kind for one in plan(7, 300) if not one.deal and not one.ends]
    assert len(set(faults[: len(FAULTS)])) == len(FAULTS)
