"""The table ``[shops.x.woocommerce]``: what it takes, and what it says about mistakes."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from integration.webshops.woocommerce.settings import WooCommerceSettings

GOOD: dict[str, Any] = {
    "url": "https://shop.example.com/",
    "consumer_key": "ck_" + "a" * 40,
    "consumer_secret": "cs_" + "b" * 40,
    "webhook_secret": "a-secret-of-the-hooks",
}


def made(**other: Any) -> WooCommerceSettings:
    return WooCommerceSettings.model_validate(GOOD | other)


def test_a_shop_needs_only_its_address_its_key_and_a_secret() -> None:
    settings = made()
    assert settings.url == "https://shop.example.com"
    assert settings.release_statuses == ("processing",)
    assert settings.shipped_status == "completed"
    assert settings.timeout_seconds == 12
    assert "a" * 40 not in repr(settings)


def test_texts_of_the_environment_become_lists() -> None:
    settings = made(
        webhook_secret="the-first-secret-1 the-second-secret",
        release_statuses="processing, picked",
        vat_number_meta='["_vat"]',
    )
    assert [secret.get_secret_value()[:9] for secret in settings.webhook_secret] == [
        "the-first",
        "the-secon",
    ]
    assert settings.release_statuses == ("processing", "picked")
    assert settings.vat_number_meta == ("_vat",)


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"url": "http://shop.example.com"}, "must begin with https"),
        ({"consumer_key": "cs_" + "a" * 40}, "begins with ck_"),
        ({"consumer_key": "ck_replace-with-your-key-here"}, "whole key"),
        ({"consumer_secret": "secret"}, "begins with cs_"),
        ({"webhook_secret": "short"}, "at least 16"),
        ({"webhook_secret": "with&entities-in-the-secret"}, "at least 16"),
        ({"webhook_secret": []}, "at least one secret"),
        ({"release_statuses": ["wc-processing"]}, "without wc-: processing"),
        ({"release_statuses": ["any"]}, "may be given"),
        ({"shipped_status": "Voltooid!"}, "as the REST API writes it"),
        ({"shipment_note": "{traking_code}"}, "did you mean {tracking_code}?"),
        ({"shipment_note": "{voornaam}"}, "it may hold {carrier}"),
        ({"shipment_note": "{number!r}"}, "cannot fill in"),
        ({"shipment_note": "{number"}, "is not a template"),
        ({"timeout_seconds": 13}, "less than or equal to 12"),
        ({"release_statuses": "processing,completed"}, "shipped_status"),
        ({"nonsense": 1}, "not permitted"),
    ],
)
def test_mistakes_are_named_without_repeating_them(wrong: dict[str, Any], words: str) -> None:
    with pytest.raises(ValidationError) as caught:
        made(**wrong)
    assert words in str(caught.value)
