"""How the demo shop tells the bridge that something happened."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from random import Random

import pytest
import responses
from pydantic import SecretStr
from responses import Call
from standardwebhooks import Webhook

from integration.sandbox.shop import Manners, SandboxShop
from integration.sandbox.shop.webhooks import Webhooks, event_body

DOOR = "http://door.test/webhooks/shops/demo"
SECRET = "whsec_ZGVtbyBzaG9wOiBub3QgYSByZWFsIHNlY3JldCEhISE="
GUIDE = Path(__file__).parents[3] / "docs" / "how-to" / "connect-a-custom-shop.md"


@pytest.fixture
def door() -> Iterator[responses.RequestsMock]:
    with responses.RequestsMock(assert_all_requests_are_fired=False) as network:
        yield network


@pytest.fixture
def calling(shop: SandboxShop, door: responses.RequestsMock) -> Iterator[SandboxShop]:
    """A shop whose events go to the door."""
    shop.webhooks.door_url = DOOR
    shop.webhooks.start()
    yield shop
    shop.webhooks.stop()


def _told(door: responses.RequestsMock) -> list[tuple[str, str]]:
    events = [json.loads(call.request.body or b"{}") for call in _calls(door)]
    return [(event["type"], event["data"]["id"]) for event in events]


def _calls(door: responses.RequestsMock) -> list[Call]:
    return list(door.calls)


def test_every_action_of_a_person_tells_the_door(
    calling: SandboxShop, door: responses.RequestsMock
) -> None:
    door.post(DOOR, status=200)
    product = calling.add_product(sku="MUG", sellable=5)
    calling.change_product(product, name="Mug")
    calling.set_sellable("MUG", 9)
    order = calling.place_order([("MUG", 1)], paid=False)
    calling.pay_order(order)
    calling.change_order(order, customer_note="x")
    calling.refund(order, {"1": 1})
    calling.complete_by_person(order)
    calling.cancel_order(order)
    calling.add_order({"id": "9"}, "order.paid")
    assert calling.webhooks.wait_until_quiet()
    assert _told(door) == [
        ("product.created", product),
        ("product.updated", product),
        ("product.updated", product),
        ("order.created", order),
        ("order.paid", order),
        ("order.updated", order),
        ("order.updated", order),
        ("order.updated", order),
        ("order.cancelled", order),
        ("order.paid", "9"),
    ]


def test_an_event_is_signed_by_standard_webhooks(
    calling: SandboxShop, door: responses.RequestsMock
) -> None:
    door.post(DOOR, status=200)
    calling.place_order([("MUG", 1)])
    assert calling.webhooks.wait_until_quiet()
    (call,) = _calls(door)
    headers, body = call.request.headers, call.request.body
    assert isinstance(body, bytes)
    assert json.loads(body)["timestamp"] == "2026-11-23T12:00:00Z"
    moment = datetime(2026, 11, 23, 12, tzinfo=UTC)
    assert headers["webhook-timestamp"] == str(int(moment.timestamp()))
    signature = Webhook(SECRET).sign(headers["webhook-id"], moment, body.decode())
    assert headers["webhook-signature"] == signature
    assert headers["bridge-contract"] == "1"


def test_an_event_that_is_not_taken_is_sent_again_under_the_same_id(
    calling: SandboxShop, door: responses.RequestsMock
) -> None:
    door.post(DOOR, status=503)
    door.post(DOOR, status=302, headers={"location": "http://elsewhere.test/"})
    door.post(DOOR, status=200)
    calling.add_product(sku="MUG")
    assert calling.webhooks.wait_until_quiet()
    assert [attempt.status for attempt in calling.webhooks.sent] == [503, 302, 200]
    assert [attempt.attempt for attempt in calling.webhooks.sent] == [1, 2, 3]
    assert len({call.request.headers["webhook-id"] for call in _calls(door)}) == 1


def test_an_event_that_is_never_taken_is_lost_after_the_last_attempt(
    calling: SandboxShop,
) -> None:
    calling.add_product(sku="MUG")
    assert calling.webhooks.wait_until_quiet()
    assert [attempt.status for attempt in calling.webhooks.sent] == [None, None, None]


def test_every_nth_event_can_be_sent_twice(
    calling: SandboxShop, door: responses.RequestsMock
) -> None:
    door.post(DOOR, status=200)
    calling.webhooks.duplicate_every = 2
    for number in range(4):
        calling.add_product(sku=f"MUG-{number}")
    assert calling.webhooks.wait_until_quiet()
    assert [number for _, number in _told(door)] == ["1", "2", "2", "3", "4", "4"]
    ids = [call.request.headers["webhook-id"] for call in _calls(door)]
    assert ids[1] == ids[2]
    assert len(set(ids)) == 4


def test_paused_events_are_sent_when_the_pause_ends(
    calling: SandboxShop, door: responses.RequestsMock
) -> None:
    door.post(DOOR, status=200)
    calling.webhooks.switch("paused")
    calling.add_product(sku="MUG")
    assert not calling.webhooks.wait_until_quiet(0.0)
    assert not calling.webhooks.sent
    calling.webhooks.switch("on")
    assert calling.webhooks.wait_until_quiet()
    assert _told(door) == [("product.created", "1")]


def test_events_are_lost_while_switched_off(
    calling: SandboxShop, door: responses.RequestsMock
) -> None:
    door.post(DOOR, status=200)
    calling.webhooks.switch("paused")
    calling.add_product(sku="MUG-1")
    calling.webhooks.switch("off")
    calling.add_product(sku="MUG-2")
    calling.webhooks.switch("on")
    calling.webhooks.door_url = None
    calling.add_product(sku="MUG-3")
    assert calling.webhooks.wait_until_quiet(0.0)
    assert not calling.webhooks.sent


def test_a_retry_waits_for_its_moment() -> None:
    moments = iter(range(100))
    webhooks = Webhooks(
        SecretStr(SECRET),
        door_url=DOOR,
        clock=lambda: datetime(2026, 11, 23, tzinfo=UTC),
        rng=Random(1),
        retry_seconds=(3600.0,),
        monotonic=lambda: float(next(moments)),
    )
    with responses.RequestsMock() as door:
        door.post(DOOR, status=503)
        webhooks.announce("order.created", "1")
        webhooks.start()
        assert not webhooks.wait_until_quiet(0.05)
        webhooks.stop()
    assert [attempt.attempt for attempt in webhooks.sent] == [1]


@pytest.mark.parametrize("echo", [True, False])
def test_the_bridges_own_writes_come_back_as_events_when_the_shop_echoes(
    calling: SandboxShop, door: responses.RequestsMock, bridge: object, echo: bool
) -> None:
    door.post(DOOR, status=200)
    calling.webhooks.switch("off")
    calling.manners = Manners(echo=echo)
    product = calling.add_product(sku="MUG", sellable=5)
    order = calling.place_order([("MUG", 1)])
    calling.webhooks.switch("on")
    calling.place_order([("MUG", 1)])
    calling.bridge_wrote_stock([calling.books.products[product]])
    calling.bridge_wrote_order(order)
    assert calling.webhooks.wait_until_quiet()
    echoed = [("product.updated", product), ("order.created", "1002"),
              ("product.updated", product), ("order.updated", order)]  # fmt: skip
    assert _told(door) == (echoed if echo else [("order.created", "1002")])


def test_the_worked_example_of_the_guide_is_what_the_shop_would_send() -> None:
    moment = datetime(2026, 11, 23, 10, 1, tzinfo=UTC)
    body = event_body("order.paid", "1042", moment)
    message_id = "msg_2b1c5e8f0a7d4c3b9e6f1a2d"
    guide = GUIDE.read_text(encoding="utf-8")
    signed = f"{message_id}.{int(moment.timestamp())}.{body}"
    assert SECRET in guide
    assert signed in guide
    assert Webhook(SECRET).sign(message_id, moment, body) in guide
