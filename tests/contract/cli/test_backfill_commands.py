"""``picqer-bridge backfill``: asked about, followed until it is over, gone on with."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any, Protocol

import pytest
from typer.testing import Result

from integration.errors import Refused
from integration.testing.clock import NOON
from tests.flows.world import World


class Bridge(Protocol):
    """The command, as the folder's conftest gives it."""

    world: World
    json: Callable[..., Any]

    def __call__(self, *words: object, answer: str | None = None) -> Result: ...


@pytest.fixture
def old(world: World) -> World:
    """Two orders of ten days ago; Picqer has one that looks like the second."""
    world.picqer.books.add_product("MUG-BLUE", 400)
    placed = NOON - timedelta(days=10)
    for number in ("1001", "1002"):
        world.order(number, placed_at=placed, paid_at=placed, updated_at=placed)
    world.order("1003", placed_at=placed, test=True)
    world.picqer.books.add_order("WEB-1002", {"MUG-BLUE": 2})
    world.clock.advance(60)
    return world


@pytest.fixture
def workers(old: World, monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """While the command waits, the workers work; how long it waited each time."""
    waited: list[float] = []

    def wait(seconds: float) -> None:
        waited.append(seconds)
        old.settle_all()

    monkeypatch.setattr(sys.modules["workers.cli.backfill"].time, "sleep", wait)
    return waited


SINCE = ("--since", "2026-11-01")


def references(world: World) -> list[str | None]:
    return sorted(order.reference or "" for order in world.picqer.books.orders.values())


def test_a_dry_run_tells_which_and_brings_none(bridge: Bridge, old: World) -> None:
    text = bridge("backfill", "orders", *SINCE, "--dry-run").stdout
    assert text.splitlines()[1].split() == ["1001", "is", "not", "there", "1001"]
    assert "1 orders would be brought; 0 of them are taken over." in text
    assert "1 are left out: it is a test order" in text
    assert "1002 is left out: Picqer has WEB-1002, which may be the same order" in text
    told = bridge.json("backfill", "orders", *SINCE, "--dry-run")
    assert [one["number"] for one in told["to_bring"]] == ["1001"]
    assert told["doubtful"][0]["reference"] == "WEB-1002"
    assert references(old) == ["WEB-1002"]


def test_it_asks_and_follows_until_it_is_over(
    bridge: Bridge, old: World, workers: list[float]
) -> None:
    assert bridge("backfill", "orders", *SINCE, answer="n\n").exit_code == 1
    assert references(old) == ["WEB-1002"]
    result = bridge("backfill", "orders", *SINCE, answer="y\n")
    assert result.exit_code == 0
    assert "Done: orders since 2026-11-01 00:00 UTC: 3 looked at, 1 asked for" in result.stdout
    assert references(old) == ["1001", "WEB-1002"]
    assert workers == [1.0]


def test_json_and_detach_tell_how_far_it_is_at_once(bridge: Bridge, old: World) -> None:
    told = bridge.json("backfill", "orders", *SINCE, "--yes", "--detach")
    assert (told["stage"], told["raised"]) == ("shop", 0)
    assert "Under way, with job" in bridge("backfill", "orders", *SINCE, "-y", "--detach").stdout
    old.settle_all()
    told = bridge.json("backfill", "orders", *SINCE, "--yes", "--detach")
    assert told["stage"] in ("shop", "done")


def test_ctrl_c_leaves_it_to_the_workers(
    bridge: Bridge, old: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(_seconds: float) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(sys.modules["workers.cli.backfill"].time, "sleep", interrupted)
    result = bridge("backfill", "orders", *SINCE, "--yes")
    assert result.exit_code == 1
    assert "goes on in the workers" in result.stderr
    old.settle_all()
    assert references(old) == ["1001", "WEB-1002"]


def test_one_that_parks_says_why(bridge: Bridge, old: World, workers: list[float]) -> None:
    old.shop.fail("orders_changed_since", Refused("the key may not read orders"))
    result = bridge("backfill", "orders", *SINCE, "--yes")
    assert result.exit_code == 1
    assert "is parked: the key may not read orders" in result.stderr


def test_the_catalogue_is_brought_without_asking(
    bridge: Bridge, old: World, workers: list[float]
) -> None:
    old.services.bookmarks.set("picqer/main", "catalogue_listed", NOON.isoformat())
    old.product("CUP")
    result = bridge("backfill", "products", "--since", "2026-11-01")
    assert result.exit_code == 0
    assert "1 looked at, 1 asked for" in result.stdout
    assert old.picqer.books.find_product("CUP") is not None
    assert bridge.json("backfill", "products", "--detach")["since"].startswith("2000-01-01")


def test_a_dry_run_tells_which_products_and_brings_none(
    bridge: Bridge, old: World, workers: list[float]
) -> None:
    old.services.bookmarks.set("picqer/main", "catalogue_listed", NOON.isoformat())
    old.product("CUP")
    bridge("backfill", "products", "--since", "2026-11-01")
    old.product("MUG", id="12")
    old.product(None, id="77")
    before = len(old.picqer.books.products), old.services.jobs.counts()

    text = bridge("backfill", "products", "--dry-run").stdout

    assert "MUG" in text
    assert "is not there by this service" in text
    assert "1 products would be asked for; 1 are there as they are." in text
    assert "1 are left out, for they have no SKU: 77" in text
    told = bridge.json("backfill", "products", "--dry-run")
    assert [one["productcode"] for one in told["to_bring"]] == ["MUG"]
    assert (told["as_they_are"], told["without_sku"]) == (1, ["77"])
    assert (len(old.picqer.books.products), old.services.jobs.counts()) == before


@pytest.mark.parametrize(
    "words",
    [
        ("orders",),
        ("orders", "--since", "soon"),
        ("orders", "--since", "1d", "--shop", "be"),
        ("products", "--since", "soon"),
    ],
)
def test_what_cannot_be_meant_is_wrong_use(
    bridge: Bridge, world: World, words: tuple[str, ...]
) -> None:
    assert bridge("backfill", *words).exit_code == 2


def test_a_shop_that_does_not_use_the_flow_is_a_problem(bridge: Bridge, world: World) -> None:
    world.set_policy(replace(world.policy, flows=frozenset({"push_stock"})))
    result = bridge("backfill", "products")
    assert result.exit_code == 1
    assert "does not use create_product" in result.stderr
