"""Bringing old orders of a shop to Picqer, those that nobody shipped yet, each once.

In three stages, each of which goes on where it stopped: ask the shop which there are, compare them
with what is at Picqer, and raise ``create_order`` for each, with the bulk work.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any

from integration.crash_points import crash_point
from integration.domain import PicqerOrder
from integration.errors import NotFound
from integration.flows.backfill_record import (
    ORDERS,
    BackfillRecord,
    Place,
    keep_record,
    read_record,
)
from integration.flows.backfill_survey import Survey
from integration.jobs import Done, Ending, Flow, Identity, Lane, State
from integration.ports import LedgerKey, OrderChange, Page, Picqer, Webshop
from integration.services import Services, Shop, Work

LANE = Lane.BULK
SAVED_EVERY = 25
"""Orders of the shop that a stopped run reads again at the most."""
RAISED_AT_ONCE = 100


def backfill_orders(work: Work) -> Ending:
    """Go on with the backfill that was asked for last."""
    shop = work.job.identity.shop
    record = read_record(work.services.bookmarks, shop, ORDERS)
    if record is None:
        return Done("nobody asked for a backfill of orders")
    if record.stage == "shop":
        record = _ask_shop(work, record)
    if record.stage == "picqer":
        record = _ask_picqer(work, record)
    if record.stage == "raise":
        record = _raise(work, record)
    return Done(outcome(record))


def outcome(record: BackfillRecord) -> str:
    """What came of it, in a sentence."""
    survey = Survey.of_json(record.survey)
    text = (
        f"orders since {record.since:%Y-%m-%d %H:%M} UTC: {record.seen} looked at, "
        f"{record.raised} asked for, {len(survey.there)} of them at Picqer already and taken over"
    )
    doubtful = survey.doubtful
    if doubtful:
        named = ", ".join(f"{old.number} (Picqer has {alike})" for old, alike in doubtful[:10])
        text += f"; {len(doubtful)} left out because Picqer has one that looks like it: {named}"
    return text


def considered(
    services: Services, shop: Shop, webshop: Webshop, survey: Survey, record: BackfillRecord
) -> Iterator[OrderChange]:
    """Put every order of the shop since then into the survey; yields after each."""
    policy = shop.policy
    for change in webshop.orders_changed_since(record.position or record.since):
        if change.id in record.at_position:
            continue
        job = services.jobs.find_identity(Identity(Flow.CREATE_ORDER, policy.name, change.id))
        key = LedgerKey(policy.account.name, "order", policy.name, change.id)
        known = services.ledger.find(key) is not None
        if job is not None and job.state is State.DISMISSED:
            survey.left_out["a person put it aside"] += 1
        elif not services.privacy.is_erased(f"shops/{policy.name}", change.id):
            _consider(webshop, survey, shop, change.id, record.since, known=known)
        yield change


def _consider(
    webshop: Webshop, survey: Survey, shop: Shop, order_id: str, since: datetime, *, known: bool
) -> None:
    try:
        order = webshop.order(order_id)
    except NotFound:
        return
    reference = shop.policy.reference_for(order.id, order.number)
    survey.consider(order, reference, since, webshop.clock_offset, known=known)


def compared(
    services: Services, shop: Shop, picqer: Picqer, survey: Survey, record: BackfillRecord
) -> Iterator[Page[PicqerOrder]]:
    """Compare the survey with every order that is at Picqer since then; yields after each page."""
    for page in picqer.orders_since(record.since, start=record.start):
        survey.meet(_not_ours(services, shop.policy.account.name, page.rows))
        yield page


def _not_ours(
    services: Services, account: str, orders: Iterable[PicqerOrder]
) -> Iterator[PicqerOrder]:
    for order in orders:
        if services.ledger.find_by_id(account, "order", order.idorder) is None:
            yield order


def _keep(work: Work, record: BackfillRecord, **changes: Any) -> BackfillRecord:
    shop = work.job.identity.shop
    kept = keep_record(work.services.bookmarks, shop, ORDERS, record, **changes)
    crash_point("backfill.after_record", kept.stage)
    return kept


def _ask_shop(work: Work, record: BackfillRecord) -> BackfillRecord:
    webshop, survey = work.webshop(), Survey.of_json(record.survey)
    place, seen = Place(record), record.seen
    for change in considered(work.services, work.shop(), webshop, survey, record):
        seen += 1
        place.move(change.id, change.updated_at, webshop.clock_offset)
        if seen % SAVED_EVERY == 0 and place.moment is not None:
            _keep(work, record, seen=seen, survey=survey.as_json(), **place.changes)
    return _keep(work, record, stage="picqer", seen=seen, survey=survey.as_json())


def _ask_picqer(work: Work, record: BackfillRecord) -> BackfillRecord:
    survey = Survey.of_json(record.survey)
    if survey.wanted:
        pages = compared(work.services, work.shop(), work.picqer(LANE), survey, record)
        for page in pages:
            _keep(work, record, start=page.next or 0, survey=survey.as_json())
    total = len(survey.to_bring)
    return _keep(work, record, stage="raise", start=0, total=total, survey=survey.as_json())


def _raise(work: Work, record: BackfillRecord) -> BackfillRecord:
    """A part at a time, and how many there are by now in the same transaction."""
    shop, orders = work.job.identity.shop, Survey.of_json(record.survey).to_bring
    while record.raised < len(orders):
        part = orders[record.raised : record.raised + RAISED_AT_ONCE]
        with work.services.store.transaction():
            for old in sorted(part, key=lambda one: one.id):
                identity = Identity(Flow.CREATE_ORDER, shop, old.id)
                why = f"a backfill that {record.who} asked for"
                work.services.jobs.hint(identity, work.job.account, why=why, backfill=True)
            record = _keep(work, record, raised=record.raised + len(part))
        crash_point("backfill.after_raising")
    return _keep(work, record, stage="done")
