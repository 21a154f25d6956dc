"""What a process works with: the ports, already connected. Built by ``wiring``, handed to others.

``Services`` belongs to the process; ``Work`` to one run of one job and is what a flow is given.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from integration.errors import Unmappable
from integration.jobs import Delivery, Hint, Job, Lane, Queue
from integration.policy import AccountPolicy, ShopPolicy
from integration.ports import (
    Alarm,
    Audit,
    Bookmarks,
    BulkActs,
    CallGuard,
    Clock,
    Gate,
    Inbox,
    Jobs,
    Ledger,
    Limiter,
    Mailer,
    OpenCauses,
    Picqer,
    Privacy,
    Shipments,
    ShopCare,
    StockBook,
    Store,
    WakeUp,
    Webshop,
)


@dataclass(frozen=True, slots=True)
class Account:
    """One Picqer account. ``connect(lane, guard, born)`` gives a client for one run.

    ``born`` is the epoch second the job was created at, for the order of permits.
    """

    policy: AccountPolicy
    limiter: Limiter
    connect: Callable[[Lane, CallGuard, float], Picqer]
    verify: Callable[[Delivery], bool]
    hints: Callable[[Delivery], Sequence[Hint]]


@dataclass(frozen=True, slots=True)
class Shop:
    """One webshop with its connector. ``verify``, ``hints`` and ``is_ping`` are pure.

    ``is_ping``: the delivery is unsigned and only tests the address. ``care`` looks after the
    webhooks that the shop keeps; None when its platform keeps none.
    """

    policy: ShopPolicy
    connector: str
    connect: Callable[[CallGuard], Webshop]
    verify: Callable[[Delivery], bool]
    hints: Callable[[Delivery], Sequence[Hint]]
    is_ping: Callable[[Delivery], bool] = lambda _delivery: False
    care: Callable[[CallGuard], ShopCare] | None = None


@dataclass(frozen=True, slots=True)
class Services:
    """Everything that a process of this service uses."""

    store: Store
    inbox: Inbox
    jobs: Jobs
    ledger: Ledger
    stock: StockBook
    shipments: Shipments
    gate: Gate
    bookmarks: Bookmarks
    audit: Audit
    bulk: BulkActs
    privacy: Privacy
    wake_up: WakeUp
    mailer: Mailer
    alarm: Alarm
    open_causes: OpenCauses
    clock: Clock
    accounts: Mapping[str, Account]
    shops: Mapping[str, Shop]

    def shops_of(self, account: str) -> list[Shop]:
        """The shops that ship through this account, by name."""
        found = [shop for shop in self.shops.values() if shop.policy.account.name == account]
        return sorted(found, key=lambda shop: shop.policy.name)


@dataclass(frozen=True, slots=True)
class Work:
    """One run of one job: the job, the services, and clients that stand under its guard.

    ``guard`` gives the guard of requests towards a scope (``picqer/main``, ``shops/nl``).
    """

    job: Job
    services: Services
    guard: Callable[[str], CallGuard]

    def picqer(self, lane: Lane) -> Picqer:
        """A client of the job's account whose requests stand in this lane."""
        account = self.services.accounts.get(self.job.account)
        if account is None:
            raise Unmappable(
                f"Picqer account {self.job.account!r} is no longer configured; add it again "
                f"or dismiss this job."
            )
        guard = self.guard(f"picqer/{self.job.account}")
        return account.connect(lane, guard, self.job.created_at.timestamp())

    @property
    def order_lane(self) -> Lane:
        """The lane of requests for the job's order: an old one is not to go before a new one."""
        return Lane.BULK if self.job.queue is Queue.BULK else Lane.ORDERS

    def shop(self) -> Shop:
        """The job's shop. Raises Unmappable when it is no longer configured."""
        shop = self.services.shops.get(self.job.identity.shop)
        if shop is None:
            raise Unmappable(
                f"Shop {self.job.identity.shop!r} is no longer configured; add it again or "
                f"dismiss this job."
            )
        return shop

    def webshop(self) -> Webshop:
        """A client of the job's shop."""
        return self.shop().connect(self.guard(f"shops/{self.job.identity.shop}"))
