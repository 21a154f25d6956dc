"""How the demo day words amounts and lists for people. Pure."""

from __future__ import annotations

from collections.abc import Mapping


def pieces_in_words(pieces: Mapping[str, int]) -> str:
    """Read like ``2 MUG-BLUE, 1 TEAPOT``."""
    return ", ".join(f"{amount} {code}" for code, amount in pieces.items()) or "nothing"


def count(number: int, one: str, many: str | None = None) -> str:
    """Read like ``1 parcel``, ``2 parcels``."""
    return f"{number} {one if number == 1 else many or one + 's'}"
