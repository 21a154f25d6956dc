"""What changed between two looks at the books of the demo day, told in lines and tables."""

from __future__ import annotations

from dataclasses import replace
from io import StringIO

import pytest
from rich.console import Console

from tests.unit.day.pages import AT_PICQER, COMPLETED, PAGE, SENT, STOCK, order_books, stock_books
from workers.day.books import NO_BOOKS, BothBooks
from workers.day.news import Line, news
from workers.day.screen import Screen
from workers.day.words import count, pieces_in_words


def lines(before: BothBooks, after: BothBooks) -> list[tuple[str, str]]:
    return [(line.who, line.text) for line in news(before, after)]


def test_a_new_order_at_picqer_and_its_change_of_status_are_told() -> None:
    concept = order_books(at_picqer=(replace(AT_PICQER, status="concept"),))

    assert lines(order_books(at_picqer=()), concept) == [
        ("Picqer", "order 1042 is there as O2026-0001, concept")
    ]
    assert lines(concept, order_books()) == [("Picqer", "order 1042 (O2026-0001) is processing")]


def test_a_shipment_is_told_on_both_sides_and_its_completion() -> None:
    assert lines(order_books(), order_books(COMPLETED)) == [
        ("Picqer", "order 1042 (O2026-0001) is completed"),
        ("Picqer", "2 MUG-BLUE of order 1042 left in 2 parcels"),
        ("shop", "order 1042 shows 2 MUG-BLUE sent: 3SABC1, 3SABC2"),
        ("shop", "order 1042 is fulfilled"),
    ]


def test_tracking_that_comes_later_is_told_again() -> None:
    without = replace(PAGE, shipped={"7": replace(SENT, tracking=())})
    later = replace(PAGE, shipped={"7": SENT})

    assert lines(order_books(), order_books(without)) == [
        ("shop", "order 1042 shows 2 MUG-BLUE sent: no tracking yet")
    ]
    assert len(lines(order_books(without), order_books(later))) == 1


def test_a_product_that_picqer_learns_and_a_figure_that_moves_are_told() -> None:
    unknown = stock_books(free=None, shown=37)

    assert lines(unknown, stock_books()) == [("Picqer", "knows product MUG-BLUE")]
    assert lines(stock_books(), stock_books(shown=36)) == [
        ("shop", "shows 36 of MUG-BLUE (before: 37)")
    ]


def test_nothing_is_told_when_nothing_changed_or_of_the_stock_of_the_first_look() -> None:
    assert lines(order_books(), order_books()) == []
    assert lines(NO_BOOKS, stock_books()) == []


@pytest.mark.parametrize(("width", "heading"), [(110, "MUG-BLUE"), (80, "shop shows")])
def test_plain_output_has_a_line_for_each_event_and_the_tables_once_at_the_end(
    width: int, heading: str
) -> None:
    page = StringIO()
    with Screen(Console(file=page, width=width)) as screen:
        screen.notes = {"1042": "two parts"}
        screen.line(Line("shop", "order 1042 [bold]is paid[/bold]", "red"))
        screen.show(BothBooks({"1042": COMPLETED}, {"MUG-BLUE": STOCK}))
        before_the_end = page.getvalue()

    printed = page.getvalue()
    assert before_the_end.count("\n") == 1
    assert before_the_end.rstrip().endswith("s  shop    order 1042 [bold]is paid[/bold]")
    assert "\x1b" not in printed
    stock_heading = next(line for line in printed.splitlines() if line.startswith("stock"))
    assert heading in stock_heading
    assert "two parts" in printed
    assert "O2026-0001" in printed


def test_a_terminal_sees_the_tables_while_they_change() -> None:
    page = StringIO()
    with Screen(Console(file=page, width=110, force_terminal=True)) as screen:
        screen.show(order_books())
        screen.tell("worker ended and starts again")

    assert "O2026-0001" in page.getvalue()
    assert "worker ended and starts again" in page.getvalue()


def test_amounts_are_worded_for_people() -> None:
    assert pieces_in_words({"MUG-BLUE": 2, "TEAPOT": 1}) == "2 MUG-BLUE, 1 TEAPOT"
    assert pieces_in_words({}) == "nothing"
    assert [count(1, "parcel"), count(2, "parcel")] == ["1 parcel", "2 parcels"]
