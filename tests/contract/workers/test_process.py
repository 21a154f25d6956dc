"""What a worker process works with, and the hook watch among its flows."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Protocol

import pytest
from structlog.testing import capture_logs

from integration.errors import NoLimiter, Unmappable
from integration.guard import RunGuard
from integration.jobs import Done, Ending, Flow, Identity, JobEvent
from integration.ports import Deed, HookAction, ShopHook
from integration.services import Services, Work
from integration.settings import Settings
from integration.testing.open_doors import OpenGuard
from integration.testing.shop_care import FakeShopCare
from integration.testing.wake_up import RecordedWakeUp
from integration.troubles import hooks_off
from integration.wiring import FLOWS, migrate_store
from workers import hook_watch
from workers.app import app, begin_to_take
from workers.hook_watch import with_hook_watch
from workers.process import Process


class FakeMeter(Protocol):
    started_with: list[datetime | None]
    away: Exception | None


def process_in(folder: Path) -> Process:
    file = folder / "bridge.toml"
    file.write_text('redis_url = "redis://127.0.0.1:1/0"\n')
    settings = Settings.load({}, file)
    migrate_store(settings)
    return Process(lambda _: RecordedWakeUp(), lambda: settings)


def test_everything_is_built_once_when_it_is_first_used(tmp_path: Path) -> None:
    process = process_in(tmp_path)
    assert process.services is process.services
    assert process.runner is process.runner
    assert process.mover is process.mover
    assert process.services.jobs.job(1) is None


def test_a_process_that_is_asked_to_stop_says_so(tmp_path: Path) -> None:
    process = process_in(tmp_path)
    assert process.is_stopping() is False
    process.stop()
    assert process.is_stopping() is True


@pytest.fixture
def process(services: Services, monkeypatch: pytest.MonkeyPatch) -> Process:
    process = Process(lambda _: RecordedWakeUp(), lambda: Settings.load({}))
    process.__dict__["services"] = services
    return process


def test_a_limiter_is_told_once_when_this_service_called_last(
    process: Process, services: Services, meter: FakeMeter
) -> None:
    job = services.jobs.hint(Identity(Flow.CREATE_ORDER, "nl", "1"), "main")
    claimed = services.jobs.claim(job.id, "token")
    assert claimed
    services.jobs.end(claimed, Done(), [JobEvent("call", "picqer/main: GET /orders -> 200")])
    for _ in range(2):
        assert process.runner
    assert meter.started_with == [services.store.now()]


def test_a_worker_tells_the_limiter_when_it_begins_and_not_again_at_its_first_job(
    process: Process, meter: FakeMeter, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else a worker that had no job yet would be the first to speak after Redis was emptied."""
    monkeypatch.setattr(app, "process", process)

    begin_to_take(("orders", "events"))
    assert meter.started_with == [None]
    assert process.runner
    assert meter.started_with == [None]


def test_a_worker_that_calls_nobody_tells_the_limiter_nothing(
    process: Process, meter: FakeMeter, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(app, "process", process)
    begin_to_take(("mover",))
    assert meter.started_with == []


def test_a_store_without_calls_lets_the_limiter_begin_at_once(
    process: Process, meter: FakeMeter
) -> None:
    assert process.runner
    assert meter.started_with == [None]


def test_a_limiter_that_is_away_is_told_at_the_next_run(process: Process, meter: FakeMeter) -> None:
    meter.away = NoLimiter()
    with capture_logs() as lines:
        assert process.runner
    assert [line["event"] for line in lines] == ["limits.not_told"]
    meter.away = None
    assert process.runner
    assert meter.started_with == [None]


def work_on(services: Services, subject: str, shop: str = "") -> Work:
    job = services.jobs.hint(Identity(Flow.RECONCILE, shop, subject), "main")

    def guard(_: str) -> RunGuard:
        raise AssertionError("nothing is called")

    return Work(job, services, guard)


@pytest.fixture
def flows() -> dict[Flow, Callable[[Work], Ending]]:
    reconcile = {Flow.RECONCILE: lambda work: Done(f"reconciled {work.job.identity.subject}")}
    return with_hook_watch({**FLOWS, **reconcile}, Settings.load({}))


def test_any_other_reconciliation_is_left_as_it_is(
    services: Services, flows: dict[Flow, Callable[[Work], Ending]]
) -> None:
    reconcile = flows[Flow.RECONCILE]
    assert reconcile(work_on(services, "orders:main")) == Done("reconciled orders:main")
    assert reconcile(work_on(services, "orders", "nl")) == Done("reconciled orders")


def test_the_hook_watch_says_what_it_did(
    services: Services,
    flows: dict[Flow, Callable[[Work], Ending]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    action = HookAction(Deed.REACTIVATED, "picklists.closed", 5, "Hook 5 is on again.")
    monkeypatch.setattr(hook_watch, "sync_hooks", lambda *_, **__: [action])
    work = Work(work_on(services, "hooks:main").job, services, lambda _: None)  # type: ignore[arg-type,return-value]
    with capture_logs() as lines:
        assert flows[Flow.RECONCILE](work) == Done("Hook 5 is on again.")
    assert [line["event"] for line in lines] == ["hook.changed"]
    assert lines[0]["hook_event"] == "picklists.closed"
    assert hooks_off(services) == {"picqer/main": 1}
    monkeypatch.setattr(hook_watch, "sync_hooks", lambda *_, **__: [])
    assert flows[Flow.RECONCILE](work) == Done("all hooks are as they ought to be")
    assert hooks_off(services) == {"picqer/main": 0}


@pytest.mark.parametrize(
    ("event", "observed"),
    [
        ("products.free_stock_changed", "stock:main"),
        ("picklists.shipments.created", "shipments:main"),
        ("orders.status_changed", "orders:main"),
    ],
)
def test_what_a_hook_of_picqer_missed_is_looked_for_also_when_its_repair_is_the_last_thing_done(
    services: Services,
    flows: dict[Flow, Callable[[Work], Ending]],
    monkeypatch: pytest.MonkeyPatch,
    event: str,
    observed: str,
) -> None:
    class Died(Exception):
        """Its process was killed."""

    def dies_mending(*_: object, dry_run: bool = False) -> list[HookAction]:
        if not dry_run:
            raise Died
        return [HookAction(Deed.REACTIVATED, event, 5, "Hook 5 is switched off.")]

    monkeypatch.setattr(hook_watch, "sync_hooks", dies_mending)
    work = Work(work_on(services, "hooks:main").job, services, lambda _: None)  # type: ignore[arg-type,return-value]
    with pytest.raises(Died):
        flows[Flow.RECONCILE](work)

    job = services.jobs.find_identity(Identity(Flow.RECONCILE, "", observed))
    assert job is not None
    assert job.due_at - services.store.now() == timedelta(seconds=60)


def test_hooks_that_others_made_are_told_and_nothing_is_looked_for(
    services: Services,
    flows: dict[Flow, Callable[[Work], Ending]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    other = HookAction(Deed.OTHER_INSTALLATION, "picklists.closed", 5, "Hook 5 is another's.")
    asked: list[bool] = []

    def tells(*_: object, dry_run: bool = False) -> list[HookAction]:
        asked.append(dry_run)
        return [other]

    monkeypatch.setattr(hook_watch, "sync_hooks", tells)
    work = Work(work_on(services, "hooks:main").job, services, lambda _: None)  # type: ignore[arg-type,return-value]
    assert flows[Flow.RECONCILE](work) == Done("Hook 5 is another's.")
    assert asked == [True]
    assert services.jobs.find_identity(Identity(Flow.RECONCILE, "", "shipments:main")) is None


def test_the_hooks_of_a_removed_account_park(
    services: Services, flows: dict[Flow, Callable[[Work], Ending]]
) -> None:
    with pytest.raises(Unmappable, match="'other' is no longer configured"):
        flows[Flow.RECONCILE](work_on(services, "hooks:other"))


def watch_shop(services: Services, care: FakeShopCare | None, **other: object) -> Ending:
    """Run the hook watch of shop nl, whose webhooks ``care`` looks after."""
    shop = services.shops["nl"]
    cared = replace(shop, care=None if care is None else lambda _: care, **other)  # type: ignore[arg-type]
    services = replace(services, shops={**services.shops, "nl": cared})
    settings = Settings.load({}).model_copy(update={"public_url": "https://bridge.example.com"})
    work = Work(work_on(services, "hooks", "nl").job, services, lambda _: OpenGuard())
    return with_hook_watch(FLOWS, settings)[Flow.RECONCILE](work)


def test_a_webhook_that_a_shop_switched_off_is_on_again_and_what_was_missed_is_asked_for(
    services: Services,
) -> None:
    address = "https://bridge.example.com/webhooks/shops/nl"
    off = ShopHook(4, "picqer-bridge", "order.updated", address, active=False, ours=True)
    care = FakeShopCare({4: off})
    with capture_logs() as lines:
        assert watch_shop(services, care) == Done("Hook 4 is on.")
    assert care.kept[4].active
    assert [line["source"] for line in lines] == ["shops/nl"]
    for subject in ("orders", "products"):
        assert services.jobs.find_identity(Identity(Flow.RECONCILE, "nl", subject))


def test_webhooks_of_a_shop_that_are_in_order_raise_nothing(services: Services) -> None:
    hook = ShopHook(4, "picqer-bridge", "order.updated", "https://x", active=True, ours=True)
    ending = watch_shop(services, FakeShopCare({4: hook}))
    assert ending == Done("all hooks are as they ought to be")
    assert services.jobs.find_identity(Identity(Flow.RECONCILE, "nl", "orders")) is None


def test_a_shop_whose_platform_keeps_no_webhooks_is_left_alone(services: Services) -> None:
    assert watch_shop(services, None) == Done("all hooks are as they ought to be")
