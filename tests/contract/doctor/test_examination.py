"""The examination as a whole: in order, within its seconds, and without ever raising."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import replace

import pytest
from structlog.testing import capture_logs

from integration.doctor import Examined, Part, examine, parts_of_shop
from integration.errors import BridgeError, LockedOut, NotFound, Unavailable
from integration.jobs import Flow
from integration.ports import Finding, ShownStock, Sight, Verdict
from integration.services import Shop
from integration.store.database import Database
from integration.testing.clock import HandClock
from integration.testing.shop_care import FakeShopCare
from integration.testing.webshop import FakeWebshop
from tests.flows.world import World

ADDRESS = "https://bridge.example.com/webhooks/shops/nl"


def fine(check: str) -> Finding:
    return Finding(check, Verdict.OK, f"{check} is fine.")


def shop_of(world: World, *flows: Flow) -> Shop:
    world.set_policy(replace(world.policy, flows=frozenset(flows) or world.policy.flows))
    return world.services.shops["nl"]


def found_at(shop: Shop, clock: HandClock, address: str | None = ADDRESS) -> list[Finding]:
    """What is found at the shop while its door is well."""
    well = Sight(200, b'{"door": "shops/nl"}')
    found = list(examine(parts_of_shop(shop, address, lambda _: well, clock.now())))
    assert {one.subject for one in found} == {"shops/nl"}
    assert found[0].finding.check.startswith("door")
    return [one.finding for one in found[1:]]


@pytest.fixture
def world(memory_database: Database, clock: HandClock) -> World:
    return World(memory_database, clock)


# --- the examination -----------------------------------------------------------------------------


def test_findings_come_in_the_order_of_the_parts_whichever_is_ready_first() -> None:
    second_is_ready = threading.Event()

    def first() -> Iterator[Finding]:
        second_is_ready.wait()
        yield fine("a")
        yield fine("b")

    def second() -> Iterator[Finding]:
        yield fine("c")
        second_is_ready.set()

    found = list(examine([Part("nl", "one", first), Part("be", "two", second)]))
    assert found == [
        Examined("nl", fine("a")),
        Examined("nl", fine("b")),
        Examined("be", fine("c")),
    ]


def test_what_is_not_finished_in_time_is_left_and_the_rest_is_told() -> None:
    over, be_is_ready = threading.Event(), threading.Event()

    def slow() -> Iterator[Finding]:
        be_is_ready.wait()
        yield fine("address")
        over.wait()

    def quick() -> Iterator[Finding]:
        yield fine("c")
        be_is_ready.set()

    parts = [Part("nl", "shop reachable", slow), Part("be", "two", quick)]
    first, second, third = examine(parts, seconds=0.5)
    over.set()
    assert (first, third) == (Examined("nl", fine("address")), Examined("be", fine("c")))
    assert (second.subject, second.finding.check) == ("nl", "shop reachable")
    assert second.finding.verdict is Verdict.FAIL
    assert "not finished after 0.5 seconds" in second.finding.sentence


def test_an_error_becomes_a_finding_after_those_before_it() -> None:
    def broken() -> Iterator[Finding]:
        yield fine("address")
        raise Unavailable("shop nl: GET /stock: answered 500")

    first, second = examine([Part("nl", "shop reachable", broken)])
    assert first.finding == fine("address")
    assert (second.finding.check, second.finding.verdict) == ("shop reachable", Verdict.FAIL)
    assert second.finding.sentence == "shop nl: GET /stock: answered 500"


def test_a_fault_of_ours_becomes_a_finding_that_repeats_no_value() -> None:
    def broken() -> Iterator[Finding]:
        raise KeyError("A. Jansen")

    with capture_logs() as logs:
        (found,) = examine([Part("nl", "shop reachable", broken)])
    assert found.finding.verdict is Verdict.FAIL
    assert "a fault in picqer-bridge itself (KeyError)" in found.finding.sentence
    assert "Jansen" not in found.finding.sentence
    assert logs[0]["event"] == "doctor.fault"


# --- a shop --------------------------------------------------------------------------------------


@pytest.mark.parametrize("address", [ADDRESS, None])
def test_the_connector_examines_its_own_shop(
    world: World, clock: HandClock, address: str | None
) -> None:
    care = FakeShopCare()
    shop = replace(shop_of(world), care=lambda _: care)
    found = found_at(shop, clock, address)
    assert found == list(care.examine(address))
    assert found[0].sentence == "The shop answers."
    assert str(address) in found[-1].sentence, "it is told where webhooks ought to go"
    assert world.shop.calls == []


@pytest.mark.parametrize(
    ("flows", "asked"),
    [
        (list(Flow), "stock"),
        ([Flow.PUSH_STOCK], "stock"),
        ([Flow.CREATE_ORDER, Flow.CREATE_PRODUCT], "orders_changed_since"),
        ([Flow.CREATE_PRODUCT], "products_changed_since"),
        ([Flow.COMPLETE_ORDER], "stock"),
    ],
)
def test_a_shop_without_an_examiner_is_asked_what_its_flows_ask(
    world: World, clock: HandClock, flows: list[Flow], asked: str
) -> None:
    (finding,) = found_at(shop_of(world, *flows), clock)
    assert (finding.check, finding.verdict) == ("shop reachable", Verdict.OK)
    assert world.shop.calls == [asked]


def test_only_the_beginning_of_the_stock_list_is_read(world: World, clock: HandClock) -> None:
    read: list[ShownStock] = []

    class Endless(FakeWebshop):
        def stock(self) -> Iterator[ShownStock]:
            while True:
                read.append(ShownStock("MUG-BLUE", 1))
                yield read[-1]

    (finding,) = found_at(replace(shop_of(world), connect=lambda _: Endless()), clock)
    assert finding.verdict is Verdict.OK
    assert len(read) == 1


def test_a_refused_token_is_told_with_the_table_to_correct(world: World, clock: HandClock) -> None:
    shop = shop_of(world)
    world.shop.fail("stock", LockedOut("shop nl refuses the token (it answered 401)"))
    (finding,) = found_at(shop, clock)
    assert finding.verdict is Verdict.FAIL
    assert "refuses the token" in finding.sentence
    assert "under shops.nl" in (finding.fix or "")


@pytest.mark.parametrize("error", [Unavailable("it is silent"), NotFound("there is no /stock")])
def test_a_shop_that_does_not_answer_as_it_ought_to_is_told(
    world: World, clock: HandClock, error: BridgeError
) -> None:
    shop = shop_of(world)
    world.shop.fail("stock", error)
    (finding,) = found_at(shop, clock)
    assert (finding.verdict, finding.sentence) == (Verdict.FAIL, str(error))


def test_a_shop_that_is_held_back_is_asked_and_its_breaker_is_not_told(
    world: World, clock: HandClock
) -> None:
    world.services.gate.lock_out("shops/nl", "GET /stock was answered 401")
    (finding,) = found_at(shop_of(world), clock)
    assert finding.verdict is Verdict.OK
    with pytest.raises(LockedOut):
        world.services.gate.check("shops/nl")


def test_silence_of_the_shop_towards_the_doctor_opens_no_breaker(
    world: World, clock: HandClock
) -> None:
    world.shop.fail("stock", Unavailable("it is silent"), times=9)
    for _ in range(9):
        found_at(shop_of(world), clock)
    world.services.gate.check("shops/nl")
    assert len(world.shop.calls) == 9
