"""The WooCommerce server for tests behaves as the captured WooCommerce 11 does."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
import requests
from requests_oauthlib import OAuth1

from integration.testing.clock import HandClock
from tests.woocommerce.captures import (
    CAPTURED_SECRET,
    answer,
    deliveries,
    exchange,
    header,
    pings,
)
from tests.woocommerce.deliveries import signature
from tests.woocommerce.receiver import Receiver, receiving
from tests.woocommerce.replay import NUMBERS, Replayed, comparable, replay
from tests.woocommerce.server import WooCommerceServer
from tests.woocommerce.signing import ApiKey

ROOT = "/wp-json/wc/v3"
TELLING_HEADERS = (
    "Allow", "Content-Type", "Link", "Location", "Vary", "X-Wp-Total", "X-Wp-Totalpages",
)  # fmt: skip


@pytest.fixture(scope="module")
def door() -> Iterator[Receiver]:
    with receiving() as receiver:
        yield receiver


@pytest.fixture(scope="module")
def moved() -> HandClock:
    return HandClock()


@pytest.fixture(scope="module")
def replayed_shop(moved: HandClock) -> Iterator[WooCommerceServer]:
    with WooCommerceServer(basic_allowed=True, clock=moved.now) as shop:
        yield shop


@pytest.fixture(scope="module")
def replayed(
    replayed_shop: WooCommerceServer, moved: HandClock, door: Receiver
) -> dict[str, Replayed]:
    return replay(replayed_shop, moved, door)


@pytest.fixture(scope="module")
def open_shop(moved: HandClock) -> Iterator[WooCommerceServer]:
    """A shop on plain http, so that only signed calls count; shared, so ids vary."""
    with WooCommerceServer(clock=moved.now) as shop:
        yield shop


@pytest.fixture
def shop(open_shop: WooCommerceServer) -> Iterator[WooCommerceServer]:
    yield open_shop
    open_shop.webhooks.all.clear()
    open_shop.deliveries.pump()
    open_shop.faults.clear()
    open_shop.key.permissions = "read_write"
    open_shop.plain_permalinks = False
    open_shop.access.basic_allowed = False


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as opened:
        yield opened


def signed(shop: WooCommerceServer, secret: str | None = None, **given: Any) -> OAuth1:
    key = shop.key
    return OAuth1(
        key.consumer_key, secret or key.consumer_secret, signature_method="HMAC-SHA256", **given
    )


def call(
    shop: WooCommerceServer, method: str, path: str, body: Any = None, **query: Any
) -> requests.Response:
    url = f"{shop.url}{ROOT}/{path}"
    auth = signed(shop)
    return requests.request(method, url, params=query, json=body, auth=auth, timeout=5)


# --- answers ---------------------------------------------------------------------------------


@pytest.mark.parametrize("number", NUMBERS)
def test_a_captured_request_is_answered_as_captured(
    number: str, replayed: dict[str, Replayed]
) -> None:
    captured, found = exchange(number)["response"], replayed[number]
    assert found.status == captured["status"]
    assert comparable(found.body) == comparable(captured["body"])
    if number != "032":  # the number of a note counts notes that were not captured
        own = {name.title(): value for name, value in captured["headers"]}
        assert {name: found.headers.get(name) for name in TELLING_HEADERS} == {
            name: own.get(name) for name in TELLING_HEADERS
        }


def test_the_failing_webhooks_were_pinged_after_every_failure_but_the_last(
    replayed: dict[str, Replayed], replayed_shop: WooCommerceServer, door: Receiver
) -> None:
    assert replayed["076"].body["status"] == "disabled"
    captured = [each["body"] for each in pings() if each["path"] == "/fail"]
    assert [each.body.decode() for each in door.pings() if each.path == "/fail"] == captured
    assert replayed_shop.webhook(9).pending


def test_the_variation_is_known_by_its_id_but_written_elsewhere(
    replayed: dict[str, Replayed], replayed_shop: WooCommerceServer
) -> None:
    key = (replayed_shop.key.consumer_key, replayed_shop.key.consumer_secret)
    found = requests.get(f"{replayed_shop.url}{ROOT}/products/15", auth=key, timeout=5).json()
    captured = json.loads(deliveries("product.created")[4]["body"])
    assert found.keys() == captured.keys()
    assert (found["type"], found["parent_id"]) == ("variation", 13)


# --- access ----------------------------------------------------------------------------------


def test_a_signed_call_is_let_in_with_lists_and_special_characters(
    shop: WooCommerceServer,
) -> None:
    shop.add_product("KÖF & CO/1", 3)
    found = call(shop, "GET", "products", sku="KÖF & CO/1,NOBODY", _fields="id,sku")
    assert [each["sku"] for each in found.json()] == ["KÖF & CO/1"]
    assert found.json()[0].keys() == {"id", "sku"}


def test_a_signed_body_is_let_in(shop: WooCommerceServer) -> None:
    product = shop.add_product("SIGNED", 3)
    assert call(shop, "PUT", f"products/{product}", {"stock_quantity": 8}).status_code == 200
    assert shop.stock("SIGNED") == 8


@pytest.mark.parametrize(
    ("auth", "message"),
    [
        ({"secret": "cs_wrong"}, "Invalid signature - provided signature does not match."),
        ({"timestamp": "1700000000"}, "Invalid timestamp."),
    ],
)
def test_a_wrongly_signed_call_is_refused(
    shop: WooCommerceServer, auth: dict[str, str], message: str
) -> None:
    refused = requests.get(f"{shop.url}{ROOT}/orders", auth=signed(shop, **auth), timeout=5)
    assert refused.status_code == 401
    assert refused.json()["code"] == "woocommerce_rest_authentication_error"
    assert refused.json()["message"] == message


def test_a_repeated_nonce_is_refused(shop: WooCommerceServer) -> None:
    again = signed(shop, nonce="only-once")
    assert requests.get(f"{shop.url}{ROOT}/orders", auth=again, timeout=5).status_code == 200
    refused = requests.get(f"{shop.url}{ROOT}/orders", auth=again, timeout=5)
    assert refused.status_code == 401
    assert "nonce" in refused.json()["message"]


def test_over_plain_http_basic_is_nobody(shop: WooCommerceServer) -> None:
    key = (shop.key.consumer_key, shop.key.consumer_secret)
    refused = requests.get(f"{shop.url}{ROOT}/orders", auth=key, timeout=5)
    assert (refused.status_code, refused.json()) == (401, answer("037"))


def test_over_https_the_key_may_stand_in_the_query(shop: WooCommerceServer) -> None:
    shop.access.basic_allowed = True
    key = {"consumer_key": shop.key.consumer_key, "consumer_secret": shop.key.consumer_secret}
    url = f"{shop.url}{ROOT}/orders"
    assert requests.get(url, params=key, timeout=5).status_code == 200
    refused = requests.get(url, params={**key, "consumer_secret": "cs_wrong"}, timeout=5)
    assert refused.json()["message"] == "Consumer secret is invalid."


@pytest.mark.parametrize(
    ("permissions", "reads", "writes"), [("read", 200, 401), ("write", 401, 400)]
)
def test_a_key_may_only_do_what_it_was_made_for(
    shop: WooCommerceServer, permissions: str, reads: int, writes: int
) -> None:
    shop.key.permissions = permissions
    assert call(shop, "GET", "orders").status_code == reads
    written = call(shop, "PUT", "products/99999", {"stock_quantity": 1})
    assert written.status_code == writes
    if writes == 401:
        assert "does not have write permissions" in written.json()["message"]


# --- webhooks --------------------------------------------------------------------------------


def test_captured_deliveries_are_signed_as_the_server_signs() -> None:
    signed_ones = deliveries()
    assert len(signed_ones) == 57
    for each in signed_ones:
        own = signature(CAPTURED_SECRET, each["body"].encode())
        assert own == header(each, "X-WC-Webhook-Signature")


@pytest.mark.parametrize("topic", ["order.created", "product.updated", "order.deleted"])
def test_a_delivery_has_the_captured_headers(
    topic: str, shop: WooCommerceServer, receiver: Receiver
) -> None:
    captured = deliveries(topic)[0]
    shop.add_webhook(topic, f"{receiver.url}/hooks/woo")
    assert shop.deliver(topic, captured["body"].encode()) == [200]
    (arrived,) = receiver.deliveries()
    assert arrived.body.decode() == captured["body"]
    names = {name.lower() for name, _ in captured["headers"]}
    assert arrived.headers.keys() == names
    for name in ("Topic", "Resource", "Event", "Signature"):
        full = f"X-WC-Webhook-{name}"
        assert arrived.headers[full.lower()] == header(captured, full)


def test_what_is_delivered_is_what_rest_shows_at_that_moment(
    shop: WooCommerceServer, receiver: Receiver
) -> None:
    for topic in ("order.created", "order.updated", "product.updated"):
        shop.add_webhook(topic, receiver.url)
    product = shop.add_product("TOLD", 5)
    order = shop.place_order((product, 2), status="pending")
    shop.change_status(order, "processing")
    shop.change_status(order, "cancelled")
    assert shop.pump() == 3
    found = {each.topic: json.loads(each.body) for each in receiver.deliveries()}
    assert found["order.created"]["status"] == "cancelled"
    assert found["order.updated"] == found["order.created"]
    assert found["order.created"].keys() == answer("029").keys()
    assert found["product.updated"]["stock_quantity"] == 5


def test_a_removed_order_is_delivered_as_an_error(
    shop: WooCommerceServer, receiver: Receiver
) -> None:
    shop.add_webhook("order.created", receiver.url)
    shop.erase_order(shop.place_order((shop.add_product("GONE", 5), 1)))
    shop.pump()
    (arrived,) = receiver.deliveries()
    captured = next(each for each in deliveries("order.created") if '"code"' in each["body"])
    assert arrived.body.decode() == captured["body"]
    assert arrived.headers["x-wc-webhook-signature"] == header(captured, "X-WC-Webhook-Signature")


def test_our_own_write_comes_back_as_an_event(shop: WooCommerceServer, receiver: Receiver) -> None:
    shop.add_webhook("product.updated", receiver.url)
    sizes = shop.add_variable_product("TEE", {"S": ("TEE-S", 1)})
    path = f"products/{sizes['']}/variations/batch"
    call(shop, "POST", path, {"update": [{"id": sizes["S"], "stock_quantity": 4}]})
    assert shop.pump() == 1
    told = json.loads(receiver.deliveries()[0].body)
    assert (told["type"], told["parent_id"], told["stock_quantity"]) == ("variation", sizes[""], 4)


def test_two_deliveries_in_one_second_share_their_id(
    shop: WooCommerceServer, receiver: Receiver, moved: HandClock
) -> None:
    shop.add_webhook("product.created", receiver.url)
    shop.add_product("FIRST", 1)
    shop.add_product("SECOND", 1)
    shop.pump()
    moved.advance(1)
    shop.add_product("THIRD", 1)
    shop.pump()
    one, two, three = (each.headers["x-wc-webhook-delivery-id"] for each in receiver.deliveries())
    assert one == two != three


@pytest.mark.parametrize("status", [200, 204, 301, 302])
def test_every_status_up_to_302_is_a_success(
    status: int, shop: WooCommerceServer, receiver: Receiver
) -> None:
    webhook = shop.add_webhook("order.updated", f"{receiver.url}/moved")
    receiver.statuses["/moved"] = status
    shop.webhook(webhook).failures = 3
    shop.deliver("order.updated", b"{}")
    assert shop.webhook(webhook).failures == 0
    assert [each.path for each in receiver.received] == ["/moved"]


def test_the_seventh_failure_in_a_row_disables_and_nothing_is_sent_twice(
    shop: WooCommerceServer, receiver: Receiver
) -> None:
    webhook = shop.add_webhook("order.updated", f"{receiver.url}/fail")
    receiver.statuses["/fail"] = 503
    for number in range(1, 8):
        assert shop.webhook(webhook).status == "active"
        shop.deliver("order.updated", b"{}")
        assert len(receiver.received) == number
    assert shop.webhook(webhook).status == "disabled"
    assert shop.deliver("order.updated", b"{}") == []
    again = call(shop, "PUT", f"webhooks/{webhook}", {"status": "active"}).json()
    assert again["status"] == "active"


def test_a_new_webhook_is_pinged_like_the_captured_ones_and_keeps_its_secret(
    shop: WooCommerceServer, receiver: Receiver
) -> None:
    sent = {"topic": "order.created", "delivery_url": receiver.url, "secret": "very-secret-secret"}
    made = call(shop, "POST", "webhooks", sent)
    captured = pings()[0]
    (ping,) = receiver.pings()
    assert ping.body == f"webhook_id={made.json()['id']}".encode()
    assert ping.headers.keys() == {name.lower() for name, _ in captured["headers"]}
    assert ping.headers["content-type"] == header(captured, "Content-Type")
    assert "very-secret" not in made.text
    assert not shop.webhook(made.json()["id"]).pending


def test_a_key_shows_nothing_of_its_secret_in_lists(shop: WooCommerceServer) -> None:
    shop.add_webhook("order.created", "http://127.0.0.1:9/door", secret="very-secret-secret")
    listed = call(shop, "GET", "webhooks")
    assert listed.headers["x-wp-total"] == "1"
    assert "very-secret" not in listed.text


def test_a_shop_that_delivers_itself_needs_no_push(receiver: Receiver) -> None:
    key = ApiKey(consumer_key="ck_own", consumer_secret="cs_own")
    with WooCommerceServer(key=key, delivers_itself=True) as shop:
        shop.add_webhook("product.created", receiver.url)
        shop.add_product("EAGER", 1)
        assert shop.deliveries.wait_until_quiet()
    assert [each.topic for each in receiver.deliveries()] == ["product.created"]
