"""The tax rate of a line: the true one whenever it can be told, and never a wrong one."""

from __future__ import annotations

from decimal import ROUND_HALF_DOWN, ROUND_HALF_UP, Decimal

import pytest
from hypothesis import given
from hypothesis import settings as profile
from hypothesis import strategies as st

from integration.webshops.woocommerce.fields import fields_of
from integration.webshops.woocommerce.mapping.taxes import (
    RATES,
    NamedRates,
    Taxed,
    applied_rates,
    named_rates,
    rate_of,
)

HALF_CENT = Decimal("0.005")
CENT = Decimal("0.01")
UNNAMED = NamedRates({})
DUTCH = NamedRates({"1": (Decimal(21), False), "2": (Decimal(9), False)})
CANADIAN = NamedRates({"1": (Decimal(5), False), "2": (Decimal("9.975"), True)})
rates = st.sampled_from(RATES)
amounts = st.integers(5, 200_000).map(lambda cents: Decimal(cents) / 100)
roundings = st.sampled_from([ROUND_HALF_UP, ROUND_HALF_DOWN])


def taxed(net: Decimal | str, tax: Decimal | str) -> Taxed:
    """An exact amount with a tax that was rounded to the cent."""
    return Taxed(Decimal(net), Decimal(tax), Decimal(0), HALF_CENT)


def cents(net: Decimal, rate: Decimal, rounding: str) -> Decimal:
    return (net * rate / 100).quantize(CENT, rounding)


@given(net=amounts, rate=rates, rounding=roundings)
@profile(derandomize=True, deadline=None, max_examples=400)
def test_a_named_rate_is_told_from_five_cents_on(
    net: Decimal, rate: Decimal, rounding: str
) -> None:
    named = NamedRates({"7": (rate, False), "8": (Decimal(9), False)})
    assert rate_of(taxed(net, cents(net, rate, rounding)), ("7",), named) == rate


@given(net=amounts, rate=rates, rounding=roundings)
@profile(derandomize=True, deadline=None, max_examples=400)
def test_without_names_a_rate_is_told_exactly_when_no_other_usual_one_gives_this_tax(
    net: Decimal, rate: Decimal, rounding: str
) -> None:
    tax = cents(net, rate, rounding)
    same = {
        other
        for other in RATES
        if tax in (cents(net, other, ROUND_HALF_UP), cents(net, other, ROUND_HALF_DOWN))
    }
    told = rate_of(taxed(net, tax), ("7",), UNNAMED)
    assert told == (rate if same == {rate} else None)


@given(net=amounts.filter(lambda net: net >= 11), rate=rates, rounding=roundings)
@profile(derandomize=True, deadline=None, max_examples=200)
def test_from_eleven_on_every_usual_rate_is_told_by_the_amounts_alone(
    net: Decimal, rate: Decimal, rounding: str
) -> None:
    # The nearest two usual rates, 2.5 and 2.6 %, are a whole cent apart at 10.
    assert rate_of(taxed(net, cents(net, rate, rounding)), ("7",), UNNAMED) == rate


@pytest.mark.parametrize(
    ("net", "tax", "rate"),
    [
        ("4.29", "0.90", 21),  # 20.98 %
        ("4.09", "0.86", 21),  # 21.03 %
        ("4.95", "1.04", 21),  # 21.01 %
        ("16.972477", "1.53", 9),  # 9.01 %
        ("-2.00", "-0.42", 21),
        ("20.00", "0.00", 0),
    ],
)
def test_noise_of_rounding_makes_no_rate_of_its_own(net: str, tax: str, rate: int) -> None:
    assert rate_of(taxed(net, tax), (), DUTCH) == rate
    assert rate_of(taxed(net, tax), ("9",), UNNAMED) == rate


def test_a_few_cents_that_fit_several_rates_have_none_unless_one_is_named() -> None:
    assert rate_of(taxed("0.05", "0.01"), ("9",), UNNAMED) is None
    assert rate_of(taxed("0.05", "0.01"), ("1",), DUTCH) == 21
    assert rate_of(taxed("0.05", "0.01"), ("9",), DUTCH) == 21
    assert rate_of(taxed("0.02", "0.00"), ("2",), DUTCH) == 9


def test_the_amounts_win_from_a_name_that_contradicts_them() -> None:
    assert rate_of(taxed("100.00", "19.00"), ("1",), DUTCH) == 19
    assert rate_of(taxed("100.00", "0.00"), ("1",), DUTCH) == 0
    assert rate_of(taxed("100.00", "9.00"), ("1", "2"), DUTCH) == 9


def test_an_odd_rate_is_told_as_it_is() -> None:
    assert rate_of(taxed("100000.00", "11500.00"), ("7",), UNNAMED) == Decimal("11.5")
    assert rate_of(taxed("100000.00", "14975.00"), ("7",), UNNAMED) == Decimal("14.975")
    assert rate_of(taxed("1.00", "3.00"), ("7",), UNNAMED) is None


def test_two_taxes_of_one_line_are_added_up() -> None:
    both = Taxed(Decimal("100.00"), Decimal("30.00"), Decimal(0), HALF_CENT * 2)
    assert rate_of(both, ("1", "2"), DUTCH) == 30


def test_a_compound_tax_is_on_top_of_the_other() -> None:
    assert rate_of(taxed("100.00", "15.47"), ("1", "2"), CANADIAN) == Decimal("15.47375")


def test_a_free_line_has_the_rate_that_is_named() -> None:
    assert rate_of(taxed("0", "0"), ("1",), DUTCH) == 21
    assert rate_of(taxed("0", "0"), (), DUTCH) is None
    assert rate_of(taxed("0", "1"), ("1",), DUTCH) is None


def test_an_order_names_its_rates_in_its_tax_lines() -> None:
    lines: list[dict[str, object]] = [
        {"rate_id": 1, "rate_percent": 21, "compound": False},
        {"rate_id": 2, "rate_percent": "5.5", "compound": True},
        {"rate_id": 3, "rate_percent": None},
        {"rate_id": 0, "rate_percent": 9},
        {"rate_id": 4, "rate_percent": -9},
    ]
    found = named_rates(fields_of({"tax_lines": lines}, "order 1"))
    assert found == NamedRates({"1": (Decimal(21), False), "2": (Decimal("5.5"), True)})


def test_a_tax_with_an_empty_total_does_not_apply() -> None:
    rows = [{"id": 1, "total": "0.86"}, {"id": 2, "total": ""}, {"id": 3, "total": "0"}]
    assert applied_rates(fields_of({"taxes": rows}, "order 1")) == ("1", "3")
