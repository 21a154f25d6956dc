"""Flow 2 and products that Picqer does not know yet."""

from __future__ import annotations

from dataclasses import replace

from integration.domain import (
    PicqerStatus,
)
from integration.errors import Evidence, Refused
from integration.flows.order_at_picqer import UNKNOWN_PRODUCT
from integration.jobs import Done, Flow, Identity, Park, State
from tests.flows.world import World, line, statuses


def test_an_unknown_product_is_made_from_the_shops_and_the_order_tried_again(
    stocked: World,
) -> None:
    stocked.product("MUG-RED", id="10", name="Red mug")
    stocked.order(lines=(line("MUG-RED", product_id="10"),))

    outcome = stocked.run_order()

    assert isinstance(outcome.ending, Done)
    assert stocked.picqer.calls == [
        "create_order",
        "product_with_code",
        "product_with_code",
        "create_product",
        "create_order",
        "process_order",
    ]
    assert statuses(stocked) == [PicqerStatus.PROCESSING]


def test_an_unknown_product_that_the_shop_lost_parks_the_order_until_it_is_created(
    stocked: World,
) -> None:
    stocked.order(lines=(line("MUG-RED", product_id="10"),))
    parked = stocked.run_order()

    stocked.product("MUG-RED", id="11")
    stocked.services.bookmarks.set(
        "picqer/main", "catalogue_listed", stocked.clock.now().isoformat()
    )
    stocked.run(Flow.CREATE_PRODUCT, "11")
    stocked.settle_all()

    assert isinstance(parked.ending, Park)
    assert parked.ending.blocked_on == "MUG-RED"
    assert statuses(stocked) == [PicqerStatus.PROCESSING]


def test_a_shop_that_writes_no_products_parks_the_order_naming_the_product(stocked: World) -> None:
    stocked.set_policy(replace(stocked.policy, catalogue=False))
    stocked.product("MUG-RED", id="10")
    stocked.order(lines=(line("MUG-RED", product_id="10"),))

    outcome = stocked.run_order()

    assert isinstance(outcome.ending, Park)
    assert "MUG-RED" in outcome.ending.reason
    assert "create_product" not in stocked.picqer.calls


def known_products(world: World, *productcodes: str) -> World:
    """Products that are at Picqer and in the ledger, as after a first day."""
    for productcode in productcodes:
        world.picqer.books.add_product(productcode, 5)
    world.run(Flow.RECONCILE, "catalogue:main", shop="")
    lines = (line(code, id=str(number)) for number, code in enumerate(productcodes))
    world.order(lines=tuple(lines))
    world.picqer.calls.clear()
    return world


def test_a_known_product_that_is_inactive_at_picqer_parks_the_order_and_is_named(
    world: World,
) -> None:
    known_products(world, "MUG-RED", "CUP-OLD")
    idproduct = world.picqer.books.set_active("CUP-OLD", active=False).idproduct

    parked = world.run_order().ending

    assert isinstance(parked, Park)
    assert "order 1042" in parked.reason
    assert f"CUP-OLD is inactive there (idproduct {idproduct})" in parked.reason
    assert "Activate it in Picqer" in parked.reason
    assert "MUG-RED" not in parked.reason
    assert parked.blocked_on == "CUP-OLD"
    assert statuses(world) == []


def test_an_order_goes_on_when_its_inactive_product_is_active_again(world: World) -> None:
    known_products(world, "MUG-RED", "CUP-OLD")
    world.picqer.books.set_active("CUP-OLD", active=False)
    world.run_order()
    world.run(Flow.RECONCILE, "catalogue:main", shop="")
    world.settle_all()
    assert statuses(world) == [], "the catalogue says no more than that it is inactive"

    world.picqer.books.set_active("CUP-OLD", active=True)
    world.run(Flow.RECONCILE, "catalogue:main", shop="")
    world.settle_all()

    assert statuses(world) == [PicqerStatus.PROCESSING]


def test_a_product_that_was_unknown_and_is_inactive_at_picqer_parks_the_order_just_so(
    world: World,
) -> None:
    world.picqer.books.add_product("CUP-OLD", 5, active=False)
    world.order(lines=(line("CUP-OLD"),))

    world.run_order()
    world.settle_all()

    job = world.services.jobs.find_identity(Identity(Flow.CREATE_ORDER, "nl", "1042"))
    assert job is not None
    assert (job.state, job.blocked_on) == (State.PARKED, "CUP-OLD")
    assert "CUP-OLD is inactive there" in str(job.reason)


def test_a_known_product_that_vanished_from_picqer_parks_the_order_and_is_named(
    world: World,
) -> None:
    known_products(world, "MUG-RED", "CUP-OLD")
    world.picqer.books.remove_product("CUP-OLD")

    parked = world.run_order().ending

    assert isinstance(parked, Park)
    assert "CUP-OLD is not there any more" in parked.reason
    assert parked.blocked_on == "CUP-OLD"


def test_a_refusal_that_no_product_explains_parks_the_order_and_says_so(world: World) -> None:
    known_products(world, "MUG-RED")
    evidence = Evidence(status=400, error_code=UNKNOWN_PRODUCT)
    world.picqer.fail("create_order", Refused("Picqer answered 400", evidence=evidence))

    parked = world.run_order().ending

    assert isinstance(parked, Park)
    assert "all of them (MUG-RED) are there and active" in parked.reason
    assert parked.blocked_on is None


def test_a_line_without_sku_parks_before_any_call(stocked: World) -> None:
    stocked.order(lines=(line(None),))

    outcome = stocked.run_order()

    assert isinstance(outcome.ending, Park)
    assert stocked.picqer.calls == []
