"""What was made at Picqer, each exactly once."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from integration.jobs import Job


class LedgerState(StrEnum):
    """How certain an entry of the ledger is."""

    INTENT = "intent"
    SETTLED = "settled"


@dataclass(frozen=True, slots=True, order=True)
class LedgerKey:
    """What was made at Picqer: ``order nl 1042``, ``customer nl 77``, ``product - MUG-BLUE``.

    ``shop`` is empty for products, which belong to the whole account.
    """

    account: str
    kind: str
    shop: str
    subject: str


@dataclass(frozen=True, slots=True)
class Made:
    """Something that exists at Picqer. ``details`` is small JSON without personal data."""

    picqer_id: int
    details: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class LedgerEntry:
    """One line of the ledger; ``picqer_id`` is set once it is settled.

    ``in_doubt``: a write was sent and never clearly answered.
    """

    key: LedgerKey
    state: LedgerState
    reference: str | None
    picqer_id: int | None
    details: Mapping[str, object]
    in_doubt: bool
    intent_at: datetime | None
    updated_at: datetime


class Ledger(Protocol):
    """What was made at Picqer, each exactly once."""

    def find(self, key: LedgerKey) -> LedgerEntry | None:
        """The entry of this key, settled or not."""

    def find_by_id(self, account: str, kind: str, picqer_id: int) -> LedgerEntry | None:
        """The settled entry with this id of Picqer's."""

    def find_by_reference(self, account: str, reference: str) -> LedgerEntry | None:
        """The entry of an order by its reference at Picqer."""

    def find_by_orderid(self, account: str, orderid: str) -> LedgerEntry | None:
        """The settled entry of an order by Picqer's own number. Reads the whole ledger."""

    def once(
        self,
        key: LedgerKey,
        *,
        owner: Job,
        reference: str | None,
        look_first: bool,
        find: Callable[[], Made | None],
        create: Callable[[], Made],
        on_settled: Callable[[Made], None] | None = None,
    ) -> Made:
        """Make it exist exactly once and return it.

        ``look_first``: search before creating even when nothing is in doubt. ``on_settled`` runs
        in the settling transaction. Raises LeaseHeld while a living owner holds the intent,
        InDoubt while an unanswered write is too fresh to look up, and what find and create raise.
        """

    def resolve(
        self,
        key: LedgerKey,
        find: Callable[[], Made | None],
        *,
        on_settled: Callable[[Made], None] | None = None,
    ) -> int | None:
        """Look an intent in doubt up, never creating; None when it is absent. Raises InDoubt."""

    def adopt(self, key: LedgerKey, made: Made, *, reference: str | None = None) -> None:
        """Write down what already exists. Raises Unmappable when another key owns that id."""

    def note(self, key: LedgerKey, details: Mapping[str, object]) -> None:
        """Add to the details of a settled entry."""

    def forget(self, key: LedgerKey) -> None:
        """Remove an entry: the thing is gone at Picqer."""

    def first(self, key: LedgerKey) -> bool:
        """Claim what can be done only once and not looked up (a mail): True the first time."""

    def release(self, key: LedgerKey) -> None:
        """Give such a claim back: it was refused before anything went out."""

    def unknown_productcodes(self, account: str, productcodes: Iterable[str]) -> list[str]:
        """Those of these productcodes that are not settled, in the given order."""

    def count(self, account: str, kind: str, shop: str | None = None) -> int:
        """How many settled entries of this kind there are, of one shop or in all."""
