"""What the stock book promises about what shops show, ought to show, and is to be compared."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal

import pytest

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
from integration.ports import ShownStock
from integration.store.database import Database
from integration.store.stock import SqlStockBook
from integration.testing.clock import HandClock

MAIN = AccountPolicy("main")
NL = ShopPolicy("nl", MAIN, frozenset({"push_stock"}))
BE = ShopPolicy("be", MAIN, frozenset({"push_stock"}))
COUNTING: dict[str, frozenset[int] | None] = {"main": frozenset({18, 19})}
STAMP = "2026-11-23 13:00:00"


@pytest.fixture
def book(database: Database) -> SqlStockBook:
    return SqlStockBook(database, shops=lambda _: ["be", "nl"], counting=COUNTING.get)


def stock(
    productcode: str, *figures: int, stamp: str = STAMP, unlimited: bool = False
) -> FreeStock:
    by_warehouse = {18 + number: figure for number, figure in enumerate(figures)}
    return FreeStock(productcode, by_warehouse, stamp, unlimited=unlimited)


def ordered(quantity: int) -> Order:
    noon = datetime(2026, 11, 23, 12, tzinfo=UTC)
    return Order(
        id="1042",
        number="1042",
        payment_status=PaymentStatus.PAID,
        release=True,
        fulfillment_status=FulfillmentStatus.UNFULFILLED,
        holds_stock=True,
        cancelled=False,
        test=False,
        placed_at=noon,
        paid_at=noon,
        updated_at=noon,
        currency="EUR",
        customer=Customer(),
        billing_address=Address(),
        shipping_address=Address(),
        lines=(OrderLine("1", "MUG", "Mug", quantity, Decimal(1)),),
    )


def codes(book: SqlStockBook, shop: ShopPolicy = NL, limit: int = 100) -> list[str]:
    return [difference.productcode for difference in book.differences(shop, limit)]


def clear(book: SqlStockBook, shop: ShopPolicy = NL) -> None:
    book.compared(shop.name, book.differences(shop, 100))


def test_sellable_is_free_stock_less_what_is_in_flight_in_any_shop_and_the_buffer(
    book: SqlStockBook,
) -> None:
    book.apply("main", stock("MUG", 30, 4))
    book.book_order(BE, ordered(3), counts=True)

    assert book.sellable(NL, "MUG") == 31
    assert book.sellable(replace(NL, stock_buffer=6), "MUG") == 25


def test_sellable_is_never_below_zero(book: SqlStockBook) -> None:
    book.apply("main", stock("MUG", 1))
    book.book_order(NL, ordered(3), counts=True)

    assert book.sellable(NL, "MUG") == 0


@pytest.mark.parametrize(
    ("own", "counting", "sellable"),
    [
        (frozenset[int](), frozenset({18, 19}), 12),
        (frozenset({20}), frozenset({18, 19}), 100),
        (frozenset[int](), None, None),
        (frozenset[int](), frozenset[int](), 0),
    ],
)
def test_the_shops_own_warehouses_count_else_those_of_the_account_once_they_are_known(
    database: Database, own: frozenset[int], counting: frozenset[int] | None, sellable: int | None
) -> None:
    book = SqlStockBook(database, shops=lambda _: [], counting=lambda _: counting)
    book.apply("main", stock("MUG", 10, 2, 100))

    assert book.sellable(replace(NL, warehouses=own), "MUG") == sellable


def test_what_picqer_does_not_know_or_has_without_limit_is_left_alone(book: SqlStockBook) -> None:
    book.apply("main", stock("GIFT-CARD", 5, unlimited=True))

    assert book.sellable(NL, "GIFT-CARD") is None
    assert book.sellable(NL, "MUG") is None


def test_every_change_is_to_be_compared_in_every_shop_newest_first(
    book: SqlStockBook, clock: HandClock
) -> None:
    for productcode in ("A", "B", "C"):
        book.apply("main", stock(productcode, 1))
        clock.advance(1)
    book.apply("main", stock("A", 2, stamp="2026-11-23 13:00:05"))

    assert codes(book, NL) == codes(book, BE) == ["A", "C", "B"]
    assert codes(book, NL, limit=2) == ["A", "C"]


def test_a_difference_tells_what_is_and_what_ought_to_be_shown(book: SqlStockBook) -> None:
    book.apply("main", stock("MUG", 30))
    book.shows("nl", [ShownStock("MUG", 28, "gid://9")])

    (difference,) = book.differences(NL, 10)

    assert (difference.sellable, difference.shown, difference.ref) == (30, 28, "gid://9")


def test_a_productcode_that_was_dealt_with_is_not_to_be_compared_again(book: SqlStockBook) -> None:
    book.apply("main", stock("MUG", 30))

    book.compared("nl", book.differences(NL, 10))

    assert codes(book, NL) == []
    assert codes(book, BE) == ["MUG"]


def test_what_changed_while_it_was_dealt_with_is_compared_again(book: SqlStockBook) -> None:
    book.apply("main", stock("MUG", 30))
    before = book.differences(NL, 10)
    book.apply("main", stock("MUG", 29, stamp="2026-11-23 13:00:01"))

    book.compared("nl", before)

    assert codes(book, NL) == ["MUG"]


def test_the_same_figure_again_is_no_change(book: SqlStockBook) -> None:
    book.apply("main", stock("MUG", 30))
    clear(book)

    book.apply("main", stock("MUG", 30, stamp="2026-11-23 13:00:01"))

    assert codes(book) == []


@pytest.mark.parametrize("known", [True, False])
def test_what_a_shop_does_not_manage_or_know_has_nothing_to_be_written(
    book: SqlStockBook, known: bool
) -> None:
    book.apply("main", stock("MUG", 30))
    if known:
        book.shows("nl", [ShownStock("MUG", None, managed=False)])
    else:
        book.forget_shown("nl", "MUG")

    assert [one.sellable for one in book.differences(NL, 10)] == [None]
    assert [one.sellable for one in book.differences(BE, 10)] == [30]


def test_a_product_that_the_shop_learnt_to_know_is_written_again(book: SqlStockBook) -> None:
    book.apply("main", stock("MUG", 30))
    book.forget_shown("nl", "MUG")

    book.shows("nl", [ShownStock("MUG", 3)])

    (difference,) = book.differences(NL, 10)
    assert (difference.sellable, difference.shown) == (30, 3)


def test_a_ref_is_kept_when_it_is_not_given_again(book: SqlStockBook) -> None:
    book.apply("main", stock("MUG", 30))
    book.shows("nl", [ShownStock("MUG", 28, "gid://9")])

    book.shows("nl", [ShownStock("MUG", 29)])

    assert book.differences(NL, 10)[0].ref == "gid://9"


def test_a_whole_shop_is_read_in_parts_and_what_cannot_be_kept_is_left_out(
    book: SqlStockBook,
) -> None:
    book.apply("main", stock("P501", 7))
    figures = [ShownStock(f"P{number}", number) for number in range(502)]

    book.shows("nl", iter([*figures, ShownStock("X" * 201, 1)]))

    assert book.differences(NL, 10)[0].shown == 501


def test_marking_a_shop_marks_everything_known_at_its_account_for_that_shop_only(
    book: SqlStockBook,
) -> None:
    book.apply("main", stock("A", 1))
    book.apply("main", stock("B", 1))
    book.apply("other", stock("C", 1))
    clear(book, NL)
    clear(book, BE)

    book.mark(NL)

    assert codes(book, NL) == ["A", "B"]
    assert codes(book, BE) == []


def test_marking_again_makes_a_comparison_that_had_begun_void(book: SqlStockBook) -> None:
    book.apply("main", stock("A", 1))
    before = book.differences(NL, 10)

    book.mark(NL)
    book.compared("nl", before)

    assert codes(book, NL) == ["A"]


def test_marking_some_marks_those_and_refuses_what_is_too_long(book: SqlStockBook) -> None:
    book.mark(NL, ["A", "B", "A"])

    assert codes(book, NL) == ["A", "B"]
    with pytest.raises(Unmappable, match="201 characters"):
        book.mark(NL, ["X" * 201])


def test_a_product_that_the_shop_has_after_all_is_compared_again_once(
    database: Database,
) -> None:
    book = SqlStockBook(
        database, shops=lambda _: ["nl"], counting=lambda _: frozenset({18, 19, 20})
    )
    book.apply("main", stock("MUG", 10, 2, 100))
    book.forget_shown("nl", "MUG")
    book.compared("nl", book.differences(NL, 10))

    assert book.found_again(NL, "MUG") is True
    assert [one.sellable for one in book.differences(NL, 10)] == [112]
    assert book.found_again(NL, "MUG") is False
