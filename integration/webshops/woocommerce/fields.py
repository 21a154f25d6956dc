"""Reading WooCommerce's JSON: looser than the contract's, bounded as strictly.

Amounts are texts, but ``price`` is a JSON number and plugins write numbers where WooCommerce
writes texts. An id 0 and an empty text mean nothing. PHP writes an empty object as ``[]``, and a
list that a plugin took something out of as an object with the numbers as names.
Sources: WooCommerce REST v3, and the answers of WooCommerce 11.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Self

from integration.json_fields import TOO_LARGE, Fields, object_of

NUMBER = re.compile(r"[+-]?[0-9]{1,12}(\.[0-9]{0,24})?([eE][+-]?[0-9]{1,2})?")
DIGITS = re.compile(r"[0-9]{1,18}")
FINEST = Decimal(1).scaleb(-12)
"""Smaller parts of an amount are noise of a binary fraction, and cost digits later."""
LARGEST = 10**12
LARGEST_ID = 2**63 - 1
"""WordPress keeps ids as 64-bit numbers."""
NO_LETTERS = frozenset({"Cc", "Cs", "Zl", "Zp"})
"""Control characters, halves of a character, and separators of lines and paragraphs (Unicode)."""


@dataclass(frozen=True, slots=True)
class WooFields(Fields):
    """One JSON object of a WooCommerce shop."""

    def optional_text(self, name: str) -> str | None:
        """Text, also out of a whole number; ``false``, null and empty are None."""
        value = self.values.get(name)
        if value is False:
            return None
        if isinstance(value, int) and not isinstance(value, bool) and abs(value) <= LARGEST_ID:
            return str(value)
        return Fields.optional_text(self, name)

    def code(self, name: str) -> str | None:
        """Text that is compared letter by letter, such as a SKU.

        What cannot be seen does not belong to it at its ends, and is refused inside.
        """
        value = self.values.get(name)
        if not isinstance(value, str):
            return self.optional_text(name)
        seen = [place for place, letter in enumerate(value) if _is_seen(letter)]
        text = value[seen[0] : seen[-1] + 1] if seen else ""
        if not text.isprintable():
            raise self.wrong(name, "holds characters that cannot be seen")
        return text or None

    def label(self, name: str) -> str | None:
        """Text that people compare, such as an order's number: nothing unseen is left in it."""
        value = self.values.get(name)
        if not isinstance(value, str):
            return self.optional_text(name)
        seen = "".join(_without_unseen(letter) for letter in value)
        return " ".join(seen.split()) or None

    def line(self, name: str) -> str | None:
        """Text of a person on one line; what is no letter becomes a space."""
        return self._readable(name, "")

    def note(self, name: str) -> str | None:
        """Text of a person on several lines."""
        return self._readable(name, "\n")

    def _readable(self, name: str, kept: str) -> str | None:
        value = self.values.get(name)
        if not isinstance(value, str):
            return self.optional_text(name)
        unified = value.replace("\r\n", "\n")
        lines = "".join(_visible(letter, kept) for letter in unified).split("\n")
        return "\n".join(" ".join(line.split()) for line in lines).strip() or None

    def identity(self, name: str) -> str | None:
        """An id as text; None when it is 0, empty or absent."""
        text = self.optional_text(name)
        if text is None:
            return None
        if not DIGITS.fullmatch(text):
            raise self.wrong(name, "is no id")
        return str(int(text)) if int(text) else None

    def pieces(self, name: str) -> int:
        """How many pieces: ``2``, ``"2"`` or ``2.0``; below zero in a refund."""
        number = self.amount(name)
        if number != number.to_integral_value():
            raise self.wrong(name, "is not a whole number of pieces")
        if abs(number) >= TOO_LARGE:
            raise self.wrong(name, "is too large")
        return int(number)

    def amount(self, name: str) -> Decimal:
        """A number that has to be there."""
        value = self.optional_amount(name)
        if value is None:
            raise self.wrong(name, "is missing")
        return value

    def optional_amount(self, name: str) -> Decimal | None:
        """A number, in quotes or without; None when it is null, absent or empty."""
        value = self.values.get(name)
        if isinstance(value, str):
            value = value.strip()
        if value is None or value is False or value == "":
            return None
        number = None if isinstance(value, bool) else _number(value)
        if number is None or not number.is_finite():
            raise self.wrong(name, "is not a number such as 8.22")
        if abs(number) >= LARGEST:
            raise self.wrong(name, "is too large")
        return number.quantize(FINEST) if _exponent(number) < -12 else number

    def utc(self, name: str) -> datetime:
        """An instant that has to be there, of a field whose name ends in ``_gmt``."""
        value = self.optional_utc(name)
        if value is None:
            raise self.wrong(name, "is missing")
        return value

    def optional_utc(self, name: str) -> datetime | None:
        """An instant in UTC, which WooCommerce writes without a zone; None when there is none."""
        value = self.optional_text(name)
        if value is None or value.startswith("0000-00-00"):
            return None
        try:
            instant = datetime.fromisoformat(value)
            zoned = instant.replace(tzinfo=UTC) if instant.tzinfo is None else instant
            return zoned.astimezone(UTC)
        except (ValueError, OverflowError):
            raise self.wrong(name, "is not an instant such as 2026-11-23T10:00:00") from None

    def table(self, name: str) -> Self:
        """An object that has to be there; PHP writes an empty one as ``[]``."""
        if self.values.get(name) == []:
            return self.within({}, name)
        return Fields.table(self, name)

    def items(self, name: str) -> Sequence[object]:
        """A list; also one that PHP wrote as an object with the places as names.

        Plugins write ``false`` or an empty text where there is none.
        """
        value = self.values.get(name)
        if value is False or value == "":
            return []
        if isinstance(value, dict) and all(DIGITS.fullmatch(str(key)) for key in value):
            return list(value.values())
        return Fields.items(self, name)

    def goods(self) -> Sequence[Self]:
        """The lines of an order or refund, which have to be there even when there are none.

        Unlike costs, which are added up and compared, nothing would show that they are missing.
        """
        if not isinstance(self.values.get("line_items"), list | dict):
            raise self.wrong("line_items", "is missing or no list")
        return list(self.tables("line_items"))

    def meta(self, keys: Iterable[str]) -> str | None:
        """The first text that one of these meta keys holds."""
        found = self.within(meta_of(self.values), "meta_data")
        texts = (found.line(key) for key in keys if isinstance(found.values.get(key), str))
        return next((text for text in texts if text), None)


def meta_of(values: Mapping[str, object]) -> dict[str, object]:
    """The meta data by key, the last of each; what is no meta data is left out."""
    rows = values.get("meta_data")
    places = rows.values() if isinstance(rows, dict) else rows if isinstance(rows, list) else ()
    return {
        key: row.get("value")
        for row in places
        if isinstance(row, dict) and isinstance(key := row.get("key"), str)
    }


def fields_of(document: object, thing: str) -> WooFields:
    """The fields of a JSON document. Raises Unmappable when it is no object."""
    return WooFields(object_of(document, thing).values, thing)


def order_fields(document: object, order_id: str) -> WooFields:
    """The fields of the order that was asked for. Raises Unmappable when it is another one."""
    fields = fields_of(document, f"order {order_id}")
    if fields.identity("id") != order_id:
        raise fields.wrong("id", "is not the id that was asked for")
    return fields


def product_ref(fields: WooFields) -> str | None:
    """Which product a line is of: ``11``, or ``13/15`` for variation 15 of product 13."""
    product, variation = fields.identity("product_id"), fields.identity("variation_id")
    if product is None:
        return None
    return product if variation is None else f"{product}/{variation}"


def _visible(letter: str, kept: str) -> str:
    if letter == kept or unicodedata.category(letter) not in NO_LETTERS:
        return letter
    return " "


def _is_seen(letter: str) -> bool:
    return letter.isprintable() and not letter.isspace()


def _without_unseen(letter: str) -> str:
    """The letter; a space for any white space, nothing for what has neither form nor width."""
    if letter.isspace():
        return " "
    return letter if letter.isprintable() else ""


def _number(value: object) -> Decimal | None:
    if isinstance(value, Decimal):
        return value
    if isinstance(value, int):
        return Decimal(value) if abs(value) < LARGEST else Decimal("Infinity")
    if isinstance(value, float):
        return Decimal(repr(value))
    return Decimal(value) if isinstance(value, str) and NUMBER.fullmatch(value) else None


def _exponent(number: Decimal) -> int:
    exponent = number.as_tuple().exponent
    return exponent if isinstance(exponent, int) else 0
