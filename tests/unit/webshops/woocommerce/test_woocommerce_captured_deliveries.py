"""Every delivery of a real WooCommerce 11, through what the door asks of a connector."""

from __future__ import annotations

import json

import pytest

from integration.jobs import Delivery, Flow, Hint, NothingToDo, ProductNews
from integration.webshops.woocommerce.mapping.revision import revision_of
from integration.webshops.woocommerce.settings import WooCommerceSettings
from integration.webshops.woocommerce.webhook import hints, is_ping, verify
from tests.woocommerce.captures import Json, deliveries, delivery, pings

TOPIC = "x-wc-webhook-topic"
PRODUCTCODES = {
    "11": "KOF-ETH-1000",
    "12": "MOL-ZAS",
    "13": "TSH",
    "13/14": "TSH-S",
    "13/15": "TSH-M",
    "13/16": "TSH-L",
    "17": None,
}


def as_delivery(captured: Json) -> Delivery:
    headers = {name.lower(): value for name, value in captured["headers"]}
    return Delivery("shops/nl", headers, captured["body"].encode())


def test_the_captures_hold_what_these_tests_are_about() -> None:
    assert (len(pings()), len(deliveries())) == (16, 57)


def test_every_captured_ping_is_a_ping_and_not_signed(settings: WooCommerceSettings) -> None:
    for each in map(as_delivery, pings()):
        assert is_ping(each)
        assert not verify(each, settings)


def test_every_other_delivery_is_signed_and_no_ping(settings: WooCommerceSettings) -> None:
    for each in map(as_delivery, deliveries()):
        assert verify(each, settings)
        assert not is_ping(each)
        assert not verify(Delivery(each.source, each.headers, each.body[:-1]), settings)


def test_every_event_of_an_order_names_its_order(settings: WooCommerceSettings) -> None:
    found = []
    for each in map(as_delivery, deliveries()):
        content = json.loads(each.body)
        if each.headers[TOPIC].startswith("order.") and "id" in content:
            assert hints(each, settings) == [Hint(Flow.CREATE_ORDER, str(content["id"]))]
            found.append(content["id"])
    assert sorted(set(found)) == [18, 19, 20, 22, 23, 24, 25, 27, 28, 29]


def test_two_orders_of_one_second_share_a_delivery_id_and_are_both_named(
    settings: WooCommerceSettings,
) -> None:
    first, second = as_delivery(delivery("043")), as_delivery(delivery("045"))
    same = "x-wc-webhook-delivery-id"
    assert first.headers[same] == second.headers[same]
    assert hints(first, settings) != hints(second, settings)


def test_an_order_in_the_trash_is_looked_at(settings: WooCommerceSettings) -> None:
    assert hints(as_delivery(delivery("039")), settings) == [Hint(Flow.CREATE_ORDER, "25")]


@pytest.mark.parametrize("number", ["041", "042"])
def test_an_order_that_was_deleted_for_good_asks_for_nothing_and_says_so(
    number: str, settings: WooCommerceSettings
) -> None:
    with pytest.raises(NothingToDo, match=r"the order was deleted for good .*invalid_id"):
        hints(as_delivery(delivery(number)), settings)


def test_a_deleted_product_asks_for_nothing(settings: WooCommerceSettings) -> None:
    assert hints(as_delivery(delivery("048")), settings) == []


def test_every_event_of_a_product_names_it_and_brings_its_revision(
    settings: WooCommerceSettings,
) -> None:
    seen = set()
    for each in map(as_delivery, deliveries()):
        if each.headers[TOPIC] not in ("product.created", "product.updated"):
            continue
        (hint,) = hints(each, settings)
        productcode = PRODUCTCODES[hint.subject]
        revision = revision_of(json.loads(each.body), settings)
        news = ProductNews(productcode, revision) if productcode else None
        assert hint == Hint(Flow.CREATE_PRODUCT, hint.subject, product=news)
        seen.add(hint.subject)
    assert seen == set(PRODUCTCODES)


def test_orders_and_stock_writes_leave_the_revisions_as_they_were(
    settings: WooCommerceSettings,
) -> None:
    found: dict[str, set[str]] = {}
    for each in map(as_delivery, deliveries("product.updated") + deliveries("product.created")):
        (hint,) = hints(each, settings)
        if hint.product is not None:
            found.setdefault(hint.subject, set()).add(hint.product.revision)
    assert {subject: len(revisions) for subject, revisions in found.items()} == {
        subject: 1 for subject, productcode in PRODUCTCODES.items() if productcode
    }
    assert len(set.union(*found.values())) == len(found)
