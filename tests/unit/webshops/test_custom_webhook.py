"""Deliveries of a custom webshop: who signed them, and what they are about."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from standardwebhooks import Webhook

from integration.jobs import Delivery, Flow, Hint, ProductNews, Unreadable
from integration.webshops.custom.mapping import product_of
from integration.webshops.custom.settings import CustomSettings
from integration.webshops.custom.webhook import hints, verify


def signed(
    secret: str, body: bytes = b'{"type": "order.paid"}', *, age: timedelta = timedelta(0)
) -> Delivery:
    at = datetime.now(UTC) - age
    headers = {
        "Webhook-Id": "msg_1",
        "webhook-timestamp": str(int(at.timestamp())),
        "webhook-signature": Webhook(secret).sign("msg_1", at, body.decode()),
    }
    return Delivery("shops/nl", headers, body)


def secret_of(settings: CustomSettings, place: int) -> str:
    return settings.secret[place].get_secret_value()


def delivery(content: object) -> Delivery:
    return Delivery("shops/nl", {}, json.dumps(content).encode())


@pytest.mark.parametrize("place", [0, 1])
def test_each_of_the_secrets_verifies(settings: CustomSettings, place: int) -> None:
    assert verify(signed(secret_of(settings, place)), settings)


def test_the_specifications_own_example_has_the_signature_that_is_printed_there() -> None:
    # The example of the Standard Webhooks specification, "Verifying the signature".
    secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
    at = datetime.fromtimestamp(1614265330, UTC)
    body = '{"test": 2432232314}'
    signature = Webhook(secret).sign("msg_p5jXN8AQM9LWM0D4loKWxJek", at, body)
    assert signature == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def test_another_secret_does_not_verify(settings: CustomSettings) -> None:
    other = "whsec_enp6enp6enp6enp6enp6enp6enp6enp6enp6eno="
    assert not verify(signed(other), settings)


def test_changed_bytes_do_not_verify(settings: CustomSettings) -> None:
    good = signed(secret_of(settings, 0))
    assert not verify(Delivery(good.source, good.headers, good.body + b" "), settings)


@pytest.mark.parametrize("minutes", [6, -6])
def test_an_old_or_early_delivery_does_not_verify(settings: CustomSettings, minutes: int) -> None:
    late = signed(secret_of(settings, 0), age=timedelta(minutes=minutes))
    assert not verify(late, settings)


@pytest.mark.parametrize(
    "change",
    [
        {"webhook-signature": ""},
        {"webhook-signature": "v1"},
        {"webhook-signature": "v1,a"},
        {"webhook-signature": "v1,not base64!,x y"},
        {"webhook-signature": "v2,AAAA"},
        {"webhook-timestamp": "soon"},
        {"webhook-timestamp": "1e400"},
        {"Webhook-Id": ""},
    ],
)
def test_malformed_headers_do_not_verify(settings: CustomSettings, change: dict[str, str]) -> None:
    good = signed(secret_of(settings, 0))
    assert not verify(Delivery(good.source, {**good.headers, **change}, good.body), settings)


def test_a_body_that_is_no_text_does_not_verify(settings: CustomSettings) -> None:
    good = signed(secret_of(settings, 0))
    assert not verify(Delivery(good.source, good.headers, b"\xff\xfe"), settings)


@pytest.mark.parametrize("kind", ["created", "updated", "paid", "cancelled"])
def test_an_order_event_is_a_hint_for_create_order(settings: CustomSettings, kind: str) -> None:
    about = delivery({"type": f"order.{kind}", "data": {"id": "1042", "total": "huge"}})
    assert hints(about, settings) == [Hint(Flow.CREATE_ORDER, "1042")]


def test_a_product_event_is_a_hint_for_create_product(settings: CustomSettings) -> None:
    about = delivery({"type": "product.updated", "data": {"id": "9"}})
    assert hints(about, settings) == [Hint(Flow.CREATE_PRODUCT, "9")]


def test_news_of_a_whole_product_goes_along_with_the_hint(
    settings: CustomSettings, product: dict[str, Any]
) -> None:
    (hint,) = hints(delivery({"type": "product.created", "data": product}), settings)
    assert hint.product == ProductNews("MUG-BLUE", product_of(product).revision)


def test_a_product_keeps_its_revision_until_something_that_is_carried_over_changes(
    product: dict[str, Any],
) -> None:
    before = product_of(product).revision
    assert product_of({**product, "updated_at": "2026-11-24T00:00:00Z"}).revision == before
    assert product_of({**product, "price_net": "9.99"}).revision != before


def test_an_event_we_do_not_use_gives_no_hint(settings: CustomSettings) -> None:
    assert hints(delivery({"type": "customer.created", "data": {"id": "7"}}), settings) == []


@pytest.mark.parametrize(
    "body",
    [
        b"not json",
        b"\xff",
        b"[]",
        b"{}",
        b"[" * 100_000,
        b'{"type": "order.paid"}',
        b'{"type": "order.paid", "data": []}',
        b'{"type": "order.paid", "data": {"id": 1042}}',
        b'{"type": "order.paid", "data": {"id": ""}}',
        b'{"type": "order.paid", "data": {"id": "a\\u0000b"}}',
        b'{"type": "order.paid", "data": {"id": "' + b"9" * 200 + b'"}}',
    ],
)
def test_content_that_cannot_be_understood_is_unreadable(
    settings: CustomSettings, body: bytes
) -> None:
    with pytest.raises(Unreadable):
        hints(Delivery("shops/nl", {}, body), settings)
