"""Reading a shop's JSON: strict about types, indifferent to fields it does not know.

Every refusal names the thing and the field, and never repeats a value: it may be personal.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Self, TypeVar

from integration.errors import Unmappable

DECIMAL = re.compile(r"-?[0-9]{1,12}(\.[0-9]{1,6})?")
TOO_LARGE = 10**9
"""No quantity, stock, weight or size: it would not fit where it is kept."""
UNSTORABLE = re.compile("[\x00\ud800-\udfff]")
"""NUL, and halves of a character: JSON may hold them, a store does not."""

LONGEST_NAME = 100
"""Characters of a thing's name that a message repeats: the shop chose it, so it may be endless."""

Choice = TypeVar("Choice", bound=StrEnum)
Row = TypeVar("Row")
Thing = TypeVar("Thing")


@dataclass(frozen=True, slots=True)
class Fields:
    """One JSON object of the shop. ``thing`` names it for people: ``order 1042``."""

    values: Mapping[str, object]
    thing: str
    above: str = ""

    def wrong(self, name: str, what: str) -> Unmappable:
        """The error that says what is wrong with a field."""
        return Unmappable(
            f"The shop's {self.thing[:LONGEST_NAME]} has a field {self.above}{name} that {what}; "
            f"correct it in the shop, then retry."
        )

    def within(self, values: Mapping[str, object], name: str) -> Self:
        """An object inside this one, read in the same way."""
        return replace(self, values=values, above=f"{self.above}{name}.")

    def text(self, name: str) -> str:
        """Text that has to be there."""
        value = self.optional_text(name)
        if value is None:
            raise self.wrong(name, "is missing or empty")
        return value

    def optional_text(self, name: str) -> str | None:
        """Text without the white space around it; None when it is null, absent or empty."""
        value = self.values.get(name)
        if value is None:
            return None
        if not isinstance(value, str):
            raise self.wrong(name, "is not text")
        if UNSTORABLE.search(value):
            raise self.wrong(name, "holds characters that are no text")
        return value.strip() or None

    def choice(self, name: str, kind: type[Choice]) -> Choice:
        """One of the contract's own words."""
        value = self.text(name)
        if value not in set(kind):
            raise self.wrong(name, f"is not one of {', '.join(kind)}")
        return kind(value)

    def flag(self, name: str, default: bool | None = None) -> bool:
        """True or false; ``default`` None: it has to be there."""
        value = self.values.get(name)
        if value is None and default is not None:
            return default
        if not isinstance(value, bool):
            raise self.wrong(name, "is not true or false")
        return value

    def whole(self, name: str) -> int:
        """A whole number, zero or more."""
        value = self.optional_whole(name)
        if value is None:
            raise self.wrong(name, "is missing")
        return value

    def optional_whole(self, name: str, lowest: int | None = 0) -> int | None:
        """A whole number; None when it is null or absent; ``lowest`` None allows negative ones."""
        value = self.values.get(name)
        if value is None:
            return None
        if isinstance(value, bool) or not isinstance(value, int):
            raise self.wrong(name, "is not a whole number")
        if lowest is not None and value < lowest:
            raise self.wrong(name, f"is below {lowest}")
        if abs(value) >= TOO_LARGE:
            raise self.wrong(name, "is too large")
        return value

    def decimal(self, name: str) -> Decimal:
        """A decimal string that has to be there."""
        value = self.optional_decimal(name)
        if value is None:
            raise self.wrong(name, "is missing")
        return value

    def optional_decimal(self, name: str) -> Decimal | None:
        """A decimal string such as ``"8.2200"``; None when it is null or absent.

        Numbers without quotes are refused: they went through a binary fraction on their way.
        """
        value = self.values.get(name)
        if value is None:
            return None
        if not isinstance(value, str) or not DECIMAL.fullmatch(value):
            raise self.wrong(name, 'is not a decimal in quotes, such as "8.22"')
        return Decimal(value)

    def instant(self, name: str) -> datetime:
        """An instant that has to be there."""
        value = self.optional_instant(name)
        if value is None:
            raise self.wrong(name, "is missing")
        return value

    def optional_instant(self, name: str) -> datetime | None:
        """An RFC 3339 instant, in UTC; None when it is null or absent."""
        value = self.optional_text(name)
        if value is None:
            return None
        try:
            instant = datetime.fromisoformat(value)
        except ValueError:
            instant = None
        if instant is None or instant.tzinfo is None:
            raise self.wrong(name, "is not an instant such as 2026-11-23T10:00:00Z")
        return instant.astimezone(UTC)

    def table(self, name: str) -> Self:
        """An object that has to be there."""
        value = self.values.get(name)
        if not isinstance(value, dict):
            raise self.wrong(name, "is not an object")
        return self.within(value, name)

    def optional_table(self, name: str) -> Mapping[str, object] | None:
        """An object as it is; None when it is null or absent."""
        return None if self.values.get(name) is None else self.table(name).values

    def tables(self, name: str) -> Iterator[Self]:
        """A list of objects; an absent one is empty."""
        for place, value in enumerate(self.items(name)):
            if not isinstance(value, dict):
                raise self.wrong(f"{name}[{place}]", "is not an object")
            yield self.within(value, f"{name}[{place}]")

    def texts(self, name: str) -> tuple[str, ...]:
        """A list of texts; an absent one is empty."""
        found = self.items(name)
        if not all(isinstance(value, str) for value in found):
            raise self.wrong(name, "is not a list of texts")
        return tuple(str(value) for value in found)

    def items(self, name: str) -> Sequence[object]:
        """A list of anything; an absent one is empty."""
        value = self.values.get(name)
        if value is None:
            return []
        if not isinstance(value, list):
            raise self.wrong(name, "is not a list")
        return value


def object_of(document: object, thing: str) -> Fields:
    """The fields of a JSON document. Raises Unmappable when it is no object."""
    if not isinstance(document, dict):
        raise Unmappable(f"The shop's {thing} is not a JSON object; correct the shop, then retry.")
    return Fields(document, thing)


def each_readable(rows: Iterable[Row], mapped: Callable[[Row], Thing]) -> Iterator[Thing]:
    """What can be read, and then the first error of what cannot."""
    trouble: Unmappable | None = None
    for row in rows:
        try:
            thing = mapped(row)
        except Unmappable as error:
            trouble = trouble or error
            continue
        yield thing
    if trouble is not None:
        raise trouble
