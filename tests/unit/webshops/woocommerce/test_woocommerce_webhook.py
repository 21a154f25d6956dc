"""Deliveries of a WooCommerce shop: who signed them, and what they are about."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json

import pytest
from hypothesis import given
from hypothesis import settings as profile
from hypothesis import strategies as st

from integration.jobs import Delivery, Flow, Hint, NothingToDo, Unreadable
from integration.webshops.woocommerce.settings import WooCommerceSettings
from integration.webshops.woocommerce.webhook import hints, is_ping, verify
from tests.woocommerce.captures import CAPTURED_SECRET

SIGNATURE = "x-wc-webhook-signature"
PING = {"content-type": "application/x-www-form-urlencoded"}


def signature_of(body: bytes, secret: str) -> str:
    return base64.b64encode(hmac.new(secret.encode(), body, hashlib.sha256).digest()).decode()


def signed(body: bytes = b'{"id":18}', secret: str = CAPTURED_SECRET) -> Delivery:
    return Delivery("shops/nl", {SIGNATURE: signature_of(body, secret)}, body)


def about(topic: str, content: object) -> Delivery:
    body = content if isinstance(content, bytes) else json.dumps(content).encode()
    return Delivery("shops/nl", {"x-wc-webhook-topic": topic}, body)


def test_each_of_the_secrets_verifies(settings: WooCommerceSettings) -> None:
    for secret in settings.webhook_secret:
        assert verify(signed(secret=secret.get_secret_value()), settings)


def test_another_secret_does_not_verify(settings: WooCommerceSettings) -> None:
    assert not verify(signed(secret="somebody-elses-secret"), settings)


def test_changed_bytes_do_not_verify(settings: WooCommerceSettings) -> None:
    good = signed()
    assert not verify(Delivery(good.source, good.headers, good.body + b" "), settings)


@pytest.mark.parametrize("name", ["X-WC-Webhook-Signature", "x-wc-webhook-signature"])
def test_the_case_of_the_headers_name_does_not_matter(
    settings: WooCommerceSettings, name: str
) -> None:
    good = signed()
    assert verify(Delivery(good.source, {name: good.headers[SIGNATURE]}, good.body), settings)


@pytest.mark.parametrize(
    "broken",
    ["", "AAAA", "geen base64", "é" * 44, "{good}, {good}", " {good}", "{good}=", "{hex}"],
)
def test_what_is_not_exactly_the_signature_does_not_verify(
    settings: WooCommerceSettings, broken: str
) -> None:
    good = signed()
    text = good.headers[SIGNATURE]
    value = broken.format(good=text, hex=base64.b64decode(text).hex())
    assert not verify(Delivery(good.source, {SIGNATURE: value}, good.body), settings)


def test_two_headers_make_no_signature(settings: WooCommerceSettings) -> None:
    good = signed()
    text = good.headers[SIGNATURE]
    both = {SIGNATURE: text, "X-WC-Webhook-Signature": text}
    assert not verify(Delivery(good.source, both, good.body), settings)


def test_nothing_signed_does_not_verify(settings: WooCommerceSettings) -> None:
    assert not verify(Delivery("shops/nl", {}, b""), settings)


@pytest.mark.parametrize(
    ("headers", "body", "ping"),
    [
        (PING, b"webhook_id=9", True),
        (
            {"Content-Type": "Application/X-WWW-Form-Urlencoded; charset=UTF-8"},
            b"webhook_id=9",
            True,
        ),
        (PING, b"webhook_id=", False),
        (PING, b"webhook_id=-9", False),
        (PING, b"webhook_id=9&id=18", False),
        (PING, b"webhook_id=9\n", False),
        (PING, b"webhook_id=" + b"9" * 30, False),
        (PING, b"", False),
        ({"content-type": "application/json"}, b"webhook_id=9", False),
        ({}, b"webhook_id=9", False),
        (PING | {SIGNATURE: "AAAA"}, b"webhook_id=9", False),
        (PING | {"X-WC-Webhook-Topic": "order.created"}, b"webhook_id=9", False),
    ],
)
def test_only_the_bare_form_is_a_ping(headers: dict[str, str], body: bytes, ping: bool) -> None:
    assert is_ping(Delivery("shops/nl", headers, body)) is ping


@pytest.mark.parametrize(
    "topic", ["order.created", "order.updated", "order.restored", "order.deleted"]
)
def test_every_event_of_an_order_is_a_reason_to_look_at_it(
    settings: WooCommerceSettings, topic: str
) -> None:
    assert hints(about(topic, {"id": 18}), settings) == [Hint(Flow.CREATE_ORDER, "18")]


@pytest.mark.parametrize("topic", ["product.created", "product.updated", "product.restored"])
def test_a_product_without_its_fields_brings_no_news(
    settings: WooCommerceSettings, topic: str
) -> None:
    assert hints(about(topic, {"id": 11}), settings) == [Hint(Flow.CREATE_PRODUCT, "11")]
    with_code = about(topic, {"id": 11, "sku": "KOF"})
    assert hints(with_code, settings) == [Hint(Flow.CREATE_PRODUCT, "11")]


def test_a_variation_is_named_by_its_parent_and_itself(settings: WooCommerceSettings) -> None:
    for kind in ("variation", "subscription_variation"):
        body = {"id": 15, "type": kind, "parent_id": 13}
        (hint,) = hints(about("product.updated", body), settings)
        assert hint.subject == "13/15"


def test_a_variation_without_a_parent_asks_for_nothing(settings: WooCommerceSettings) -> None:
    body = {"id": 15, "type": "variation", "parent_id": 0}
    with pytest.raises(NothingToDo, match="variation 15 belongs to no product"):
        hints(about("product.updated", body), settings)


def test_a_sku_that_cannot_be_stored_brings_no_news(settings: WooCommerceSettings) -> None:
    body = {"id": 11, "sku": "K\x00F", "name": "Koffie", "price": "1", "status": "publish"}
    assert hints(about("product.updated", body), settings) == [Hint(Flow.CREATE_PRODUCT, "11")]


@pytest.mark.parametrize(
    "topic", ["", "product.deleted", "customer.created", "coupon.updated", "action.wc_x", "order"]
)
def test_other_topics_are_of_no_use(settings: WooCommerceSettings, topic: str) -> None:
    assert hints(about(topic, b"not even JSON"), settings) == []


@pytest.mark.parametrize(
    ("topic", "code", "kind"),
    [
        ("order.updated", "woocommerce_rest_shop_order_invalid_id", "order"),
        ("product.updated", "woocommerce_rest_product_invalid_id", "product"),
    ],
)
def test_what_was_deleted_before_it_was_sent_asks_for_nothing(
    settings: WooCommerceSettings, topic: str, code: str, kind: str
) -> None:
    body = {"code": code, "message": "Invalid ID.", "data": {"status": 404}}
    with pytest.raises(NothingToDo, match=f"the {kind} was deleted for good .*{code}"):
        hints(about(topic, body), settings)


@pytest.mark.parametrize("data", [{"status": 401}, {"status": 403}, {}, None])
def test_a_webhook_whose_user_may_not_read_is_for_a_person(
    settings: WooCommerceSettings, data: object
) -> None:
    body = {"code": "woocommerce_rest_cannot_view", "message": "Sorry.", "data": data}
    with pytest.raises(Unreadable, match=r"woocommerce_rest_cannot_view.* shop manager"):
        hints(about("order.updated", body), settings)


@pytest.mark.parametrize(
    "value", [None, 0, -1, 2**63, "18", 18.0, True, [18], {"id": 18}, "1" * 300]
)
def test_an_id_that_is_no_whole_number_above_zero_is_refused(
    settings: WooCommerceSettings, value: object
) -> None:
    with pytest.raises(Unreadable, match=r"the id in the delivery order.updated"):
        hints(about("order.updated", {"id": value}), settings)
    body = {"id": 15, "type": "variation", "parent_id": value or "x"}
    with pytest.raises(Unreadable, match=r"the parent_id in the delivery product.updated"):
        hints(about("product.updated", body), settings)


@pytest.mark.parametrize(
    ("body", "trouble"),
    [
        (b"", "not JSON"),
        (b"webhook_id=9", "not JSON"),
        (b'{"id": 18', "not JSON"),
        (b'{"id": NaN}', "not JSON"),
        (b'{"id": ' + b"9" * 5000 + b"}", "not JSON"),
        (b'{"id": 18, "x": 1e' + b"9" * 30 + b"}", "not JSON"),
        (b"[" * 100_000 + b"]" * 100_000, "not JSON"),
        (b"\xff\xfe", "not JSON"),
        (b"[18]", "not a JSON object"),
        (b"18", "not a JSON object"),
        (b"{}", "has no id"),
        (b'{"code": 5}', "has no id"),
        (b'{"code": "Een zin."}', "has no id"),
    ],
)
def test_a_body_that_cannot_be_read_is_refused_in_a_sentence(
    settings: WooCommerceSettings, body: bytes, trouble: str
) -> None:
    with pytest.raises(Unreadable, match=trouble):
        hints(about("order.updated", body), settings)


inner = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=8)),
    lambda each: st.one_of(
        st.lists(each, max_size=3), st.dictionaries(st.text(max_size=4), each, max_size=3)
    ),
    max_leaves=6,
)
NAMES = "id type parent_id sku name price status images image dimensions attributes meta_data code"
names = st.sampled_from([*NAMES.split(), "description", "data", "weight"])


@given(content=st.dictionaries(names, inner), known=st.booleans(), topic=st.sampled_from("op"))
@profile(derandomize=True, deadline=None, max_examples=200)
def test_no_signed_body_makes_the_door_stumble(
    content: dict[str, object], known: bool, topic: str
) -> None:
    whole = {"id": 15, "sku": "A", "name": "B", "price": "1", "status": "publish"} if known else {}
    settings = WooCommerceSettings.model_validate(
        {
            "url": "https://shop.example.com",
            "consumer_key": "ck_" + "a" * 40,
            "consumer_secret": "cs_" + "b" * 40,
            "webhook_secret": CAPTURED_SECRET,
            "barcode_meta": "ean",
        }
    )
    kind = {"o": "order.updated", "p": "product.updated"}[topic]
    try:
        (hint,) = hints(about(kind, content | whole), settings)
    except (Unreadable, NothingToDo):
        return
    assert all(part.isdigit() for part in hint.subject.split("/"))
