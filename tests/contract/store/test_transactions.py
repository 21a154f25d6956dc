"""What every store promises about transactions."""

from __future__ import annotations

import pytest
from sqlalchemy import func, insert, select
from sqlalchemy.exc import IntegrityError

from integration.store.database import Database
from integration.store.schema import bookmarks
from integration.testing.clock import HandClock


def _keep(database: Database, name: str) -> None:
    with database.begin() as connection:
        connection.execute(insert(bookmarks).values(scope="s", name=name, value=1, at=0.0))


def _count(database: Database) -> int:
    with database.begin() as connection:
        return connection.execute(select(func.count()).select_from(bookmarks)).scalar_one()


def test_what_is_written_inside_one_transaction_is_all_kept(database: Database) -> None:
    with database.transaction():
        _keep(database, "first")
        _keep(database, "second")

    assert _count(database) == 2


def test_an_error_undoes_everything_inside_also_what_a_nested_one_wrote(
    database: Database,
) -> None:
    with pytest.raises(RuntimeError), database.transaction():
        with database.transaction():
            _keep(database, "first")
        raise RuntimeError

    assert _count(database) == 0


def test_work_after_the_commit_runs_once_and_only_when_it_was_committed(
    database: Database,
) -> None:
    ran: list[str] = []

    with pytest.raises(RuntimeError), database.transaction():
        database.after_commit(lambda: ran.append("undone"))
        raise RuntimeError
    with database.transaction():
        with database.transaction():
            database.after_commit(lambda: ran.append("kept"))
        assert ran == []

    assert ran == ["kept"]


def test_the_stores_clock_is_the_one_it_was_given(database: Database, clock: HandClock) -> None:
    clock.advance(90)

    assert database.now() == clock.now()


def test_the_error_of_a_refused_row_does_not_repeat_what_was_in_it(database: Database) -> None:
    _keep(database, "a.jan" + "sen@example.org")

    with pytest.raises(IntegrityError) as refused:
        _keep(database, "a.jan" + "sen@example.org")

    assert "a.jansen" not in str(refused.value).partition("DETAIL")[0]
