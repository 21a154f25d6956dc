"""A silent side is left alone but for one probe at a time; a refused key but for one a minute."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from sqlalchemy.exc import DBAPIError

from integration.errors import LockedOut, StoreAway, Unreachable
from integration.store.database import Database
from integration.store.gate import SqlGate
from integration.store.schema import breakers
from integration.testing.clock import HandClock

SHOP = "shops/nl"


@pytest.fixture
def new_gate(database: Database, clock: HandClock) -> Callable[[], SqlGate]:
    """A gate as another process has it."""
    return lambda: SqlGate(database, clock=clock)


@pytest.fixture
def gate(new_gate: Callable[[], SqlGate]) -> SqlGate:
    return new_gate()


def _passes(gate: SqlGate, scope: str = SHOP) -> bool:
    try:
        gate.check(scope)
    except (Unreachable, LockedOut):
        return False
    return True


def _open(gate: SqlGate) -> None:
    for _ in range(5):
        gate.check(SHOP)
        gate.unanswered(SHOP)


def _held_seconds(gate: SqlGate) -> float | None:
    with pytest.raises(Unreachable) as held:
        gate.check(SHOP)
    return held.value.seconds


def test_four_failures_in_a_row_hold_nothing_and_the_fifth_does(gate: SqlGate) -> None:
    for _ in range(4):
        gate.check(SHOP)
        gate.unanswered(SHOP)
    gate.check(SHOP)

    gate.unanswered(SHOP)

    with pytest.raises(Unreachable, match="shops/nl did not answer 5 times") as held:
        gate.check(SHOP)
    assert held.value.seconds == 15
    gate.check("picqer/main")


def test_an_answer_in_between_starts_the_count_anew(gate: SqlGate) -> None:
    for _ in range(4):
        gate.unanswered(SHOP)
    gate.answered(SHOP)
    for _ in range(4):
        gate.unanswered(SHOP)

    gate.check(SHOP)


def test_one_probe_passes_when_the_time_is_up_and_its_answer_closes_the_breaker(
    gate: SqlGate, clock: HandClock
) -> None:
    _open(gate)
    clock.advance(15)

    assert [_passes(gate) for _ in range(3)] == [True, False, False]

    gate.answered(SHOP)
    assert [_passes(gate) for _ in range(3)] == [True, True, True]


def test_each_probe_without_an_answer_doubles_the_time_up_to_two_minutes(
    gate: SqlGate, clock: HandClock
) -> None:
    _open(gate)
    held: list[float | None] = []
    for _ in range(5):
        seconds = _held_seconds(gate)
        assert seconds is not None
        held.append(seconds)
        clock.advance(seconds)
        gate.check(SHOP)
        gate.unanswered(SHOP)

    assert held == [15, 30, 60, 120, 120]


def test_requests_that_were_under_way_do_not_lengthen_the_time(gate: SqlGate) -> None:
    _open(gate)
    for _ in range(10):
        gate.unanswered(SHOP)

    assert _held_seconds(gate) == 15


def test_a_probe_that_never_ends_is_followed_by_another(gate: SqlGate, clock: HandClock) -> None:
    _open(gate)
    clock.advance(15)
    gate.check(SHOP)
    clock.advance(14)
    assert not _passes(gate)

    clock.advance(1)
    assert _passes(gate)


def test_of_eight_threads_exactly_one_is_the_probe(gate: SqlGate, clock: HandClock) -> None:
    _open(gate)
    clock.advance(15)
    start = threading.Barrier(8)

    def probe(_number: int) -> bool:
        start.wait(timeout=10)
        return _passes(gate)

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(probe, range(8))) == 1


def test_a_refused_key_lets_one_probe_a_minute_through_until_it_is_accepted(
    gate: SqlGate, clock: HandClock
) -> None:
    gate.lock_out(SHOP, "401 Unauthorized")
    with pytest.raises(LockedOut, match="shops/nl refuses the key") as held:
        gate.check(SHOP)
    assert held.value.seconds == 60

    clock.advance(60)
    assert [_passes(gate), _passes(gate)] == [True, False]
    gate.lock_out(SHOP, "401 Unauthorized")
    clock.advance(59)
    assert not _passes(gate)

    clock.advance(1)
    assert _passes(gate)
    gate.answered(SHOP)
    assert [_passes(gate), _passes(gate)] == [True, True]


def test_of_many_that_are_refused_one_began_the_lock_out(
    gate: SqlGate, new_gate: Callable[[], SqlGate], clock: HandClock
) -> None:
    gates = (gate, gate, new_gate())
    assert [one.lock_out(SHOP, "401 Unauthorized") for one in gates] == [True, False, False]

    clock.advance(60)
    gate.check(SHOP)
    assert not gate.lock_out(SHOP, "401 Unauthorized"), "a refused probe goes on with it"
    clock.advance(60)
    gate.check(SHOP)
    gate.answered(SHOP)
    assert gate.lock_out(SHOP, "401 Unauthorized")


def test_silence_during_a_lock_out_keeps_it(gate: SqlGate, clock: HandClock) -> None:
    gate.lock_out(SHOP, "401 Unauthorized")
    clock.advance(60)
    gate.check(SHOP)
    for _ in range(6):
        gate.unanswered(SHOP)

    with pytest.raises(LockedOut):
        gate.check(SHOP)


def test_other_processes_notice_within_a_second(
    new_gate: Callable[[], SqlGate], clock: HandClock
) -> None:
    mine, other = new_gate(), new_gate()
    other.check(SHOP)
    _open(mine)
    clock.advance(1)
    assert not _passes(other)

    other.answered(SHOP)
    assert _passes(mine)


def test_answers_ask_the_store_at_most_once_a_second(
    database: Database, gate: SqlGate, clock: HandClock
) -> None:
    gate.check(SHOP)
    gate.answered(SHOP)
    breakers.drop(database.engine)  # From here on any question to the store fails.

    for _ in range(10):
        gate.check(SHOP)
        gate.answered(SHOP)

    clock.advance(1)
    with pytest.raises((DBAPIError, StoreAway)):
        gate.answered(SHOP)


def test_a_breaker_lets_its_probe_through_when_the_clock_was_set_back(
    gate: SqlGate, clock: HandClock
) -> None:
    _open(gate)
    assert not _passes(gate)

    clock.set_to(clock.now() - timedelta(minutes=10))

    assert _passes(gate), "not after ten minutes and a quarter"
    assert not _passes(gate), "one at a time"
