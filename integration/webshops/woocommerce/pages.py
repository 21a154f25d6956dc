"""Lists of a WooCommerce shop, page by page, such that nothing is missed while rows shift.

A page holds at most 100 rows, and fewer than asked for when some of them cannot be shown, so only
the ``X-WP-TotalPages`` header says where a list ends. Source: WooCommerce REST v3, pagination;
a page beyond the end is an empty list (seen in WooCommerce 11).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from integration.errors import Unavailable
from integration.webshops.woocommerce.fields import fields_of
from integration.webshops.woocommerce.rest import Query, ShopRest

PAGE = 100
MAX_PAGES = 10_000
MAX_PASSES = 20
"""How often a crowded second is read anew before we say that it does not come to rest."""
SECOND = timedelta(seconds=1)
A_LITTLE = timedelta(seconds=30)
"""How far the shop's clock may turn out to be behind without asking anew: every question begins
a minute early."""
NIGHT = frozenset({22, 23, 0, 1, 2, 3})
"""The hours in which clocks are changed somewhere; which of them, only the shop knows."""


@dataclass(frozen=True, slots=True)
class Changed:
    """A row of a list that is asked for by change: its ``id``, when it changed, all of it."""

    id: int
    modified: datetime
    document: object


@dataclass(frozen=True, slots=True)
class _Window:
    """What changed later than ``after`` and earlier than ``before`` (None: until now)."""

    after: datetime
    before: datetime | None = None

    def holds(self, moment: datetime) -> bool:
        """Whether it is a moment of this window.

        A row that changed between WordPress' search and its answer belongs to a later one.
        """
        return moment >= self.after and (self.before is None or moment < self.before)

    @property
    def begins_by_night(self) -> bool:
        """Whether the shop's clock may be changed where it begins."""
        return self.after.hour in NIGHT

    @property
    def holds_one_second(self) -> bool:
        """Whether it cannot be made smaller."""
        return self.before is not None and self.before - self.after <= 2 * SECOND


@dataclass(frozen=True, slots=True)
class _Page:
    rows: list[Changed]
    is_last: bool


class ChangedRows:
    """One list, oldest change first, from a moment of the shop's on.

    A row that changes while we read moves to the end, and every row behind its old place slips
    one place back. Nor is the list in order of change: WordPress sorts it by the shop's local time,
    in which the hour after summer time comes twice. What WordPress filters by is UTC. So a list of
    several pages is read in windows of time, each so small that it fits on one page: what is in a
    window comes whole with one request, whatever its order, and what changes meanwhile moves to a
    later window. Only a second of more than a page has to be read by page number; it is read again
    until nothing new turns up in it.

    By night each question is asked twice. WordPress takes a moment in UTC for local time on its
    way, so that one of the hour that summer time leaves out becomes an hour later, and the changes
    between are hidden. In the shop's own time they are not; there, it is the hour that comes twice
    of which too much is shown or too little.
    """

    def __init__(self, rest: ShopRest, path: str, query: Query) -> None:
        """Read the list at this path; ``query`` holds what else is asked of it."""
        self._rest = rest
        self._path = path
        self._query = query
        self._requests = 0

    def since(self, instant: datetime) -> Iterator[Changed]:
        """Every row that changed since that instant of ours, each change once, in order of change.

        Raises Unavailable when the shop's list does not come to an end or is not what was asked.
        """
        was_known = self._rest.clock.is_known
        window = self._opened(instant)
        page = self._page(window)
        if not was_known and window.after - self._opened(instant).after > A_LITTLE:
            # Only the answer told that the shop's clock is behind ours.
            window = self._opened(instant)
            page = self._page(window)
        while not page.is_last:
            latest = self._latest_known(window, page)
            if latest is None:
                return
            before = max(latest, window.after + 2 * SECOND)
            yield from self._whole(_Window(window.after, before))
            window = _Window(before - SECOND)
            page = self._page(window)
        yield from page.rows

    def _opened(self, instant: datetime) -> _Window:
        return _Window(self._rest.clock.since(instant).replace(microsecond=0))

    def _latest_known(self, window: _Window, page: _Page) -> datetime | None:
        """The latest change on the first page that shows any: a window until there about fits.

        None when the shop can show no row at all.
        """
        number = 1
        while not page.rows and not page.is_last:
            number += 1
            page = self._page(window, number)
        return page.rows[-1].modified if page.rows else None

    def _whole(self, window: _Window) -> Iterator[Changed]:
        """Every row of a window that has an end, in order of change."""
        waiting = [window]
        while waiting:
            window = waiting.pop()
            page = self._page(window)
            if page.is_last:
                yield from page.rows
            elif window.holds_one_second:
                yield from self._crowded(window, page)
            else:
                waiting += reversed(_halves(window))

    def _crowded(self, window: _Window, page: _Page) -> Iterator[Changed]:
        """Every row of one second that has more of them than a page holds."""
        seen: set[int] = set()
        for _ in range(MAX_PASSES):
            known, number = len(seen), 1
            yield from _new(page, seen)
            while not page.is_last:
                number += 1
                page = self._page(window, number)
                yield from _new(page, seen)
            if len(seen) == known:
                return
            page = self._page(window)
        raise self._broken("changes faster than it can be read")

    def _page(self, window: _Window, number: int = 1) -> _Page:
        """A page of a window, its rows in order of change."""
        self._requests += 1
        if self._requests > MAX_PAGES:
            raise self._broken("does not come to an end")
        page = self._asked(_in_utc(window), number)
        if any(row.modified < window.after for row in page.rows):
            raise self._broken("begins too early")
        rows, is_last = {*_keys(page)}, page.is_last
        own = [row for row in page.rows if window.holds(row.modified)]
        if window.begins_by_night:
            other = self._asked(_in_local_time(window), number)
            # In the hour that comes twice it begins too early: then what UTC gave is whole.
            is_last = is_last and (
                other.is_last or any(row.modified < window.after for row in other.rows)
            )
            own += [
                row
                for row in other.rows
                if window.holds(row.modified) and (row.id, row.modified) not in rows
            ]
        own.sort(key=lambda row: (row.modified, row.id))
        return _Page(own, is_last)

    def _asked(self, query: Query, number: int) -> _Page:
        """The answer to one question, in the order in which it comes."""
        answer = self._rest.get(self._path, {**self._query, **query, "page": number})
        rows = [self._row(row) for row in self._rest.rows_in(answer, self._path)]
        return _Page(rows, is_last_page(answer.headers.get("X-WP-TotalPages"), number, len(rows)))

    def _row(self, document: object) -> Changed:
        fields = fields_of(document, f"list {self._path}")
        return Changed(int(fields.identity("id") or 0), fields.utc("date_modified_gmt"), document)

    def _broken(self, what: str) -> Unavailable:
        return Unavailable(
            f"{self._rest.name}: GET {self._path}: the list {what}; look for a plugin that changes "
            f"the REST API"
        )


def _keys(page: _Page) -> Iterator[tuple[int, datetime]]:
    return ((row.id, row.modified) for row in page.rows)


def _in_utc(window: _Window) -> dict[str, str | int]:
    """How WordPress is asked for a window in UTC; both its ends are left out."""
    return _between(window, "", "true")


def _in_local_time(window: _Window) -> dict[str, str | int]:
    """The same in the shop's own time, which WordPress makes of moments that name their zone."""
    return _between(window, "Z", "false")


def _between(window: _Window, zone: str, is_gmt: str) -> dict[str, str | int]:
    query: dict[str, str | int] = {
        "modified_after": f"{window.after:%Y-%m-%dT%H:%M:%S}{zone}",
        "dates_are_gmt": is_gmt,
        "orderby": "modified",
        "order": "asc",
        "per_page": PAGE,
    }
    if window.before is not None:
        query["modified_before"] = f"{window.before:%Y-%m-%dT%H:%M:%S}{zone}"
    return query


def _halves(window: _Window) -> list[_Window]:
    """Two windows that hold what this one does; it has more seconds than one."""
    before = window.before or window.after
    half = window.after + timedelta(seconds=(before - window.after) // SECOND // 2)
    return [_Window(window.after, half + SECOND), _Window(half, before)]


def _new(page: _Page, seen: set[int]) -> Iterator[Changed]:
    for row in page.rows:
        if row.id not in seen:
            seen.add(row.id)
            yield row


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
