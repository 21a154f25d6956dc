"""An order's story on one screen."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from integration.domain import Parcel
from integration.jobs import MAX_ATTEMPTS, JobEvent
from integration.order_story.chapters import (
    DeliveryLine,
    JobChapter,
    OrderStory,
    PicklistChapter,
    PicqerChapter,
)
from integration.order_story.missing import MissingOrder
from workers.cli.screen import cell, show, show_table

MOST_DELIVERIES = 10
STARTED = "bold"


def show_story(story: OrderStory, shop_now: str | None = None) -> None:
    """Print where the order is and why, then everything that led there.

    ``shop_now`` is what the shop itself says, when it was asked.
    """
    show(story.where.sentence, style=STARTED)
    if story.where.next_step:
        show(story.where.next_step)
    _show_shop(story)
    if shop_now is not None:
        show(f"now     {shop_now}")
    if story.picqer is not None:
        _show_picqer(story.picqer)
    if story.picklists:
        show()
        show_table(("picklist", "closed", "pieces", "in the shop", "parcels"), _lists(story))
    if story.acts:
        show()
        rows = [(one.at, one.who, one.act.value, one.note) for one in story.acts]
        show_table(("time (UTC)", "who", "did", "note"), rows)
    _show_timeline(story.jobs)


def _show_shop(story: OrderStory) -> None:
    show()
    show(f"shop    {story.shop}, order id {story.order_id}{_moments(story)}")
    shown = story.deliveries[:MOST_DELIVERIES]
    for line in shown:
        show(f"        delivery {_delivery(line)}")
    if len(story.deliveries) > len(shown):
        show(f"        and {len(story.deliveries) - len(shown)} deliveries more")
    if not story.deliveries:
        show("        no delivery told of it: found by polling, or asked for by a person")


def _moments(story: OrderStory) -> str:
    booking = story.booking
    if booking is None:
        return ", not read from the shop yet"
    placed, seen = cell(booking.placed_at), cell(booking.first_seen_at)
    paid = f"paid {cell(booking.paid_at)}" if booking.paid_at else "not paid"
    return f", placed {placed}, {paid}, first seen {seen} UTC"


def _delivery(line: DeliveryLine) -> str:
    copies = f", and {line.copies} more of the same" if line.copies else ""
    reason = f": {line.reason}" if line.reason else ""
    came = f"{line.id} of {line.source}, {cell(line.received_at)} UTC"
    return f"{came}, {line.state}{reason}{copies}"


def _show_picqer(order: PicqerChapter) -> None:
    if order.idorder is None:
        doubt = "in doubt: it may be there" if order.in_doubt else "about to be made"
        show(f"Picqer  {order.account}: {doubt}, reference {order.reference}")
        return
    status = f", {order.status} since {order.status_stamp}" if order.status else ""
    held = f", processed {order.process_stamp}" if order.process_stamp else ""
    show(
        f"Picqer  {order.account}: order {order.orderid or '?'} (idorder {order.idorder}), "
        f"reference {order.reference}{held}{status} (Picqer's time)"
    )


def _lists(story: OrderStory) -> list[tuple[object, ...]]:
    return [
        (one.picklistid, one.closed_at if one.closed else "no", one.pieces, _told(one), _boxes(one))
        for one in story.picklists
    ]


def _told(picklist: PicklistChapter) -> str:
    if picklist.left_as_is:
        return "left as it is"
    return "reported" if picklist.reported else "not yet"


def _boxes(picklist: PicklistChapter) -> str:
    boxes = [_box(box) for one in picklist.shipments if not one.cancelled for box in one.parcels]
    cancelled = sum(one.cancelled for one in picklist.shipments)
    return ", ".join([*boxes, *([f"{cancelled} cancelled"] if cancelled else [])])


def _box(parcel: Parcel) -> str:
    return " ".join(part for part in (parcel.carrier, parcel.tracking_code or "no code") if part)


def _show_timeline(chapters: Sequence[JobChapter]) -> None:
    for chapter in chapters:
        job = chapter.job
        show()
        show(
            f"{job.identity.flow}  job {job.id}, {job.state}, {job.attempts} of {MAX_ATTEMPTS} "
            f"attempts, {job.waits} waits",
            style=STARTED,
        )
        show_table(("time (UTC)", "what", "ms", "text"), timeline_rows(chapter.events))


def timeline_rows(events: Iterable[JobEvent]) -> list[tuple[object, ...]]:
    """The lines of a timeline: a call with its milliseconds, a wait with its seconds."""
    return [
        (event.at, event.kind, event.data.get("milliseconds", ""), _worded(event))
        for event in events
    ]


def _worded(event: JobEvent) -> str:
    attempt, seconds = event.data.get("attempt"), event.data.get("seconds")
    tried = f" (attempt {attempt} of {MAX_ATTEMPTS})" if attempt else ""
    again = "" if seconds is None else f" (again after {seconds} s)"
    return f"{event.text}{tried}{again}"


def show_missing(missing: MissingOrder) -> None:
    """Print what was looked at in vain, and the likely reason."""
    show(f"Nothing is known of order {missing.number}.", style=STARTED)
    for reason in missing.likely:
        show(f"Likely: {reason}")
    for line in missing.mentions[:MOST_DELIVERIES]:
        show(f"  delivery {_delivery(line)}")
    show("Looked at:")
    for place in missing.looked_at:
        show(f"  - {place}")
