"""Reading WooCommerce's JSON: loose about types, strict about sizes and about letters."""

from __future__ import annotations

from contextlib import suppress
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import settings as profile
from hypothesis import strategies as st

from integration.errors import Unmappable
from integration.webshops.woocommerce.fields import WooFields, fields_of, meta_of, product_ref
from integration.webshops.woocommerce.mapping.orders import OrderContext, order_of, wanted_context
from integration.webshops.woocommerce.settings import WooCommerceSettings
from tests.woocommerce.captures import Json, answer

SETTINGS = WooCommerceSettings.model_validate(
    {
        "url": "https://shop.example.com",
        "consumer_key": "ck_" + "a" * 40,
        "consumer_secret": "cs_" + "b" * 40,
        "webhook_secret": "a-new-secret-for-the-hooks",
    }
)
json_values = st.recursive(
    st.one_of(
        st.none(),
        st.booleans(),
        st.integers(),
        st.decimals(allow_nan=False, allow_infinity=False),
        st.floats(),
        st.text(max_size=10),
        st.sampled_from(["1E99", "1" * 12, "0.000000000001", "-0", "1.5", "2026-11-23T10:00:00"]),
    ),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3), st.dictionaries(st.text(max_size=3), inner, max_size=3)
    ),
    max_leaves=5,
)


def field(value: object) -> WooFields:
    return fields_of({"x": value}, "order 1")


@pytest.mark.parametrize(
    ("value", "number"),
    [
        ("16.972477", "16.972477"),
        (Decimal("16.972477"), "16.972477"),
        (16.972477, "16.972477"),
        (" 8.22 ", "8.22"),
        ("-66.07", "-66.07"),
        (9, "9"),
        ("1.0E-5", "0.000010"),
        ("0.1234567890129", "0.123456789013"),
        (Decimal("1E-400"), "0"),
    ],
)
def test_an_amount_may_be_text_or_a_number(value: object, number: str) -> None:
    assert field(value).amount("x") == Decimal(number)


@pytest.mark.parametrize("value", ["", "  ", None, False])
def test_an_empty_amount_is_none(value: object) -> None:
    assert field(value).optional_amount("x") is None
    with pytest.raises(Unmappable, match="x that is missing"):
        field(value).amount("x")


@pytest.mark.parametrize(
    "value",
    [
        *(True, "8,22", "veel", "0x10", "1E999", "NaN", float("nan"), float("-inf"), [], {}, "٣"),
        *(10**12, -(10**12), 1e12, "1E12", Decimal("1E+999999"), "1" * 13, 10**4000),
    ],
)
def test_what_is_no_amount_is_refused(value: object) -> None:
    with pytest.raises(Unmappable, match="field x that is"):
        field(value).amount("x")


@pytest.mark.parametrize(
    ("value", "found"),
    [(11, "11"), ("11", "11"), (0, None), ("", None), (None, None), (False, None), ("0", None)],
)
def test_an_id_of_zero_is_none(value: object, found: str | None) -> None:
    assert field(value).identity("x") == found


@pytest.mark.parametrize("value", [-1, "11a", "1.0", 2**70, True, [], Decimal("1.5")])
def test_what_is_no_id_is_refused(value: object) -> None:
    with pytest.raises(Unmappable, match="field x that"):
        field(value).identity("x")


@pytest.mark.parametrize(
    ("product", "variation", "ref"),
    [(11, 0, "11"), (13, 15, "13/15"), (0, 15, None), (None, None, None)],
)
def test_a_product_is_named_with_its_variation(
    product: object, variation: object, ref: str | None
) -> None:
    fields = fields_of({"product_id": product, "variation_id": variation}, "order 1")
    assert product_ref(fields) == ref


def test_instants_without_a_zone_are_utc() -> None:
    instant = field("2026-11-23T11:51:26").utc("x")
    assert instant.isoformat() == "2026-11-23T11:51:26+00:00"
    assert field("2026-11-23T12:51:26+01:00").utc("x") == instant
    assert field("0000-00-00T00:00:00").optional_utc("x") is None


def test_meta_data_is_read_by_key_and_never_stumbled_over() -> None:
    rows = [{"key": "a", "value": 1}, None, {"key": 5, "value": 2}, {"key": "b", "value": [1]}]
    assert meta_of({"meta_data": rows}) == {"a": 1, "b": [1]}
    assert meta_of({"meta_data": {"0": {"key": "a", "value": "x"}}}) == {"a": "x"}
    assert meta_of({"meta_data": "geen"}) == meta_of({}) == {}


def test_a_message_never_repeats_what_is_in_the_field() -> None:
    with pytest.raises(Unmappable) as refused:
        fields_of({"billing": {"city": ["Geheimstad"]}}, "order 1").table("billing").line("city")
    assert "billing.city" in str(refused.value)
    assert "Geheimstad" not in str(refused.value)


def paths(document: Json) -> list[tuple[str, ...]]:
    inside = [("billing", key) for key in document["billing"]]
    lines = [("line_items", "0", key) for key in document["line_items"][0]]
    taxes = [("tax_lines", "0", key) for key in document["tax_lines"][0]]
    return [*((key,) for key in document), *inside, *lines, *taxes]


@given(data=st.data(), value=json_values)
@profile(derandomize=True, deadline=None, max_examples=300)
def test_nonsense_in_any_field_is_refused_in_words_or_read(
    data: st.DataObject, value: object
) -> None:
    document = answer("029")
    *above, last = data.draw(st.sampled_from(paths(document)))
    inner = document
    for step in above:
        inner = inner[0] if step == "0" else inner[step]
    inner[last] = value
    for read in (wanted_context, as_order):
        with suppress(Unmappable):
            read(document)


def as_order(document: object) -> object:
    return order_of(document, "18", SETTINGS, OrderContext())
