"""WooCommerce's products as ours: what a real shop answered, and what others may."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from integration.domain import Product
from integration.errors import Unmappable
from integration.webshops.woocommerce.mapping.products import Kind, kind_of, product_of
from integration.webshops.woocommerce.mapping.shop_facts import ShopFacts
from integration.webshops.woocommerce.mapping.tax_base import BaseAddress, base_rates_of
from integration.webshops.woocommerce.settings import WooCommerceSettings
from tests.woocommerce.captures import answer
from tests.woocommerce.tax import DUTCH, TaxRate

CAPTURED_AT = datetime(2026, 11, 23, 11, 51, 25, tzinfo=UTC)
FACTS = ShopFacts(
    currency="EUR",
    weight_unit="kg",
    dimension_unit="cm",
    taxes=True,
    prices_include_tax=True,
    base=BaseAddress("NL"),
    rates=base_rates_of([rate.document("") for rate in DUTCH]),
)


@pytest.fixture
def woo() -> WooCommerceSettings:
    return woo_settings()


def woo_settings(**other: object) -> WooCommerceSettings:
    values: dict[str, object] = {
        "url": "https://shop.example.com",
        "consumer_key": "ck_0123456789abcdef0123",
        "consumer_secret": "cs_0123456789abcdef0123",
        "webhook_secret": "secret-of-the-webhooks",
    }
    return WooCommerceSettings.model_validate(values | other)


def without_revision(product: Product) -> Product:
    assert len(product.revision) == 64
    return replace(product, revision="")


# --- what a real shop answered --------------------------------------------------------------------


def test_a_captured_simple_product(woo: WooCommerceSettings) -> None:
    assert without_revision(product_of(answer("010"), FACTS, woo)) == Product(
        id="11",
        sku="KOF-ETH-1000",
        name="Koffiebonen Ethiopië 1 kg",
        price_net=Decimal("18.50") * 100 / 109,
        tax_rate=Decimal(9),
        currency="EUR",
        barcode="8712345678906",
        weight_g=1050,
        length_mm=200,
        width_mm=120,
        height_mm=80,
        description="Vers gebrand",
        active=True,
        stock_managed=True,
        updated_at=CAPTURED_AT,
    )


def test_a_captured_product_on_sale_costs_what_it_costs_now(woo: WooCommerceSettings) -> None:
    assert without_revision(product_of(answer("011"), FACTS, woo)) == Product(
        id="12",
        sku="MOL-ZAS",
        name="Handmolen “Zassenhaus”",
        price_net=Decimal("79.95") * 100 / 121,
        tax_rate=Decimal(21),
        currency="EUR",
        weight_g=800,
        updated_at=CAPTURED_AT,
    )


def test_a_captured_variable_product_is_no_product_of_ours(woo: WooCommerceSettings) -> None:
    product = product_of(answer("012"), FACTS, woo)
    assert (product.id, product.sku, product.active) == ("13", None, False)


@pytest.mark.parametrize(("number", "option"), [("013", "S"), ("014", "M"), ("015", "L")])
def test_a_captured_variation_as_it_was_made(
    number: str, option: str, woo: WooCommerceSettings
) -> None:
    document = answer(number)
    product = product_of(document, FACTS, woo, answer("012"))
    assert without_revision(product) == Product(
        id=f"13/{document['id']}",
        sku=f"TSH-{option}",
        name=f"T-shirt Koffie - {option}",
        price_net=Decimal("24.00") * 100 / 121,
        tax_rate=Decimal(21),
        currency="EUR",
        updated_at=CAPTURED_AT,
    )


def test_a_captured_variation_is_the_same_in_every_list(woo: WooCommerceSettings) -> None:
    by_sku = next(row for row in answer("018") if row["id"] == 15)
    in_list = next(row for row in answer("019") if row["id"] == 15)
    one = product_of(by_sku, FACTS, woo, answer("012"))
    other = product_of(in_list, FACTS, woo, answer("012"))
    assert one == other
    assert (one.id, one.sku, one.name) == ("13/15", "TSH-M", "T-shirt Koffie - M")


def test_a_captured_virtual_product_without_sku_is_not_active(woo: WooCommerceSettings) -> None:
    product = product_of(answer("016"), FACTS, woo)
    assert (product.sku, product.active, product.stock_managed) == (None, False, False)


# --- what other shops answer ----------------------------------------------------------------------


def simple(**other: Any) -> dict[str, Any]:
    document: dict[str, Any] = answer("010")
    return document | other


def variation(**other: Any) -> dict[str, Any]:
    document: dict[str, Any] = answer("014")
    return document | other


@pytest.mark.parametrize(
    ("unit", "weight", "grams"),
    [
        ("kg", "1.0005", 1001),
        ("g", "12.5", 13),
        ("lbs", "1", 454),
        ("oz", "2", 57),
        ("kg", "", None),
        ("kg", "0", None),
        ("kg", 1.5, 1500),
    ],
)
def test_a_weight_in_any_unit_becomes_whole_grams(
    unit: str, weight: object, grams: int | None, woo: WooCommerceSettings
) -> None:
    facts = replace(FACTS, weight_unit=unit)
    assert product_of(simple(weight=weight), facts, woo).weight_g == grams


@pytest.mark.parametrize(
    ("unit", "length", "millimetres"),
    [
        ("m", "0.2", 200),
        ("cm", "1.25", 13),
        ("mm", "8", 8),
        ("in", "10", 254),
        ("yd", "1", 914),
        ("cm", "", None),
    ],
)
def test_a_length_in_any_unit_becomes_whole_millimetres(
    unit: str, length: str, millimetres: int | None, woo: WooCommerceSettings
) -> None:
    facts = replace(FACTS, dimension_unit=unit)
    document = simple(dimensions={"length": length, "width": "", "height": ""})
    assert product_of(document, facts, woo).length_mm == millimetres


def test_a_shop_that_enters_prices_without_tax(woo: WooCommerceSettings) -> None:
    product = product_of(simple(), replace(FACTS, prices_include_tax=False), woo)
    assert (product.price_net, product.tax_rate) == (Decimal("18.50"), Decimal(9))


def test_a_shop_without_taxes_leaves_the_rate_open(woo: WooCommerceSettings) -> None:
    product = product_of(simple(), replace(FACTS, taxes=False), woo)
    assert (product.price_net, product.tax_rate) == (Decimal("18.50"), None)


@pytest.mark.parametrize("tax_status", ["none", "shipping"])
def test_a_product_that_is_not_taxed_itself(tax_status: str, woo: WooCommerceSettings) -> None:
    product = product_of(simple(tax_status=tax_status), FACTS, woo)
    assert (product.price_net, product.tax_rate) == (Decimal("18.50"), Decimal(0))


def test_a_product_is_untaxed_only_when_the_table_says_so(woo: WooCommerceSettings) -> None:
    zero = TaxRate(3, Decimal(0), "BTW 0%", "zero-rate").document("")
    facts = replace(FACTS, rates=(*FACTS.rates, *base_rates_of([zero])))
    product = product_of(simple(tax_class="zero-rate"), facts, woo)
    assert (product.price_net, product.tax_rate) == (Decimal("18.50"), Decimal(0))
    with pytest.raises(Unmappable, match="no rate of the class 'zero-rate'"):
        product_of(simple(tax_class="zero-rate"), FACTS, woo)
    with pytest.raises(Unmappable, match="no rate of the class 'standard' for NL"):
        product_of(simple(tax_class=""), replace(FACTS, rates=()), woo)


def test_a_variation_that_shows_the_codes_of_its_product_has_none(
    woo: WooCommerceSettings,
) -> None:
    parent = answer("012") | {"sku": "TSH", "global_unique_id": "8712345678906"}
    borrowed = variation(sku="TSH", global_unique_id="8712345678906")
    product = product_of(borrowed, FACTS, woo, parent)
    assert (product.sku, product.barcode) == (None, None)
    own = product_of(variation(global_unique_id="8711111111118"), FACTS, woo, parent)
    assert (own.sku, own.barcode) == ("TSH-M", "8711111111118")


@pytest.mark.parametrize("sku", [" TSH\u00a0", "\u200bTSH\ufeff", "TSH\x00\r\n", "\tTSH"])
def test_what_cannot_be_seen_is_no_part_of_a_sku_at_its_ends(
    sku: str, woo: WooCommerceSettings
) -> None:
    assert product_of(simple(sku=sku), FACTS, woo).sku == "TSH"


def test_a_variation_takes_from_its_product_what_it_has_not_itself(
    woo: WooCommerceSettings,
) -> None:
    parent = answer("012") | {
        "tax_class": "reduced-rate",
        "weight": "0.2",
        "dimensions": {"length": "30", "width": "20", "height": "2"},
        "description": "<p>Zacht &amp; warm</p><ul><li>katoen</li></ul>",
        "images": [{"id": 7, "src": "https://shop.example.com/t.png"}],
    }
    product = product_of(variation(tax_class="parent", tax_status="taxable"), FACTS, woo, parent)
    assert product.tax_rate == Decimal(9)
    assert product.weight_g == 200
    assert (product.length_mm, product.width_mm, product.height_mm) == (300, 200, 20)
    assert product.description == "Zacht & warm\nkatoen"
    assert product.image_urls == ("https://shop.example.com/t.png",)


def test_a_variation_keeps_what_it_has_itself(woo: WooCommerceSettings) -> None:
    parent = answer("012") | {"tax_class": "reduced-rate", "weight": "0.2"}
    own = variation(
        tax_class="",
        weight="0.3",
        description="Rood",
        image={"id": 8, "src": "https://shop.example.com/m.png"},
    )
    product = product_of(own, FACTS, woo, parent)
    assert product.tax_rate == Decimal(21)
    assert (product.weight_g, product.description) == (300, "Rood")
    assert product.image_urls == ("https://shop.example.com/m.png",)


def test_the_name_of_a_variation_holds_all_its_options(woo: WooCommerceSettings) -> None:
    options = [{"id": 0, "name": name, "option": name.upper()} for name in ("rood", "s", "wol")]
    product = product_of(variation(attributes=options), FACTS, woo, answer("012"))
    assert product.name == "T-shirt Koffie - ROOD, S, WOL"


def test_a_variation_of_an_older_shop_has_neither_type_nor_parent(
    woo: WooCommerceSettings,
) -> None:
    document = variation()
    del document["type"], document["parent_id"]
    assert product_of(document, FACTS, woo, answer("012")).id == "13/15"


@pytest.mark.parametrize(
    ("own", "above", "active"),
    [
        ("publish", "publish", True),
        ("private", "publish", False),
        ("publish", "draft", False),
        ("publish", "private", False),
    ],
)
def test_a_variation_is_active_when_it_and_its_product_are_published(
    own: str, above: str, active: bool, woo: WooCommerceSettings
) -> None:
    parent = answer("012") | {"status": above}
    assert product_of(variation(status=own), FACTS, woo, parent).active is active


def test_a_downloadable_product_that_is_not_virtual_is_shipped(woo: WooCommerceSettings) -> None:
    assert product_of(simple(downloadable=True), FACTS, woo).active
    assert not product_of(simple(virtual=True), FACTS, woo).active


def test_only_the_first_picture_counts(woo: WooCommerceSettings) -> None:
    images = [{"id": 1, "src": "https://shop.example.com/1.png"}, {"id": 2, "src": "2.png"}]
    assert product_of(simple(images=images), FACTS, woo).image_urls == (
        "https://shop.example.com/1.png",
    )


def test_the_barcode_may_be_in_a_meta_key_of_a_plugin() -> None:
    document = simple(meta_data=[{"id": 1, "key": "_alg_ean", "value": "8711111111118"}])
    woo = woo_settings(barcode_meta="_alg_ean")
    assert product_of(document, FACTS, woo).barcode == "8711111111118"


def test_a_product_without_price_costs_nothing(woo: WooCommerceSettings) -> None:
    assert product_of(simple(price=""), FACTS, woo).price_net == 0


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        ("simple", Kind.SINGLE),
        ("bundle", Kind.SINGLE),
        ("variable", Kind.VARIABLE),
        ("variable-subscription", Kind.VARIABLE),
        ("variation", Kind.VARIATION),
        ("subscription_variation", Kind.VARIATION),
        ("grouped", Kind.NOTHING),
        ("external", Kind.NOTHING),
    ],
)
def test_what_each_type_is_to_us(kind: str, expected: Kind) -> None:
    assert kind_of({"type": kind}) is expected


@pytest.mark.parametrize("kind", ["grouped", "external", "variable"])
def test_what_is_no_picqer_product_has_no_sku(kind: str, woo: WooCommerceSettings) -> None:
    product = product_of(simple(type=kind), FACTS, woo)
    assert (product.sku, product.active, product.revision) == (None, False, "")


@pytest.mark.parametrize(
    "wrong",
    [
        {"id": None},
        {"price": "gratis"},
        {"weight": "zwaar"},
        {"sku": "KOF\x00ETH"},
        {"sku": "KOF\u00a0ETH"},
        {"weight": "99999999999"},
        {"tax_class": "parent"},
        {"images": "none"},
    ],
)
def test_what_cannot_be_understood_is_refused(
    wrong: dict[str, Any], woo: WooCommerceSettings
) -> None:
    with pytest.raises(Unmappable):
        product_of(simple(**wrong), FACTS, woo)


def test_the_revision_of_a_product_stays_the_same_when_its_stock_changes(
    woo: WooCommerceSettings,
) -> None:
    one = product_of(simple(), FACTS, woo)
    later = simple(stock_quantity=3, total_sales=9, date_modified_gmt="2026-11-23T12:00:00")
    assert product_of(later, FACTS, woo).revision == one.revision
    assert product_of(simple(weight="2"), FACTS, woo).revision != one.revision
