"""Flow 2 and products that Picqer does not know yet."""

from __future__ import annotations

from dataclasses import replace

from integration.domain import (
    PicqerStatus,
)
from integration.jobs import Done, Flow, Park
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


def test_a_line_without_sku_parks_before_any_call(stocked: World) -> None:
    stocked.order(lines=(line(None),))

    outcome = stocked.run_order()

    assert isinstance(outcome.ending, Park)
    assert stocked.picqer.calls == []
