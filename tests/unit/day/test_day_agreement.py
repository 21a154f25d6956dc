"""Whether both books of the demo day agree: each way in which they can differ is named."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.unit.day.pages import AT_PICQER, COMPLETED, PAGE, SENT, order_books, stock_books
from workers.day.agreement import disagreements
from workers.day.books import NO_BOOKS, AtPicqer, BothBooks, OrderPage, Parcelled


@pytest.mark.parametrize(
    "books",
    [
        NO_BOOKS,
        order_books(),
        order_books(COMPLETED),
        order_books(to_ship=False, at_picqer=()),
        stock_books(),
        stock_books(free=2, in_flight=3, shown=0),
        stock_books(shown=None),
    ],
)
def test_books_that_say_the_same_agree(books: BothBooks) -> None:
    assert disagreements(books) == []


def test_a_parked_order_agrees_while_it_is_not_at_picqer() -> None:
    assert disagreements(order_books(at_picqer=()), {"1042"}) == []
    assert disagreements(order_books(), {"1042"}) == [
        "order 1042 is 1 orders at Picqer and ought to be 0"
    ]


@pytest.mark.parametrize(
    ("live", "sentence"),
    [
        ((), "order 1042 is 0 orders at Picqer and ought to be 1"),
        ((AT_PICQER, AT_PICQER), "order 1042 is 2 orders at Picqer and ought to be 1"),
    ],
)
def test_a_missing_and_a_doubled_order_are_named(live: tuple[AtPicqer, ...], sentence: str) -> None:
    assert disagreements(order_books(at_picqer=live)) == [sentence]


def test_an_order_that_the_shop_does_not_want_shipped_must_not_be_at_picqer() -> None:
    assert disagreements(order_books(to_ship=False)) != []


def test_an_order_at_picqer_that_the_shop_does_not_know_is_named() -> None:
    assert disagreements(order_books(in_shop=False)) == [
        "Picqer has an order 1042 that the shop does not know"
    ]


def test_a_concept_and_other_goods_are_named() -> None:
    concept = replace(AT_PICQER, status="concept")
    other = replace(AT_PICQER, pieces={"MUG-BLUE": 3})

    assert disagreements(order_books(at_picqer=(concept,))) == [
        "order 1042 is concept at Picqer and not processing"
    ]
    assert disagreements(order_books(at_picqer=(other,))) == [
        "order 1042 is of 2 MUG-BLUE in the shop and of 3 MUG-BLUE at Picqer"
    ]


def test_a_completed_order_must_be_fulfilled_in_the_shop() -> None:
    assert disagreements(order_books(COMPLETED, fulfilled=False)) == [
        "order 1042 is completed at Picqer and not fulfilled in the shop"
    ]


@pytest.mark.parametrize(
    ("sent", "told", "sentence"),
    [
        ({"7": SENT}, {}, "the shop was not told that picklist 7 of order 1042 is closed"),
        ({}, {"7": SENT}, "the shop was told of picklist 7 of order 1042, which is not closed"),
        (
            {"7": SENT},
            {"7": replace(SENT, pieces={"MUG-BLUE": 1})},
            "what was in picklist 7 of order 1042 differs",
        ),
        (
            {"7": SENT},
            {"7": replace(SENT, tracking=("3SABC1",))},
            "the tracking codes of picklist 7 of order 1042 differ",
        ),
    ],
)
def test_each_difference_between_shipments_is_named(
    sent: dict[str, Parcelled], told: dict[str, Parcelled], sentence: str
) -> None:
    page: OrderPage = replace(PAGE, shipped=told, at_picqer=(replace(AT_PICQER, shipped=sent),))

    assert disagreements(order_books(page)) == [sentence]


def test_a_figure_that_the_shop_shows_wrongly_and_an_unknown_product_are_named() -> None:
    assert disagreements(stock_books(shown=40)) == [
        "the shop shows 40 of MUG-BLUE and ought to show 37: 40 free at Picqer, 3 in flight"
    ]
    assert disagreements(stock_books(free=None)) == [
        "the shop sells MUG-BLUE, which Picqer does not know"
    ]
