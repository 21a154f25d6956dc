"""What the flows may ask of the world: one Protocol per thing, implemented by adapters.

Every method raises only errors of ``integration.errors``. Store ports (Inbox, Jobs, Ledger,
StockBook, Shipments, Gate, Bookmarks) work inside ``Store.transaction()`` when one is open on
this thread and in a transaction of their own otherwise.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Generic, Protocol, TypeVar

from integration.domain import (
    FreeStock,
    Hook,
    Order,
    Picklist,
    PicqerCustomer,
    PicqerOrder,
    PicqerProduct,
    PicqerShipment,
    Product,
    Shipment,
    ShipmentLine,
    VatGroup,
    Warehouse,
)
from integration.jobs import (
    Delivery,
    Ending,
    Fact,
    Flow,
    Identity,
    Job,
    JobEvent,
    Lane,
    OrderStatusFact,
    Queue,
    State,
)
from integration.policy import ShopPolicy

# --- Time ----------------------------------------------------------------------------------------


class Clock(Protocol):
    """The time of this process; never compared with Picqer's stamps."""

    def now(self) -> datetime:
        """The instant, in UTC."""

    def monotonic(self) -> float:
        """Seconds that never step back."""

    def sleep(self, seconds: float) -> None:
        """Return after that many seconds."""


# --- Requests and the rate limit -----------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Call:
    """One request about to be sent: its method, its path without ids of persons, if it writes."""

    method: str
    path: str
    writes: bool


class CallGuard(Protocol):
    """Stands around every request of a run: stop, lease, breaker, lock-out and the timeline."""

    def before(self, call: Call, deadline: float) -> None:
        """Let the request pass, with at least ``deadline`` seconds of lease left for a write.

        Raises Stopping, LeaseHeld, LockedOut or Unreachable. Called right before sending, after
        the permit was taken.
        """

    def after(self, call: Call, status: int | None, seconds: float, error_code: int | None) -> None:
        """Write down how it ended: ``status`` is None when no answer came."""


@dataclass(frozen=True, slots=True)
class Permit:
    """The right to send one request; ``number`` is its place in the order of grants."""

    token: str
    number: int
    account: str
    lane: Lane


@dataclass(frozen=True, slots=True)
class LimitView:
    """The rate limit of one account as it stands. Counts are requests in the last 60 seconds."""

    account: str
    limit: int
    in_use: int
    in_flight: int
    foreign_use: int
    paused_seconds: float
    waiting: Mapping[str, int] = field(default_factory=dict)
    refused: int = 0


class Limiter(Protocol):
    """The semaphore that all workers share for one Picqer API key."""

    def take(self, lane: Lane, *, patience: float, born: float | None = None) -> Permit:
        """Take a permit, waiting in place at most ``patience`` seconds.

        ``born`` is the epoch second the job was created at: while a backlog is metered, younger
        jobs do not overtake older ones. Raises OverBudget with the seconds until there is room,
        RateLimited while the account pauses after a 429, NoLimiter when Redis is away.
        """

    def answered(self, permit: Permit, limit: int | None, remaining: int | None) -> None:
        """The response came now: free the permit 60 s from now and apply the headers."""

    def refused(self, permit: Permit, retry_after: float | None, limit: int | None = None) -> float:
        """A 429 came: pause the whole account; returns for how many seconds.

        ``limit`` is the refusal's own X-RateLimit-Limit.
        """

    def unanswered(self, permit: Permit) -> None:
        """No response will come: free the permit 60 s after the request's deadline."""

    def give_back(self, permit: Permit) -> None:
        """The permit was not used: free it at once."""

    def view(self) -> LimitView:
        """How things stand, for people and metrics; never blocks. Raises NoLimiter."""

    def start(self, last_call_at: datetime | None) -> None:
        """A process starts whose store shows a call at that moment. Raises NoLimiter."""

    def budget(self, seconds: float, lane: Lane = Lane.ORDERS) -> int:
        """How many permits can be granted within that time. Raises NoLimiter."""

    def publish_horizon(self, lane: Lane, born: float | None, seconds: float) -> None:
        """For that time give permits only to jobs created up to ``born`` (epoch seconds).

        None ends it. Raises NoLimiter.
        """


Row = TypeVar("Row")


@dataclass(frozen=True, slots=True)
class Page(Generic[Row]):
    """Some rows of a long list; ``next`` is where to go on later, None after the last page.

    Pages overlap a little, so that no row is missed while rows shift: a row may come twice.
    """

    rows: tuple[Row, ...]
    next: int | None


# --- Picqer --------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class OrderDraft:
    """What is needed to make a Picqer order of a shop order.

    ``all_addresses``: send every address field, empty ones too, because the customer has
    addresses at Picqer that would fill the gaps. ``vat_groups`` are the account's.
    """

    order: Order
    shop: ShopPolicy
    reference: str
    idcustomer: int | None
    all_addresses: bool
    vat_groups: tuple[VatGroup, ...]


@dataclass(frozen=True, slots=True)
class ProductDraft:
    """What is needed to make a Picqer product of a shop product."""

    product: Product
    vat_groups: tuple[VatGroup, ...]


class Picqer(Protocol):
    """One Picqer account; each method is exactly one request, an iterator one a page.

    ``start`` is the ``next`` of an earlier page, to go on where a run stopped.

    Sources: picqer.com/en/api/ orders, customers, products, picklists, webhooks.
    """

    def order(self, idorder: int) -> PicqerOrder:
        """The order. Raises NotFound."""

    def orders_with_reference(self, reference: str) -> list[PicqerOrder]:
        """All orders whose reference is exactly this, cancelled ones too, oldest first."""

    def orders_since(self, since: datetime, *, start: int = 0) -> Iterator[Page[PicqerOrder]]:
        """Orders created since that instant (two hours of overlap included), any status."""

    def create_order(self, draft: OrderDraft) -> PicqerOrder:
        """Create a concept order. Raises Unmappable before sending, Refused (24: unknown code)."""

    def process_order(self, idorder: int) -> PicqerOrder:
        """Make a concept order processing. Raises Refused with error_code 32 when it was."""

    def cancel_order(self, idorder: int, *, force: bool = False) -> None:
        """Cancel (delete) an order; ``force`` also when it is processing."""

    def customers_with_email(self, email: str) -> list[PicqerCustomer]:
        """Customers with exactly this e-mail address, lowest idcustomer first."""

    def create_customer(self, order: Order) -> PicqerCustomer:
        """Create the customer of this order, without addresses."""

    def product(self, idproduct: int) -> PicqerProduct:
        """The product. Raises NotFound."""

    def product_with_code(
        self, productcode: str, *, inactive: bool = False
    ) -> PicqerProduct | None:
        """The active (or inactive) product with exactly this productcode, None when absent."""

    def products(self, *, inactive: bool = False, start: int = 0) -> Iterator[Page[PicqerProduct]]:
        """The catalogue, active or inactive; misses nothing while rows shift."""

    def create_product(self, draft: ProductDraft) -> PicqerProduct:
        """Create a product. Raises Unmappable before sending, Refused."""

    def update_product(self, idproduct: int, draft: ProductDraft) -> PicqerProduct:
        """Write the mapped fields of a product."""

    def add_image(self, idproduct: int, image: bytes) -> None:
        """Add one picture (JPEG or PNG) to a product."""

    def picklist(self, idpicklist: int) -> Picklist:
        """The picklist with its lines. Raises NotFound."""

    def picklists_closed_since(
        self, since: datetime, *, start: int = 0
    ) -> Iterator[Page[Picklist]]:
        """Closed picklists since that instant (two hours of overlap included)."""

    def shipments(self, idpicklist: int) -> list[PicqerShipment]:
        """All shipments of a picklist, cancelled ones too."""

    def warehouses(self) -> list[Warehouse]:
        """The account's warehouses."""

    def vat_groups(self) -> list[VatGroup]:
        """The account's VAT groups."""

    def hooks(self) -> list[Hook]:
        """All hooks of the account, inactive ones too."""

    def create_hook(self, name: str, event: str, address: str, secret: str) -> Hook:
        """Subscribe to an event, signed with that secret."""

    def deactivate_hook(self, idhook: int) -> None:
        """Switch a hook off (Picqer keeps its record)."""

    def reactivate_hook(self, idhook: int) -> None:
        """Switch a hook on again."""

    def check_credentials(self) -> None:
        """Ask who we are (``/users/me``). Raises LockedOut when the key is refused."""


# --- Webshop -------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What a connector's platform can do; these drive the generic code.

    ``stock_batch``: items per ``set_stock``. ``shop_can_mail``: ``notify_customer`` is honoured.
    """

    stock_batch: int = 100
    partial_shipments: bool = True
    shop_can_mail: bool = True


@dataclass(frozen=True, slots=True)
class ShownStock:
    """What the shop shows for a productcode; ``ref`` is what the connector needs to write it."""

    productcode: str
    sellable: int | None
    ref: str | None = None
    managed: bool = True


@dataclass(frozen=True, slots=True)
class StockItem:
    """A figure to write. ``ref`` as the shop's stock list gave it, None when never seen."""

    productcode: str
    sellable: int
    ref: str | None = None


class StockAnswer(StrEnum):
    """How one item of a batch fared."""

    WRITTEN = "written"
    UNKNOWN_SKU = "unknown_sku"
    NOT_MANAGED = "not_managed"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class StockResult:
    """The shop's answer for one item; ``message`` is the shop's own text when refused."""

    productcode: str
    answer: StockAnswer
    message: str | None = None


class ShopAnswer(StrEnum):
    """How the shop took a shipment or a completion."""

    ACCEPTED = "accepted"
    LEFT_AS_IS = "left_as_is"
    """A person completed, cancelled or refunded the order meanwhile: it stays as it is."""


class Webshop(Protocol):
    """One webshop. Connectors implement this; the contract suite is in ``integration.testing``."""

    @property
    def capabilities(self) -> Capabilities:
        """What this platform can do."""

    @property
    def clock_offset(self) -> timedelta:
        """Our clock less the shop's, from its latest ``Date`` header; add it to shop instants."""

    def order(self, order_id: str) -> Order:
        """The order now. Raises NotFound."""

    def orders_changed_since(self, since: datetime) -> Iterator[Order]:
        """Orders changed since that instant of ours, oldest change first; misses none."""

    def product(self, product_id: str) -> Product:
        """The product now. Raises NotFound."""

    def products_changed_since(self, since: datetime) -> Iterator[Product]:
        """Products changed since that instant of ours, oldest change first; misses none."""

    def image(self, url: str) -> bytes | None:
        """A product picture from the shop's own host, at most 5 MiB; None when unusable."""

    def stock(self) -> Iterator[ShownStock]:
        """What the shop shows of every product."""

    def set_stock(self, items: Sequence[StockItem]) -> list[StockResult]:
        """Show these figures; one result per item, in any order."""

    def ship(self, order_id: str, shipment: Shipment) -> ShopAnswer:
        """Report a shipment; the same ``shipment_key`` again replaces."""

    def complete(self, order_id: str) -> ShopAnswer:
        """Complete the order; safe to repeat."""


# --- The store -----------------------------------------------------------------------------------


class Store(Protocol):
    """The database as a whole."""

    def transaction(self) -> AbstractContextManager[None]:
        """All or nothing, for every store port used inside on this thread; may be nested."""

    def now(self) -> datetime:
        """The database's clock, in UTC."""


@dataclass(frozen=True, slots=True)
class DeliveryRecord:
    """A stored delivery. ``state`` is ``routed``, ``ignored`` or ``parked``."""

    id: int
    source: str
    received_at: datetime
    state: str
    reason: str | None
    copies: int
    headers: Mapping[str, str]
    body: bytes | None
    jobs: tuple[tuple[int, int], ...] = ()
    """Which job was raised at which revision."""


class Inbox(Protocol):
    """Deliveries as they came in, kept until they are purged."""

    def add(self, delivery: Delivery, state: str, reason: str | None) -> tuple[int, bool]:
        """Store a delivery; returns its id and False when it is a copy of a stored one."""

    def raised(self, delivery_id: int, job_id: int, revision: int) -> None:
        """Write down which job a delivery raised, at which revision."""

    def find(
        self, *, state: str | None = None, source: str | None = None, limit: int = 50
    ) -> list[DeliveryRecord]:
        """Stored deliveries, newest first; of one source (``shops/nl``) or of any."""

    def received(
        self,
        since: datetime,
        until: datetime,
        *,
        source: str | None = None,
        after: int = 0,
        limit: int = 200,
    ) -> list[DeliveryRecord]:
        """Deliveries first received from ``since`` until before ``until``, oldest first.

        ``after`` is the id of the last one of the part before, to go on from there.
        """

    def find_of_job(self, job_id: int) -> list[DeliveryRecord]:
        """The deliveries that raised this job, oldest first."""

    def purge(self, before: datetime) -> int:
        """Forget headers and bodies received before that instant; returns how many."""


@dataclass(frozen=True, slots=True)
class JobFilter:
    """Which jobs to list; None is any. ``text`` is searched in subject and reason."""

    state: State | None = None
    flow: Flow | None = None
    shop: str | None = None
    code: str | None = None
    text: str | None = None
    limit: int = 50


@dataclass(frozen=True, slots=True)
class Message:
    """One wake-up for a worker: the job's id, its flow and a subject for people to read."""

    job_id: int
    flow: Flow
    queue: Queue
    shop: str
    subject: str


class Jobs(Protocol):
    """The jobs, their timeline and their leases. Times are the database's."""

    def hint(
        self,
        identity: Identity,
        account: str,
        *,
        webhook: bool = False,
        why: str = "",
        delay: float = 0.0,
        urgent: bool = True,
    ) -> Job:
        """Raise the revision of this job, making it when it is new, and open it when it is done.

        A parked job opens for one run when a ``webhook`` says so; a dismissed one stays. After
        the commit the job is nudged, unless it is running, held or a message is out already.
        ``delay`` seconds pass before it is due. ``urgent`` False leaves an open job's ``due_at``.
        """

    def claim(self, job_id: int, token: str) -> Job | None:
        """Make this job ours for 20 s when it is due and nobody's; None when it is not."""

    def renew(self, job: Job) -> bool:
        """Extend the lease by 20 s; False when it is no longer ours."""

    def save_progress(self, job: Job, progress: Mapping[str, object]) -> None:
        """Keep how far a long job came. Raises LeaseHeld when the lease is lost."""

    def end(self, job: Job, ending: Ending, events: Sequence[JobEvent] = ()) -> Job:
        """Write the ending and the run's timeline, and end the lease; returns the job after it.

        A job whose revision rose while it ran, and that is done or parked, opens again at once.
        One that parks for a productcode which was settled since its claim opens again too. Raises
        LeaseHeld when the lease is lost (another worker owns the job now, nothing is written).
        """

    def job(self, job_id: int) -> Job | None:
        """The job with this id."""

    def find_identity(self, identity: Identity) -> Job | None:
        """The job of this identity."""

    def find(self, which: JobFilter) -> list[Job]:
        """Jobs that match, latest change first."""

    def events(self, job_id: int) -> list[JobEvent]:
        """The timeline of a job, oldest first."""

    def counts(self) -> Mapping[tuple[Flow, State], int]:
        """How many jobs there are per flow and state."""

    def retry(self, job_id: int, who: str) -> Job | None:
        """Open a parked, dismissed, done or waiting job now, with fresh attempts; None: unknown."""

    def dismiss(self, job_id: int, who: str) -> Job | None:
        """Put a job aside for good; None when unknown. Raises Refused when it may not be."""

    def release_blocked(self, account: str, productcode: str) -> int:
        """Open the parked jobs that wait for this productcode; returns how many.

        ``create_product`` calls this in the transaction that settles the product.
        """

    def due(
        self,
        queue: Queue,
        limit: int,
        *,
        resend_after: float,
        metered: Mapping[str, datetime] | None = None,
    ) -> list[Message]:
        """The jobs to send now, oldest first, marked as sent.

        Due and unsent, or sent more than ``resend_after`` seconds ago without a claim, or running
        with a lease that ran out. ``metered``: of an account's jobs that wait for budget, only
        those created at that instant or before.
        """

    def backlog(
        self, account: str, code: str, *, queue: Queue | None = None
    ) -> list[tuple[int, datetime]]:
        """(id, created_at) of open jobs of the account that wait for this cause, oldest first.

        ``queue``: only of this queue.
        """

    def overdue(self) -> Mapping[Queue, float]:
        """For how many seconds the job that has been due longest is due, per queue with one."""

    def last_call_at(self) -> datetime | None:
        """When this service last sent a request, as far as its timelines know."""

    def purge_events(self, before: datetime) -> int:
        """Forget timeline lines of finished jobs from before that instant."""


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

    def count(self, account: str, kind: str) -> int:
        """How many settled entries of this kind there are."""


@dataclass(frozen=True, slots=True)
class OrderBooking:
    """A shop order as the stock book remembers it, without personal data.

    ``counts`` says whether its lines may be in flight; ``process_stamp`` is Picqer's stamp of
    the processing, None while it has not been processed.
    """

    shop: str
    order_id: str
    number: str
    account: str
    placed_at: datetime
    paid_at: datetime | None
    first_seen_at: datetime
    counts: bool
    process_stamp: str | None


@dataclass(frozen=True, slots=True)
class Difference:
    """A productcode whose shown figure is to be compared; ``sellable`` None: leave it alone.

    ``token`` marks the change that was seen, for ``compared``.
    """

    productcode: str
    sellable: int | None
    shown: int | None
    ref: str | None
    token: str


class StockBook(Protocol):
    """Free stock, what the shops show, and what is in flight between the two."""

    def apply(self, account: str, stock: FreeStock) -> bool:
        """A delivered figure: applied unless older than the row; True when it is in doubt."""

    def observe(self, account: str, stock: FreeStock, *, instead_of: str | None = None) -> None:
        """A figure that was read at Picqer: applied, unless the row's stamp is newer.

        ``instead_of`` is the row's stamp before the reading: while the row still has it, the
        answer is believed whatever its own stamp (an hour repeats every autumn).
        """

    def free_stock(self, account: str, productcode: str) -> FreeStock | None:
        """The figure as it is known."""

    def productcodes(self, account: str) -> Iterator[str]:
        """Every productcode with a free stock row."""

    def book_order(self, shop: ShopPolicy, order: Order, *, counts: bool) -> OrderBooking:
        """Remember an order's lines at each reading; keeps ``first_seen_at`` of the first."""

    def booking(self, shop: str, order_id: str) -> OrderBooking | None:
        """What is remembered of an order."""

    def find_bookings(self, number: str, shop: str | None = None) -> list[OrderBooking]:
        """Orders with this number (or id)."""

    def stop_counting(self, shop: str, order_id: str) -> None:
        """The order's lines are no longer in flight (cancelled, dismissed, fulfilled)."""

    def processed(self, shop: str, order_id: str, stamp: str) -> list[str]:
        """Picqer holds the lines since ``stamp``; returns productcodes with an equal stamp."""

    def in_flight(self, account: str, productcode: str) -> int:
        """Pieces ordered in any shop of the account that Picqer does not hold yet."""

    def sellable(self, shop: ShopPolicy, productcode: str) -> int | None:
        """What the shop ought to show; None: unknown at Picqer, or unlimited."""

    def differences(self, shop: ShopPolicy, limit: int) -> list[Difference]:
        """Marked productcodes with what is and what ought to be shown, newest change first."""

    def compared(self, shop: str, differences: Sequence[Difference]) -> None:
        """These were dealt with: unmark them, unless they changed again meanwhile."""

    def shows(self, shop: str, shown: Iterable[ShownStock]) -> None:
        """What the shop shows, as read or written; a product it does not manage is left alone."""

    def forget_shown(self, shop: str, productcode: str) -> None:
        """The shop does not know this productcode."""

    def found_again(self, shop: ShopPolicy, productcode: str) -> bool:
        """The shop has this product: True, and marked, when it was thought not to know it."""

    def mark(self, shop: ShopPolicy, productcodes: Iterable[str] | None = None) -> None:
        """These (None: all) are to be compared again for the shop."""


@dataclass(frozen=True, slots=True)
class PicklistRow:
    """A picklist as the door or reconciliation wrote it down.

    ``reported`` is the fingerprint of what the shop was told last, None when nothing was.
    ``closed_seen_at`` is when we learnt that it was closed.
    """

    account: str
    picklist: Picklist
    closed_seen_at: datetime | None
    shipments_read_at: datetime | None
    reported: str | None


class Shipments(Protocol):
    """Facts about picklists, shipments and order statuses, each a row of its own."""

    def record(self, account: str, fact: Fact) -> int | None:
        """Write a fact down; returns the idorder it is about, None when not known yet."""

    def picklists(self, account: str, idorder: int) -> list[PicklistRow]:
        """The order's picklists, lowest idpicklist first."""

    def shipments(self, account: str, idpicklist: int) -> list[PicqerShipment]:
        """The picklist's shipments that are written down, cancelled ones too."""

    def order_of_picklist(self, account: str, idpicklist: int) -> int | None:
        """The idorder of a picklist that is written down; None: unknown, or of a return."""

    def shipments_read(
        self, account: str, idpicklist: int, found: Sequence[PicqerShipment]
    ) -> None:
        """All shipments of a picklist were read at Picqer just now."""

    def reported(self, account: str, idpicklist: int, fingerprint: str) -> None:
        """The shop was told this."""

    def status(self, account: str, idorder: int) -> OrderStatusFact | None:
        """The latest status Picqer gave for the order."""

    def join_lines(
        self,
        account: str,
        idorder: int,
        shop: str,
        order_id: str,
        lines: Mapping[int, ShipmentLine],
    ) -> None:
        """Remember which shop line each ``idorder_product`` stands for."""

    def line_of(self, account: str, idorder_product: int) -> ShipmentLine | None:
        """The shop line of an ``idorder_product``; None for parts that Picqer added."""

    def lines(self, account: str, idorder: int) -> Mapping[int, ShipmentLine]:
        """All shop lines that were joined to this order, by ``idorder_product``."""

    def has_facts(self, account: str, idorder: int) -> bool:
        """Whether anything but a mere processing status is known of the order."""


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

    def lock_out(self, scope: str, reason: str) -> None:
        """The key is refused: hold the whole account but for one probe a minute."""

    def first_sight(self, account: str, shop: str) -> datetime:
        """When this store first saw the shop on this account; written at the first question."""

    def birth(self) -> datetime:
        """When this store was born, or born again after a gap in its heartbeat."""

    def gap_since(self) -> datetime | None:
        """The last heartbeat before the latest rebirth: reconcile from there; None: never."""

    def beat(self, process: str, number: int) -> int:
        """This process lives: returns the number to say next time.

        ``process`` names one running process and no other (role, host and pid). Compare-and-set on
        its own ``number`` (0: it is starting). The store is born again when its last heartbeat is
        older than two minutes at a start, or this process's carries another number.
        """

    def heartbeats(self) -> Mapping[str, datetime]:
        """When each process was last seen."""

    def installation(self) -> str:
        """A short id of this store, made once; it is part of the names of our hooks."""


class Bookmarks(Protocol):
    """Small facts to go on from: polling cursors, VAT groups, warehouses."""

    def get(self, scope: str, name: str) -> tuple[object, datetime] | None:
        """The JSON value and when it was set."""

    def set(self, scope: str, name: str, value: object) -> None:
        """Keep a JSON value without personal data."""


# --- The rest ------------------------------------------------------------------------------------


class WakeUp(Protocol):
    """The queue of messages in Redis: a hint that a job is due, never the job itself."""

    def nudge(self, message: Message) -> None:
        """Send one message; a failure is logged and left to the mover, never raised."""

    def waiting(self, queue: Queue) -> int | None:
        """How many messages are out in a queue; None when Redis is away."""


class Mailer(Protocol):
    """Mail to a customer."""

    def shipped(self, to: str, language: str | None, number: str, shipment: Shipment) -> None:
        """Tell the customer that a shipment is under way.

        Raises Refused or Unavailable when nothing was sent, Ambiguous when it may have been.
        """
