"""What the stock book promises about pieces that are ordered and not held by Picqer yet."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor, wait
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from functools import partial
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from integration.domain import (
    Address,
    Customer,
    FreeStock,
    FulfillmentStatus,
    Order,
    OrderLine,
    PaymentStatus,
)
from integration.errors import Unmappable
from integration.policy import AccountPolicy, ShopPolicy
from integration.store.database import Database
from integration.store.schema import metadata
from integration.store.stock import SqlStockBook
from integration.testing.clock import NOON, HandClock

MAIN = AccountPolicy("main")
NL = ShopPolicy("nl", MAIN, frozenset({"push_stock"}))
BE = ShopPolicy("be", MAIN, frozenset({"push_stock"}))


def line(number: int, sku: str | None = "MUG-BLUE", quantity: int = 2) -> OrderLine:
    return OrderLine(str(number), sku, "Blue mug", quantity, Decimal("8.22"))


def shop_order(*lines: OrderLine, order_id: str = "1042", holds_stock: bool = True) -> Order:
    return Order(
        id=order_id,
        number=f"N{order_id}",
        payment_status=PaymentStatus.PAID,
        release=True,
        fulfillment_status=FulfillmentStatus.UNFULFILLED,
        holds_stock=holds_stock,
        cancelled=False,
        test=False,
        placed_at=NOON,
        paid_at=NOON + timedelta(seconds=30),
        updated_at=NOON,
        currency="EUR",
        customer=Customer(),
        billing_address=Address(),
        shipping_address=Address(),
        lines=lines or (line(1),),
    )


def stock(free: int, stamp: str, productcode: str = "MUG-BLUE") -> FreeStock:
    return FreeStock(productcode, {18: free}, stamp)


def book_in(database: Database) -> SqlStockBook:
    return SqlStockBook(database, shops=lambda _: ["be", "nl"], counting=lambda _: None)


@pytest.fixture
def book(database: Database) -> SqlStockBook:
    return book_in(database)


def marked(book: SqlStockBook, shop: ShopPolicy) -> set[str]:
    """The productcodes that are marked for a shop; they are not marked any more afterwards."""
    differences = book.differences(shop, 100)
    book.compared(shop.name, differences)
    return {difference.productcode for difference in differences}


def test_a_line_is_in_flight_from_its_first_reading(book: SqlStockBook) -> None:
    book.book_order(NL, shop_order(), counts=True)

    assert book.in_flight("main", "MUG-BLUE") == 2
    assert book.in_flight("other", "MUG-BLUE") == 0


@pytest.mark.parametrize(
    ("second", "in_doubt"), [(7, False), (8, True), (9, True), (10, True), (11, False)]
)
def test_a_figure_of_the_second_of_processing_or_just_before_is_in_doubt(
    book: SqlStockBook, second: int, in_doubt: bool
) -> None:
    # Picqer books the pieces first and stamps the order after that: perhaps a second later.
    book.book_order(NL, shop_order(), counts=True)
    book.processed("nl", "1042", "2026-11-23 13:00:10")

    assert book.apply("main", stock(38, f"2026-11-23 13:00:{second:02d}")) is in_doubt


def test_the_second_of_processing_of_an_order_that_does_not_count_casts_no_doubt(
    book: SqlStockBook,
) -> None:
    book.book_order(NL, shop_order(), counts=True)
    book.processed("nl", "1042", "2026-11-23 13:00:10")
    book.stop_counting("nl", "1042")

    assert book.apply("main", stock(38, "2026-11-23 13:00:10")) is False


def test_lines_with_one_productcode_and_orders_of_all_shops_are_summed(book: SqlStockBook) -> None:
    book.book_order(NL, shop_order(line(1), line(2, quantity=3)), counts=True)
    book.book_order(BE, shop_order(line(1, quantity=5)), counts=True)

    assert book.in_flight("main", "MUG-BLUE") == 10


@pytest.mark.parametrize(
    "odd",
    [
        line(1, None),
        line(1, ""),
        line(1, quantity=0),
        replace(line(1), requires_shipping=False),
    ],
)
def test_what_picqer_will_never_hold_is_not_in_flight(book: SqlStockBook, odd: OrderLine) -> None:
    book.book_order(NL, shop_order(odd), counts=True)

    assert book.in_flight("main", "MUG-BLUE") == 0
    assert marked(book, NL) == set()


def test_an_order_that_does_not_count_or_holds_no_stock_is_not_in_flight(
    book: SqlStockBook,
) -> None:
    book.book_order(NL, shop_order(order_id="1"), counts=False)
    book.book_order(NL, shop_order(order_id="2", holds_stock=False), counts=True)

    assert book.in_flight("main", "MUG-BLUE") == 0


def test_reading_again_keeps_the_first_sight_and_replaces_the_lines(
    book: SqlStockBook, clock: HandClock
) -> None:
    first = book.book_order(NL, shop_order(line(1), line(2, "PLATE", 1)), counts=True)
    clock.advance(60)

    again = book.book_order(NL, shop_order(line(1, quantity=1)), counts=True)

    assert again.first_seen_at == first.first_seen_at == NOON
    assert book.in_flight("main", "MUG-BLUE") == 1
    assert book.in_flight("main", "PLATE") == 0
    assert book.booking("nl", "1042") == again
    assert (again.number, again.account, again.placed_at) == ("N1042", "main", NOON)
    assert again.paid_at == NOON + timedelta(seconds=30)


def test_only_what_changed_is_marked_and_for_every_shop_of_the_account(book: SqlStockBook) -> None:
    book.book_order(NL, shop_order(line(1), line(2, "PLATE", 1)), counts=True)
    assert marked(book, NL) == marked(book, BE) == {"MUG-BLUE", "PLATE"}

    book.book_order(NL, shop_order(line(1), line(2, "PLATE", 1)), counts=True)
    assert marked(book, NL) == set()

    book.book_order(NL, shop_order(line(1), line(2, "PLATE", 4)), counts=True)
    assert marked(book, NL) == marked(book, BE) == {"PLATE"}


def test_an_order_that_stops_counting_gives_its_pieces_back(book: SqlStockBook) -> None:
    book.book_order(NL, shop_order(), counts=True)
    marked(book, NL)

    book.stop_counting("nl", "1042")
    book.stop_counting("nl", "1042")

    assert book.in_flight("main", "MUG-BLUE") == 0
    assert marked(book, NL) == {"MUG-BLUE"}
    booking = book.booking("nl", "1042")
    assert booking is not None
    assert booking.counts is False


@pytest.mark.parametrize(
    ("figure_at", "in_flight"),
    [(None, 2), ("2026-11-23 13:00:09", 2), ("2026-11-23 13:00:10", 2), ("2026-11-23 13:00:11", 0)],
)
def test_a_processed_line_is_in_flight_until_a_newer_figure_is_known(
    book: SqlStockBook, figure_at: str | None, in_flight: int
) -> None:
    book.book_order(NL, shop_order(), counts=True)
    book.processed("nl", "1042", "2026-11-23 13:00:10")

    if figure_at is not None:
        book.apply("main", stock(32, figure_at))

    assert book.in_flight("main", "MUG-BLUE") == in_flight


def test_a_newer_stamp_with_the_same_figure_is_marked_when_it_ends_what_is_in_flight(
    book: SqlStockBook,
) -> None:
    book.apply("main", stock(32, "2026-11-23 13:00:00"))
    book.book_order(NL, shop_order(), counts=True)
    book.processed("nl", "1042", "2026-11-23 13:00:10")
    marked(book, NL)

    book.observe("main", stock(32, "2026-11-23 13:00:11"))
    assert marked(book, NL) == {"MUG-BLUE"}

    book.observe("main", stock(32, "2026-11-23 13:00:12"))
    assert marked(book, NL) == set()


def test_processing_names_what_has_a_figure_of_those_seconds_each_time(
    book: SqlStockBook,
) -> None:
    book.apply("main", stock(32, "2026-11-23 13:00:10"))
    book.apply("main", stock(9, "2026-11-23 13:00:08", "PLATE"))
    book.apply("main", stock(5, "2026-11-23 13:00:07", "BOWL"))
    lines = line(1), line(2, "PLATE"), line(3, "BOWL"), line(4, "NEW")
    book.book_order(NL, shop_order(*lines), counts=True)
    marked(book, NL)

    assert book.processed("nl", "1042", "2026-11-23 13:00:10") == ["MUG-BLUE", "PLATE"]
    assert marked(book, NL) == {"MUG-BLUE", "PLATE", "BOWL", "NEW"}
    assert book.processed("nl", "1042", "2026-11-23 13:00:10") == ["MUG-BLUE", "PLATE"]
    assert marked(book, NL) == set()


@pytest.mark.parametrize("figure_first", [True, False])
def test_a_figure_and_a_processing_of_one_second_that_meet_in_the_store_see_each_other(
    database: Database, book: SqlStockBook, figure_first: bool
) -> None:
    book.apply("main", stock(34, "2026-11-23 13:00:00"))
    book.book_order(NL, shop_order(), counts=True)
    deliver = partial(book.apply, "main", stock(32, "2026-11-23 13:00:10"))
    process = partial(book.processed, "nl", "1042", "2026-11-23 13:00:10")
    first, second = (deliver, process) if figure_first else (process, deliver)

    with ThreadPoolExecutor(1) as other_process:
        with database.transaction():
            found: list[object] = [first()]
            meanwhile = other_process.submit(second)
            wait([meanwhile], timeout=0.2)
        found.append(meanwhile.result(timeout=10))

    assert True in found or ["MUG-BLUE"] in found


def test_of_several_process_stamps_the_latest_stays(book: SqlStockBook) -> None:
    book.book_order(NL, shop_order(), counts=True)
    for stamp in ("2026-11-23 13:00:10", "2026-11-23 13:00:12", "2026-11-23 13:00:11"):
        book.processed("nl", "1042", stamp)
    book.book_order(NL, shop_order(), counts=True)

    booking = book.booking("nl", "1042")

    assert booking is not None
    assert booking.process_stamp == "2026-11-23 13:00:12"


def test_an_order_nobody_read_cannot_be_processed_or_found(book: SqlStockBook) -> None:
    assert book.processed("nl", "1042", "2026-11-23 13:00:10") == []
    assert book.booking("nl", "1042") is None


def test_orders_are_found_by_number_or_id_in_one_shop_or_all(book: SqlStockBook) -> None:
    book.book_order(NL, shop_order(), counts=True)
    book.book_order(BE, shop_order(), counts=True)

    assert [found.shop for found in book.find_bookings("N1042")] == ["be", "nl"]
    assert [found.shop for found in book.find_bookings("1042", "nl")] == ["nl"]
    assert book.find_bookings("42") == []


def test_two_lines_with_one_id_and_ids_that_are_too_long_are_refused(book: SqlStockBook) -> None:
    with pytest.raises(Unmappable, match="two lines with the id '1'"):
        book.book_order(NL, shop_order(line(1), line(1)), counts=True)
    with pytest.raises(Unmappable, match="productcode in order N1042"):
        book.book_order(NL, shop_order(line(1, "X" * 201)), counts=True)

    assert book.booking("nl", "1042") is None


Step = Callable[[], object]


@settings(max_examples=60, deadline=None)
@given(
    figures=st.lists(st.integers(0, 20), min_size=0, max_size=4, unique=True),
    process_second=st.integers(0, 20) | st.none(),
    random=st.randoms(use_true_random=False),
)
def test_what_is_in_flight_does_not_depend_on_the_order_of_arrival(
    figures: list[int], process_second: int | None, random: Random
) -> None:
    database = Database("sqlite://", clock=HandClock())
    metadata.create_all(database.engine)
    book = book_in(database)
    book.book_order(NL, shop_order(), counts=True)
    steps: list[Step] = [
        partial(book.apply, "main", stock(9, f"2026-11-23 13:00:{second:02d}"))
        for second in figures
    ]
    if process_second is not None:
        stamp = f"2026-11-23 13:00:{process_second:02d}"
        steps.append(partial(book.processed, "nl", "1042", stamp))
    random.shuffle(steps)

    for step in steps:
        step()

    held = process_second is not None and any(second > process_second for second in figures)
    assert book.in_flight("main", "MUG-BLUE") == (0 if held else 2)
    database.dispose()
