"""Which line of a shop order each line at Picqer stands for."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from decimal import Decimal

from integration.domain import OrderLine
from integration.exact_prices import exact_lines
from integration.flows.joined_lines import join_lines
from integration.ports import Made
from integration.testing.samples import ORDER

WHOLESALE = OrderLine("7", "CUP", "Cup", 1000, Decimal("0.330578512"))
ORDERED = replace(ORDER, lines=(WHOLESALE,), total_net=Decimal("330.58"))


def made(*rows: list[object]) -> Made:
    return Made(1, {"lines": list(rows)})


def pieces(found: Made) -> Counter[str]:
    counted: Counter[str] = Counter()
    for line in join_lines(ORDERED, found).values():
        counted[line.line_id] += line.quantity
    return counted


def test_a_line_that_was_sent_as_two_has_two() -> None:
    sent = [[10 + place, one.sku, one.quantity] for place, one in enumerate(exact_lines(ORDERED))]
    assert len(sent) == 2
    assert pieces(made(*sent)) == {"7": 1000}


def test_an_order_that_a_person_typed_in_has_the_line_as_one() -> None:
    assert pieces(made([10, "CUP", 1000])) == {"7": 1000}


def test_a_line_that_matches_nothing_is_left_unjoined() -> None:
    assert pieces(made([10, "CUP", 999])) == {}
