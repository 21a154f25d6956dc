"""Telling a person: what is said, who says it, and what was said already."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol


class News(StrEnum):
    """What a message says of its cause: it began, its count changed, it is over; or a test."""

    OPENED = "opened"
    CHANGED = "changed"
    OVER = "over"
    TEST = "test"


@dataclass(frozen=True, slots=True)
class Notice:
    """One message to a person, without personal data.

    ``message_id`` is the same when the same message goes out once more. ``cause`` names what is
    wrong for programs, ``sentence`` for people. ``examples`` name things by their ids, ``todo``
    is the next step, ``command`` shows more, and ``link`` leads to the console. ``installation``
    tells two installations apart.
    """

    message_id: str
    news: News
    cause: str
    sentence: str
    count: int
    since: datetime
    at: datetime
    examples: tuple[str, ...]
    todo: str
    command: str
    link: str
    installation: str


class Alarm(Protocol):
    """The way to a person."""

    def tell(self, notice: Notice) -> None:
        """Send this message.

        Raises Refused or Unavailable when nothing was sent, Ambiguous when it may have been.
        """


@dataclass(frozen=True, slots=True)
class OpenCause:
    """A cause that was seen and is not over. Instants are the store's.

    ``seen_at`` is since when, ``gone_at`` since when it is not seen any more. ``messages`` is how
    many went out about it, the last at ``told_at`` with ``told_count``.
    """

    cause: str
    sentence: str
    seen_at: datetime
    gone_at: datetime | None
    messages: int
    told_at: datetime | None
    told_count: int


class OpenCauses(Protocol):
    """What is wrong at the moment, and what a person was told of it; survives restarts."""

    def all(self) -> list[OpenCause]:
        """Every cause that is not over, the one that was seen first first."""

    def seen(self, cause: str, sentence: str) -> OpenCause:
        """It is there now. One that nobody looked at for two minutes, untold, begins anew."""

    def gone(self, cause: str) -> None:
        """It is not there now; the first such look counts until it is seen again."""

    def claim(self, known: OpenCause, seconds: float) -> bool:
        """Be the only one to send the next message about it, for so long; False: another is."""

    def told(self, known: OpenCause, count: int) -> None:
        """The message that was claimed went out, with this count."""

    def forget(self, cause: str) -> None:
        """It is over, and nobody has to be told any more."""
