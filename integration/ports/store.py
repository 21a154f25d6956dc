"""The database as a whole, and small facts to go on from."""

from __future__ import annotations

from contextlib import AbstractContextManager
from datetime import datetime
from typing import Protocol


class Store(Protocol):
    """The database as a whole."""

    def transaction(self) -> AbstractContextManager[None]:
        """All or nothing, for every store port used inside on this thread; may be nested."""

    def now(self) -> datetime:
        """The database's clock, in UTC."""


class Bookmarks(Protocol):
    """Small facts to go on from: polling cursors, VAT groups, warehouses."""

    def get(self, scope: str, name: str) -> tuple[object, datetime] | None:
        """The JSON value and when it was set."""

    def set(self, scope: str, name: str, value: object) -> None:
        """Keep a JSON value without personal data."""
