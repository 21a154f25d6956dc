"""What holds work back, and what the store remembers about itself."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Protocol

from integration.jobs import Flow


class Gate(Protocol):
    """What holds work back, and what the store remembers about itself."""

    def admit(self, flow: Flow, shop: str) -> None:
        """Raises Paused while a person paused this flow or shop."""

    def pause(self, flow: Flow | None, shop: str | None, who: str) -> None:
        """Pause a flow, a shop, or (both None) everything; survives restarts."""

    def resume(self, flow: Flow | None, shop: str | None, who: str) -> None:
        """Undo exactly that pause."""

    def pauses(self) -> list[tuple[str | None, str | None, str]]:
        """(flow, shop, who) of each pause."""

    def check(self, scope: str) -> None:
        """Let a request towards ``picqer/main`` or ``shops/nl`` pass.

        Raises LockedOut or Unreachable, but lets one probe through at a time.
        """

    def answered(self, scope: str) -> None:
        """The other side answered: close the breaker, end a lock-out."""

    def unanswered(self, scope: str) -> None:
        """The other side did not answer; after several in a row the breaker opens."""

    def lock_out(self, scope: str, reason: str) -> bool:
        """The key is refused: hold the whole account but for one probe a minute.

        Returns whether this began it; False: it was locked out already.
        """

    def locked_out(self) -> list[str]:
        """The scopes that refuse their key at the moment: ``picqer/main``."""

    def first_sight(self, account: str, shop: str) -> datetime:
        """When this store first saw the shop on this account; written at the first question."""

    def cut_over(self, account: str, shop: str) -> datetime:
        """The shop goes over to this service now: as if it were seen first at this moment."""

    def birth(self) -> datetime:
        """When this store was born, or born again after a gap in its heartbeat."""

    def gap_since(self) -> datetime | None:
        """The last heartbeat before the latest rebirth: reconcile from there; None: never."""

    def beat(self, process: str, number: int, *, in_order: bool = True) -> int:
        """This process lives: returns the number to say next time.

        ``in_order``: it also gets on with its work.

        ``process`` names one running process and no other (role, host and pid). Compare-and-set on
        its own ``number`` (0: it is starting). The store is born again when its last heartbeat is
        older than two minutes at a start, or this process's carries another number.
        """

    def heartbeats(self) -> Mapping[str, datetime]:
        """When each process was last seen."""

    def in_order(self) -> Mapping[str, datetime]:
        """When each process last got on with its work; those that never did are left out."""

    def installation(self) -> str:
        """A short id of this store, made once; it is part of the names of our hooks."""
