"""Reading a list page by page while it changes."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from integration.errors import Unavailable
from integration.picqer.paging import OVERLAP, PAGE, every_page
from integration.ports import Page


class ShiftingList:
    """Numbers in pages of a hundred; something may happen before each page but the first."""

    def __init__(self, size: int, happens: Callable[[list[int]], None] | None = None) -> None:
        self.rows = list(range(size))
        self.offsets: list[int] = []
        self._happens = happens

    def page(self, offset: int) -> list[int]:
        if self.offsets and self._happens is not None:
            self._happens(self.rows)
        self.offsets.append(offset)
        return self.rows[offset : offset + PAGE]

    def read(self, start: int = 0) -> Iterator[Page[int]]:
        return every_page(self.page, lambda row: row, start)


def rows_of(pages: Iterator[Page[int]]) -> list[int]:
    return [row for page in pages for row in page.rows]


@pytest.mark.parametrize("size", [0, 1, 99, 100, 101, 190, 191, 1000])
def test_every_row_comes_once_in_order(size: int) -> None:
    rows = ShiftingList(size)
    assert rows_of(rows.read()) == list(range(size))


def test_a_short_list_is_one_request() -> None:
    rows = ShiftingList(99)
    rows_of(rows.read())
    assert rows.offsets == [0]


def test_a_page_names_where_to_go_on_and_the_last_names_nothing() -> None:
    nexts = [page.next for page in ShiftingList(150).read()]
    assert nexts == [PAGE - OVERLAP, None]


@pytest.mark.parametrize("vanish", [1, 9, 10, 11, 50, 89])
def test_rows_that_vanish_before_the_offset_make_none_missed(vanish: int) -> None:
    def happens(rows: list[int]) -> None:
        del rows[: vanish if len(rows) > 300 else 0]

    rows = ShiftingList(700, happens)
    found = rows_of(rows.read())
    assert set(rows.rows) <= set(found)
    assert len(found) == len(set(found))


def test_rows_that_come_in_front_make_none_missed() -> None:
    newest = iter(range(10_000, 20_000))

    def happens(rows: list[int]) -> None:
        rows[:0] = [next(newest) for _ in range(30)]

    rows = ShiftingList(500, happens)
    found = rows_of(rows.read())
    assert set(range(500)) <= set(found)
    assert len(found) == len(set(found))


def test_a_list_that_shrinks_below_the_offset_is_read_again() -> None:
    def happens(rows: list[int]) -> None:
        del rows[: 60 if len(rows) == 130 else 0]

    rows = ShiftingList(130, happens)
    assert rows_of(rows.read()) == list(range(130))
    assert rows.offsets == [0, 90, 0]


@settings(max_examples=60)
@given(st.integers(0, 400), st.lists(st.integers(0, 120), max_size=12))
def test_whatever_vanishes_what_stays_is_found(size: int, vanishing: list[int]) -> None:
    script = iter(vanishing)

    def happens(rows: list[int]) -> None:
        del rows[: next(script, 0)]

    rows = ShiftingList(size, happens)
    found = rows_of(rows.read())
    assert set(rows.rows) <= set(found)


def test_a_list_that_never_holds_still_is_given_up() -> None:
    fresh = iter(range(10_000_000))

    def happens(rows: list[int]) -> None:
        rows[:] = [next(fresh) + 1000 for _ in range(200)]

    with pytest.raises(Unavailable):
        rows_of(ShiftingList(200, happens).read())


def test_a_reading_goes_on_later_from_where_it_was_left() -> None:
    rows = ShiftingList(250)
    first = next(rows.read())
    assert first.next is not None
    rest = rows_of(rows.read(first.next))
    assert set(first.rows) | set(rest) == set(range(250))


def test_a_reading_that_goes_on_past_the_end_steps_back() -> None:
    assert rows_of(ShiftingList(80).read(90)) == list(range(80))
