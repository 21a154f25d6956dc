"""What waits for a person, one group per thing to put right."""

from __future__ import annotations

import inspect

import pytest

from integration import errors
from integration.jobs import Flow, Job, go_on
from integration.operate import cause_of, parked_groups
from integration.operate.parked import pattern_of
from tests.flows.world import World, line


def test_orders_that_park_for_the_same_thing_are_one_group_with_its_fix(
    world: World, hundred: list[Job]
) -> None:
    world.order("7", currency="USD")
    world.run_order("7")
    first, second = parked_groups(world.services)
    assert (first.flow, first.code, first.count) == (Flow.CREATE_ORDER, "Unmappable", 120)
    assert "then retry" in first.fix
    assert first.reason is None, "the reasons name different orders"
    assert second.count == 1
    assert second.reason == second.example
    assert parked_groups(world.services, shop="be") == []
    assert parked_groups(world.services, flow=Flow.PUSH_STOCK) == []


def test_reasons_differ_by_more_than_numbers_and_names_of_things() -> None:
    same = [
        "order 1042 has no SKU in line 'Blue mug'",
        "order WEB-77 has no SKU in line 'Plate'",
    ]
    assert len({pattern_of(reason) for reason in same}) == 1
    assert pattern_of("no VAT group of 21%") != pattern_of("the country is unknown")
    assert pattern_of(None) == ""
    assert pattern_of("no product MUG-BLUE") == pattern_of("no product PLATE-2")


def codes() -> list[str]:
    found = [
        name
        for name, kind in inspect.getmembers(errors, inspect.isclass)
        if issubclass(kind, errors.BridgeError) and not kind.__subclasses__()
    ]
    return sorted({*found, "NotYet", "Ambiguous", "Crashes", "Bug.KeyError", go_on().code})


@pytest.mark.parametrize("code", codes())
def test_every_cause_has_a_plain_sentence_and_what_puts_it_right(code: str) -> None:
    cause = cause_of(code)
    assert cause.code == code.partition(".")[0]
    assert len(cause.title.split()) > 2
    assert cause.fix.endswith(".")


def test_a_cause_that_nobody_knows_still_says_what_to_do() -> None:
    assert "retry" in cause_of(None).fix
    assert "retry" in cause_of("Nonsense").fix


def test_lines_without_sku_of_two_orders_are_one_reason(world: World) -> None:
    for number in ("1", "2"):
        world.order(number, lines=(line(None),))
        world.run_order(number)
    (group,) = parked_groups(world.services)
    assert group.count == 2
