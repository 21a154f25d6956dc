"""What is looked after beside the flows: hooks, and whether all is well at a shop.

Hooks are what both call their webhooks here: a subscription of ours to one kind of event.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol


class Deed(StrEnum):
    """What was done about a hook, or what a person has to know."""

    CREATED = "created"
    UPDATED = "updated"
    REACTIVATED = "reactivated"
    DEACTIVATED = "deactivated"
    OTHER_INSTALLATION = "other installation"
    TAKEN = "taken"


@dataclass(frozen=True, slots=True)
class HookAction:
    """One line of the report; ``idhook`` is None for a hook that a dry run would create."""

    deed: Deed
    event: str
    idhook: int | None
    text: str


@dataclass(frozen=True, slots=True)
class ShopHook:
    """A webhook that a shop keeps; ``ours``: this installation made it for this shop."""

    idhook: int
    name: str
    event: str
    address: str
    active: bool
    ours: bool


class Verdict(StrEnum):
    """How one thing that was examined is."""

    OK = "ok"
    WARN = "warn"
    FAIL = "fail"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was examined: a sentence about it, and how it is put right."""

    check: str
    verdict: Verdict
    sentence: str
    fix: str | None = None


class ShopCare(Protocol):
    """What a connector looks after at its shop, for platforms that keep webhooks themselves.

    Every method makes requests and raises what the shop's client raises, except ``examine``.
    """

    def hooks(self) -> list[ShopHook]:
        """Every webhook that the shop keeps, those of others too."""

    def sync_hooks(self, address: str, *, dry_run: bool = False) -> list[HookAction]:
        """Make our webhooks what they ought to be; returns what was done, nothing when all is well.

        ``address`` is the door's for this shop. ``dry_run`` only says what would be done.
        """

    def examine(self, address: str | None) -> Iterator[Finding]:
        """What a merchant has to know about the connection, the most basic first; never raises.

        ``address`` is where the shop's webhooks ought to go, None when there is no public address.
        """
