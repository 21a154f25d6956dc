"""The way of a request through a rate limit, whosever limit it is."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol


class Passage(Protocol):
    """The way of one request through a rate limit; exactly one of these is told."""

    def unsent(self) -> None:
        """Nothing was sent."""

    def unanswered(self) -> None:
        """It was sent and no answer came."""

    def answered(self, headers: Mapping[str, str]) -> None:
        """An answer came."""

    def refused(self, seconds: float | None, headers: Mapping[str, str], /) -> float | None:
        """The limit was exceeded; ``seconds``: what the server asked to wait. Returns what to."""


class FreePassage:
    """No rate limit of ours: a server's own wish to wait is passed on."""

    def unsent(self) -> None:
        """Nothing to give back."""

    def unanswered(self) -> None:
        """Nothing to free."""

    def answered(self, headers: Mapping[str, str]) -> None:
        """Nothing to learn."""

    def refused(self, seconds: float | None, _headers: Mapping[str, str], /) -> float | None:
        """What the server asked for."""
        return seconds
