"""Everything that is played, in the order in which it can be."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

from tests.faults.crash_points import catalogue, looking, operating, orders, shipping
from tests.faults.crash_points.plays import Play, run
from tests.faults.crash_points.stage import Stage

TOGETHER = (orders.plays, shipping.plays, catalogue.plays)
"""Parts that are played beside each other: a death in one interrupts the others, as in life."""
PREPARED = orders.PREPARED + shipping.PREPARED + looking.PREPARED + operating.PREPARED
WARES = 120
"""Products that it takes: hardly any is used twice."""
REST_SECONDS = 180.0
"""A lease, a doubt, a second look; and all of it again for one that died twice."""


def all_plays() -> list[Play]:
    """Every play there is."""
    parts = (
        *TOGETHER,
        shipping.plays_of_stock,
        looking.plays_of_silence,
        looking.plays,
        operating.plays,
        looking.plays_at_rest,
    )
    return [play for plays in parts for play in plays()]


def play_everything(stage: Stage) -> None:
    """Every play of every part; returns when everything has recovered."""
    stage.prepare(PREPARED)
    with ThreadPoolExecutor() as players:
        stock = players.submit(run, shipping.plays_of_stock(), stage)
        parts = [players.submit(run, plays(), stage) for plays in TOGETHER]
        for part in parts:
            part.result()
        run(looking.plays_of_silence(), stage)
        looking.hooks_go_on(stage)
        run(looking.plays(), stage)
        run(operating.plays(), stage)
        operating.everybody_pays(stage)
        stock.result()
    stage.settled(REST_SECONDS)
    run(looking.plays_at_rest(), stage)
    stage.settled(REST_SECONDS)
    stage.bridge.wait_until_stock_agrees(REST_SECONDS)
