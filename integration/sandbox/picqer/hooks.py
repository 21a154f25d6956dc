"""Subscriptions to events, and telling them what happened (picqer.com/en/api/webhooks)."""

from collections.abc import Callable
from dataclasses import dataclass

from integration.sandbox.picqer.books import Books
from integration.sandbox.picqer.refusals import Refusal
from integration.sandbox.picqer.rows import Hook
from integration.sandbox.picqer.wire import Json

_EVENTS = (
    "comments.created movements.moved orders.created orders.allocated orders.closed orders.paused "
    "orders.resumed orders.status_changed orders.completed orders.notes.created picklists.created "
    "picklists.changed picklists.paused picklists.resumed picklists.closed picklists.cancelled "
    "picklists.snoozed picklists.unsnoozed picklists.shipments.created "
    "picklists.shipments.cancelled picklist_batches.created picklist_batches.changed "
    "picklist_batches.completed products.created products.changed products.free_stock_changed "
    "products.stock_changed products.assembled_stock_changed products.stock_on_location_changed "
    "products.parts.changed purchase_orders.created purchase_orders.changed "
    "purchase_orders.purchased purchase_orders.receipts.created receipts.created "
    "receipts.completed receipts.product_received receipts.product_reverted returns.created "
    "returns.changed returns.status_changed returns.products_received "
    "location_stock_counts.completed tasks.created tasks.changed tasks.deleted tasks.completed "
    "tasks.uncompleted webshop_orders.imported"
)
EVENTS = frozenset(_EVENTS.split())


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened: its name, its subject for people, and its data when wanted."""

    name: str
    subject: str
    shape: Callable[[], Json]


def announce(books: Books, *events: Event, shuffle: bool = False) -> None:
    """Write events down and queue them for every active hook, each with the data as it is now.

    `shuffle` lets the seeded random choose the order, which Picqer does not promise.
    """
    told = list(events)
    if shuffle:
        books.random.shuffle(told)
    for event in told:
        books.events.append((event.name, event.subject))
        listeners = [
            hook for hook in books.hooks.values() if hook.active and hook.event == event.name
        ]
        if listeners:
            data = event.shape()
            for hook in listeners:
                books.deliveries.add(hook, event.name, books.stamp(), data)


def subscribe(books: Books, wanted: Json) -> Hook:
    """Make a hook of `name`, `event`, `address` and perhaps `secret`; Refusal 5 for a bad one."""
    event, address = wanted.get("event"), wanted.get("address")
    if event not in EVENTS:
        raise Refusal(5, f"Unknown event: {event}")
    if not isinstance(address, str) or not address.startswith(("http://", "https://")):
        raise Refusal(5, "Missing or invalid address")
    _refuse_second(books, str(event), address)
    hook = Hook(
        idhook=books.number("hook"),
        name=str(wanted.get("name") or ""),
        event=str(event),
        address=address,
        secret=str(wanted["secret"]) if wanted.get("secret") else None,
        born=books.clock(),
    )
    books.hooks[hook.idhook] = hook
    return hook


def reactivate(books: Books, hook: Hook) -> None:
    """Switch a hook on again, with no failures to its name."""
    if not hook.active:
        _refuse_second(books, hook.event, hook.address)
    hook.active = True
    hook.failures.clear()


def _refuse_second(books: Books, event: str, address: str) -> None:
    if any(
        hook.active and hook.event == event and hook.address == address
        for hook in books.hooks.values()
    ):
        raise Refusal(5, "An active hook with this event and address exists already")
