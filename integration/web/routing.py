"""From a delivery to stored facts and raised jobs, in one transaction.

Rows are written delivery, facts, jobs, each sorted by key: PostgreSQL would otherwise meet
deadlocks between two deliveries about the same things.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import structlog

from integration.crash_points import crash_point
from integration.domain import FreeStock, Picklist, PicqerShipment
from integration.errors import StoreAway, Unmappable
from integration.flows.order_at_picqer import GONE_ON
from integration.flows.products import product_key, revision_key
from integration.flows.stock_jobs import SILENCE_SECONDS
from integration.jobs import (
    Delivery,
    Fact,
    Flow,
    Hint,
    Identity,
    NothingToDo,
    OrderStatusFact,
    Unreadable,
)
from integration.ports import LedgerEntry
from integration.services import Account, Services, Shop
from integration.web.erasure import is_erased

log = structlog.get_logger(__name__)

LONGEST_SUBJECT = 200
QUIET_SECONDS = 10.0
"""A product in doubt is read when it has been quiet for this long."""


@dataclass(slots=True)
class Route:
    """What a delivery leads to, or the reason why to nothing.

    ``doubts`` are products to be read soon, ``silences`` those whose stock event is waited for.
    """

    jobs: set[Identity] = field(default_factory=set)
    doubts: set[Identity] = field(default_factory=set)
    silences: set[Identity] = field(default_factory=set)
    reasons: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Accepted:
    """What became of a delivery: ``state`` as stored, and the ids of the jobs that it raised."""

    delivery_id: int
    state: str
    reason: str | None
    jobs: tuple[int, ...]


def accept(
    services: Services, source: Account | Shop, delivery: Delivery, *, again: bool = False
) -> Accepted:
    """Store a verified delivery and raise what it calls for. Durable when this returns.

    ``again``: a stored delivery is replayed, so its facts are written although it is a copy.
    """
    try:
        hints = source.hints(delivery)
        _check(hints)
        return _store(services, source, delivery, hints, again=again)
    except NothingToDo as nothing:
        return _store(services, source, delivery, (), ignored=str(nothing))
    except (Unreadable, Unmappable) as error:
        return _store(services, source, delivery, (), parked=str(error))
    except StoreAway:
        raise
    except Exception as error:
        # Asking the sender for the same bytes again would end in its switching the hook off.
        reason = f"a fault in picqer-bridge itself while reading it ({type(error).__name__})"
        accepted = _store(services, source, delivery, (), parked=reason)
        log.exception("door.hints_fault", source=delivery.source, delivery=accepted.delivery_id)
        return accepted


def _check(hints: Iterable[Hint]) -> None:
    """An id that the store cannot keep would make every copy of the delivery fail again."""
    for hint in hints:
        if len(hint.subject) > LONGEST_SUBJECT or not hint.subject.isprintable():
            raise Unreadable(
                f"the id it names is longer than {LONGEST_SUBJECT} characters or unprintable"
            )


def _store(
    services: Services,
    source: Account | Shop,
    delivery: Delivery,
    hints: Sequence[Hint],
    *,
    parked: str | None = None,
    ignored: str | None = None,
    again: bool = False,
) -> Accepted:
    account, kind = _account(source), delivery.source.partition("/")[0]
    with services.store.transaction():
        erased = is_erased(services, source, hints)
        if erased:
            hints, ignored = (), "what it is about was erased on request"
        planned = _plan(services, source, hints)
        planned.reasons += [ignored] if ignored else []
        state, reason = _verdict(planned, parked)
        delivery_id, fresh = services.inbox.add(delivery, state, reason, erased=erased)
        if fresh or again:
            _record(services, account, hints, planned)
        raised = _raise(services, account, delivery_id, planned)
        crash_point("door.before_commit", kind)
    crash_point("door.after_commit", kind)
    return Accepted(delivery_id, state, reason, raised)


def _account(source: Account | Shop) -> str:
    return source.policy.name if isinstance(source, Account) else source.policy.account.name


def _verdict(route: Route, parked: str | None) -> tuple[str, str | None]:
    if parked is not None:
        return "parked", parked
    if route.jobs or not route.reasons:
        return ("routed", None) if route.jobs else ("ignored", "nothing in it concerns a flow")
    return "ignored", "; ".join(dict.fromkeys(route.reasons))


def _plan(services: Services, source: Account | Shop, hints: Iterable[Hint]) -> Route:
    route = Route()
    for hint in hints:
        if isinstance(source, Shop):
            _plan_of_shop(services, source, hint, route)
        elif hint.fact is not None:
            _plan_of_fact(services, source.policy.name, hint.fact, route)
    return route


def _plan_of_shop(services: Services, shop: Shop, hint: Hint, route: Route) -> None:
    if hint.flow not in shop.policy.flows:
        route.reasons.append(f"shop {shop.policy.name} does not use {hint.flow}")
    elif _is_unchanged(services, shop, hint):
        _plan_showing(services, shop, hint, route)
        route.reasons.append(f"product {hint.subject} has no change that Picqer keeps")
    else:
        route.jobs.add(Identity(hint.flow, shop.policy.name, hint.subject))


def _is_unchanged(services: Services, shop: Shop, hint: Hint) -> bool:
    """Our own stock writes come back as product events: they cost nothing at all."""
    news = hint.product
    if news is None or not news.productcode or not news.revision:
        return False
    entry = services.ledger.find(product_key(shop.policy.account.name, news.productcode))
    read_last = revision_key(shop.policy.name, hint.subject)
    return entry is not None and entry.details.get(read_last) == news.revision


def _plan_showing(services: Services, shop: Shop, hint: Hint, route: Route) -> None:
    """A product that Picqer knows as it is may be new in this shop: then it gets its figure."""
    productcode = hint.product.productcode if hint.product is not None else None
    uses = Flow.PUSH_STOCK in shop.policy.flows
    if uses and productcode and services.stock.found_again(shop.policy, productcode):
        route.jobs.add(Identity(Flow.PUSH_STOCK, shop.policy.name, "stock"))


def _plan_of_fact(services: Services, account: str, fact: Fact, route: Route) -> None:
    match fact:
        case FreeStock():
            route.jobs |= set(_stock_jobs(services, account))
            route.reasons.append("no shop of this account takes stock")
        case Picklist(idorder=None):
            route.reasons.append(f"picklist {fact.picklistid} belongs to a return")
        case Picklist():
            _plan_of_order(services, account, fact.idorder, route)
        case OrderStatusFact():
            _plan_of_order(services, account, fact.idorder, route)
        case PicqerShipment():
            idorder = services.shipments.order_of_picklist(account, fact.idpicklist)
            _plan_of_order(services, account, idorder, route)


def _plan_of_order(services: Services, account: str, idorder: int | None, route: Route) -> None:
    entry = None if idorder is None else services.ledger.find_by_id(account, "order", idorder)
    if entry is None:
        route.reasons.append("kept: its order is not (yet) one of ours")
    elif _wants(services, entry, Flow.COMPLETE_ORDER):
        route.jobs.add(Identity(Flow.COMPLETE_ORDER, entry.key.shop, entry.key.subject))
    else:
        route.reasons.append(f"shop {entry.key.shop} does not use {Flow.COMPLETE_ORDER}")


def _wants(services: Services, entry: LedgerEntry, flow: Flow) -> bool:
    shop = services.shops.get(entry.key.shop)
    return shop is not None and flow in shop.policy.flows


def _record(services: Services, account: str, hints: Iterable[Hint], route: Route) -> None:
    facts = [hint.fact for hint in hints if hint.fact is not None]
    for fact in sorted(facts, key=_fact_key):
        if isinstance(fact, FreeStock):
            if services.stock.apply(account, fact):
                route.doubts.add(_reading("product", account, fact.productcode))
            continue
        services.shipments.record(account, fact)
        if isinstance(fact, OrderStatusFact) and fact.status in GONE_ON:
            _processed_by_a_person(services, account, fact, route)


def _reading(kind: str, account: str, productcode: str) -> Identity:
    """The job that reads one product at Picqer."""
    return Identity(Flow.RECONCILE, "", f"{kind}:{account}:{productcode}")


def _stock_jobs(services: Services, account: str) -> list[Identity]:
    """The jobs that show the shops of this account their stock."""
    return [
        Identity(Flow.PUSH_STOCK, shop.policy.name, "stock")
        for shop in services.shops_of(account)
        if Flow.PUSH_STOCK in shop.policy.flows
    ]


def _fact_key(fact: Fact) -> tuple[str, str]:
    match fact:
        case FreeStock():
            return "free_stock", fact.productcode
        case Picklist():
            return "picklist", f"{fact.idpicklist:012d}"
        case PicqerShipment():
            return "shipment", f"{fact.idshipment:012d}"
        case OrderStatusFact():
            return "status", f"{fact.idorder:012d}"


def _processed_by_a_person(
    services: Services, account: str, fact: OrderStatusFact, route: Route
) -> None:
    """A concept that we left alone was processed in Picqer: from now on it holds the goods.

    Only the first such news counts: an order that is paused and resumed was held all the time.
    """
    entry = services.ledger.find_by_id(account, "order", fact.idorder)
    if entry is None or entry.details.get("process_stamp"):
        return
    shop, order_id = entry.key.shop, entry.key.subject
    booking = services.stock.booking(shop, order_id)
    if booking is None or booking.process_stamp is not None:
        return
    tied = services.stock.processed(shop, order_id, fact.stamp)
    codes = {line.sku for line in services.shipments.lines(account, fact.idorder).values()}
    route.doubts |= {_reading("product", account, code) for code in tied}
    route.silences |= {_reading("unheld", account, code) for code in codes}
    route.jobs |= set(_stock_jobs(services, account))


def _raise(services: Services, account: str, delivery_id: int, route: Route) -> tuple[int, ...]:
    raised = []
    for identity in sorted(route.jobs):
        job = services.jobs.hint(identity, account, webhook=True, why=f"delivery {delivery_id}")
        services.inbox.raised(delivery_id, job.id, job.revision)
        raised.append(job.id)
    for identity in sorted(route.doubts | route.silences):
        is_doubt = identity in route.doubts
        delay = QUIET_SECONDS if is_doubt else SILENCE_SECONDS
        why = f"delivery {delivery_id}"
        services.jobs.hint(identity, account, delay=delay, urgent=is_doubt, why=why)
    return tuple(raised)
