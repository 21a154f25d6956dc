"""The store knows when it was born, and notices that it was restored from a backup."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import delete, insert, select

from integration.store.database import Database
from integration.store.gate import SqlGate
from integration.store.schema import births, heartbeats
from integration.testing.clock import NOON, HandClock


@pytest.fixture
def gate(database: Database) -> SqlGate:
    return SqlGate(database)


@pytest.fixture
def backup(database: Database) -> Callable[[], Callable[[], None]]:
    """Take a backup of what tells the store's age; calling the result restores it."""

    def take() -> Callable[[], None]:
        with database.begin() as connection:
            kept: list[tuple[Any, list[dict[str, Any]]]] = [
                (table, [dict(row) for row in connection.execute(select(table)).mappings()])
                for table in (births, heartbeats)
            ]

        def restore() -> None:
            with database.begin() as connection:
                for table, rows in kept:
                    connection.execute(delete(table))
                    connection.execute(insert(table), rows)

        return restore

    return take


@contextmanager
def _not_born_again(gate: SqlGate) -> Iterator[None]:
    before = gate.birth()
    yield
    assert gate.birth() == before


def test_a_new_store_is_born_at_the_first_question(gate: SqlGate, clock: HandClock) -> None:
    assert gate.birth() == NOON
    clock.advance(10)

    assert gate.birth() == NOON
    assert gate.gap_since() is None


def test_a_first_heartbeat_is_no_rebirth(gate: SqlGate, clock: HandClock) -> None:
    clock.advance(500)
    gate.beat("worker-1", 0)

    assert gate.birth() == clock.now()
    assert gate.gap_since() is None


def test_a_restart_within_two_minutes_goes_on(gate: SqlGate, clock: HandClock) -> None:
    gate.beat("worker-1", 0)
    with _not_born_again(gate):
        clock.advance(120)
        gate.beat("worker-1", 0)
        clock.advance(120)
        gate.beat("worker-2", 0)


def test_a_start_after_a_longer_gap_is_a_birth_and_remembers_since_when(
    gate: SqlGate, clock: HandClock
) -> None:
    gate.beat("worker-1", 0)
    clock.advance(121)

    gate.beat("worker-1", 0)

    assert gate.birth() == clock.now()
    assert gate.gap_since() == NOON


def test_processes_that_go_on_beating_never_make_a_birth(gate: SqlGate, clock: HandClock) -> None:
    numbers = {"worker-1": 0, "worker-2": 0}
    gate.birth()
    with _not_born_again(gate):
        for _ in range(5):
            for process, number in numbers.items():
                numbers[process] = gate.beat(process, number)
                clock.advance(7)
        clock.advance(3600)  # The machine slept: the same store, so nothing has to be doubted.
        gate.beat("worker-1", numbers["worker-1"])


def test_a_running_process_notices_a_restored_backup(
    gate: SqlGate, clock: HandClock, backup: Callable[[], Callable[[], None]]
) -> None:
    number = gate.beat("worker-1", 0)
    restore = backup()
    clock.advance(30)
    number = gate.beat("worker-1", number)
    clock.advance(30)
    restore()

    number = gate.beat("worker-1", number)

    born = clock.now()
    assert (gate.birth(), gate.gap_since()) == (born, NOON)
    clock.advance(30)
    gate.beat("worker-1", number)
    assert gate.birth() == born


def test_several_that_notice_one_restore_remember_the_first_gap(
    gate: SqlGate, clock: HandClock, backup: Callable[[], Callable[[], None]]
) -> None:
    numbers = [gate.beat("worker-1", 0), gate.beat("worker-2", 0)]
    restore = backup()
    clock.advance(600)
    numbers = [gate.beat("worker-1", numbers[0]), gate.beat("worker-2", numbers[1])]
    restore()

    gate.beat("worker-1", numbers[0])
    clock.advance(10)
    gate.beat("worker-2", numbers[1])

    assert (gate.birth(), gate.gap_since()) == (clock.now(), NOON)


def test_a_process_that_started_after_the_backup_notices_too(
    gate: SqlGate, clock: HandClock, backup: Callable[[], Callable[[], None]]
) -> None:
    gate.beat("worker-1", 0)
    restore = backup()
    clock.advance(5)
    number = gate.beat("worker-2", 0)
    restore()
    clock.advance(5)

    gate.beat("worker-2", number)

    assert gate.birth() == clock.now()


def test_heartbeats_tell_when_each_process_was_last_seen(gate: SqlGate, clock: HandClock) -> None:
    gate.beat("worker-1", 0)
    clock.advance(30)
    gate.beat("worker-2", 0)
    assert gate.heartbeats() == {"worker-1": NOON, "worker-2": NOON + timedelta(seconds=30)}

    clock.advance(86400)
    gate.beat("worker-3", 0)
    assert gate.heartbeats() == {
        "worker-2": NOON + timedelta(seconds=30),
        "worker-3": clock.now(),
    }


def test_the_installation_is_eight_hexadecimal_characters_that_stay(
    database: Database, gate: SqlGate
) -> None:
    installation = gate.installation()

    assert len(installation) == 8
    assert int(installation, 16) >= 0
    assert SqlGate(database).installation() == installation


def test_the_first_sight_of_a_shop_is_written_once_per_account(
    gate: SqlGate, clock: HandClock
) -> None:
    assert gate.first_sight("main", "nl") == NOON
    clock.advance(60)

    assert gate.first_sight("main", "nl") == NOON
    assert gate.first_sight("other", "nl") == clock.now()


def test_a_process_that_lives_without_working_beats_on_and_was_in_order_before(
    gate: SqlGate, database: Database
) -> None:
    number = gate.beat("worker@a:1", 0)
    gate.beat("worker@b:1", 0, in_order=False)
    worked = gate.in_order()["worker@a:1"]
    gate.beat("worker@a:1", number, in_order=False)

    assert gate.in_order() == {"worker@a:1": worked}
    assert gate.heartbeats()["worker@a:1"] >= worked
    assert list(gate.heartbeats()) == ["worker@a:1", "worker@b:1"]


def test_a_cut_over_is_from_then_on_the_first_sight_of_that_shop_alone(
    gate: SqlGate, clock: HandClock
) -> None:
    for account, shop in (("main", "nl"), ("main", "be"), ("other", "nl")):
        gate.first_sight(account, shop)
    clock.advance(600)

    assert gate.cut_over("main", "nl") == clock.now()

    clock.advance(60)
    assert gate.first_sight("main", "nl") == NOON + timedelta(seconds=600)
    assert gate.first_sight("main", "be") == NOON
    assert gate.first_sight("other", "nl") == NOON


def test_a_cut_over_of_a_shop_that_was_never_seen_is_its_first_sight(
    gate: SqlGate, clock: HandClock
) -> None:
    clock.advance(5)
    assert gate.cut_over("main", "nl") == clock.now()
    clock.advance(5)
    assert gate.first_sight("main", "nl") == NOON + timedelta(seconds=5)


def test_a_second_cut_over_moves_the_moment_again(gate: SqlGate, clock: HandClock) -> None:
    gate.cut_over("main", "nl")
    clock.advance(3600)
    assert gate.cut_over("main", "nl") == clock.now()


def test_a_cut_over_that_is_rolled_back_did_not_happen(
    database: Database, gate: SqlGate, clock: HandClock
) -> None:
    gate.first_sight("main", "nl")
    clock.advance(600)

    with pytest.raises(ZeroDivisionError), database.transaction():
        gate.cut_over("main", "nl")
        raise ZeroDivisionError

    assert gate.first_sight("main", "nl") == NOON
