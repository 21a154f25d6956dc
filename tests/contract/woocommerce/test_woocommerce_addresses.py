"""Addresses and customers: whatever a checkout lets through becomes plain text."""

from __future__ import annotations

import unicodedata
from dataclasses import asdict

import pytest
from hypothesis import given
from hypothesis import settings as profile
from hypothesis import strategies as st

from integration.domain import Address
from integration.errors import Unmappable
from integration.webshops.woocommerce.fields import fields_of
from integration.webshops.woocommerce.mapping.addresses import addresses_of, customer_of
from tests.woocommerce.captures import Json

KEYS = (
    "first_name",
    "last_name",
    "company",
    "address_1",
    "address_2",
    "city",
    "state",
    "postcode",
    "country",
    "email",
    "phone",
)
BILLING = {
    "first_name": "Anna",
    "last_name": "Jansen",
    "company": "Jansen BV",
    "address_1": "Dorpsstraat 1",
    "address_2": "achter",
    "city": "Arnhem",
    "state": "GE",
    "postcode": "6811 AB",
    "country": "nl",
    "email": "anna@voorbeeld.test",
    "phone": "026-1234567",
}
EMPTY = dict.fromkeys(KEYS, "")
anything = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.text(st.characters(), max_size=60),
    st.text(st.sampled_from("\x00\x07\r\n\t\x1b\x85\u2028\u2029\ud800 Aé"), max_size=20),
)
tables: st.SearchStrategy[object] = st.one_of(
    st.dictionaries(st.sampled_from(KEYS), anything),
    st.fixed_dictionaries(dict.fromkeys(KEYS, st.text(max_size=20))),
    st.just([]),
)


def order(billing: object, shipping: object = None, **more: object) -> Json:
    return {"billing": billing, "shipping": shipping, **more}


def read(document: Json) -> tuple[Address, Address]:
    return addresses_of(fields_of(document, "order 1"))


def test_an_address_is_read_field_by_field() -> None:
    billing, _ = read(order(BILLING))
    assert billing == Address(
        name="Anna Jansen",
        company="Jansen BV",
        street="Dorpsstraat 1",
        street2="achter",
        postal_code="6811 AB",
        city="Arnhem",
        region="GE",
        country="NL",
        phone="026-1234567",
    )


@pytest.mark.parametrize(
    "shipping",
    [None, [], {}, EMPTY, EMPTY | {"country": "NL"}, EMPTY | {"city": " ", "first_name": "Piet"}],
)
def test_without_a_street_to_ship_to_it_goes_to_the_billing_address(shipping: object) -> None:
    billing, goes_to = read(order(BILLING, shipping))
    assert goes_to == billing


def test_a_shipping_address_of_its_own_has_the_telephone_of_the_billing_one() -> None:
    other = EMPTY | {"address_1": "Kade 5", "city": "Ede", "country": "NL"}
    _, goes_to = read(order(BILLING, other))
    assert (goes_to.street, goes_to.name, goes_to.phone) == ("Kade 5", None, "026-1234567")
    _, called = read(order(BILLING, other | {"phone": "06-1"}))
    assert called.phone == "06-1"


def test_a_street_in_the_second_line_alone_is_the_street() -> None:
    _, goes_to = read(order(BILLING, EMPTY | {"address_2": "Kade 5"}))
    assert (goes_to.street, goes_to.street2) == ("Kade 5", None)


def test_an_older_version_has_no_telephone_at_the_shipping_address() -> None:
    shipping = {key: value for key, value in BILLING.items() if key != "phone"}
    assert read(order(BILLING, shipping))[1].phone == "026-1234567"


def test_the_customer_is_who_pays() -> None:
    document = order(BILLING, EMPTY | {"address_1": "Kade 5"}, customer_id=7)
    customer = customer_of(fields_of(document, "order 1"), None, ())
    assert (customer.id, customer.name, customer.company) == ("7", "Anna Jansen", "Jansen BV")
    assert (customer.email, customer.phone) == ("anna@voorbeeld.test", "026-1234567")


@given(billing=tables, shipping=st.one_of(tables, st.none()))
@profile(derandomize=True, deadline=None, max_examples=400)
def test_whatever_a_checkout_lets_through_becomes_text_that_can_be_printed(
    billing: object, shipping: object
) -> None:
    fields = fields_of(order(billing, shipping, customer_id=0), "order 1")
    try:
        read_back = (*addresses_of(fields), customer_of(fields, None, ()))
    except Unmappable:
        return
    for part in read_back:
        for text in asdict(part).values():
            assert text is None or (text == text.strip() != "" and is_plain(text))


@given(text=st.text(st.characters(), max_size=60))
@profile(derandomize=True, deadline=None, max_examples=200)
def test_no_text_at_all_makes_an_address_unreadable(text: str) -> None:
    billing, _ = read(order(dict.fromkeys(KEYS, text)))
    letters = "".join(letter for letter in text if is_plain(letter)).split()
    assert (billing.city or "").replace(" ", "") == "".join(letters)


def is_plain(text: str) -> bool:
    return not {unicodedata.category(letter) for letter in text} & {"Cc", "Cs", "Zl", "Zp"}
