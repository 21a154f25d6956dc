"""``picqer-bridge order``: one order on one screen, or why nothing is known of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any, Protocol

import pytest
from typer.testing import Result

from integration.domain import FulfillmentStatus
from integration.errors import Ambiguous, Unavailable
from integration.jobs import Delivery, Flow
from integration.operate import reveal
from integration.privacy import erase, trace_order
from integration.testing.clock import NOON
from tests.flows.warehouse import PARCEL, SECOND, Warehouse, at_picqer, complete
from tests.flows.world import World, line


class Bridge(Protocol):
    """The command, as the folder's conftest gives it."""

    world: World
    json: Callable[..., Any]

    def __call__(self, *words: object, answer: str | None = None) -> Result: ...


@pytest.fixture
def warehouse(world: World) -> Warehouse:
    return at_picqer(world)


def first_line(result: Result) -> str:
    return str(result.stdout.splitlines()[0])


def deliver(world: World, body: bytes, state: str = "routed", reason: str | None = None) -> int:
    return world.services.inbox.add(Delivery("shops/nl", {}, body), state, reason)[0]


def test_a_processing_order_is_told_in_one_sentence(bridge: Bridge, warehouse: Warehouse) -> None:
    result = bridge("order", "1042")
    assert result.exit_code == 0
    orderid = warehouse.books.orders[warehouse.idorder].orderid
    assert first_line(result).startswith(
        f"Order 1042 of nl is in Picqer as {orderid} and processing since "
    )
    assert first_line(result).endswith("no picklist is known yet.")


def test_the_delivery_that_brought_it_is_named_but_not_shown(
    bridge: Bridge, world: World, warehouse: Warehouse
) -> None:
    job = world.hint(Flow.CREATE_ORDER, "1042")
    delivery = deliver(world, b'{"name": "canary"}')
    world.services.inbox.raised(delivery, job.id, job.revision)
    text = bridge("order", "1042").stdout
    assert f"delivery {delivery} of shops/nl" in text
    assert "canary" not in text + bridge("order", "1042", "--json").stdout


def test_picklists_and_parcels_stand_in_a_table(bridge: Bridge, warehouse: Warehouse) -> None:
    closed = warehouse.close(PARCEL, SECOND)
    complete(warehouse)
    text = bridge("order", "1042").stdout
    (row,) = [one for one in text.splitlines() if one.startswith(closed.picklistid)]
    assert "reported" in row
    assert "PostNL 3SABC000000001, PostNL 3SABC000000002" in row
    assert "1 of 1 picklist closed, 1 reported to the shop" in text


def test_both_jobs_have_their_timelines(bridge: Bridge, warehouse: Warehouse) -> None:
    warehouse.close(PARCEL)
    complete(warehouse)
    text = bridge("order", "1042").stdout
    assert "create_order  job" in text
    assert "complete_order  job" in text
    told = bridge.json("order", "1042")["orders"][0]
    assert [job["flow"] for job in told["jobs"]] == ["create_order", "complete_order"]
    assert told["jobs"][0]["timeline"][-1]["kind"] == "done"
    assert told["picqer"]["idorder"] == warehouse.idorder


def test_a_parked_order_says_why_and_what_to_do(bridge: Bridge, world: World) -> None:
    world.order(lines=(line(None),))
    job = world.run_order().job
    lines = bridge("order", "1042").stdout.splitlines()
    assert lines[0].startswith("Order 1042 of nl is parked: ")
    assert f"picqer-bridge jobs retry {job.id}" in lines[1]


def test_an_order_in_doubt_says_so_and_when_it_is_looked_up(bridge: Bridge, world: World) -> None:
    world.picqer.books.add_product("MUG-BLUE", 40)
    world.order()
    world.picqer.fail("create_order", Ambiguous("the answer was lost"), committed=True)
    world.run_order()
    text = bridge("order", "1042").stdout
    assert text.startswith("Order 1042 of nl is in doubt: ")
    assert "Next look at " in text.splitlines()[0]
    assert "Picqer  main: in doubt: it may be there, reference 1042" in text
    assert "picqer/main: POST /create_order -> no answer" in text


def test_what_the_shop_did_not_take_is_told_as_left(
    bridge: Bridge, world: World, warehouse: Warehouse
) -> None:
    world.shop.books.touched.add("1042")
    closed = warehouse.close(PARCEL)
    complete(warehouse)
    lines = bridge("order", "1042").stdout.splitlines()
    (row,) = [one for one in lines if one.startswith(closed.picklistid)]
    assert "left as it is" in row


def test_many_deliveries_are_counted_rather_than_listed(bridge: Bridge, world: World) -> None:
    job = world.hint(Flow.CREATE_ORDER, "1042")
    for number in range(13):
        delivery = deliver(world, b"%d" % number)
        world.services.inbox.raised(delivery, job.id, number)
    text = bridge("order", "1042").stdout
    assert text.count("        delivery ") == 10
    assert "and 3 deliveries more" in text
    assert len(bridge.json("order", "1042")["orders"][0]["deliveries"]) == 13


def test_an_order_that_was_never_read_is_told_by_its_job(bridge: Bridge, world: World) -> None:
    world.hint(Flow.CREATE_ORDER, "77")
    result = bridge("order", "77")
    assert result.exit_code == 0
    assert "not read from the shop yet" in result.stdout
    assert "waits for a worker" in first_line(result)


def test_an_order_is_found_by_its_reference_and_with_a_hash(bridge: Bridge, world: World) -> None:
    world.set_policy(replace(world.policy, reference="NL-{number}"))
    at_picqer(world)
    for number in ("NL-1042", "#1042"):
        assert bridge("order", number).exit_code == 0, number


def test_an_order_is_found_by_the_number_that_the_warehouse_knows_it_by(
    bridge: Bridge, warehouse: Warehouse
) -> None:
    orderid = warehouse.books.orders[warehouse.idorder].orderid
    assert first_line(bridge("order", orderid)).startswith(
        f"Order 1042 of nl is in Picqer as {orderid}"
    )
    assert bridge("order", orderid, "--shop", "nl").exit_code == 0
    assert bridge("order", f"{orderid}0").exit_code == 1


def test_the_same_number_in_two_shops_is_told_twice(bridge: Bridge, world: World) -> None:
    world.order()
    world.run_order()
    other = replace(world.policy, name="be", reference="BE-{number}")
    world.services.stock.book_order(other, world.order(), counts=True)
    found = bridge.json("order", "1042")["orders"]
    assert [one["shop"] for one in found] == ["be", "nl"]
    assert [one["shop"] for one in bridge.json("order", "1042", "--shop", "nl")["orders"]] == ["nl"]
    assert "Order 1042 of be is known, but nothing" in bridge("order", "1042").stdout


def test_text_of_others_cannot_steer_the_terminal(bridge: Bridge, world: World) -> None:
    job = world.hint(Flow.CREATE_ORDER, "1042")
    delivery = deliver(world, b"x", "parked", "\x1b]0;owned\x07 red")
    world.services.inbox.raised(delivery, job.id, 1)
    assert "\x1b" not in bridge("order", "1042").stdout


def test_an_unknown_number_is_a_problem_and_says_what_was_looked_at(bridge: Bridge) -> None:
    result = bridge("order", "4711")
    assert result.exit_code == 1
    assert first_line(result) == "Nothing is known of order 4711."
    assert "No delivery of shop nl ever came in" in result.stdout
    assert "never polled" in result.stdout
    assert "Looked at:" in result.stdout


def test_an_unknown_number_as_json_has_the_same(bridge: Bridge) -> None:
    told = bridge.json("order", "4711")
    assert told["orders"] == []
    assert told["missing"]["number"] == "4711"
    assert len(told["missing"]["looked_at"]) == 5


def test_an_ignored_delivery_explains_an_unknown_number(bridge: Bridge, world: World) -> None:
    deliver(world, b'{"id": "47110"}')
    ignored = deliver(world, b'{"id": "4711"}', "ignored", "shop nl does not use create_order")
    text = bridge("order", "4711").stdout
    expected = f"Delivery {ignored} of shop nl mentions it and was ignored: shop nl does not use"
    assert expected in text
    assert [one["id"] for one in bridge.json("order", "4711")["missing"]["mentions"]] == [ignored]


def test_a_shop_without_the_flow_explains_an_unknown_number(bridge: Bridge, world: World) -> None:
    world.set_policy(replace(world.policy, flows=frozenset({"push_stock"})))
    assert "Shop nl does not use create_order" in bridge("order", "4711").stdout


def test_the_last_delivery_and_poll_explain_an_unknown_number(bridge: Bridge, world: World) -> None:
    deliver(world, b'{"id": "1"}')
    world.services.bookmarks.set("shops/nl", "orders_polled", NOON.isoformat())
    text = bridge("order", "4711").stdout
    assert "its latest delivery came at 2026-11-23 12:01:00 UTC" in text
    assert "`picqer-bridge reconcile --shop nl` polls it now" in text


# --- who did what, and what the shop says --------------------------------------------------------


def test_what_people_did_stands_on_the_screen(
    bridge: Bridge, world: World, warehouse: Warehouse
) -> None:
    job = world.hint(Flow.CREATE_ORDER, "1042")
    delivery = deliver(world, b"{}")
    world.services.inbox.raised(delivery, job.id, job.revision)
    bridge("jobs", "retry", job.id, "--note", "after the fix")
    reveal(world.services, delivery, "bob (console)")
    lines = bridge("order", "1042").stdout.splitlines()
    at = next(number for number, one in enumerate(lines) if one.split()[-2:] == ["did", "note"])
    assert "bob (console)" in lines[at + 1]
    assert "reveal" in lines[at + 1]
    assert "retry" in lines[at + 2]
    assert lines[at + 2].endswith("after the fix")
    acts = bridge.json("order", "1042")["orders"][0]["acts"]
    assert [one["act"] for one in acts] == ["reveal", "retry"]


def test_calls_stand_with_status_and_duration_and_waits_with_their_reason(
    bridge: Bridge, world: World
) -> None:
    world.picqer.books.add_product("MUG-BLUE", 40)
    world.order()
    world.picqer.fail("create_order", Unavailable("Picqer had an error"))
    world.run_again(world.run_order().job)
    text = bridge("order", "1042").stdout
    assert "POST /create_order -> 200" in text
    assert "(attempt 1 of 15)" in text
    kinds = {
        line["kind"] for line in bridge.json("order", "1042")["orders"][0]["jobs"][0]["timeline"]
    }
    assert kinds >= {"hinted", "call", "retry", "done"}


def test_the_shop_is_asked_only_when_that_is_wanted(
    bridge: Bridge, world: World, warehouse: Warehouse
) -> None:
    bridge("order", "1042")
    assert world.shop.calls == []
    text = bridge("order", "1042", "--ask").stdout
    assert "now     Shop nl has it: placed 2026-11-23 12:01 UTC, payment paid, unfulfilled." in text
    told = bridge.json("order", "1042", "--ask")["orders"][0]["shop_now"]
    assert told.startswith("Shop nl has it")


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({}, "It is to be shipped, and nobody told of it yet: `picqer-bridge reconcile --shop nl`"),
        ({"release": False}, "The shop has not released it yet (payment: paid); it is brought"),
        (
            {"placed_at": NOON - timedelta(days=9)},
            "`picqer-bridge backfill orders --shop nl --since",
        ),
        ({"test": True}, "It is ignored: it is a test order."),
        ({"cancelled": True}, "It is never brought to Picqer."),
        (
            {"fulfillment_status": FulfillmentStatus.FULFILLED},
            "It is ignored: the shop says it was",
        ),
        ({"lines": ()}, "It is ignored: no line of it is to be shipped."),
    ],
)
def test_each_likely_reason_for_an_unknown_number_is_told(
    bridge: Bridge, world: World, changes: dict[str, object], reason: str
) -> None:
    world.order("4711", **changes)
    result = bridge("order", "4711")
    assert result.exit_code == 1
    assert first_line(result) == "Nothing is known of order 4711."
    assert "Likely: Shop nl has it: placed 2026-11-" in result.stdout
    assert reason in result.stdout


def test_a_shop_that_has_no_such_order_or_does_not_answer_says_so(
    bridge: Bridge, world: World
) -> None:
    assert "Likely: Shop nl has no order with the id 4711." in bridge("order", "4711").stdout
    world.shop.fail("order", Unavailable("the shop had an error"))
    assert "Shop nl could not be asked: the shop had an error" in bridge("order", "4711").stdout


def test_an_erased_order_is_told_as_that(bridge: Bridge, world: World) -> None:
    world.order("4711")
    world.run_order("4711")
    erase(world.services, trace_order(world.services, "4711"), "ann")
    assert "here it was erased on request" in bridge("order", "4711").stdout
