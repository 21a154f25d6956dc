"""The moments at which dying is worst, on both kinds of store."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.acceptance.installation import Ware
from tests.faults.crash_points import catalogue, orders, shipping
from tests.faults.crash_points.plays import plays_of, run
from tests.faults.crash_points.stage import open_stage
from tests.faults.scenario import fault, representative

pytestmark = pytest.mark.process

WARES = tuple(Ware(f"WARE-{number}", f"Ware {number}", 100) for number in range(30))
WORST = (
    *plays_of(orders.a_guest_buys, "create_order.after_post", "ledger.after_intent@order"),
    *plays_of(orders.the_answer_is_lost, "ledger.before_doubt"),
    *plays_of(orders.somebody_new_buys, "create_order.after_customer_post"),
    *plays_of(
        orders.a_guest_buys,
        "create_order.after_process",
        "door.before_commit@shops",
        "door.before_answer",
        "mover.after_marking",
    ),
    *plays_of(catalogue.a_product_appears, "create_product.after_image"),
    *plays_of(
        shipping.an_order_is_shipped,
        "complete_order.after_ship",
        "complete_order.after_mail",
        "complete_order.after_complete",
    ),
    *plays_of(shipping.stock_is_counted, "push_stock.after_write"),
)
SHIPPED = 3
REST_SECONDS = 120.0


@fault("F01 killed in the act")
@pytest.mark.parametrize(
    "store", [pytest.param("sqlite", marks=representative), "postgresql"], indirect=True
)
def test_killed_in_the_act_an_order_is_neither_lost_nor_doubled(
    tmp_path: Path, figures: list[str], database_url: str | None
) -> None:
    with open_stage(tmp_path, database_url, WARES) as stage:
        stage.prepare(SHIPPED)
        run(WORST, stage)
        stage.settled(REST_SECONDS)
        stage.bridge.wait_until_stock_agrees(REST_SECONDS)
        figures.append(f"{len(WORST)} points, {stage.kills} kills")
        assert stage.complaints() == []
