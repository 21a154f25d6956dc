"""``limit``, ``reconcile``, ``replay``, ``pause``, ``resume`` and ``hooks``."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any, Protocol

import pytest
from typer.testing import Result

from integration.domain import FreeStock
from integration.errors import NoLimiter, Paused
from integration.jobs import Delivery, Flow, Hint, Identity, NothingToDo, State, Unreadable
from integration.ports import Act, AuditFilter, LaneCounts, LimitView
from integration.testing.picqer_books import PicqerBooks
from integration.testing.shop_care import FakeShopCare
from tests.flows.world import World


class Hints(Protocol):
    """What deliveries are understood as."""

    found: Sequence[Hint]
    error: Exception | None


class Bridge(Protocol):
    """The command, as the folder's conftest gives it."""

    world: World
    hints: Hints
    care: FakeShopCare | None
    json: Callable[..., Any]

    def __call__(self, *words: object, answer: str | None = None) -> Result: ...


# --- limit ---------------------------------------------------------------------------------------


def test_the_limit_of_each_account_is_shown(bridge: Bridge) -> None:
    result = bridge("limit")
    assert result.exit_code == 0
    heading, row = result.stdout.splitlines()
    assert heading.split()[:2] == ["account", "limit"]
    assert row.split()[:2] == ["main", "500"]
    (view,) = bridge.json("limit", "--account", "main")
    assert (view["account"], view["limit"], view["in_use"]) == ("main", 500, 0)


def test_what_happened_in_each_lane_is_shown(
    bridge: Bridge, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    view = replace(world.limiter.view(), lanes={"orders": LaneCounts(120, 7, 1, 0)})
    monkeypatch.setattr(world.limiter, "view", lambda: view)
    _, row = bridge("limit", "--lanes").stdout.splitlines()
    assert row.split() == ["main", "orders", "120", "7", "1", "0", "0"]


def test_the_limit_is_shown_again_and_again_until_it_is_stopped(
    bridge: Bridge, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys.modules["workers.cli.limit"], "WATCH_SECONDS", 0.0)
    views = iter([world.limiter.view()] * 3)

    def look() -> LimitView:
        try:
            return next(views)
        except StopIteration:
            raise KeyboardInterrupt from None

    monkeypatch.setattr(world.limiter, "view", look)
    result = bridge("limit", "--watch")
    assert result.exit_code == 0
    assert [line.split()[0] for line in result.stdout.splitlines()] == ["account", "main"] * 3


def test_redis_away_is_a_problem_without_a_traceback(
    bridge: Bridge, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away() -> None:
        raise NoLimiter

    monkeypatch.setattr(world.limiter, "view", away)
    result = bridge("limit")
    assert result.exit_code == 1
    assert "Redis cannot be reached" in result.stderr


def test_an_unknown_account_is_wrong_use(bridge: Bridge) -> None:
    for words in (("limit",), ("reconcile",), ("hooks", "list"), ("hooks", "sync")):
        assert bridge(*words, "--account", "mian").exit_code == 2, words


# --- reconcile -----------------------------------------------------------------------------------


def test_reconcile_raises_every_observation(bridge: Bridge, world: World) -> None:
    result = bridge("reconcile")
    assert result.exit_code == 0
    assert "7 jobs were raised" in result.stdout
    for shop, subject in (("", "orders:main"), ("", "catalogue:main"), ("nl", "stock")):
        job = world.services.jobs.find_identity(Identity(Flow.RECONCILE, shop, subject))
        assert job is not None, subject
        assert job.state is State.OPEN


def test_a_dry_run_tells_the_differences_and_raises_nothing(bridge: Bridge, world: World) -> None:
    world.order()
    world.clock.advance(60)
    result = bridge("reconcile", "--dry-run")
    assert result.exit_code == 1
    heading, row, _, remedy, hint = result.stdout.splitlines()
    assert heading.split()[:3] == ["difference", "shop", "what"]
    assert row.split()[:4] == ["missing", "order", "nl", "1042"]
    assert remedy == "1 missing order: create_order makes it there"
    assert "`picqer-bridge reconcile`" in hint
    (told,) = bridge.json("reconcile", "--dry-run", "--shop", "nl", "--account", "main")
    assert (told["kind"], told["subject"], told["at_picqer"]) == (
        "missing order",
        "1042",
        "not there",
    )
    assert bridge.json("jobs", "list") == []


def test_a_dry_run_without_differences_says_so(bridge: Bridge, world: World) -> None:
    result = bridge("reconcile", "--dry-run", "--since", "1h")
    assert (result.exit_code, result.stdout) == (0, "Both sides are as they ought to be.\n")
    assert bridge("reconcile", "--dry-run", "--since", "soon").exit_code == 2


def test_reconcile_of_a_shop_looks_only_at_what_its_flows_need(
    bridge: Bridge, world: World
) -> None:
    world.set_policy(replace(world.policy, flows=frozenset({"push_stock"})))
    assert [job["subject"] for job in bridge.json("reconcile", "--shop", "nl")] == ["stock"]


# --- replay --------------------------------------------------------------------------------------


def stored(world: World, source: str, body: bytes, state: str = "parked") -> int:
    return world.services.inbox.add(Delivery(source, {}, body), state, "was odd")[0]


def test_a_replayed_delivery_raises_its_job(bridge: Bridge, world: World) -> None:
    delivery = stored(world, "shops/nl", b"1")
    bridge.hints.found = [Hint(Flow.CREATE_ORDER, "1042")]
    world.clock.advance(60)
    (told,) = bridge.json("replay", "--since", "1h")
    assert (told["delivery"]["id"], told["state"], told["jobs"]) == (delivery, "routed", 1)
    assert world.services.jobs.find_identity(Identity(Flow.CREATE_ORDER, "nl", "1042"))
    (record,) = world.services.inbox.find()
    assert record.state == "routed"


def test_a_replayed_delivery_writes_the_facts_that_were_never_written(
    bridge: Bridge, world: World
) -> None:
    stored(world, "picqer/main", b"1")
    fact = FreeStock("MUG-BLUE", {18: 40}, "2026-11-23 13:00:00", idproduct=1)
    bridge.hints.found = [Hint(Flow.PUSH_STOCK, fact=fact)]
    world.clock.advance(60)
    assert bridge("replay", "--since", "1h").exit_code == 0
    assert world.services.stock.free_stock("main", "MUG-BLUE") == fact


def test_a_dry_run_of_replay_changes_nothing(bridge: Bridge, world: World) -> None:
    stored(world, "shops/nl", b"1")
    bridge.hints.found = [Hint(Flow.CREATE_ORDER, "1042")]
    world.clock.advance(60)
    result = bridge("replay", "--since", "2026-11-23T12:00Z", "--dry-run")
    assert "would be routed" in result.stdout
    assert "create_order 1042" in result.stdout
    assert bridge.json("jobs", "list") == []
    assert world.services.inbox.find()[0].copies == 0
    bridge.hints.error = Unreadable("no id")
    assert "would be parked" in bridge("replay", "--since", "1h", "--dry-run").stdout
    bridge.hints.error, bridge.hints.found = None, ()
    assert "would be ignored" in bridge("replay", "--since", "1h", "--dry-run").stdout


def test_only_the_source_and_the_time_that_were_named_are_replayed(
    bridge: Bridge, world: World
) -> None:
    shop = stored(world, "shops/nl", b"1")
    stored(world, "picqer/main", b"2")
    world.clock.advance(3600)
    late = stored(world, "shops/nl", b"3")
    world.clock.advance(60)

    def replayed(*words: str) -> list[int]:
        return [one["delivery"]["id"] for one in bridge.json("replay", "--dry-run", *words)]

    assert replayed("--since", "1d", "--source", "shops/nl") == [shop, late]
    assert replayed("--since", "30m") == [late]
    assert replayed("--since", "2026-11-23", "--until", "30m", "--source", "shops/nl") == [shop]


def test_only_what_concerns_the_flow_is_replayed(bridge: Bridge, world: World) -> None:
    stored(world, "shops/nl", b"1")
    bridge.hints.found = [Hint(Flow.CREATE_ORDER, "1042")]
    world.clock.advance(60)
    assert bridge.json("replay", "--since", "1h", "--flow", "create_product") == []
    assert len(bridge.json("replay", "--since", "1h", "--flow", "create_order", "--dry-run")) == 1
    bridge.hints.error = Unreadable("odd")
    assert len(bridge.json("replay", "--since", "1h", "--flow", "create_product")) == 1
    bridge.hints.error = NothingToDo("ping")
    assert bridge.json("replay", "--since", "1h", "--flow", "create_product") == []


def test_what_was_purged_or_belongs_to_nobody_is_skipped(bridge: Bridge, world: World) -> None:
    stored(world, "shops/nl", b"1")
    world.clock.advance(60)
    world.services.inbox.purge(world.clock.now())
    stored(world, "shops/gone", b"2")
    world.clock.advance(60)
    told = bridge.json("replay", "--since", "1h")
    assert [one["state"] for one in told] == ["skipped", "skipped"]
    assert "purged" in told[0]["reason"]
    assert "no longer configured" in told[1]["reason"]


@pytest.mark.parametrize(
    "words",
    [
        ("--since", "yesterday"),
        ("--since", "1h", "--until", "2h"),
        ("--since", "1h", "--source", "shops/be"),
    ],
)
def test_a_replay_that_cannot_be_meant_is_wrong_use(bridge: Bridge, words: Sequence[str]) -> None:
    result = bridge("replay", *words)
    assert result.exit_code == 2
    assert "Usage:" in result.stderr


# --- pause and resume ----------------------------------------------------------------------------


def test_a_pause_holds_and_a_resume_ends_it(bridge: Bridge, world: World) -> None:
    result = bridge("pause", "--flow", "push_stock", "--shop", "nl")
    assert result.exit_code == 0
    assert "push_stock of shop nl" in result.stdout
    with pytest.raises(Paused):
        world.services.gate.admit(Flow.PUSH_STOCK, "nl")
    assert bridge("resume", "--flow", "push_stock", "--shop", "nl").exit_code == 0
    world.services.gate.admit(Flow.PUSH_STOCK, "nl")


def test_everything_can_be_paused_and_json_lists_the_pauses(bridge: Bridge) -> None:
    (pause,) = bridge.json("pause")
    assert (pause["flow"], pause["shop"]) == (None, None)
    assert pause["who"].endswith("(command line)")
    assert bridge.json("resume") == []


def test_resuming_what_is_not_paused_is_a_problem_and_lists_what_is(bridge: Bridge) -> None:
    bridge("pause", "--shop", "nl")
    result = bridge("resume")
    assert result.exit_code == 1
    assert "There is no pause of everything." in result.stderr
    assert "paused: every flow of shop nl" in result.stdout


def test_pausing_an_unknown_shop_or_flow_is_wrong_use(bridge: Bridge, world: World) -> None:
    assert bridge("pause", "--shop", "be").exit_code == 2
    assert bridge("pause", "--flow", "push_stok").exit_code == 2
    assert world.services.gate.pauses() == []


# --- hooks ---------------------------------------------------------------------------------------


def events(books: PicqerBooks) -> set[str]:
    return {row.hook.event for row in books.hooks.values() if row.hook.active}


def test_hooks_are_made_and_listed(bridge: Bridge, world: World) -> None:
    made = bridge.json("hooks", "sync")
    assert {one["action"]["deed"] for one in made} == {"created"}
    assert len(events(world.picqer.books)) == len(made) == 6
    assert bridge("hooks", "sync").stdout == "All hooks are as they ought to be.\n"
    (act,) = world.services.audit.find(AuditFilter(act=Act.HOOKS))
    assert act.about == "6 hook(s) of picqer/main"
    listed = bridge.json("hooks", "list")
    assert all(hook["ours"] and hook["active"] for hook in listed)
    assert "products.free_stock_changed" in bridge("hooks", "list").stdout


def test_a_dry_run_of_sync_only_tells(bridge: Bridge, world: World) -> None:
    result = bridge("hooks", "sync", "--dry-run")
    assert "picqer/main: A hook for picklists.closed is missing." in result.stdout
    assert events(world.picqer.books) == set()
    assert world.services.audit.find(AuditFilter()) == []


def test_webhooks_that_a_shop_keeps_are_made_and_listed_too(bridge: Bridge) -> None:
    bridge.care = FakeShopCare()
    dry = bridge("hooks", "sync", "--shop", "nl", "--dry-run")
    assert dry.stdout == "shops/nl: A hook for order.updated is missing.\n"
    bridge("hooks", "sync", "--shop", "nl")
    (hook,) = bridge.json("hooks", "list", "--shop", "nl")
    assert (hook["source"], hook["event"], hook["ours"]) == ("shops/nl", "order.updated", True)
    assert hook["address"] == "https://bridge.example.com/webhooks/shops/nl"
    assert bridge("hooks", "list", "--shop", "be").exit_code == 2


def test_hooks_of_others_are_listed_as_such(bridge: Bridge, world: World) -> None:
    world.picqer.create_hook("shop plugin", "orders.created", "https://other.example/", "")
    (hook,) = bridge.json("hooks", "list")
    assert (hook["ours"], hook["name"]) == (False, "shop plugin")


def test_a_replay_that_a_person_stops_says_how_far_it_came_and_writes_it_down(
    bridge: Bridge, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    def hints(delivery: Delivery) -> list[Hint]:
        if delivery.body == b"2":
            raise KeyboardInterrupt
        return [Hint(Flow.CREATE_ORDER, "1042")]

    stored(world, "shops/nl", b"1")
    stored(world, "shops/nl", b"2")
    monkeypatch.setattr(bridge, "hints", hints)
    world.clock.advance(60)
    result = bridge("replay", "--since", "1h")
    assert result.exit_code == 1
    assert "Stopped after 1 deliveries; the same command again does no harm." in result.stderr
    (act,) = world.services.audit.find(AuditFilter(act=Act.REPLAY))
    assert act.data == {"routed": 1}
