"""What goes to Picqer comes to what the shop charges, to the cent, whatever was rounded where."""

from __future__ import annotations

from dataclasses import replace
from decimal import ROUND_HALF_UP, Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from integration.domain import ChargeLine, Order, OrderLine
from integration.errors import Unmappable
from integration.exact_prices import exact_lines
from integration.testing.samples import ORDER

CENT = Decimal("0.01")


def line(price: str, quantity: int = 1, **other: object) -> OrderLine:
    made = OrderLine("1", "MUG", "Mug", quantity, Decimal(price))
    return replace(made, **other)  # type: ignore[arg-type]  # tests name any field


def order(*lines: OrderLine, total: str | None = None, **charges: str) -> Order:
    made = {name: (ChargeLine(name, Decimal(net)),) for name, net in charges.items()}
    net = None if total is None else Decimal(total)
    return replace(ORDER, lines=lines, total_net=net, **made)  # type: ignore[arg-type]  # as above


def comes_to(lines: tuple[OrderLine, ...]) -> Decimal:
    exact = sum((one.unit_price_net * one.quantity for one in lines), Decimal())
    return exact.quantize(CENT, rounding=ROUND_HALF_UP)


def cents(amount: Decimal) -> Decimal:
    return amount.quantize(CENT, rounding=ROUND_HALF_UP)


def test_prices_of_which_nothing_is_left_over_stay_as_they_are() -> None:
    lines = (line("16.4463", 2), line("3.50"))
    assert exact_lines(order(*lines, total="40.48", shipping_lines="4.09")) == lines


def test_what_rounding_left_over_is_put_right_on_one_line() -> None:
    # A real order: each line and its tax were rounded, and the total lies a cent below the prices.
    lines = (line("16.972477", 2), line("19.834711"))
    sent = exact_lines(order(*lines, total="57.86", shipping_lines="4.09"))
    assert [one.quantity for one in sent] == [2, 1]
    assert comes_to(sent) == Decimal("53.77")
    assert sent[0].unit_price_net == Decimal("16.9725")


def test_many_pieces_are_sent_as_two_lines_when_four_decimals_do_not_do() -> None:
    sent = exact_lines(order(line("0.330578512", 1000), total="330.58"))
    assert [one.quantity for one in sent] == [901, 99]
    assert comes_to(sent) == Decimal("330.58")
    assert {one.id for one in sent} == {"1"}


def test_lines_that_are_not_sent_and_charges_count_in_the_sum() -> None:
    voucher = line("20.66", requires_shipping=False)
    ordered = order(line("8.22"), voucher, total="30.97", shipping_lines="4.09", fees="-2")
    assert exact_lines(ordered) == (line("8.22"),)


def test_a_difference_that_rounding_does_not_explain_is_named() -> None:
    sums = r"1042 come to 16\.44 .* charges 6\.44: a difference of -10\.00"
    with pytest.raises(Unmappable, match=sums):
        exact_lines(order(line("8.22", 2), total="6.44"))


def test_without_a_total_of_the_shop_prices_are_only_rounded() -> None:
    assert exact_lines(order(line("16.972477", 2))) == (line("16.9725", 2),)


def test_a_rest_that_no_line_can_take_up_is_named_too() -> None:
    with pytest.raises(Unmappable, match=r"a difference of 0\.02"):
        exact_lines(order(line("0.00", 1), line("0.00", 1), total="0.0", fees="-0.02"))


def test_an_order_that_costs_nothing_stays_so() -> None:
    assert exact_lines(order(line("0", 2), total="0.00")) == (line("0.0000", 2),)


@given(
    st.lists(
        st.tuples(
            st.decimals(Decimal("0.05"), 500, places=2),
            st.sampled_from([Decimal(0), Decimal(9), Decimal("5.5"), Decimal(21)]),
            st.integers(1, 1200),
        ),
        min_size=1,
        max_size=12,
    ),
    st.decimals(0, 20, places=2),
)
def test_prices_including_vat_come_to_the_rounded_total_excluding_it(
    priced: list[tuple[Decimal, Decimal, int]], shipping: Decimal
) -> None:
    net = [gross * 100 / (100 + rate) for gross, rate, _ in priced]
    lines = tuple(
        line(f"{price:.6f}", quantity) for price, (_, _, quantity) in zip(net, priced, strict=True)
    )
    total = sum((cents(one.unit_price_net * one.quantity) for one in lines), shipping)
    sent = exact_lines(order(*lines, total=f"{total:.2f}", shipping_lines=str(shipping)))
    assert comes_to(sent) == total - shipping
    assert sum(one.quantity for one in sent) == sum(one.quantity for one in lines)
    assert all(one.unit_price_net > 0 for one in sent)
