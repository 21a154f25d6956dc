"""Jobs: what ought to be true, in which state each one is, and how a run may end. Pure.

A job names one thing that ought to be true ("order 1042 of shop nl is in Picqer"). There is
exactly one per identity, for ever. States and what leads from one to the next::

    open --claim--> running --done--> done ------hint-----> open
     ^                 |--wait----> open  (later due_at, a reason, no attempt)
     |                 |--retry---> open  (later due_at, a reason, one attempt)
     |                 '--park----> parked --webhook, retry--> open
     '-- dismissed (a tombstone: only a person opens it again)
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from integration import errors
from integration.domain import FreeStock, Picklist, PicqerShipment, PicqerStatus

MAX_ATTEMPTS = 15
"""After this many attempts, about an hour and a half, a job that keeps failing parks."""
MAX_CRASHES = 3
"""A job whose worker died this many times while it ran parks."""
LEASE_SECONDS = 20.0
"""How long a claimed job belongs to its worker without being renewed."""
BACKOFF_BASE_SECONDS = 2.0
BACKOFF_CAP_SECONDS = 900.0


class Flow(StrEnum):
    """The five flows; the same word names file, function, job, task, log event and test file."""

    CREATE_PRODUCT = "create_product"
    CREATE_ORDER = "create_order"
    COMPLETE_ORDER = "complete_order"
    PUSH_STOCK = "push_stock"
    RECONCILE = "reconcile"

    @property
    def queue(self) -> Queue:
        """The queue whose workers run this flow."""
        return _QUEUES[self]

    @property
    def dismissable(self) -> bool:
        """Whether a person may put such a job aside for good."""
        return self not in (Flow.PUSH_STOCK, Flow.RECONCILE)


class Queue(StrEnum):
    """Celery's queues; ``mover`` carries only the mover's own ticks."""

    ORDERS = "orders"
    EVENTS = "events"
    BULK = "bulk"


_QUEUES = {
    Flow.CREATE_PRODUCT: Queue.BULK,
    Flow.CREATE_ORDER: Queue.ORDERS,
    Flow.COMPLETE_ORDER: Queue.EVENTS,
    Flow.PUSH_STOCK: Queue.EVENTS,
    Flow.RECONCILE: Queue.BULK,
}


class Lane(StrEnum):
    """Lanes of the rate limit: the first three are greedy, ``bulk`` is paced."""

    ORDERS = "orders"
    SHIPMENTS = "shipments"
    STOCK = "stock"
    BULK = "bulk"


class State(StrEnum):
    """Where a job is in its life."""

    OPEN = "open"
    RUNNING = "running"
    DONE = "done"
    PARKED = "parked"
    DISMISSED = "dismissed"


@dataclass(frozen=True, slots=True, order=True)
class Identity:
    """Which thing ought to be true: unique for ever.

    ``shop`` is the name of a configured shop, empty for a job of a whole Picqer account. The
    ``subject`` is the shop's order id, the shop's product id, ``stock`` for push_stock, and for
    reconcile a word and what it is about: ``orders:main``, ``shipments:main``, ``stock:main``,
    ``catalogue:main``, ``order:main:301``, ``product:main:MUG-BLUE`` on an account, ``orders``,
    ``products``, ``stock``, ``backfill_orders``, ``backfill_products`` on a shop.
    """

    flow: Flow
    shop: str
    subject: str

    def __str__(self) -> str:
        """Read like ``create_order nl 1042``."""
        return " ".join(part for part in (self.flow.value, self.shop, self.subject) if part)


@dataclass(frozen=True, slots=True)
class Job:
    """One row of the job store as it was when it was read.

    ``revision`` rises with each hint; ``claimed_revision`` is the revision the present run began
    at. ``hold`` says that a hint must not bring ``due_at`` forward (back-off, doubt).
    ``look_first`` says that this job was once parked, paused or locked out, so an order is looked
    up at Picqer before it is created. ``progress`` is small JSON of the flow's own. ``backfilled``
    says that a backfill asked for it: an order from before the time of this service.
    """

    id: int
    identity: Identity
    account: str
    queue: Queue
    state: State
    due_at: datetime
    reason: str | None
    code: str | None
    revision: int
    claimed_revision: int
    attempts: int
    waits: int
    crashes: int
    hold: bool
    look_first: bool
    blocked_on: str | None
    progress: Mapping[str, object]
    lease_until: datetime | None
    lease_token: str | None
    sent_at: datetime | None
    created_at: datetime
    updated_at: datetime
    backfilled: bool = False


@dataclass(frozen=True, slots=True)
class JobEvent:
    """One line of a job's timeline. ``data`` holds ids, counts and statuses only."""

    kind: str
    text: str
    at: datetime | None = None
    data: Mapping[str, object] = field(default_factory=dict)


# --- Hints ---------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class OrderStatusFact:
    """Picqer says that the order has this status since ``stamp``."""

    idorder: int
    status: PicqerStatus
    stamp: str
    reference: str | None = None


Fact = FreeStock | Picklist | PicqerShipment | OrderStatusFact
"""What may not be coalesced: each becomes a row of its own before any job runs."""


@dataclass(frozen=True, slots=True)
class ProductNews:
    """What a delivery says of a product: its ``productcode`` and ``domain.Product.revision``."""

    productcode: str
    revision: str


@dataclass(frozen=True, slots=True)
class Hint:
    """A reason to look at something.

    From a shop: ``flow`` and the shop's own id as ``subject``, and news of the ``product`` when
    the delivery carried it (only to notice that nothing we read of it has changed). From Picqer:
    ``flow`` and ``fact``; the door finds the subject.
    """

    flow: Flow
    subject: str = ""
    fact: Fact | None = None
    product: ProductNews | None = None


@dataclass(frozen=True, slots=True)
class Delivery:
    """One webhook request as it came in. ``source`` is ``picqer/main`` or ``shops/nl``."""

    source: str
    headers: Mapping[str, str]
    body: bytes


class Unreadable(ValueError):
    """A delivery with a good signature whose content cannot be understood: a person looks at it."""


class NothingToDo(ValueError):
    """A delivery that is understood and asks for nothing; its text says why."""


# --- Endings -------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Done:
    """True now; ``note`` says what was found or made, in a sentence with ids."""

    note: str = ""


@dataclass(frozen=True, slots=True)
class Wait:
    """Again after ``seconds``, at no attempt. ``hold``: a hint must not shorten this.

    ``celery`` is False for waits that Celery must not hold in memory (our own budget).
    ``look_first``: from now on the order is looked up before it is created.
    """

    seconds: float
    reason: str
    code: str
    hold: bool = False
    celery: bool = True
    look_first: bool = False


@dataclass(frozen=True, slots=True)
class Retry:
    """Again after ``seconds``; costs an attempt."""

    seconds: float
    reason: str
    code: str


@dataclass(frozen=True, slots=True)
class Park:
    """For a person. ``blocked_on`` names a missing productcode; ``bug`` a fault of ours."""

    reason: str
    code: str
    blocked_on: str | None = None
    bug: bool = False


Ending = Done | Wait | Retry | Park


def go_on(reason: str = "goes on with the next part") -> Wait:
    """The ending of a run that did its share and opens itself again at once."""
    return Wait(seconds=0.0, reason=reason, code="GoesOn")


def backoff(attempt: int, chance: float, *, base: float = BACKOFF_BASE_SECONDS) -> float:
    """Seconds before attempt number ``attempt`` + 1: exponential, with jitter in [half, full].

    ``attempt`` counts from 1; ``chance`` is a random number in [0, 1).
    """
    doublings = min(max(attempt, 1) - 1, 30)
    full = min(BACKOFF_CAP_SECONDS, base * float(2**doublings))
    return full * (0.5 + chance / 2)


def ending_of(error: BaseException, job: Job, chance: float) -> Ending:
    """The one ending that this error's family decides. ``chance`` is random in [0, 1)."""
    match error:
        case errors.Deferred():
            return _wait(error, job, chance)
        case errors.Retryable():
            return _retry(error, job, chance)
        case errors.Rejected():
            return Park(str(error), error.code, blocked_on=error.blocked_on)
        case _:
            name = type(error).__name__
            return Park(
                f"a fault in picqer-bridge itself ({name}); it was reported, retry after the fix",
                f"Bug.{name}",
                bug=True,
            )


def _wait(error: errors.Deferred, job: Job, chance: float) -> Wait:
    """How long each kind of waiting lasts."""
    seconds = error.seconds if error.seconds is not None else 2.0
    if isinstance(error, errors.RateLimited):
        seconds = max(backoff(job.waits + 1, chance, base=4.0), error.seconds or 0.0)
    elif isinstance(error, errors.LeaseHeld):
        seconds = min(5.0, max(seconds, 0.5) * (1 + job.waits))
    return Wait(
        seconds=seconds,
        reason=str(error),
        code=error.code,
        hold=isinstance(error, errors.InDoubt),
        celery=not isinstance(error, errors.OverBudget),
        look_first=isinstance(error, errors.Paused | errors.LockedOut),
    )


def _retry(error: errors.Retryable, job: Job, chance: float) -> Retry | Park:
    """Again with a growing pause, until the attempts are used up."""
    attempt = job.attempts + 1
    if attempt >= MAX_ATTEMPTS:
        return Park(f"{error} It was tried {attempt} times.", error.code)
    return Retry(backoff(attempt, chance), str(error), error.code)
