"""Answers of Picqer that are lost, refused, unreadable or late: each order exists once anyhow."""

from __future__ import annotations

import time
from dataclasses import replace

import pytest

from integration.sandbox.picqer import Fault
from tests.acceptance.installation import Installation, until
from tests.faults.scenario import WARES, Scenario, fault, on_both_stores
from tests.faults.stored import told

pytestmark = pytest.mark.process

SLOW_SECONDS = 60.0
"""So slow that even on a loaded machine the deadline of 12 s is told from waiting for it."""
DEADLINE_SECONDS = 12.0
SPOILED = {
    "lost-after-commit": Fault("commit_then_drop"),
    "lost-before-commit": Fault("drop_before_commit"),
    "500-before-commit": Fault("status", status=500),
    "502-after-commit": Fault("status", status=502, commit=True),
    "503-before-commit": Fault("status", status=503),
    "504-after-commit": Fault("status", status=504, commit=True),
    "200-that-says-error": Fault("status", status=200, body='{"error":true}'),
    "page-of-html": Fault("non_json"),
    "truncated": Fault("truncated_json"),
    "late": Fault("late", seconds=SLOW_SECONDS),
    "dripping": Fault("drip", seconds=SLOW_SECONDS),
}
"""By order number; each order is of a ware of its own."""
UNPROCESSED = {
    "process-500": Fault("status", status=500),
    "process-lost": Fault("commit_then_drop"),
    "process-html": Fault("non_json"),
    "process-truncated": Fault("truncated_json"),
}


def buy(bridge: Installation, number: str, place: int) -> None:
    """A paid order with this number, of the ware at this place."""
    bridge.shop.place_order([(WARES[place].sku, 1)], number=number)


def order_with(bridge: Installation, faults: dict[str, Fault]) -> None:
    """Each creation meets its fault."""
    for place, (number, spoiled) in enumerate(faults.items()):
        wanted = {"reference": number}
        met = replace(spoiled, method="POST", path="/orders", match=wanted)
        bridge.picqer.add_fault(met)
        buy(bridge, number, place)


def process_with(bridge: Installation, faults: dict[str, Fault], first: int) -> None:
    """One after the other, each processing meets its fault."""
    for place, (number, spoiled) in enumerate(faults.items(), first):
        met = replace(spoiled, method="POST", path="/orders/*/process")
        bridge.picqer.add_fault(met)
        buy(bridge, number, place)
        until(lambda met=met: met.spent, 90, f"order {number} met its fault")


def longest_answer(bridge: Installation, numbers: tuple[str, ...]) -> float:
    """The most seconds between Picqer's reading an order and the bridge's giving up on it."""
    received = {
        entry["reference"]: entry["received"]
        for entry in reversed(bridge.picqer.log())
        if entry["reference"] in numbers
    }
    lines = told(bridge.database_url, "create_order")
    with bridge.shop.books.lock:
        subject_of = {one["number"]: key for key, one in bridge.shop.books.orders.items()}
    return max(
        next(at for kind, at in lines[subject_of[number]] if at > begun and kind in END) - begun
        for number, begun in received.items()
    )


END = {"wait", "retry", "park", "done"}


@fault("F02 F03 F04 F08 answers of Picqer lost, refused, unreadable or late")
@on_both_stores
def test_an_order_whose_answer_was_spoiled_exists_once(scenario: Scenario) -> None:
    bridge = scenario.start()
    oracle = bridge.oracle
    order_with(bridge, SPOILED)
    began = time.monotonic()
    process_with(bridge, UNPROCESSED, first=len(SPOILED))

    scenario.measure(
        "all at Picqer",
        lambda: oracle.processed() == len(SPOILED) + len(UNPROCESSED),
        within=200,
        since=began,
    )
    scenario.judge()
    slowest = longest_answer(bridge, ("late", "dripping"))
    scenario.tell(f"given up on an answer after {slowest:.1f} s at most")
    assert slowest < SLOW_SECONDS - DEADLINE_SECONDS
    asked = {number: oracle.attempts_to_create(number) for number in SPOILED}
    not_made = {"lost-before-commit", "500-before-commit", "503-before-commit"}
    not_made.add("200-that-says-error")
    assert asked == {number: 2 if number in not_made else 1 for number in SPOILED}


@fault("F02 an answer lost while Picqer's lists lag 30 s behind")
def test_an_order_that_lists_do_not_show_yet_is_not_made_again(scenario: Scenario) -> None:
    bridge = scenario.start()
    lagging = Fault("lagging_list", "GET", "/orders", seconds=30.0)
    bridge.picqer.add_fault(lagging)
    order_with(bridge, {"lost-after-commit": SPOILED["lost-after-commit"]})

    scenario.measure("found", lambda: bridge.oracle.processed() == 1, within=120)
    scenario.judge()
    assert bridge.oracle.attempts_to_create("lost-after-commit") == 1
