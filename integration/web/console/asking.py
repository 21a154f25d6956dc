"""What a visitor's address asks for, within bounds; what makes no sense counts as not asked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Annotated, TypeVar

from fastapi import Path
from starlette.requests import Request

from integration.jobs import Flow, State
from integration.operate import moment_meant, reasons_of
from integration.ports import JobFilter
from integration.services import Services

PAGE_SIZE = 50
LAST_PAGE = 20_000
LONGEST = 400
Number = Annotated[int, Path(ge=1, le=2**53)]
"""An id in an address: whole, positive, and one that every store can look for."""
Choice = TypeVar("Choice", bound=StrEnum)


def plain(given: object) -> str | None:
    """A text without what cannot be printed; None when it is empty, or no text."""
    if not isinstance(given, str):
        return None
    return "".join(sign for sign in given[:LONGEST] if sign.isprintable()).strip() or None


def text_of(request: Request, name: str) -> str | None:
    """What the address says under this name."""
    return plain(request.query_params.get(name))


def choice_of(kind: type[Choice], text: str | None) -> Choice | None:
    """The member with this value; None when there is none."""
    return next((member for member in kind if member.value == text), None)


@dataclass(frozen=True, slots=True)
class Asked:
    """Which jobs are asked for, and how the address says it.

    ``group`` names parked jobs that are put right in one go; ``older_than`` and ``newer_than``
    are how long ago the latest change was, ``1d``, or a moment.
    """

    which: JobFilter
    group: str | None = None
    older_than: str | None = None
    newer_than: str | None = None

    @property
    def parts(self) -> dict[str, object]:
        """The same as parts of an address; only what was asked for."""
        which = self.which
        found = {
            "state": which.state,
            "flow": which.flow,
            "shop": which.shop,
            "account": which.account,
            "code": which.code,
            "text": which.text,
            "group": self.group,
            "older_than": self.older_than,
            "newer_than": self.newer_than,
        }
        return {name: value for name, value in found.items() if value is not None}

    @property
    def fixed(self) -> dict[str, object]:
        """The parts with their moments as they are now: what was planned is what is done."""
        ages = {
            "older_than": self.which.changed_before,
            "newer_than": self.which.changed_since,
        }
        return self.parts | {name: at.isoformat() for name, at in ages.items() if at is not None}


def asked(services: Services, words: Mapping[str, object]) -> Asked:
    """Which jobs are asked for, by an address or by a form."""
    which = JobFilter(
        state=choice_of(State, plain(words.get("state"))),
        flow=choice_of(Flow, plain(words.get("flow"))),
        shop=plain(words.get("shop")),
        account=plain(words.get("account")),
        code=plain(words.get("code")),
        text=plain(words.get("text")),
    )
    now = services.store.now()
    older, before = _age(plain(words.get("older_than")), now)
    newer, since = _age(plain(words.get("newer_than")), now)
    group = plain(words.get("group"))
    if group is not None:
        which = replace(which, reasons=reasons_of(services, group, which))
    return Asked(replace(which, changed_before=before, changed_since=since), group, older, newer)


def _age(text: str | None, now: datetime) -> tuple[str | None, datetime | None]:
    if text is None:
        return None, None
    try:
        return text, moment_meant(text, now)
    except ValueError:
        return None, None


@dataclass(frozen=True, slots=True)
class Leaf:
    """One page of a list: ``number`` counts from 1, ``total`` rows in all."""

    number: int
    total: int
    size: int = PAGE_SIZE

    @property
    def last(self) -> int:
        """The number of the last page."""
        return max(1, -(-self.total // self.size))

    @property
    def first_row(self) -> int:
        """The number of the first row on this page."""
        return min(self.total, (self.number - 1) * self.size + 1)

    @property
    def last_row(self) -> int:
        """The number of the last row on this page."""
        return min(self.total, self.number * self.size)

    def of(self, which: JobFilter) -> JobFilter:
        """The filter that finds just this page."""
        return replace(which, limit=self.size, offset=(self.number - 1) * self.size)


def leaf_of(request: Request, total: int) -> Leaf:
    """The page that is asked for, the first when it is none."""
    given = request.query_params.get("page", "1")
    is_number = given.isascii() and given.isdigit() and len(given) <= 6
    number = min(max(1, int(given)), LAST_PAGE) if is_number else 1
    return Leaf(min(number, Leaf(1, total).last), total)
