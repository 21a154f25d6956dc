"""What a WooCommerce shop's own settings mean for its prices: units and the tax in them."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from integration.errors import Unmappable
from integration.webshops.woocommerce.mapping.plain_text import plain_text
from integration.webshops.woocommerce.mapping.shop_facts import facts_of
from integration.webshops.woocommerce.mapping.tax_base import BaseAddress, base_rates_of, rate_of

HOME = BaseAddress("NL", "", "1016GV", "Amsterdam")


def row(number: int, percent: str, **other: Any) -> dict[str, Any]:
    return {
        "id": number,
        "country": "NL",
        "state": "",
        "rate": percent,
        "priority": 1,
        "order": number,
        "compound": False,
        "class": "standard",
        "postcodes": [],
        "cities": [],
        **other,
    }


def rate(*rows: dict[str, Any], tax_class: str = "", base: BaseAddress = HOME) -> Decimal:
    return rate_of(tax_class, base_rates_of(rows), base)


def test_the_rate_of_a_class_at_the_shops_own_address() -> None:
    rows = (row(1, "21.0000"), row(2, "9.0000", **{"class": "reduced-rate"}))
    assert rate(*rows) == 21
    assert rate(*rows, tax_class="reduced-rate") == 9


def test_nothing_is_charged_only_where_a_rate_of_zero_says_so() -> None:
    rows = (row(1, "21.0000"), row(2, "0.0000", **{"class": "zero-rate"}))
    assert rate(*rows, tax_class="zero-rate") == 0
    assert rate(row(1, "0.0000")) == 0
    with pytest.raises(Unmappable, match="no rate of the class 'zero-rate' for NL"):
        rate(row(1, "21.0000"), tax_class="zero-rate")
    with pytest.raises(Unmappable, match="does a plugin keep the rates"):
        rate()


def test_rates_of_other_countries_do_not_count() -> None:
    assert rate(row(1, "19.0000", country="DE"), row(2, "21.0000")) == 21
    with pytest.raises(Unmappable, match="no rate of the class 'standard' for NL"):
        rate(row(1, "19.0000", country="DE"))


def test_of_one_priority_the_most_particular_rate_holds() -> None:
    everywhere = row(1, "20.0000", country="")
    assert rate(everywhere, row(2, "21.0000")) == 21
    assert rate(everywhere) == 20
    canaries = BaseAddress("ES", "GC")
    rows = (row(1, "21.0000", country="ES"), row(2, "7.0000", country="ES", state="GC"))
    assert rate(*rows, base=canaries) == 7
    assert rate(*rows, base=BaseAddress("ES", "M")) == 21


def test_rates_of_several_priorities_add_up_and_a_compound_one_comes_on_top() -> None:
    federal = row(1, "5.0000", country="CA")
    added = row(2, "7.0000", country="CA", priority=2)
    base = BaseAddress("CA", "BC")
    assert rate(federal, added, base=base) == 12
    assert rate(federal, added | {"compound": True}, base=base) == Decimal("12.35")


@pytest.mark.parametrize(
    ("places", "expected"),
    [
        ({"postcodes": ["1016gv"]}, 6),
        ({"postcodes": ["9999ZZ"]}, 21),
        ({"cities": ["AMSTERDAM"]}, 6),
        ({"cities": ["EDE"]}, 21),
        ({"postcode": "1015AA;1016GV"}, 6),
    ],
)
def test_a_rate_for_single_places(places: dict[str, Any], expected: int) -> None:
    assert rate(row(1, "6.0000", **places), row(2, "21.0000")) == expected


@pytest.mark.parametrize("postcode", ["10*", "1000...2000"])
def test_a_rate_for_a_range_of_places_leaves_the_tax_open(postcode: str) -> None:
    with pytest.raises(Unmappable, match="tax rate 1 is for a range"):
        rate(row(1, "6.0000", postcodes=[postcode]), row(2, "21.0000"))


GENERAL = {"default_country": "ES:GC", "calc_taxes": "yes", "currency": "EUR"}
PRODUCTS = {"weight_unit": "lbs", "dimension_unit": "in"}


def options(**values: str) -> list[dict[str, str]]:
    return [{"id": f"woocommerce_{name}", "value": value} for name, value in values.items()]


def test_the_settings_of_a_shop() -> None:
    facts = facts_of(
        options(**GENERAL), options(**PRODUCTS), options(prices_include_tax="no"), [row(1, "21")]
    )
    assert (facts.currency, facts.weight_unit, facts.dimension_unit) == ("EUR", "lbs", "in")
    assert facts.base == BaseAddress("ES", "GC")
    assert (facts.taxes, facts.prices_include_tax, len(facts.rates)) == (True, False, 1)


@pytest.mark.parametrize(
    ("general", "products"),
    [
        (GENERAL | {"default_country": ""}, PRODUCTS),
        (GENERAL, PRODUCTS | {"weight_unit": "stone"}),
        (GENERAL, {"weight_unit": "kg"}),
    ],
)
def test_settings_that_are_not_understood_are_named(
    general: dict[str, str], products: dict[str, str]
) -> None:
    with pytest.raises(Unmappable, match=r"woocommerce_(default_country|weight_unit|dimension)"):
        facts_of(options(**general), options(**products), options(prices_include_tax="no"), [])


@pytest.mark.parametrize(
    ("html", "text"),
    [
        (None, ""),
        ("Gewoon  tekst", "Gewoon tekst"),
        ("<p>Vers &amp; warm</p>\n<p>Heerlijk</p>", "Vers & warm\nHeerlijk"),
        ("<ul><li>een</li><li><b>twee</b></li></ul>", "een\ntwee"),
        ("voor<br/>na", "voor\nna"),
        ("<style>p{color:red}</style>rood<script>alert(1)</script>", "rood"),
        ("1 < 2 en <b>vet", "1 < 2 en vet"),
        ("</script></p>rest", "rest"),
    ],
)
def test_the_text_in_a_piece_of_html(html: str | None, text: str) -> None:
    assert plain_text(html) == text
