"""One API call as a handler sees it: its ids, its filters, its body, its page."""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from typing import Any, Protocol, TypeVar

from integration.sandbox.picqer.books import Books
from integration.sandbox.picqer.refusals import Refusal
from integration.sandbox.picqer.wire import Json

PAGE = 100
DAY = len("YYYY-MM-DD")


class Born(Protocol):
    """A row with a moment of creation."""

    @property
    def born(self) -> float:
        """The moment of creation in epoch seconds."""
        ...


Row = TypeVar("Row")
Aged = TypeVar("Aged", bound=Born)


@dataclass(frozen=True, slots=True)
class Answer:
    """What a handler answers; a body of None is no body at all."""

    body: object
    status: int = 200


@dataclass(frozen=True, slots=True)
class Call:
    """A request to one endpoint; `lag` hides rows younger than that many seconds from lists."""

    ids: Mapping[str, Any]
    query: Mapping[str, str]
    raw: bytes
    lag: float = 0.0

    def json(self) -> Json:
        """Return the body; Refusal 22 when it is not a JSON object."""
        try:
            value = json.loads(self.raw or b"{}")
        except ValueError as error:
            raise Refusal(22) from error
        if not isinstance(value, dict):
            raise Refusal(22)
        return value

    def id(self, name: str) -> int:
        """Return a number from the path."""
        return int(self.ids[name])

    def find(self, rows: Mapping[int, Row], name: str) -> Row:
        """Return the row that the path names; Refusal 20 (404) when there is none."""
        row = rows.get(self.id(name))
        if row is None:
            raise Refusal(20)
        return row

    def text(self, name: str) -> str | None:
        """Return a filter; one without a value does not filter."""
        return self.query.get(name) or None

    def number(self, name: str) -> int | None:
        """Return a filter that is a number; anything else is ignored."""
        value = self.query.get(name, "")
        return int(value) if value.isascii() and value.isdigit() else None

    def flag(self, name: str) -> bool:
        """Say whether a switch is on: bare, or with a value that does not mean no."""
        return name in self.query and self.query[name].lower() not in {"0", "false", "no"}

    def since(self, name: str) -> str | None:
        """Return the stamp a list begins with; a bare date begins its day."""
        value = self.text(name)
        return f"{value} 00:00:00" if value and len(value) == DAY else value

    def until(self, name: str) -> str | None:
        """Return the stamp a list ends with; a bare date ends its day."""
        value = self.text(name)
        return f"{value} 23:59:59" if value and len(value) == DAY else value

    def seen(self, books: Books, rows: Mapping[int, Aged]) -> Iterator[Aged]:
        """Yield the rows a list shows now, in the tuning's order."""
        newest = books.clock() - self.lag
        values: Iterable[Aged] = (
            reversed(list(rows.values())) if books.tuning.newest_first else rows.values()
        )
        return (row for row in values if self.lag <= 0 or row.born <= newest)

    def page(self, rows: Iterable[Row], shape: Callable[[Row], Json]) -> Answer:
        """Return one page of at most 100, shaped; beyond the end it is empty."""
        start = self.number("offset") or 0
        return Answer([shape(row) for row in islice(rows, start, start + PAGE)])


Handler = Callable[[Books, Call], Answer]
Endpoint = tuple[str, str, Handler]


def same(wanted: object, value: object) -> bool:
    """Say whether a filter lets a value through; None does not filter."""
    return wanted is None or str(wanted) == str(value)


def within(stamp: str | None, since: str | None, until: str | None) -> bool:
    """Say whether a stamp lies between two others, both included."""
    if since is None and until is None:
        return True
    return stamp is not None and (since or "") <= stamp <= (until or "9999")


def after(wanted: int | None, before: int | None, number: int) -> bool:
    """Say whether an id is greater than `sinceid` and smaller than `beforeid`."""
    return (wanted is None or number > wanted) and (before is None or number < before)


def contains(wanted: str | None, *values: object) -> bool:
    """Say whether a search text occurs in one of the values, whatever its case."""
    return wanted is None or any(wanted.lower() in str(value or "").lower() for value in values)
