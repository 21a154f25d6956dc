"""Hooks: subscribed, signed, delivered, tried again, switched off and on."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from integration.sandbox.picqer import Books, Control
from integration.sandbox.picqer.wire import encode, signature
from integration.testing.clock import HandClock

Api = Any  # the client of this folder's conftest
Receiver = Any  # the one of this folder's conftest
Orders = Callable[..., dict[str, Any]]
HOOK = {
    "name": "picqer-bridge",
    "event": "products.free_stock_changed",
    "address": "https://bridge.example.com/webhooks/picqer/main",
    "secret": "sim-secret",
}
SEVENTEEN_HOURS = 17 * 3600.0


@pytest.fixture
def hook(api: Api) -> int:
    made: int = api.post("/hooks", json=HOOK).json()["idhook"]
    return made


def deliver_for(books: Books, clock: HandClock, seconds: float, step: float = 60.0) -> None:
    """Let time pass, delivering what becomes due."""
    books.deliveries.deliver_due()
    for _ in range(int(seconds / step) + 1):
        clock.advance(step)
        books.deliveries.deliver_due()


def test_the_signature_is_the_one_of_the_known_delivery() -> None:
    raw = (
        b'{"idhook":7,"name":"sim","event":"picklists.closed","event_triggered_at":'
        b'"2025-03-04 10:11:12","data":{"idpicklist":501,"idorder":301,"status":"closed"}}'
    )
    assert len(raw) == 153
    assert signature("sim-secret", raw) == "CXhQ6PYIMcQ6/Swm5O3Ud47QwpkvJcUPKmY72nj38to="


def test_bodies_are_written_as_php_writes_them() -> None:
    assert encode({"url": "https://a/b", "name": "Köln €"}) == (
        b'{"url":"https:\\/\\/a\\/b","name":"K\\u00f6ln \\u20ac"}'
    )


def test_a_read_says_only_that_there_is_a_secret(api: Api, hook: int) -> None:
    shown = api.get(f"/hooks/{hook}").json()
    assert shown == {**HOOK, "idhook": hook, "active": True, "secret": True}
    assert api.get("/hooks").json() == [shown]


@pytest.mark.parametrize(
    "change", [{"event": "moon.rose"}, {"event": None}, {"address": "ftp://a"}, {"address": None}]
)
def test_a_hook_that_makes_no_sense_is_refused(api: Api, change: dict[str, Any]) -> None:
    assert api.post("/hooks", json={**HOOK, **change}).json()["error_code"] == 5


def test_one_event_at_one_address_has_one_active_hook(api: Api, hook: int) -> None:
    assert api.post("/hooks", json=HOOK).status_code == 400
    assert api.delete(f"/hooks/{hook}").status_code == 204
    assert api.get(f"/hooks/{hook}").json()["active"] is False
    assert api.post("/hooks", json=HOOK).status_code == 201
    assert api.post(f"/hooks/{hook}/reactivate").status_code == 400


def test_a_delivery_is_a_signed_envelope_with_the_whole_product(
    books: Books, control: Control, receiver: Receiver, hook: int
) -> None:
    control.set_stock("MUG-BLUE", amount=7)
    assert books.deliveries.deliver_due() == 1
    (delivery,) = receiver.received
    envelope = json.loads(delivery.body)
    assert list(envelope) == ["idhook", "name", "event", "event_triggered_at", "data"]
    assert envelope["event_triggered_at"] == "2026-11-23 13:00:00"
    assert envelope["data"]["stock"][0]["freestock"] == 7
    assert delivery.headers()["X-Picqer-Signature"] == signature("sim-secret", delivery.body)
    assert delivery.address == HOOK["address"]


def test_without_a_secret_nothing_is_signed(
    api: Api, books: Books, control: Control, receiver: Receiver
) -> None:
    api.post("/hooks", json={**HOOK, "secret": None})
    control.set_stock("MUG-BLUE", amount=7)
    books.deliveries.deliver_due()
    assert "X-Picqer-Signature" not in receiver.received[0].headers()


def test_a_closed_picklist_is_told_with_its_products_and_without_tracking(
    api: Api, books: Books, control: Control, processed: Orders, receiver: Receiver
) -> None:
    for event in ("picklists.closed", "picklists.shipments.created"):
        api.post("/hooks", json={**HOOK, "event": event})
    control.complete_order(processed()["idorder"])
    books.deliveries.deliver_due()
    told = {
        json.loads(row.body)["event"]: json.loads(row.body)["data"] for row in receiver.received
    }
    assert told["picklists.closed"]["products"][0]["amount_picked"] == 2
    assert "trackingcode" not in told["picklists.closed"]
    assert told["picklists.shipments.created"]["idpicklist"] == 1


def test_the_data_is_what_it_was_when_it_happened(
    books: Books, control: Control, receiver: Receiver, hook: int
) -> None:
    control.set_stock("MUG-BLUE", amount=7)
    control.set_stock("MUG-BLUE", amount=8)
    books.deliveries.deliver_due()
    free = [json.loads(row.body)["data"]["stock"][0]["freestock"] for row in receiver.received]
    assert free == [7, 8]


@pytest.mark.usefixtures("hook")
@pytest.mark.parametrize("status", [200, 201, 202])
def test_an_accepted_delivery_is_not_tried_again(
    books: Books,
    control: Control,
    receiver: Receiver,
    clock: HandClock,
    status: int,
) -> None:
    receiver.status = status
    control.set_stock("MUG-BLUE", amount=7)
    deliver_for(books, clock, 600)
    assert len(receiver.received) == 1
    assert [row["outcome"] for row in control.deliveries()] == ["delivered"]


@pytest.mark.usefixtures("hook")
@pytest.mark.parametrize("status", [None, 204, 301, 404, 500])
def test_anything_else_is_tried_fifteen_times_more_over_seventeen_hours(
    books: Books,
    control: Control,
    receiver: Receiver,
    clock: HandClock,
    status: int | None,
) -> None:
    receiver.status = status
    control.set_stock("MUG-BLUE", amount=7)
    start = clock.monotonic()
    deliver_for(books, clock, SEVENTEEN_HOURS + 3600)
    attempts = control.deliveries()
    assert [row["attempt"] for row in attempts] == list(range(1, 17))
    assert attempts[-1]["outcome"] == "failed for good"
    assert 16.9 * 3600 < attempts[-1]["at"] - start < 17.5 * 3600
    assert len({row.body for row in receiver.received}) == 1


def test_a_receiver_that_recovers_gets_the_delivery_once(
    books: Books, control: Control, receiver: Receiver, clock: HandClock, hook: int
) -> None:
    receiver.status = 503
    control.set_stock("MUG-BLUE", amount=7)
    deliver_for(books, clock, 10, step=1)
    receiver.status = 200
    deliver_for(books, clock, 3600)
    outcomes = [row["outcome"] for row in control.deliveries()]
    assert outcomes == ["to be retried"] * (len(outcomes) - 1) + ["delivered"]
    assert len(outcomes) > 2


def test_retries_come_sooner_with_a_smaller_factor(
    books: Books, control: Control, receiver: Receiver, clock: HandClock, hook: int
) -> None:
    control.tune(hook_retry_factor=1 / 3600, hook_retries=15)
    receiver.status = 500
    control.set_stock("MUG-BLUE", amount=7)
    deliver_for(books, clock, 30, step=0.5)
    assert control.deliveries()[-1]["outcome"] == "failed for good"


def test_five_failures_in_a_day_switch_a_hook_off_and_reactivating_switches_it_on(
    api: Api,
    books: Books,
    control: Control,
    receiver: Receiver,
    hook: int,
) -> None:
    control.tune(hook_retries=0)
    receiver.status = 500

    def fail() -> bool:
        control.set_stock("MUG-BLUE", change=1)
        books.deliveries.deliver_due()
        active: bool = api.get(f"/hooks/{hook}").json()["active"]
        return active

    assert [fail() for _ in range(5)] == [True, True, True, True, False]
    control.set_stock("MUG-BLUE", change=1)
    assert books.deliveries.deliver_due() == 0
    assert api.post(f"/hooks/{hook}/reactivate").json()["active"] is True
    receiver.status = 200
    assert fail() is True
    assert control.deliveries()[-1]["outcome"] == "delivered"


def test_failures_more_than_a_day_apart_leave_a_hook_on(
    books: Books, control: Control, receiver: Receiver, clock: HandClock, hook: int
) -> None:
    control.tune(hook_retries=0)
    receiver.status = 500
    for _ in range(20):
        control.set_stock("MUG-BLUE", change=1)
        books.deliveries.deliver_due()
        clock.advance(6 * 3600 + 1)
    assert books.hooks[hook].active


def test_what_waits_for_a_hook_that_was_switched_off_is_dropped(
    api: Api, books: Books, control: Control, receiver: Receiver, hook: int
) -> None:
    control.set_stock("MUG-BLUE", amount=7)
    api.delete(f"/hooks/{hook}")
    books.deliveries.deliver_due()
    assert receiver.received == []
    assert control.deliveries()[0]["outcome"] == "dropped, the hook is not active"


def test_paused_deliveries_wait_until_they_are_resumed(
    books: Books, control: Control, receiver: Receiver, hook: int
) -> None:
    control.pause_hooks()
    control.set_stock("MUG-BLUE", amount=7)
    assert books.deliveries.deliver_due() == 0
    assert control.summary()["deliveries_waiting"] == 1
    control.resume_hooks()
    assert books.deliveries.deliver_due() == 1
    assert control.summary()["deliveries_waiting"] == 0


def test_deliveries_can_be_doubled_and_change_places(
    books: Books, control: Control, receiver: Receiver, clock: HandClock, hook: int
) -> None:
    control.tune(hook_copies=2, hook_jitter=5)
    for amount in range(1, 11):
        control.set_stock("MUG-BLUE", amount=amount)
    deliver_for(books, clock, 6, step=0.1)
    free = [json.loads(row.body)["data"]["stock"][0]["freestock"] for row in receiver.received]
    assert sorted(free) == sorted([*range(1, 11)] * 2)
    assert free != sorted(free)


def test_hooks_come_in_pages(api: Api) -> None:
    for number in range(101):
        api.post("/hooks", json={**HOOK, "address": f"https://a/{number}"})
    assert [len(api.get("/hooks", params={"offset": n}).json()) for n in (0, 100)] == [100, 1]
