"""The revision of a product: the same for every way of writing it, another for every change."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import pytest

from integration.webshops.woocommerce.mapping.revision import revision_of
from integration.webshops.woocommerce.settings import WooCommerceSettings
from tests.woocommerce.captures import Json, answer, delivery

IMAGE = {"id": 5, "date_created": "2026-11-23T12:51:25", "src": "https://shop/a/koffie.jpg?v=1"}


@pytest.fixture
def product() -> Json:
    """Product 11, coffee, as it was made."""
    made: Json = answer("010")
    return made


@pytest.mark.parametrize(("number", "hook"), [("010", "009"), ("010", "073"), ("011", "028")])
def test_an_answer_and_an_event_of_one_product_have_one_revision(
    number: str, hook: str, settings: WooCommerceSettings
) -> None:
    sent = json.loads(delivery(hook)["body"], parse_float=Decimal)
    assert revision_of(answer(number), settings) == revision_of(sent, settings)


@pytest.mark.parametrize("hook", ["012", "013", "014", "018", "022"])
def test_a_variations_own_address_and_its_event_give_one_revision(
    hook: str, settings: WooCommerceSettings
) -> None:
    sent = json.loads(delivery(hook)["body"])
    (row,) = [row for row in answer("019") if row["id"] == sent["id"]]
    assert row["name"] != sent["name"]
    assert "image" in row
    assert "images" in sent
    assert revision_of(row, settings) == revision_of(sent, settings)


def test_a_variation_in_a_list_by_sku_has_the_same_revision(settings: WooCommerceSettings) -> None:
    (listed,) = [row for row in answer("018") if row["id"] == 15]
    (row,) = [row for row in answer("019") if row["id"] == 15]
    assert revision_of(listed, settings) == revision_of(row, settings)


@pytest.mark.parametrize(
    "change",
    [
        {"stock_quantity": 5},
        {"stock_status": "outofstock"},
        {"total_sales": 99},
        {"date_modified_gmt": "2027-01-01T00:00:00"},
        {"price_html": "<b>x</b>"},
        {"price": "18.5"},
        {"price": Decimal("18.50")},
        {"regular_price": 18.5},
        {"weight": 1.05},
        {"permalink": "http://elsewhere"},
        {"related_ids": [1, 2]},
        {"short_description": "Vers&nbsp;gebrand!"},
        {"meta_data": [{"id": 1, "key": "_views", "value": "8"}]},
    ],
)
def test_what_is_not_read_leaves_the_revision_alone(
    product: Json, settings: WooCommerceSettings, change: dict[str, Any]
) -> None:
    assert revision_of(product | change, settings) == revision_of(product, settings)


@pytest.mark.parametrize(
    "change",
    [
        {"sku": "KOF-ETH-500"},
        {"sku": "1E5"},
        {"name": "Koffie"},
        {"price": "17.50"},
        {"sale_price": "17.50"},
        {"regular_price": "19.50"},
        {"status": "draft"},
        {"tax_status": "none"},
        {"tax_class": ""},
        {"weight": "0.5"},
        {"dimensions": {"length": "21", "width": "12", "height": "8"}},
        {"images": [IMAGE]},
        {"global_unique_id": "8712345678999"},
        {"virtual": True},
        {"downloadable": True},
        {"manage_stock": False},
        {"type": "variable"},
        {"description": "Nieuw"},
        {"short_description": "Oud"},
        {"attributes": [{"name": "Maat", "option": "M"}]},
    ],
)
def test_every_change_of_what_is_read_gives_another_revision(
    product: Json, settings: WooCommerceSettings, change: dict[str, Any]
) -> None:
    assert revision_of(product | change, settings) != revision_of(product, settings)


def test_codes_that_look_like_numbers_are_compared_letter_by_letter(
    product: Json, settings: WooCommerceSettings
) -> None:
    codes = [revision_of(product | {"sku": sku}, settings) for sku in ("1E5", "100000", "0100000")]
    assert len(set(codes)) == 3


def test_an_image_is_the_same_over_http_and_https(
    product: Json, settings: WooCommerceSettings
) -> None:
    plain = IMAGE | {"src": "http://shop/a/koffie.jpg?v=1", "date_created": "2027-01-01T00:00:00"}
    other = IMAGE | {"src": "https://shop/a/thee.jpg"}
    revisions = [
        revision_of(product | {"images": [image]}, settings) for image in (IMAGE, plain, other)
    ]
    assert revisions[0] == revisions[1] != revisions[2]


def test_the_barcode_counts_where_it_is_configured(
    product: Json, settings: WooCommerceSettings
) -> None:
    coded = product | {"meta_data": [{"id": 1, "key": "_ean", "value": "8712345678906"}]}
    chosen = settings.model_copy(update={"barcode_meta": "_ean"})
    assert revision_of(coded, settings) == revision_of(product, settings)
    assert revision_of(coded, chosen) != revision_of(product, chosen)


def test_nonsense_has_a_revision_too(settings: WooCommerceSettings) -> None:
    nonsense: Json = {
        "price": [1],
        "dimensions": "groot",
        "images": ["a", {"src": "http://[x"}],
        "attributes": {"a": 1},
        "name": "\ud800",
    }
    assert len(revision_of(nonsense, settings)) == 64
