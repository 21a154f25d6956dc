"""Reading what Picqer answers and delivers, tolerantly. Pure.

Unknown keys are ignored, numbers may be texts, legacy keys stand in for newer ones, and ``tags``,
which is now a list and now an object, is never looked at. What is missing and matters raises
Malformed, which names the key and never its value.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import Decimal, InvalidOperation

Record = Mapping[str, object]
LARGEST_EXPONENT = 17
"""What has more digits before its point does not fit into the 64 bits of a stored number."""
_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")
"""NUL, and halves of a character: JSON may hold them, a store does not."""


class Malformed(ValueError):
    """An answer or delivery of Picqer's lacks something that matters."""


def record(value: object, what: str) -> Record:
    """An object of the JSON."""
    if not isinstance(value, dict):
        raise Malformed(f"{what} is no object")
    return value


def records(value: object, what: str) -> list[Record]:
    """A list of objects; Picqer's empty list may be an empty object, or missing."""
    if value is None or value == {}:
        return []
    if isinstance(value, dict):
        value = list(value.values())
    if not isinstance(value, list):
        raise Malformed(f"{what} is no list")
    return [record(item, what) for item in value]


def first(row: Record, *keys: str) -> object:
    """The first of these keys that has a value; older keys come last."""
    return next((row[key] for key in keys if row.get(key) is not None), None)


def whole(row: Record, *keys: str) -> int:
    """A whole number, which may be written as a text. Raises Malformed."""
    number = maybe_whole(row, *keys)
    if number is None:
        raise Malformed(f"{keys[0]} is missing")
    return number


def maybe_whole(row: Record, *keys: str) -> int | None:
    """A whole number, or None when there is none."""
    value = first(row, *keys)
    if value is None or value == "":
        return None
    number = _decimal(value, keys[0])
    if number != number.to_integral_value():
        raise Malformed(f"{keys[0]} is no whole number")
    return int(number)


def decimal(row: Record, *keys: str) -> Decimal:
    """A decimal number, which may be written as a text. Raises Malformed."""
    value = first(row, *keys)
    if value is None:
        raise Malformed(f"{keys[0]} is missing")
    return _decimal(value, keys[0])


def _decimal(value: object, key: str) -> Decimal:
    if isinstance(value, bool) or not isinstance(value, int | str | Decimal | float):
        raise Malformed(f"{key} is no number")
    words = str(value).strip()
    try:
        number = Decimal(words if words.isascii() and "_" not in words else "")
    except InvalidOperation:
        raise Malformed(f"{key} is no number") from None
    if not number.is_finite() or abs(number.adjusted()) > LARGEST_EXPONENT:
        raise Malformed(f"{key} is no number")
    return number


def text(row: Record, *keys: str) -> str:
    """A text that matters; a number is taken as one. Raises Malformed."""
    value = maybe_text(row, *keys)
    if value is None:
        raise Malformed(f"{keys[0]} is missing")
    return value


def maybe_text(row: Record, *keys: str) -> str | None:
    """A text, or None when it is missing or empty."""
    value = first(row, *keys)
    if value is None or value == "":
        return None
    if isinstance(value, bool) or not isinstance(value, str | int | Decimal):
        raise Malformed(f"{keys[0]} is no text")
    if _UNSTORABLE.search(words := str(value)):
        raise Malformed(f"{keys[0]} is no text")
    return words


def yes(row: Record, key: str, *, missing: bool = False) -> bool:
    """A yes or no, which may be written as 0 and 1."""
    value = row.get(key)
    if value is None:
        return missing
    return str(value).strip().lower() in {"true", "1", "yes"}
