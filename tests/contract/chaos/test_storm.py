"""A storm over a service that does nothing: people trade, all is healed, and no promise is held."""

from __future__ import annotations

import threading

import pytest
import redis

from integration.sandbox.picqer import order_entry, processing
from tests.contract.chaos.conftest import IdleService
from workers.chaos import storm
from workers.chaos.leaks import leaks
from workers.chaos.nemesis import Missed
from workers.chaos.plan import DEALS, Step
from workers.chaos.report import Report
from workers.chaos.storm import Storm
from workers.chaos.trade import Trade
from workers.chaos.witness import Witness
from workers.day.stage import Stage

pytestmark = pytest.mark.process

GUEST = {
    "deliveryname": "A. Jansen",
    "deliverycountry": "NL",
    "invoicename": "A. Jansen",
    "invoicecountry": "NL",
}


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(storm, "READY_SECONDS", 0.1)
    monkeypatch.setattr(storm, "SETTLE_SECONDS", 0.5)


def play(stage: Stage, seconds: float = 2.0, stopping: threading.Event | None = None) -> Report:
    told: list[str] = []
    stopping = stopping or threading.Event()
    return Storm(stage, 3, seconds, tell=told.append, stopping=stopping).play()


def deal(kind: str, pick: int = 0) -> Step:
    return Step(0.0, kind, 0, {"pick": pick, "pieces": 1}, deal=True)


def at_picqer(stage: Stage, number: str) -> int:
    """An order of this number that is processing there."""
    wanted = {**GUEST, "reference": number, "products": [{"productcode": "MUG-BLUE", "amount": 1}]}
    with stage.picqer.books.lock:
        order = order_entry.create(stage.picqer.books, wanted)
        processing.process(stage.picqer.books, order)
        processing.finish(stage.picqer.books, order)
    return order.idorder


def test_a_service_that_does_nothing_is_found_out(idle: Stage, service: IdleService) -> None:
    report = play(idle)
    assert not report.held
    assert report.settled_after is None
    assert report.folder == str(idle.folder)
    assert report.orders == report.deals["order placed"] > 0
    broken = {one.promise: one.wrong for one in report.promises if not one.held}
    assert "is 0 orders at Picqer and ought to be 1" in broken["P1"][0]


def test_an_order_that_is_there_twice_is_found_out_at_any_time(
    idle: Stage, service: IdleService
) -> None:
    number = idle.shop.place_order([("MUG-BLUE", 1)])
    for _ in range(2):
        at_picqer(idle, number)
    stopping = threading.Event()
    stopping.set()
    report = play(idle, stopping=stopping)
    assert report.stopped_after is not None
    assert report.promises[0].wrong == (f"order {number} is 2 orders at Picqer",)


def test_a_person_in_redis_or_in_a_log_is_found_out(idle: Stage, service: IdleService) -> None:
    idle.shop.place_order([("MUG-BLUE", 1)], email="canary@example.org")
    assert leaks(idle) == []
    (idle.folder / "log" / "web.log").write_text("canary@example.org bought")
    with redis.Redis.from_url(service.redis_url) as client:
        client.hset("one", "field", "Canary@example.org")
        client.rpush("two", '{"body": "Y2FuYXJ5QGV4YW1wbGUub3Jn"}', "[]", "7")
        client.zadd("three", {"harmless": 1})
        client.sadd("four", "harmless")
        client.set("five", "harmless")
    places = {sentence.split()[0] for sentence in leaks(idle)}
    assert places == {"web.log", "Redis"}


def test_what_is_ordered_and_not_processed_is_in_flight(idle: Stage, service: IdleService) -> None:
    first = idle.shop.place_order([("MUG-BLUE", 1)])
    idle.shop.place_order([("MUG-BLUE", 2)])
    assert Witness(idle).books().stock["MUG-BLUE"].in_flight == 3
    at_picqer(idle, first)
    assert Witness(idle).books().stock["MUG-BLUE"].in_flight == 2


def test_a_comparison_of_everything_is_asked_for(idle: Stage, service: IdleService) -> None:
    witness = Witness(idle)
    assert witness.is_quiet(witness.look())
    witness.compare_everything()
    subjects = {job.identity.subject for job in witness.look().jobs}
    assert {"orders:main", "stock:main", "orders", "stock"} <= subjects


@pytest.mark.parametrize("kind", sorted(set(DEALS) - {"order placed", "unpaid order placed"}))
def test_people_do_nothing_where_there_is_nothing_to_do_it_with(
    idle: Stage, service: IdleService, kind: str
) -> None:
    trade = Trade(idle)
    if kind == "stock counted":
        trade.take(deal(kind))
        return
    with pytest.raises(Missed):
        trade.take(deal(kind))


def test_people_buy_pay_cancel_and_pack(idle: Stage, service: IdleService) -> None:
    trade = Trade(idle)
    for kind in ("order placed", "unpaid order placed", "order paid"):
        trade.take(deal(kind))
    first, second = idle.shop.books.orders.values()
    assert [first["payment_status"], second["payment_status"]] == ["paid", "paid"]
    at_picqer(idle, first["number"])
    trade.take(deal("picklist packed and closed"))
    trade.take(deal("parcel added"))
    parcels = [len(one.parcels) for one in idle.picqer.books.shipments.values()]
    assert sum(parcels) == 2
    trade.take(deal("order cancelled", pick=1))
    assert idle.shop.books.orders[second["id"]]["cancelled"]
