"""What the stock book promises about Picqer's free stock as delivered and as read."""

from __future__ import annotations

import itertools
from random import Random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from integration.domain import FreeStock
from integration.errors import Unmappable
from integration.store.database import Database
from integration.store.schema import metadata
from integration.store.stock import SqlStockBook
from integration.testing.clock import HandClock


def stamp(second: int) -> str:
    return f"2026-11-23 13:{second // 60:02d}:{second % 60:02d}"


def mug(free: int, second: int, *, unlimited: bool = False) -> FreeStock:
    return FreeStock("MUG-BLUE", {18: free}, stamp(second), unlimited=unlimited, idproduct=4411)


@pytest.fixture
def book(database: Database) -> SqlStockBook:
    return SqlStockBook(database, shops=lambda _: ["nl"], counting=lambda _: None)


def free(book: SqlStockBook) -> FreeStock:
    found = book.free_stock("main", "MUG-BLUE")
    assert found is not None
    return found


def test_a_first_delivery_is_kept_as_it_came(book: SqlStockBook) -> None:
    stock = FreeStock("MUG-BLUE", {18: 34, 19: -2}, stamp(0), idproduct=4411)

    in_doubt = book.apply("main", stock)

    assert (in_doubt, free(book)) == (False, stock)
    assert book.free_stock("other", "MUG-BLUE") is None


def test_a_newer_delivery_is_applied_without_doubt(book: SqlStockBook) -> None:
    book.apply("main", mug(34, 0))

    assert book.apply("main", mug(33, 1)) is False
    assert free(book).by_warehouse == {18: 33}


def test_an_older_delivery_is_not_applied_and_is_in_doubt(book: SqlStockBook) -> None:
    book.apply("main", mug(33, 5))

    assert book.apply("main", mug(34, 4)) is True
    assert free(book) == mug(33, 5)


def test_of_two_deliveries_of_one_second_the_last_to_arrive_stays_and_is_in_doubt(
    book: SqlStockBook,
) -> None:
    book.apply("main", mug(34, 5))

    assert book.apply("main", mug(33, 5)) is True
    assert free(book).by_warehouse == {18: 33}


def test_the_same_figure_told_twice_in_one_second_is_no_doubt(book: SqlStockBook) -> None:
    book.apply("main", mug(34, 5))

    assert book.apply("main", mug(34, 5)) is False


@pytest.mark.parametrize(("seconds", "in_doubt"), [(4.9, True), (5.1, False)])
def test_a_delivery_right_after_a_read_is_applied_but_in_doubt(
    book: SqlStockBook, clock: HandClock, seconds: float, in_doubt: bool
) -> None:
    book.observe("main", mug(34, 5))
    clock.advance(seconds)

    assert book.apply("main", mug(33, 9)) is in_doubt
    assert free(book).by_warehouse == {18: 33}


def test_a_read_does_not_overwrite_a_newer_delivery_but_counts_as_a_read(
    book: SqlStockBook,
) -> None:
    book.apply("main", mug(33, 5))

    book.observe("main", mug(34, 4))

    assert free(book).by_warehouse == {18: 33}
    assert book.apply("main", mug(32, 6)) is True


def test_a_read_of_the_same_second_settles_the_figure(book: SqlStockBook) -> None:
    book.apply("main", mug(33, 5))

    book.observe("main", mug(30, 5))

    assert free(book).by_warehouse == {18: 30}


def test_a_delivery_without_an_idproduct_keeps_the_known_one(book: SqlStockBook) -> None:
    book.apply("main", mug(33, 5))

    book.apply("main", FreeStock("MUG-BLUE", {18: 1}, stamp(6)))

    assert free(book).idproduct == 4411


def test_every_productcode_is_listed_once_and_per_account(book: SqlStockBook) -> None:
    for number in range(5):
        book.apply("main", FreeStock(f"P{number}", {}, stamp(0)))
    book.apply("other", mug(1, 0))

    assert list(book.productcodes("main")) == ["P0", "P1", "P2", "P3", "P4"]


def test_a_list_longer_than_a_page_is_complete(
    book: SqlStockBook, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("integration.store.free_stock.PAGE", 2)
    for number in range(4):
        book.apply("main", FreeStock(f"P{number}", {}, stamp(0)))

    assert list(book.productcodes("main")) == ["P0", "P1", "P2", "P3"]


def test_a_productcode_that_is_too_long_is_refused_with_a_sentence(book: SqlStockBook) -> None:
    with pytest.raises(Unmappable, match="has 201 characters, more than the 200"):
        book.apply("main", FreeStock("X" * 201, {18: 1}, stamp(0)))


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.lists(st.tuples(st.integers(0, 99), st.booleans()), min_size=1, max_size=6, unique=True),
    st.randoms(use_true_random=False),
)
def test_in_any_order_of_arrival_the_figure_of_the_newest_stamp_stays(
    facts: list[tuple[int, bool]], random: Random
) -> None:
    database = Database("sqlite://", clock=HandClock())
    metadata.create_all(database.engine)
    book = SqlStockBook(database, shops=lambda _: ["nl"], counting=lambda _: None)
    arrivals = [(mug(figure, second), read) for second, (figure, read) in enumerate(facts)]
    newest = arrivals[-1][0]
    random.shuffle(arrivals)

    for stock, read in arrivals:
        if read:
            book.observe("main", stock)
        else:
            book.apply("main", stock)

    assert free(book) == newest
    database.dispose()


def test_every_order_of_three_deliveries_tells_doubt_unless_they_came_in_order(
    memory_database: Database,
) -> None:
    book = SqlStockBook(memory_database, shops=lambda _: [], counting=lambda _: None)

    for number, arrivals in enumerate(itertools.permutations(range(3))):
        doubts = [
            book.apply("main", FreeStock(f"P{number}", {18: second}, stamp(second)))
            for second in arrivals
        ]
        assert any(doubts) is (list(arrivals) != [0, 1, 2])
