"""Going through a list of Picqer's page by page while it changes (picqer.com/en/api/basics).

Pages are 100 rows from an ``offset``; there is no total and no mark to go on from. When rows leave
the list before the offset (an order is cancelled, a product inactivated), the later ones move up
and a plain next page would skip them. So each page begins a little before the end of the one
before, and a page of which no row is known shows a gap: then we go back until they overlap.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator
from typing import TypeVar

from integration.errors import Unavailable
from integration.ports import Page

PAGE = 100
OVERLAP = 10
MOST_STEPS_BACK = 50
_Row = TypeVar("_Row")


def every_page(
    page_at: Callable[[int], list[_Row]], key: Callable[[_Row], Hashable], start: int = 0
) -> Iterator[Page[_Row]]:
    """The list in pages, each row once. ``page_at`` reads at an offset; ``key`` names a row.

    ``start`` goes on from the ``next`` of a page that was read earlier. Raises what ``page_at``
    raises, and Unavailable when the list shrinks faster than it is read.
    """
    seen: set[Hashable] = set()
    offset, steps_back = start, 0
    while True:
        page = page_at(offset)
        fresh = tuple(row for row in page if key(row) not in seen)
        if offset and len(fresh) == len(page) and (seen or not page):
            steps_back += 1
            if steps_back > MOST_STEPS_BACK:
                raise Unavailable("A list of Picqer's changed too fast to be read; again later.")
            offset = max(0, offset - PAGE + OVERLAP)
            continue
        seen.update(map(key, fresh))
        offset += PAGE - OVERLAP
        yield Page(fresh, offset if len(page) >= PAGE else None)
        if len(page) < PAGE:
            return
