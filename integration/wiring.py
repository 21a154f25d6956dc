"""The composition root: settings become services. The only module that imports adapters."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path

from pydantic import SecretStr

from integration import crash_points, webshops
from integration.clock import SystemClock
from integration.flows.account_facts import counting_warehouses
from integration.flows.complete_order import complete_order
from integration.flows.create_order import create_order
from integration.flows.create_product import create_product
from integration.flows.push_stock import push_stock
from integration.flows.reconcile import reconcile
from integration.http.alarm import WebhookAlarm
from integration.http.look import knock
from integration.jobs import Delivery, Flow, Hint, Lane
from integration.mail import MailAlarm, MailServer, NoAlarm, NoMailer, SmtpMailer
from integration.picqer import hooks, webhook
from integration.picqer.access import Access
from integration.picqer.client import PicqerClient
from integration.picqer.limiter import RedisLimiter
from integration.picqer.sample_events import EVENTS, sample_delivery
from integration.ports import (
    Alarm,
    CallGuard,
    Clock,
    Gate,
    HookAction,
    Jobs,
    Mailer,
    Picqer,
    ShopCare,
    Sight,
    Silence,
    WakeUp,
    Webshop,
)
from integration.runner import FlowFunction
from integration.services import Account, Services, Shop
from integration.settings import Settings
from integration.store.audit import SqlAudit
from integration.store.bookmarks import SqlBookmarks
from integration.store.bulk_acts import SqlBulkActs
from integration.store.clock import StoreClock
from integration.store.database import PATIENCE_SECONDS, Database
from integration.store.gate import SqlGate
from integration.store.inbox import SqlInbox
from integration.store.jobs import SqlJobs
from integration.store.ledger import SqlLedger
from integration.store.migrate import StoreIsNewer, is_current, migrate, unknown_revision
from integration.store.open_causes import SqlOpenCauses
from integration.store.privacy import SqlPrivacy
from integration.store.shipments import SqlShipments
from integration.store.stock import SqlStockBook

FLOWS: Mapping[Flow, FlowFunction] = {
    Flow.CREATE_PRODUCT: create_product,
    Flow.CREATE_ORDER: create_order,
    Flow.COMPLETE_ORDER: complete_order,
    Flow.PUSH_STOCK: push_stock,
    Flow.RECONCILE: reconcile,
}

LIMIT_WINDOW_SECONDS = 60.0
"""Picqer's limit is one of requests a minute (picqer.com/en/api/basics)."""


def build_services(
    settings: Settings,
    *,
    wake_up: WakeUp,
    clock: Clock | None = None,
    store_patience: float = PATIENCE_SECONDS,
) -> Services:
    """Connect everything that a process uses; nothing is asked of anybody yet.

    ``store_patience``: for how many seconds a store that others keep busy is waited for.
    """
    clock = clock or SystemClock()
    crash_points.arm(settings.crash_points)
    database = open_database(settings, patience=store_patience)
    stores = StoreClock(database, clock)
    jobs = SqlJobs(database, wake_up)
    bookmarks = SqlBookmarks(database)
    gate = SqlGate(database, clock=clock)
    return Services(
        store=database,
        inbox=SqlInbox(database),
        jobs=jobs,
        ledger=SqlLedger(database),
        stock=SqlStockBook(
            database,
            shops=lambda account: _stock_shops(settings, account),
            counting=lambda account: counting_warehouses(bookmarks, account),
        ),
        shipments=SqlShipments(database),
        gate=gate,
        bookmarks=bookmarks,
        audit=SqlAudit(database),
        bulk=SqlBulkActs(database),
        privacy=SqlPrivacy(database, gate.installation),
        wake_up=wake_up,
        mailer=_mailer(settings, clock),
        alarm=_alarm(settings, clock),
        open_causes=SqlOpenCauses(database),
        clock=clock,
        accounts={name: _account(settings, name, stores, jobs) for name in settings.picqer},
        shops={name: _shop(settings, name, stores, gate) for name in settings.shops},
    )


def open_database(settings: Settings, *, patience: float = PATIENCE_SECONDS) -> Database:
    """The store that the settings name; a SQLite file is not made by this."""
    return Database(settings.database_url.get_secret_value(), patience=patience)


def migrate_store(settings: Settings) -> list[str]:
    """Bring the store's tables up to date, making it when it is new; returns the revisions taken.

    Raises RuntimeError when a newer version left a store that this one cannot work with.
    """
    database = open_database(settings)
    file = database.engine.url.database
    if database.engine.dialect.name == "sqlite" and file and file != ":memory:":
        Path(file).parent.mkdir(parents=True, exist_ok=True)
    try:
        return migrate(database)
    finally:
        database.dispose()


def revision_of_newer_version(settings: Settings) -> str | None:
    """The revision that a newer version brought the store to; None when this version knows it."""
    database = open_database(settings)
    try:
        return unknown_revision(database)
    finally:
        database.dispose()


def store_is_current(services: Services) -> bool:
    """Whether this version works with the store as it is. Raises StoreAway.

    Also when a newer version has migrated it: during an update both run, and a revision only adds.
    Raises RuntimeError when that version took away what this one uses.
    """
    return isinstance(services.store, Database) and is_current(services.store)


def store_serves(services: Services) -> bool:
    """The same, and no when a newer version took away what this one uses. Raises StoreAway."""
    try:
        return store_is_current(services)
    except StoreIsNewer:
        return False


def sync_hooks(
    services: Services, settings: Settings, account: str, guard: CallGuard, *, dry_run: bool = False
) -> list[HookAction]:
    """Make the account's hooks what they ought to be; returns what was done."""
    picqer = services.accounts[account].connect(Lane.BULK, guard, 0.0)
    wanted = hooks.Wanted(
        installation=services.gate.installation(),
        address=door_address(settings, f"picqer/{account}"),
        secret=settings.picqer[account].webhook_secret[0],
    )
    return hooks.sync(picqer, wanted, dry_run=dry_run)


def sync_shop_hooks(
    services: Services, settings: Settings, shop: str, guard: CallGuard, *, dry_run: bool = False
) -> list[HookAction]:
    """Make the shop's webhooks to us what they ought to be; returns what was done."""
    care = services.shops[shop].care
    if care is None:
        return []
    return care(guard).sync_hooks(door_address(settings, f"shops/{shop}"), dry_run=dry_run)


def sample_events() -> tuple[str, ...]:
    """The events of Picqer that ``knock_with_sample`` can send: those we subscribe to."""
    return EVENTS


def knock_with_sample(
    services: Services, settings: Settings, account: str, event: str, door: str | None = None
) -> tuple[str, Sight | Silence]:
    """Send a signed delivery of this event to the door; returns its address and what answered.

    ``door`` is the door's own address when it is not to be reached at ``public_url``.
    """
    table = settings.picqer[account]
    delivery = sample_delivery(
        account, event, table.webhook_secret[0], services.clock.now(), table.time_zone
    )
    if door is None:
        address = door_address(settings, delivery.source)
    else:
        address = f"{door.rstrip('/')}/webhooks/{delivery.source}"
    return address, knock(address, delivery.headers, delivery.body)


def door_address(settings: Settings, source: str) -> str:
    """Where the deliveries of ``picqer/main`` or ``shops/nl`` go."""
    return f"{str(settings.public_url).rstrip('/')}/webhooks/{source}"


def _stock_shops(settings: Settings, account: str) -> list[str]:
    return [
        name
        for name, shop in sorted(settings.shops.items())
        if settings.account_of(name) == account and Flow.PUSH_STOCK in shop.flows
    ]


def _account(settings: Settings, name: str, clock: Clock, jobs: Jobs) -> Account:
    table = settings.picqer[name]
    access = Access(
        account=name,
        base_url=table.api_url,
        api_key=table.api_key,
        contact=table.contact,
        time_zone=table.time_zone,
    )
    limiter = RedisLimiter(
        redis_url(settings),
        name,
        digest_of(table.api_key),
        clock=clock,
        recent_calls=lambda: jobs.recent_calls(name, LIMIT_WINDOW_SECONDS),
    )

    def connect(lane: Lane, guard: CallGuard, born: float) -> Picqer:
        return PicqerClient(access, limiter=limiter, guard=guard, lane=lane, born=born, clock=clock)

    def verify(delivery: Delivery) -> bool:
        return webhook.verify(delivery, table.webhook_secret)

    return Account(settings.account_policy(name), limiter, connect, verify, webhook.hints)


def _shop(settings: Settings, name: str, clock: Clock, gate: Gate) -> Shop:
    table, policy = settings.shops[name], settings.shop_policy(name)
    connector = webshops.find(table.connector)
    own = table.connector_settings

    def connect(guard: CallGuard) -> Webshop:
        return connector.connect(own, policy, guard, clock)

    def verify(delivery: Delivery) -> bool:
        return connector.verify(delivery, own)

    def hints(delivery: Delivery) -> list[Hint]:
        return list(connector.hints(delivery, own))

    def care(guard: CallGuard) -> ShopCare:
        if connector.care is None:
            raise TypeError(f"connector {connector.name} keeps no webhooks")
        return connector.care(own, policy, guard, clock, gate.installation)

    cares = None if connector.care is None else care
    return Shop(policy, table.connector, connect, verify, hints, connector.is_ping, cares)


def _mailer(settings: Settings, clock: Clock) -> Mailer:
    server = _mail_server(settings)
    return NoMailer() if server is None else SmtpMailer(server, clock)


def _alarm(settings: Settings, clock: Clock) -> Alarm:
    table, server = settings.alarm, _mail_server(settings)
    if table.mail_to is not None and server is not None:
        return MailAlarm(server, table.mail_to)
    if table.webhook_url is not None and table.webhook_secret is not None:
        return WebhookAlarm(table.webhook_url, table.webhook_secret, clock)
    return NoAlarm()


def _mail_server(settings: Settings) -> MailServer | None:
    mail = settings.mail
    if mail.host is None or mail.sender is None:
        return None
    return MailServer(mail.host, mail.port, mail.security, mail.sender, mail.user, mail.password)


def redis_url(settings: Settings) -> str:
    """Where the broker is; the address that ``picqer-bridge run`` would give its own."""
    if settings.redis_url is None:
        return "redis://127.0.0.1:6379/0"
    return settings.redis_url.get_secret_value()


def digest_of(api_key: SecretStr) -> str:
    """What names an API key in Redis: processes with the same key share one limit."""
    return hashlib.sha256(api_key.get_secret_value().encode()).hexdigest()[:32]
