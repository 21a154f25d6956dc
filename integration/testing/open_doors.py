"""A rate limit and a call guard that let everything pass and write down what they saw."""

from __future__ import annotations

from datetime import datetime

from integration.errors import BridgeError
from integration.jobs import Lane
from integration.ports import Call, LimitView, Permit


class OpenLimiter:
    """A ``Limiter`` with room for everybody. ``log`` tells what became of each permit.

    Its lines read ``take 1``, ``answered 1``, ``give_back 2``.

    Set ``error`` to let the next takes raise it (OverBudget, NoLimiter ...).
    """

    def __init__(self, account: str = "main", *, limit: int = 500) -> None:
        """Belong to that account."""
        self.account = account
        self.limit = limit
        self.log: list[str] = []
        self.taken: list[tuple[Lane, float, float | None]] = []
        self.headers: list[tuple[int | None, int | None]] = []
        self.error: BridgeError | None = None
        self.horizons: dict[Lane, float | None] = {}

    def take(self, lane: Lane, *, patience: float, born: float | None = None) -> Permit:
        """Give a permit at once, or raise the ``error`` that was set."""
        if self.error is not None:
            raise self.error
        self.taken.append((lane, patience, born))
        number = len(self.taken)
        self.log.append(f"take {number}")
        return Permit(f"permit-{number}", number, self.account, lane)

    def answered(self, permit: Permit, limit: int | None, remaining: int | None) -> None:
        """Write down the headers."""
        self.log.append(f"answered {permit.number}")
        self.headers.append((limit, remaining))

    def refused(self, permit: Permit, retry_after: float | None, limit: int | None = None) -> float:
        """Pause for what the server asked, or five seconds."""
        self.log.append(f"refused {permit.number}")
        self.headers.append((limit, None))
        return 5.0 if retry_after is None else retry_after

    def unanswered(self, permit: Permit) -> None:
        """Write it down."""
        self.log.append(f"unanswered {permit.number}")

    def give_back(self, permit: Permit) -> None:
        """Write it down."""
        self.log.append(f"give_back {permit.number}")

    def view(self) -> LimitView:
        """All of the limit is free."""
        return LimitView(self.account, self.limit, 0, 0, 0, 0.0)

    def start(self, last_call_at: datetime | None) -> None:
        """Write it down."""
        self.log.append(f"start {last_call_at}")

    def budget(self, seconds: float, lane: Lane = Lane.ORDERS) -> int:
        """As much as there is room for, whatever the time."""
        self.log.append(f"budget {lane} {seconds:g}")
        return self.limit

    def publish_horizon(self, lane: Lane, born: float | None, seconds: float) -> None:
        """Remember the latest horizon of each lane."""
        self.log.append(f"horizon {lane} {seconds:g}")
        self.horizons[lane] = born


class OpenGuard:
    """A ``CallGuard`` that lets every call pass. Set ``error`` to refuse the next ones."""

    def __init__(self) -> None:
        """Know of no call."""
        self.calls: list[Call] = []
        self.deadlines: list[float] = []
        self.endings: list[tuple[int | None, int | None]] = []
        self.seconds: dict[str, float] = {}
        """How long the latest call of each path took."""
        self.error: BridgeError | None = None

    def before(self, call: Call, deadline: float) -> None:
        """Write the call down, or raise the ``error`` that was set."""
        if self.error is not None:
            raise self.error
        self.calls.append(call)
        self.deadlines.append(deadline)

    def after(self, call: Call, status: int | None, seconds: float, error_code: int | None) -> None:
        """Write down status and error_code, and the seconds it took."""
        self.seconds[call.path] = seconds
        self.endings.append((status, error_code))
