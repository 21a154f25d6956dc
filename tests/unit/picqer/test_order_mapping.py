"""A shop order as the body of POST /orders."""

from __future__ import annotations

import json
from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from integration.domain import Address, ChargeLine, Customer, Order, OrderLine
from integration.errors import Unmappable
from integration.picqer.mapping import customer_to_picqer, order_to_picqer
from integration.picqer.mapping.countries import COUNTRIES
from integration.testing.samples import BUYER, HOME, MUG, ORDER, SHOP, VAT_GROUPS, order_draft

POSTNL = ChargeLine("PostNL", Decimal("4.09"), Decimal(21), code="postnl")
NOBODY = Customer()


def lines_of(order: Order) -> list[dict[str, object]]:
    body = order_to_picqer(order_draft(order))
    return json.loads(json.dumps(body["products"]))  # type: ignore[no-any-return]  # what JSON says


def with_line(**changes: object) -> Order:
    return replace(ORDER, lines=(replace(MUG, **changes),))  # type: ignore[arg-type]  # by name


def test_a_plain_order_is_sent_with_exactly_these_fields() -> None:
    assert order_to_picqer(order_draft()) == {
        "reference": "1042",
        "deliveryname": "A. Jansen",
        "deliveryaddress": "Dorpsstraat 1",
        "deliveryzipcode": "1234 AB",
        "deliverycity": "Arnhem",
        "deliverycountry": "NL",
        "invoicename": "A. Jansen",
        "invoiceaddress": "Dorpsstraat 1",
        "invoicezipcode": "1234 AB",
        "invoicecity": "Arnhem",
        "invoicecountry": "NL",
        "telephone": "0612345678",
        "emailaddress": "a@example.org",
        "language": "nl",
        "products": [{"productcode": "MUG-BLUE", "amount": 2, "price": 8.22, "idvatgroup": 18}],
    }


def test_a_company_is_the_name_and_the_person_its_contact() -> None:
    office = replace(HOME, company="Mugs Ltd")
    body = order_to_picqer(order_draft(replace(ORDER, shipping_address=office)))
    assert (body["deliveryname"], body["deliverycontactname"]) == ("Mugs Ltd", "A. Jansen")
    assert "invoicecontactname" not in body


@pytest.mark.parametrize(
    ("customer", "name"),
    [
        (BUYER, "A. Jansen"),
        (replace(BUYER, name="  "), "a@example.org"),
        (replace(BUYER, name=None), "a@example.org"),
    ],
)
def test_a_missing_name_is_the_customers_and_at_last_the_e_mail(
    customer: Customer, name: str
) -> None:
    nameless = replace(HOME, name=" ", company="")
    order = replace(ORDER, customer=customer, shipping_address=nameless, billing_address=nameless)
    body = order_to_picqer(order_draft(order))
    assert body["deliveryname"] == body["invoicename"] == name


def test_without_any_name_the_order_parks() -> None:
    order = replace(ORDER, customer=NOBODY, shipping_address=replace(HOME, name=None))
    with pytest.raises(Unmappable, match="1042"):
        order_to_picqer(order_draft(order))


def test_an_address_without_any_place_is_taken_from_the_other() -> None:
    body = order_to_picqer(order_draft(replace(ORDER, shipping_address=Address())))
    assert body["deliveryaddress"] == "Dorpsstraat 1"
    body = order_to_picqer(order_draft(replace(ORDER, billing_address=Address(name="B"))))
    assert (body["invoicename"], body["invoicecountry"]) == ("A. Jansen", "NL")


def test_every_address_field_is_sent_where_the_customer_has_addresses() -> None:
    body = order_to_picqer(order_draft(idcustomer=7, all_addresses=True))
    for kind in ("delivery", "invoice"):
        assert body[f"{kind}contactname"] is None
        assert body[f"{kind}address2"] == ""
        assert body[f"{kind}region"] == ""
    assert body["idcustomer"] == 7


@pytest.mark.parametrize("country", ["", None, "Nederland", "N", "XX", "nl-NL"])
def test_a_country_that_does_not_exist_parks(country: str | None) -> None:
    order = replace(ORDER, shipping_address=replace(HOME, country=country))
    with pytest.raises(Unmappable, match="delivery country"):
        order_to_picqer(order_draft(order))


def test_a_country_is_sent_in_upper_case() -> None:
    order = replace(ORDER, shipping_address=replace(HOME, country=" be "))
    assert order_to_picqer(order_draft(order))["deliverycountry"] == "BE"
    assert len(COUNTRIES) == 249


def test_another_currency_parks_with_both_named() -> None:
    with pytest.raises(Unmappable, match=r"USD.*EUR"):
        order_to_picqer(order_draft(replace(ORDER, currency="USD")))
    assert order_to_picqer(order_draft(replace(ORDER, currency="eur")))


def test_what_needs_no_shipping_is_left_out() -> None:
    gift = OrderLine("2", None, "Gift card", 1, Decimal(10), requires_shipping=False)
    refunded = replace(MUG, id="3", sku="TEAPOT", quantity=0)
    sent = lines_of(replace(ORDER, lines=(gift, MUG, refunded)))
    assert [line["productcode"] for line in sent] == ["MUG-BLUE"]


def test_lines_keep_the_order_in_which_they_are_matched_again_later() -> None:
    lines = tuple(replace(MUG, id=sku, sku=sku) for sku in ("B", "A", "B"))
    order = replace(ORDER, lines=lines)
    assert [line["productcode"] for line in lines_of(order)] == ["B", "A", "B"]
    assert [line.sku for line in order.lines_to_ship] == ["B", "A", "B"]


def test_nothing_left_to_ship_parks() -> None:
    with pytest.raises(Unmappable, match="nothing left to ship"):
        order_to_picqer(order_draft(with_line(quantity=0)))


@pytest.mark.parametrize("sku", [None, "", "  "])
def test_a_line_without_sku_parks_and_is_named(sku: str | None) -> None:
    with pytest.raises(Unmappable, match=r"without SKU: product 9\."):
        order_to_picqer(order_draft(with_line(sku=sku)))


def test_a_foreign_vat_rate_gets_its_own_group() -> None:
    belgian = (*VAT_GROUPS, replace(VAT_GROUPS[0], idvatgroup=31, percentage=Decimal(6)))
    draft = order_draft(with_line(tax_rate=Decimal("6.00")), vat_groups=belgian)
    products = order_to_picqer(draft)["products"]
    assert products == [{"productcode": "MUG-BLUE", "amount": 2, "price": 8.22, "idvatgroup": 31}]


def test_a_missing_vat_group_parks_with_the_rate_named() -> None:
    with pytest.raises(Unmappable, match=r"VAT group of 19\.6 %"):
        order_to_picqer(order_draft(with_line(tax_rate=Decimal("19.60"))))
    with pytest.raises(Unmappable, match="VAT group of 100 %"):
        order_to_picqer(order_draft(with_line(tax_rate=Decimal(100))))


def test_without_a_rate_picqers_own_group_of_the_product_holds() -> None:
    assert "idvatgroup" not in lines_of(with_line(tax_rate=None))[0]


@pytest.mark.parametrize(
    ("net", "price"),
    [
        ("8.22225", 8.2223),
        ("8.22224", 8.2222),
        ("-1.00005", -1.0001),
        ("0.00004", 0.0),
        ("-0.00001", 0.0),
        ("0.1", 0.1),
        ("999999999.9999", 999999999.9999),
    ],
)
def test_prices_are_rounded_half_away_from_zero_to_four_decimals(net: str, price: float) -> None:
    sent = lines_of(with_line(unit_price_net=Decimal(net)))[0]["price"]
    assert sent == price
    assert json.dumps(sent) == json.dumps(price)


@pytest.mark.parametrize("net", ["NaN", "Infinity", "1e9", "-1e30", "1e999999"])
def test_a_price_that_is_none_parks(net: str) -> None:
    with pytest.raises(Unmappable, match="MUG-BLUE"):
        order_to_picqer(order_draft(with_line(unit_price_net=Decimal(net))))


@given(st.decimals(min_value=-(10**8), max_value=10**8, places=7))
def test_a_price_arrives_as_the_decimal_it_was_rounded_to(net: Decimal) -> None:
    text = json.dumps(lines_of(with_line(unit_price_net=net))[0]["price"])
    arrived = Decimal(text)
    assert abs(arrived - net) <= Decimal("0.00005")
    assert arrived == arrived.quantize(Decimal("0.0001"))


@given(st.decimals(min_value=0, max_value=1000, places=6), st.integers(min_value=1, max_value=1000))
def test_a_line_is_off_by_less_than_five_cents_per_thousand_pieces(
    net: Decimal, amount: int
) -> None:
    sent = lines_of(with_line(unit_price_net=net, quantity=amount))[0]
    total = Decimal(str(sent["price"])) * amount
    assert abs(total - net * amount) <= Decimal("0.00005") * amount


def test_shipping_costs_are_a_line_only_where_a_product_is_chosen_for_them() -> None:
    order = replace(ORDER, shipping_lines=(POSTNL, replace(POSTNL, net=Decimal(0))))
    assert len(lines_of(order)) == 1
    shop = replace(SHOP, shipping_productcode="SHIPPING")
    products = order_to_picqer(order_draft(order, shop=shop))["products"]
    assert isinstance(products, list)
    assert products[1:] == [
        {"productcode": "SHIPPING", "amount": 1, "price": 4.09, "idvatgroup": 18}
    ]


@pytest.mark.parametrize("key", ["postnl", "PostNL"])
def test_the_shipping_method_chooses_the_profile_by_code_or_title(key: str) -> None:
    shop = replace(SHOP, shipping_profiles={key: 12})
    order = replace(ORDER, shipping_lines=(POSTNL,))
    assert order_to_picqer(order_draft(order, shop=shop))["idshippingprovider_profile"] == 12


def test_an_unknown_shipping_method_leaves_the_profile_to_picqer() -> None:
    shop = replace(SHOP, shipping_profiles={"dhl": 13})
    order = replace(ORDER, shipping_lines=(POSTNL,))
    assert "idshippingprovider_profile" not in order_to_picqer(order_draft(order, shop=shop))


def test_defaults_fill_in_and_never_overrule() -> None:
    defaults = {"idtemplate": 2, "warehouses": [18], "reference": "no", "products": []}
    body = order_to_picqer(order_draft(shop=replace(SHOP, order_defaults=defaults)))
    assert (body["idtemplate"], body["warehouses"]) == (2, [18])
    assert body["reference"] == "1042"
    assert body["products"]


@pytest.mark.parametrize(
    ("language", "sent"), [("nl_BE", "nl"), ("EN-gb", "en"), ("de", None), (None, None)]
)
def test_only_languages_picqer_knows_are_sent(language: str | None, sent: str | None) -> None:
    order = replace(ORDER, customer=replace(BUYER, language=language))
    assert order_to_picqer(order_draft(order)).get("language") == sent


def test_remarks_and_pickup_point_go_along() -> None:
    order = replace(ORDER, customer_note="x" * 2000, pickup_point={"carrier": "dhl", "id": "1"})
    body = order_to_picqer(order_draft(order))
    assert body["customer_remarks"] == "x" * 1000
    assert body["pickup_point_data"] == {"carrier": "dhl", "id": "1"}


def test_a_reference_that_is_too_long_or_empty_parks() -> None:
    with pytest.raises(Unmappable, match="200"):
        order_to_picqer(order_draft(reference="x" * 201))
    with pytest.raises(Unmappable, match="no number"):
        order_to_picqer(order_draft(reference=" "))


def test_no_reason_to_park_holds_personal_data() -> None:
    broken = [
        replace(ORDER, currency="USD"),
        replace(ORDER, shipping_address=replace(HOME, country="Jansenland")),
        with_line(sku=None, name="Mug engraved A. Jansen"),
        with_line(tax_rate=Decimal(3)),
        with_line(quantity=0),
    ]
    for order in broken:
        with pytest.raises(Unmappable) as caught:
            order_to_picqer(order_draft(order))
        for personal in ("Jansen", "Dorpsstraat", "1234 AB", "example.org", "0612345678"):
            assert personal not in str(caught.value)


def test_a_customer_is_made_without_addresses() -> None:
    assert customer_to_picqer(ORDER) == {
        "name": "A. Jansen",
        "telephone": "0612345678",
        "emailaddress": "a@example.org",
        "language": "nl",
    }


def test_a_companys_customer_has_the_person_as_contact() -> None:
    customer = replace(BUYER, company="Mugs Ltd", vat_number="NL001234567B01")
    body = customer_to_picqer(replace(ORDER, customer=customer))
    assert (body["name"], body["contactname"]) == ("Mugs Ltd", "A. Jansen")
    assert body["vatnumber"] == "NL001234567B01"


def test_a_customer_without_any_name_parks() -> None:
    order = replace(ORDER, customer=NOBODY, billing_address=Address(country="NL"))
    with pytest.raises(Unmappable, match="1042"):
        customer_to_picqer(order)
