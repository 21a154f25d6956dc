"""A real WooCommerce shop's day, with real processes: what it once delivered is delivered again.

The shop holds what was captured of a WooCommerce 11 shop, and the door gets the very bytes that
that shop sent. The tests follow one another like the hours of a day, on one installation.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from decimal import ROUND_HALF_UP, Decimal
from http import HTTPStatus
from random import Random

import pytest

from integration.sandbox.picqer.rows import Order
from tests.acceptance.captured_day import CUSTOMERS, NAMES, ORDERED, STOCK
from tests.acceptance.captured_deliveries import Sent, bodies, captured, is_ping, send
from tests.acceptance.installation import SHOP, until
from tests.acceptance.redirecting import redirecting
from tests.acceptance.secrets_kept import leaks
from tests.acceptance.woocommerce_installation import (
    PADS,
    TOPICS,
    WooCommerceInstallation,
)
from workers.chaos.leaks import everything_in

pytestmark = pytest.mark.process

SECONDS = 20.0
FIRST_ORDER = "020-order-created"
CENT = Decimal("0.01")
FILTER = "FIL-100"
WELL = {"door reachable", "key", "write permission", "version", "shop settings", "webhooks",
        "products"}  # fmt: skip
FAILURES = 7
"""So many deliveries in a row fail before WooCommerce switches a webhook off."""

Findings = list[dict[str, str]]
"""What the doctor found, as its JSON has it."""


@pytest.fixture(scope="module")
def bridge(tmp_path_factory: pytest.TempPathFactory) -> Iterator[WooCommerceInstallation]:
    """Connected with a shop in which nothing has happened yet."""
    with WooCommerceInstallation(tmp_path_factory.mktemp("woocommerce")) as started:
        started.wait_until_settled()
        yield started


@pytest.fixture(scope="module")
def in_redis() -> list[str]:
    """What Redis held at some moments of the day."""
    return []


@pytest.fixture(scope="module")
def sent(bridge: WooCommerceInstallation, in_redis: list[str]) -> Sent:
    """Everything captured was delivered: products first, and then their stock was counted."""
    sent, names = Sent(), list(captured())
    bridge.live_captured_history()
    place = names.index(FIRST_ORDER)
    send(bridge.address, names[:place], sent)
    until(lambda: products(bridge).keys() >= STOCK.keys(), SECONDS, "the products are at Picqer")
    for productcode, amount in STOCK.items():
        bridge.picqer.set_stock(productcode, amount=amount)
    for name in names[place:]:
        send(bridge.address, [name], sent)
        look_into_redis(bridge, in_redis)
    bridge.wait_until_at_rest()
    return sent


def look_into_redis(bridge: WooCommerceInstallation, in_redis: list[str]) -> None:
    with bridge.redis() as client:
        in_redis.append(everything_in(client))


def products(bridge: WooCommerceInstallation) -> dict[str, str]:
    """The names of the products at Picqer, by productcode."""
    with bridge.picqer.books.lock:
        rows = bridge.picqer.books.products.values()
        return {row.productcode: str(row.fields["name"]) for row in rows}


def the_order(bridge: WooCommerceInstallation, order_id: int | str) -> Order:
    """Picqer's one order of this shop order."""
    (order,) = bridge.picqer.orders_of(str(order_id))
    return order


def close(bridge: WooCommerceInstallation, order_id: int | str) -> None:
    """Ship all that is left of an order."""
    bridge.picqer.pick_and_close(the_order(bridge, order_id).idpicklists[-1])


def test_the_bridge_makes_its_webhooks_and_pings_are_answered_and_not_stored(
    bridge: WooCommerceInstallation,
) -> None:
    attempts = bridge.shop.deliveries.sent

    assert bridge.active_topics() == TOPICS
    assert not any(webhook.pending for webhook in bridge.webhooks())
    assert [(one.topic, one.status) for one in attempts] == [(None, 200)] * len(TOPICS)
    assert bridge.oracle.shop_deliveries() == []


def test_every_captured_delivery_is_accepted_and_stored_once(
    bridge: WooCommerceInstallation, sent: Sent
) -> None:
    deliveries = captured()
    rows = {row.body: row for row in bridge.oracle.shop_deliveries()}

    assert sent.statuses.keys() == deliveries.keys()
    assert sent.refused == []
    assert any(map(is_ping, deliveries.values()))
    assert rows.keys() >= bodies(deliveries.values())
    assert {row.state for row in rows.values()} == {"routed", "ignored"}
    error = deliveries["041-order-created"]["body"].encode()
    assert rows[error].reason.startswith("the order was deleted for good")
    assert bridge.oracle.deliveries() == []


def test_picqer_has_what_the_shop_sells_under_its_own_names(
    bridge: WooCommerceInstallation, sent: Sent
) -> None:
    assert products(bridge) == NAMES


def test_picqer_has_each_order_that_is_to_be_shipped_exactly_once(
    bridge: WooCommerceInstallation, sent: Sent
) -> None:
    with bridge.picqer.books.lock:
        orders = list(bridge.picqer.books.orders.values())

    assert sorted(str(order.reference) for order in orders) == sorted(ORDERED)
    assert {order.status for order in orders} == {"processing"}
    assert bridge.oracle.parked() == {}


@pytest.mark.parametrize("number", ORDERED)
def test_goods_money_and_customer_are_right(
    bridge: WooCommerceInstallation, sent: Sent, number: str
) -> None:
    order, (goods, net) = the_order(bridge, number), ORDERED[number]
    charged = sum((Decimal(str(line.price)) * line.amount for line in order.lines), Decimal())
    wanted = CUSTOMERS.get(number, {})

    assert {line.productcode: line.amount for line in order.lines} == goods
    assert charged.quantize(CENT, ROUND_HALF_UP) == Decimal(net)
    assert {name: order.fields[name] for name in wanted} == wanted


def test_the_same_deliveries_doubled_and_in_any_order_change_nothing(
    bridge: WooCommerceInstallation, sent: Sent
) -> None:
    bridge.wait_until_at_rest()
    orders, stored = bridge.picqer.summary()["orders"], len(bridge.oracle.shop_deliveries())
    names = [*captured(), *captured()]
    Random(3).shuffle(names)
    bridge.picqer.reset_log()

    send(bridge.address, names, sent)
    bridge.wait_until_at_rest()

    assert sent.refused == []
    assert bridge.oracle.calls() == {}
    assert bridge.picqer.summary()["orders"] == orders
    assert bridge.oracle.parked() == {}
    assert len(bridge.oracle.shop_deliveries()) == stored


def test_an_order_in_two_parts_gets_a_note_for_each_and_is_completed_after_the_last(
    bridge: WooCommerceInstallation, sent: Sent
) -> None:
    order = the_order(bridge, 22)
    part = {"KOF-ETH-1000": 2}
    bridge.picqer.pick_and_close(order.idpicklists[0], amounts=part, parcels=2, then="picklist")
    bridge.wait_until_at_rest()
    after_part = (bridge.shop.status(22), len(bridge.shop.notes(22)))
    close(bridge, 22)
    bridge.wait_until_at_rest()

    assert after_part == ("processing", 1)
    assert bridge.shop.status(22) == "completed"
    assert bridge.oracle.shipments(22) == []
    assert bridge.oracle.completions(22) == 1


@pytest.mark.parametrize("number", [19, 27])
def test_a_shipped_order_is_completed_with_its_tracking_links_once(
    bridge: WooCommerceInstallation, sent: Sent, number: int
) -> None:
    close(bridge, number)
    bridge.wait_until_at_rest()

    assert bridge.shop.status(number) == "completed"
    assert bridge.oracle.shipments(number) == []
    assert bridge.oracle.completions(number) == 1


def test_an_order_that_a_person_completed_meanwhile_is_left_alone(
    bridge: WooCommerceInstallation, sent: Sent
) -> None:
    bridge.shop.change_status(28, "completed")
    close(bridge, 28)
    bridge.wait_until_at_rest()

    assert bridge.shop.status(28) == "completed"
    assert bridge.shop.notes(28) == []
    assert bridge.shop.asked("PUT", "/orders/28") == []


def test_an_order_that_a_person_cancelled_meanwhile_is_left_alone_and_parks_with_the_reason(
    bridge: WooCommerceInstallation, sent: Sent
) -> None:
    bridge.shop.change_status(29, "cancelled")
    bridge.wait_until_at_rest()
    parked = bridge.oracle.parked()
    close(bridge, 29)
    bridge.wait_until_at_rest()

    assert parked.keys() == {"create_order 29"}
    assert "order 29 was cancelled in the shop but is processing" in parked["create_order 29"]
    assert bridge.shop.status(29) == "cancelled"
    assert bridge.shop.notes(29) == []
    assert bridge.shop.asked("PUT", "/orders/29") == []


def test_free_stock_reaches_products_and_variations_and_its_echoes_cost_nothing(
    bridge: WooCommerceInstallation, sent: Sent
) -> None:
    shop, picqer, oracle = bridge.shop, bridge.picqer, bridge.oracle
    shop.add_product(FILTER, 5, price="3.95")
    until(lambda: FILTER in products(bridge), SECONDS, "the new product is at Picqer")
    until(lambda: shop.stock(FILTER) == 0, SECONDS, "the shop shows that there are none")
    bridge.wait_until_at_rest()
    picqer.reset_log()
    parked, told, before = oracle.parked(), len(shop.deliveries.sent), oracle.last_delivery().id

    picqer.set_stock(FILTER, amount=60)
    picqer.set_stock("TSH-L", amount=33)
    until(lambda: (shop.stock(FILTER), shop.stock("TSH-L")) == (60, 33), SECONDS, "both are shown")
    bridge.wait_until_at_rest()

    echoes = {(one.topic, one.status) for one in shop.deliveries.sent[told:]}
    states = {row.state for row in oracle.shop_deliveries() if row.id > before}
    assert echoes == {("product.updated", 200)}
    assert states == {"ignored"}
    assert oracle.calls() == {}
    assert oracle.parked() == parked


def test_orders_come_by_the_shops_own_webhooks_and_what_they_echo_costs_nothing(
    bridge: WooCommerceInstallation, sent: Sent
) -> None:
    customer = bridge.shop.add_customer("ada.canary@voorbeeld.test")
    parked = bridge.oracle.parked()
    bridge.picqer.reset_log()

    first = bridge.shop.place_order((FILTER, 2), customer_id=customer)
    bridge.wait_until_at_rest()
    calls = bridge.oracle.calls()
    second = bridge.shop.place_order((FILTER, 1), customer_id=customer)
    bridge.wait_until_at_rest()

    order = {"POST /orders": 1, "POST /orders/*/process": 1}
    assert calls == {"POST /customers": 1, **order}
    assert bridge.oracle.calls() - calls == order
    customers = {the_order(bridge, number).idcustomer for number in (first, second)}
    assert len(customers) == 1
    assert None not in customers
    assert bridge.oracle.parked() == parked


def test_webhooks_that_woocommerce_switched_off_are_on_again_and_their_orders_are_found(
    bridge: WooCommerceInstallation, sent: Sent
) -> None:
    shop = bridge.shop
    shop.add_product(PADS, 3, name="Koffiepads", price="4.49")
    until(lambda: shop.stock(PADS) == 50, SECONDS, "the shop shows what Picqer has of it")
    bridge.wait_until_at_rest()
    bridge.stop("web")
    orders = [shop.place_order((PADS, 1)) for _ in range(FAILURES)]
    assert shop.deliveries.wait_until_quiet(SECONDS)
    left = bridge.active_topics()
    bridge.start("web")
    bridge.wait_until_ready()
    orders.append(shop.place_order((PADS, 2)))
    assert shop.deliveries.wait_until_quiet(SECONDS)
    before = [bridge.picqer.orders_of(str(order)) for order in orders]

    watch = bridge.oracle.job_id("reconcile", SHOP, "hooks")
    answer = bridge.command("jobs", "retry", str(watch))
    until(lambda: bridge.active_topics() == TOPICS, SECONDS, "all webhooks are on")
    until(lambda: all(bridge.picqer.orders_of(str(order)) for order in orders), SECONDS, "found")
    bridge.wait_until_at_rest()

    assert answer.returncode == 0, answer.stderr
    assert not {"order.created", "order.updated"} & set(left)
    assert before == [[]] * (FAILURES + 1)
    assert {the_order(bridge, order).status for order in orders} == {"processing"}


def test_nothing_about_people_and_no_key_is_in_redis_or_in_any_log(
    bridge: WooCommerceInstallation, sent: Sent, in_redis: list[str]
) -> None:
    look_into_redis(bridge, in_redis)
    secret = bridge.oracle.people() | set(bridge.secrets)
    found = [leak for text in in_redis for leak in leaks("redis", text, secret)]
    for name, log in bridge.logs().items():
        found += leaks(name, log, secret)

    assert {"soren@voorbeeld.test", "Kerkstraat 12a", "ada.canary@voorbeeld.test"} <= secret
    assert any('"create_order"' in text for text in in_redis)
    assert found == []


def test_at_the_end_both_books_agree_and_nothing_is_left_over(
    bridge: WooCommerceInstallation, sent: Sent
) -> None:
    bridge.wait_until_stock_agrees()

    assert bridge.oracle.next_steps() == []
    assert bridge.oracle.deliveries() == []
    assert bridge.oracle.rate(500) == []


def examined(bridge: WooCommerceInstallation, **settings: str) -> tuple[int, Findings]:
    """The exit code of the doctor, and its rows."""
    answer = bridge.command("doctor", "--shop", SHOP, "--json", **settings)
    found: Findings = json.loads(answer.stdout)
    return answer.returncode, found


def checks(found: Findings, verdict: str) -> set[str]:
    """What was found to be so."""
    return {row["check"] for row in found if row["verdict"] == verdict}


def test_the_doctor_finds_a_shop_in_order(bridge: WooCommerceInstallation, sent: Sent) -> None:
    code, found = examined(bridge)
    sentences = " ".join(row["sentence"] for row in found if row["check"] == "mail")

    assert (code, checks(found, "fail")) == (0, set())
    # The door leads to this machine itself, and WooCommerce mails about completed orders.
    assert checks(found, "warn") <= {"door address", "mail"}
    assert checks(found, "ok") >= WELL
    assert "WooCommerce itself" in sentences


def test_the_doctor_names_a_wrong_key(bridge: WooCommerceInstallation, sent: Sent) -> None:
    wrong = {"BRIDGE_SHOPS__NL__WOOCOMMERCE__CONSUMER_KEY": "ck_" + 40 * "f"}
    code, found = examined(bridge, **wrong)

    assert (code, checks(found, "fail")) == (1, {"key"})


def test_the_doctor_names_a_key_that_may_only_read(
    bridge: WooCommerceInstallation, sent: Sent
) -> None:
    bridge.shop.key.permissions = "read"
    try:
        code, found = examined(bridge)
    finally:
        bridge.shop.key.permissions = "read_write"

    assert (code, checks(found, "fail")) == (1, {"write permission"})


def test_the_doctor_names_plain_permalinks(bridge: WooCommerceInstallation, sent: Sent) -> None:
    bridge.shop.plain_permalinks = True
    try:
        answer = bridge.command("doctor", "--shop", SHOP)
    finally:
        bridge.shop.plain_permalinks = False

    assert answer.returncode == 1
    assert "permalinks" in answer.stdout


def test_the_doctor_names_a_webhook_that_is_switched_off(
    bridge: WooCommerceInstallation, sent: Sent
) -> None:
    webhook = bridge.webhooks()[0]
    webhook.status = "disabled"
    try:
        code, found = examined(bridge)
    finally:
        webhook.status = "active"

    assert (code, checks(found, "fail")) == (1, {"webhooks"})


def test_the_doctor_names_a_door_that_redirects(
    bridge: WooCommerceInstallation, sent: Sent
) -> None:
    with redirecting(bridge.door, HTTPStatus.MOVED_PERMANENTLY) as url:
        answer = bridge.command("doctor", "--shop", SHOP, BRIDGE_PUBLIC_URL=url)

    assert answer.returncode == 1
    assert "is answered with a redirect (301)" in answer.stdout
    assert f"Set public_url to {bridge.door}" in answer.stdout
