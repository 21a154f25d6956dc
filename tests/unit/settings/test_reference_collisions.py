"""Two shops of one account cannot make the same order reference."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from integration.settings import Settings
from integration.settings.checks import can_collide


@pytest.mark.parametrize(
    ("one", "other", "collide"),
    [
        (("nl", "{number}"), ("be", "{number}"), True),
        (("nl", "{number}"), ("be", "{id}"), True),
        (("nl", "{number}"), ("be", "BE-{number}"), False),
        (("nl", "{shop}-{number}"), ("be", "{shop}-{number}"), False),
        (("nl", "{shop}-{number}"), ("be", "NL-{number}"), True),
        (("nl", "{shop}{number}"), ("nl2", "{shop}{number}"), True),
        (("nl", "{shop}-{number}"), ("nl2", "{shop}-{number}"), False),
        (("nl", "{number}"), ("be", "1{number}"), True),
        (("nl", "{number}-{id}"), ("be", "{id}-{number}"), True),
        (("nl", "{number}-nl"), ("be", "{number}-be"), False),
        (("nl", "A{number}{id}"), ("be", "a{number}"), True),
    ],
)
def test_templates_collide_exactly_when_some_numbers_give_one_reference(
    one: tuple[str, str], other: tuple[str, str], collide: bool
) -> None:
    assert can_collide(one, other) is collide
    assert can_collide(other, one) is collide


pieces = st.lists(st.sampled_from(["{number}", "{id}", "{shop}", "-", "1", "a", "A"]), max_size=5)
numbers = st.integers(0, 30).map(str)
orders = st.tuples(numbers, numbers)


@given(pieces, pieces, orders, orders)
def test_what_is_said_not_to_collide_never_does(
    left: list[str], right: list[str], first: tuple[str, str], second: tuple[str, str]
) -> None:
    one, other = "".join(left), "".join(right)
    reference = one.format(number=first[0], id=first[1], shop="a1")
    another = other.format(number=second[0], id=second[1], shop="a")
    if reference.casefold() == another.casefold():
        assert can_collide(("a1", one), ("a", other))


def test_a_second_shop_with_the_same_template_is_refused_by_name(
    mistakes: Callable[..., list[str]], minimal: str, second_shop: str
) -> None:
    (found,) = mistakes(minimal + second_shop)
    assert found.startswith("shops.nl.reference: can be the same as one of shop be")


def test_a_second_shop_with_its_name_in_the_reference_is_accepted(
    load: Callable[..., Settings], minimal: str, second_shop: str
) -> None:
    settings = load(minimal + second_shop, BRIDGE_SHOPS__BE__REFERENCE="{shop}-{number}")
    assert settings.shop_policy("be").reference_for("7", "1042") == "be-1042"


def test_shops_of_different_accounts_may_have_the_same_references(
    load: Callable[..., Settings], minimal: str, second_shop: str
) -> None:
    account = minimal[minimal.index("[picqer") : minimal.index("[shops")].replace(
        "[picqer.main]", "[picqer.two]"
    )
    settings = load(
        minimal + account + second_shop,
        BRIDGE_SHOPS__NL__PICQER="main",
        BRIDGE_SHOPS__BE__PICQER="two",
    )
    assert settings.account_of("be") == "two"
