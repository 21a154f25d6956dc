"""Flow 4: the shop shows the newest sellable figures, and Picqer is asked nothing."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import pytest

from integration.domain import FreeStock
from integration.errors import (
    Ambiguous,
    BridgeError,
    Evidence,
    Refused,
    Unavailable,
)
from integration.flows.push_stock import ASK_AGAIN_SECONDS, push_stock, refused_productcodes
from integration.jobs import MAX_ATTEMPTS, Done, Flow, Retry, Wait
from integration.ports import CallGuard, Capabilities, StockAnswer, StockItem, StockResult
from integration.runner import Outcome
from integration.services import Work
from integration.store.database import Database
from integration.testing.clock import HandClock
from integration.testing.open_doors import OpenGuard
from integration.testing.webshop import FakeWebshop
from tests.flows.world import World

UNPROCESSABLE = Refused("one of these is not accepted", evidence=Evidence(status=422))
FORBIDDEN = Refused("this key may not write stock", evidence=Evidence(status=403))


class OddShop(FakeWebshop):
    """A shop that does something of its own before each ``set_stock`` or with its answer."""

    def __init__(self) -> None:
        super().__init__()
        self.batches: list[list[str]] = []
        self.before: Callable[[Sequence[StockItem]], None] = lambda _: None
        self.silent_about: set[str] = set()

    def connect(self, guard: CallGuard) -> OddShop:
        return self

    def set_stock(self, items: Sequence[StockItem]) -> list[StockResult]:
        self.batches.append([item.productcode for item in items])
        self.before(items)
        results = super().set_stock(items)
        return [one for one in results if one.productcode not in self.silent_about]


def deliver(world: World, productcode: str, free: int) -> None:
    """Picqer tells a new figure, a second after the one before."""
    world.clock.advance(1)
    world.services.stock.apply(
        "main", FreeStock(productcode, {18: free}, world.picqer.books.stamp())
    )


def push(world: World) -> Outcome:
    return world.run(Flow.PUSH_STOCK, "stock")


def world_with(database: Database, clock: HandClock, shop: FakeWebshop) -> World:
    return World(database, clock, shop=shop)


@pytest.fixture
def odd(memory_database: Database, clock: HandClock) -> tuple[World, OddShop]:
    shop = OddShop()
    return World(memory_database, clock, shop=shop), shop


def direct_work(world: World, **changes: int) -> Work:
    """A run outside the runner, to see the ending a flow gives by itself."""
    job = replace(world.hint(Flow.PUSH_STOCK, "stock"), **changes)  # type: ignore[arg-type]  # tests name any counter
    return Work(job, world.services, lambda _scope: OpenGuard())


def test_the_newest_figure_reaches_the_shop_without_a_call_to_picqer(world: World) -> None:
    world.shop.books.stock["MUG-BLUE"] = 3
    deliver(world, "MUG-BLUE", 34)

    outcome = push(world)

    assert outcome.ending == Done("1 figures written to nl")
    assert world.shop.books.stock == {"MUG-BLUE": 34}
    assert world.shop.calls == ["set_stock"]
    assert world.picqer.calls == []


def test_pieces_in_flight_and_the_buffer_are_taken_off(world: World) -> None:
    world.set_policy(replace(world.policy, stock_buffer=5))
    world.shop.books.stock["MUG-BLUE"] = 0
    deliver(world, "MUG-BLUE", 34)
    world.services.stock.book_order(world.policy, world.order(), counts=True)

    push(world)

    assert world.shop.books.stock["MUG-BLUE"] == 27


def test_a_figure_that_the_shop_shows_already_is_not_written(world: World) -> None:
    world.shop.books.stock["MUG-BLUE"] = 3
    deliver(world, "MUG-BLUE", 34)
    push(world)
    deliver(world, "MUG-BLUE", 33)
    deliver(world, "MUG-BLUE", 34)

    outcome = push(world)

    assert outcome.ending == Done("nl shows every figure as it is")
    assert world.shop.calls == ["set_stock"]


def test_nothing_marked_is_nothing_to_do(world: World) -> None:
    assert push(world).ending == Done("nl shows every figure as it is")
    assert world.shop.calls == []


def test_a_run_writes_one_batch_newest_change_first_and_opens_itself_again(
    memory_database: Database, clock: HandClock
) -> None:
    shop = FakeWebshop(capabilities=Capabilities(stock_batch=2))
    world = world_with(memory_database, clock, shop)
    for number in range(5):
        shop.books.stock[f"P{number}"] = -1
        deliver(world, f"P{number}", number)

    first = push(world)
    assert isinstance(first.ending, Wait)
    assert first.ending.seconds == 0
    assert [code for code, shown in shop.books.stock.items() if shown >= 0] == ["P3", "P4"]

    world.settle_all()

    assert shop.books.stock == {f"P{number}": number for number in range(5)}
    assert shop.calls == ["set_stock"] * 3


def test_a_product_that_the_shop_does_not_know_is_quiet_until_it_does(world: World) -> None:
    deliver(world, "PLATE", 5)
    assert push(world).ending == Done("0 figures written to nl, 1 it does not know")
    deliver(world, "PLATE", 4)
    push(world)
    assert world.shop.calls == ["set_stock"], "what is unknown is not sent again"

    world.shop.books.stock["PLATE"] = 0
    world.services.stock.shows("nl", world.shop.stock())
    world.services.stock.mark(world.policy, ["PLATE"])
    push(world)

    assert world.shop.books.stock["PLATE"] == 4


def test_a_product_that_the_shop_does_not_manage_is_left_alone_from_then_on(world: World) -> None:
    world.shop.books.stock["GIFT-CARD"] = 1
    world.shop.books.unmanaged.add("GIFT-CARD")
    deliver(world, "GIFT-CARD", 5)
    assert push(world).ending == Done("0 figures written to nl, 1 it does not manage")

    deliver(world, "GIFT-CARD", 6)
    push(world)

    assert world.shop.calls == ["set_stock"]


def test_an_unlimited_product_is_never_written(world: World) -> None:
    world.shop.books.stock["DOWNLOAD"] = 1
    stock = FreeStock("DOWNLOAD", {18: 0}, world.picqer.books.stamp(), unlimited=True)
    world.services.stock.apply("main", stock)

    push(world)

    assert world.shop.calls == []
    assert world.services.stock.differences(world.policy, 1) == []


def test_a_refused_item_does_not_hold_up_the_others_and_waits_for_its_next_change(
    world: World,
) -> None:
    world.shop.books.stock = {"BAD": 1, "GOOD": 1}
    world.shop.books.refused_skus.add("BAD")
    deliver(world, "BAD", 5)
    deliver(world, "GOOD", 6)

    ending = push(world).ending
    push(world)

    assert ending == Done("1 figures written to nl, 1 it refused (BAD)")
    assert world.shop.books.stock == {"BAD": 1, "GOOD": 6}
    assert world.shop.calls == ["set_stock"]
    assert refused_productcodes(world.services.bookmarks, "nl") == {
        "BAD": {"times": 1, "message": "this figure is not accepted"}
    }


def test_a_refused_item_is_tried_at_its_next_change_and_forgotten_when_it_is_taken(
    world: World,
) -> None:
    world.shop.books.stock["BAD"] = 1
    world.shop.books.refused_skus.add("BAD")
    for free in (5, 6):
        deliver(world, "BAD", free)
        push(world)
    assert refused_productcodes(world.services.bookmarks, "nl")["BAD"]["times"] == 2

    world.shop.books.refused_skus.clear()
    deliver(world, "BAD", 7)
    push(world)

    assert world.shop.books.stock["BAD"] == 7
    assert refused_productcodes(world.services.bookmarks, "nl") == {}


def test_a_batch_that_is_refused_as_a_whole_is_halved_until_the_bad_item_stands_alone(
    odd: tuple[World, OddShop],
) -> None:
    world, shop = odd

    def refuse(items: Sequence[StockItem]) -> None:
        if any(item.productcode == "BAD" for item in items):
            raise UNPROCESSABLE

    shop.before = refuse
    for productcode in ("A", "B", "BAD", "C", "D"):
        shop.books.stock[productcode] = 0
        deliver(world, productcode, 9)

    ending = push(world).ending

    assert ending == Done("4 figures written to nl, 1 it refused (BAD)")
    assert shop.books.stock == {"A": 9, "B": 9, "BAD": 0, "C": 9, "D": 9}
    assert shop.batches == [
        ["D", "C", "BAD", "B", "A"],
        ["D", "C"],
        ["BAD", "B", "A"],
        ["BAD"],
        ["B", "A"],
    ]
    push(world)
    assert len(shop.batches) == 5, "a bad item is not tried in a hot loop"


def test_an_item_that_the_shop_forgot_to_answer_counts_as_refused(
    odd: tuple[World, OddShop],
) -> None:
    world, shop = odd
    shop.silent_about.add("A")
    for productcode in ("A", "B"):
        shop.books.stock[productcode] = 0
        deliver(world, productcode, 9)

    assert push(world).ending == Done("1 figures written to nl, 1 it refused (A)")


def test_a_shop_that_refuses_everything_is_asked_again_later_and_nothing_is_lost(
    world: World,
) -> None:
    world.shop.books.stock["MUG-BLUE"] = 3
    deliver(world, "MUG-BLUE", 34)
    world.shop.fail("set_stock", FORBIDDEN)

    outcome = push(world)
    assert outcome.ending == Wait(ASK_AGAIN_SECONDS, str(FORBIDDEN), "Refused")

    world.run_again(outcome.job)
    assert world.shop.books.stock["MUG-BLUE"] == 34


@pytest.mark.parametrize("error", [Unavailable(), Ambiguous()])
def test_a_write_without_an_answer_is_tried_again(world: World, error: BridgeError) -> None:
    world.shop.books.stock["MUG-BLUE"] = 3
    deliver(world, "MUG-BLUE", 34)
    world.shop.fail("set_stock", error)

    outcome = push(world)
    assert isinstance(outcome.ending, Retry)

    world.run_again(outcome.job)
    assert world.shop.books.stock["MUG-BLUE"] == 34


def test_after_a_lost_answer_a_figure_that_went_back_is_written_all_the_same(
    odd: tuple[World, OddShop],
) -> None:
    world, shop = odd
    shop.books.stock["MUG-BLUE"] = 0
    deliver(world, "MUG-BLUE", 5)
    push(world)

    def arrive_unanswered(items: Sequence[StockItem]) -> None:
        shop.books.stock["MUG-BLUE"] = items[0].sellable
        raise Ambiguous

    shop.before = arrive_unanswered
    deliver(world, "MUG-BLUE", 4)
    outcome = push(world)
    shop.before = lambda _: None
    deliver(world, "MUG-BLUE", 5)
    world.run_again(outcome.job)

    assert shop.books.stock["MUG-BLUE"] == 5


def test_a_change_that_arrives_while_the_shop_is_written_to_is_written_next(
    odd: tuple[World, OddShop],
) -> None:
    world, shop = odd
    shop.books.stock["MUG-BLUE"] = 0

    def meanwhile(items: Sequence[StockItem]) -> None:
        shop.before = lambda _: None
        deliver(world, "MUG-BLUE", 33)

    shop.before = meanwhile
    deliver(world, "MUG-BLUE", 34)
    first = push(world)
    assert isinstance(first.ending, Wait)
    world.run_again(first.job)

    assert shop.books.stock["MUG-BLUE"] == 33


def test_the_job_does_not_park_when_its_attempts_are_used_up(world: World) -> None:
    world.shop.books.stock["MUG-BLUE"] = 3
    deliver(world, "MUG-BLUE", 34)
    world.shop.fail("set_stock", Unavailable(), times=2)

    with pytest.raises(Unavailable):
        push_stock(direct_work(world, attempts=MAX_ATTEMPTS - 2))
    ending = push_stock(direct_work(world, attempts=MAX_ATTEMPTS - 1))

    assert ending == Wait(ASK_AGAIN_SECONDS, str(Unavailable()), "Unavailable")


def test_a_shop_that_is_no_longer_configured_waits_for_a_person(world: World) -> None:
    work = direct_work(world)

    ending = push_stock(replace(work, services=replace(world.services, shops={})))

    assert isinstance(ending, Wait)
    assert "no longer configured" in ending.reason


def test_a_paused_shop_is_not_written_to(world: World) -> None:
    world.shop.books.stock["MUG-BLUE"] = 3
    deliver(world, "MUG-BLUE", 34)
    world.services.gate.pause(None, "nl", "ann")

    ending = push(world).ending

    assert isinstance(ending, Wait)
    assert ending.code == "Paused"
    assert world.shop.calls == []


def test_only_the_latest_refusals_are_remembered(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("integration.flows.push_stock.REMEMBERED", 1)
    world.shop.books.refused_skus.update({"A", "B"})
    for productcode in ("A", "B"):
        world.shop.books.stock[productcode] = 0
        deliver(world, productcode, 9)
        push(world)

    assert list(refused_productcodes(world.services.bookmarks, "nl")) == ["B"]


def test_every_answer_of_a_shop_is_dealt_with() -> None:
    """A new answer needs a decision in ``push_stock``."""
    assert {answer.value for answer in StockAnswer} == {
        "written",
        "unknown_sku",
        "not_managed",
        "refused",
    }
