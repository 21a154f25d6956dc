"""Lists of a WooCommerce shop, page by page, such that nothing is missed while rows shift.

A page holds at most 100 rows, and fewer than asked for when some of them cannot be shown, so only
the ``X-WP-TotalPages`` header says where a list ends. Source: WooCommerce REST v3, pagination;
a page beyond the end is an empty list (seen in WooCommerce 11).
"""

from __future__ import annotations

from collections.abc import Generator, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise

from integration.errors import Unavailable
from integration.webshops.woocommerce.fields import fields_of
from integration.webshops.woocommerce.rest import Query, ShopRest

PAGE = 100
MAX_PAGES = 10_000
MAX_PASSES = 20
"""How often a crowded second is read anew before we say that it does not come to rest."""
SECOND = timedelta(seconds=1)


@dataclass(frozen=True, slots=True)
class Changed:
    """A row of a list that is ordered by change: its ``id``, when it changed, and all of it."""

    id: int
    modified: datetime
    document: object


@dataclass(frozen=True, slots=True)
class _Page:
    rows: list[Changed]
    is_last: bool


class ChangedRows:
    """One list, oldest change first, from a moment of the shop's on.

    A row that changes while we read moves to the end, and every row behind its old place slips
    one place back. So the list is not read by page number: each request asks for what changed
    after the last row but one second, which leaves out nothing, whatever has moved. Only within a
    second of more than a page is there nothing but the number; such a second is read again until
    nothing new turns up in it.
    """

    def __init__(self, rest: ShopRest, path: str, query: Query) -> None:
        """Read the list at this path; ``query`` holds what else is asked of it."""
        self._rest = rest
        self._path = path
        self._query = query
        self._seen: set[tuple[int, datetime]] = set()
        self._requests = 0

    def since(self, instant: datetime) -> Iterator[Changed]:
        """Every row that changed since that instant of ours, each change once.

        Raises Unavailable when the shop's list does not come to an end or is not in order.
        """
        was_known = self._rest.clock.is_known
        after = self._rest.clock.since(instant)
        page = self._page(after, 1)
        if not was_known and self._rest.clock.since(instant) < after:
            # Only the answer told that the shop's clock is behind ours.
            after = self._rest.clock.since(instant)
            page = self._page(after, 1)
        yield from self._from(after.replace(microsecond=0), page)

    def _from(self, after: datetime, page: _Page) -> Iterator[Changed]:
        while True:
            yield from self._new(page.rows)
            if page.is_last:
                return
            last = page.rows[-1].modified if page.rows else after
            if last - SECOND > after:
                after = last - SECOND
            else:
                page = yield from self._crowded(after, page)
                if page.is_last:
                    return
                after += SECOND
            self._forget_before(after)
            page = self._page(after, 1)

    def _crowded(self, after: datetime, page: _Page) -> Generator[Changed, None, _Page]:
        """Every row up to a second after ``after``; returns the last page that was read."""
        for _ in range(MAX_PASSES):
            known = len(self._seen)
            number = 1
            while not page.is_last and not _reaches_beyond(page, after + SECOND):
                number += 1
                page = self._page(after, number)
                yield from self._new(page.rows)
            if number == 1 or len(self._seen) == known:
                return page
            page = self._page(after, 1)
            yield from self._new(page.rows)
        raise self._broken("changes faster than it can be read")

    def _new(self, rows: list[Changed]) -> Iterator[Changed]:
        for row in rows:
            if (row.id, row.modified) not in self._seen:
                self._seen.add((row.id, row.modified))
                yield row

    def _forget_before(self, after: datetime) -> None:
        self._seen = {(row, modified) for row, modified in self._seen if modified >= after}

    def _page(self, after: datetime, number: int) -> _Page:
        self._requests += 1
        if self._requests > MAX_PAGES:
            raise self._broken("does not come to an end")
        query = {
            **self._query,
            "modified_after": after.strftime("%Y-%m-%dT%H:%M:%S"),
            "dates_are_gmt": "true",
            "orderby": "modified",
            "order": "asc",
            "per_page": PAGE,
            "page": number,
        }
        answer = self._rest.get(self._path, query)
        rows = [self._row(row) for row in self._rest.rows_in(answer, self._path)]
        moments = [after.replace(microsecond=0), *(row.modified for row in rows)]
        if any(later < earlier for earlier, later in pairwise(moments)):
            raise self._broken("is not in order of change, or begins too early")
        return _Page(rows, is_last_page(answer.headers.get("X-WP-TotalPages"), number, len(rows)))

    def _row(self, document: object) -> Changed:
        fields = fields_of(document, f"list {self._path}")
        return Changed(int(fields.identity("id") or 0), fields.utc("date_modified_gmt"), document)

    def _broken(self, what: str) -> Unavailable:
        return Unavailable(
            f"{self._rest.name}: GET {self._path}: the list {what}; look for a plugin that changes "
            f"the REST API"
        )


def _reaches_beyond(page: _Page, second: datetime) -> bool:
    return bool(page.rows) and page.rows[-1].modified > second


def every_row(rest: ShopRest, path: str, query: Query) -> Iterator[object]:
    """The rows of a list in order of id, each once.

    When something is deleted meanwhile, the rows behind it slip a place back: the page before is
    read once more. Raises Unavailable when the list does not come to an end or is not in order.
    """
    number, newest, count, has_slipped = 1, 0, 0, False
    for _ in range(MAX_PAGES):
        wanted = {**query, "orderby": "id", "order": "asc", "per_page": PAGE, "page": number}
        answer = rest.get(path, wanted)
        rows = [(_id_of(row, path), row) for row in rest.rows_in(answer, path)]
        ids = [row_id for row_id, _ in rows]
        if ids != sorted(ids):
            raise Unavailable(f"{rest.name}: GET {path}: the list is not in order of id")
        total = _number(answer.headers.get("X-WP-Total"))
        has_slipped = has_slipped or (total is not None and total < count)
        count = count if total is None else total
        if has_slipped and number > 1 and not (ids and ids[0] <= newest):
            number -= 1
            continue
        has_slipped = False
        yield from (row for row_id, row in rows if row_id > newest)
        newest = max([newest, *ids])
        if is_last_page(answer.headers.get("X-WP-TotalPages"), number, len(rows)):
            return
        number += 1
    raise Unavailable(f"{rest.name}: GET {path}: the list does not come to an end")


def is_last_page(total_pages: str | None, number: int, rows: int) -> bool:
    """Whether no page comes after this one; without the header a page that is not full tells."""
    pages = _number(total_pages)
    return rows < PAGE if pages is None else number >= pages


def _id_of(document: object, path: str) -> int:
    return int(fields_of(document, f"list {path}").identity("id") or 0)


def _number(header: str | None) -> int | None:
    text = (header or "").strip()
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else None
