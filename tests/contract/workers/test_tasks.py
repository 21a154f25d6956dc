"""One task per flow, the ticks, and ``retry_job``; and Celery's settings."""

from __future__ import annotations

import json
import math
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace

import pytest
import redis
from celery import Celery, signals
from celery.beat import PersistentScheduler, ScheduleEntry
from celery.exceptions import Retry
from structlog.testing import capture_logs

from integration.errors import StoreAway
from integration.jobs import Delivery, Done, Ending, Flow, Identity, Park, Queue, Wait
from integration.liveness import QUEUES
from integration.runner import Outcome
from integration.services import Services
from integration.settings import Settings
from integration.testing.clock import HandClock
from integration.testing.wake_up import RecordedWakeUp
from workers import tasks
from workers.app import FlowTask, app, celery_settings
from workers.beat import TellingScheduler
from workers.faults import Fault
from workers.queue import KEY_PREFIX, CeleryWakeUp
from workers.schedule import BEAT_SCHEDULE
from workers.steps import Parked, Waiting

ORDER = Identity(Flow.CREATE_ORDER, "nl", "1042")


@dataclass
class FakeRunner:
    """Ends the claimed job as it is told."""

    services: Services
    ending: Ending = field(default_factory=Done)
    fails: Exception | None = None
    ran: list[int] = field(default_factory=list)

    def run(self, job_id: int) -> Outcome | None:
        self.ran.append(job_id)
        if self.fails:
            raise self.fails
        claimed = self.services.jobs.claim(job_id, "token")
        if claimed is None:
            return None
        return Outcome(self.services.jobs.end(claimed, self.ending), self.ending)


class FakeMover:
    def __init__(self) -> None:
        self.ticks = 0
        self.fails: Exception | None = None

    def tick(self) -> int:
        self.ticks += 1
        if self.fails:
            raise self.fails
        return 0


def test_beat_ticks_at_once_when_it_begins(monkeypatch: pytest.MonkeyPatch) -> None:
    sent: list[tuple[str, str]] = []
    monkeypatch.setattr("workers.app._give_signs", lambda *_: None)
    monkeypatch.setattr("workers.app.faults.start", lambda _: None)
    services = SimpleNamespace(wake_up=RecordedWakeUp())
    monkeypatch.setattr(
        app, "process", SimpleNamespace(settings=Settings.load({}), services=services)
    )
    monkeypatch.setattr(
        app, "send_task", lambda name, *, queue, **_options: sent.append((name, queue))
    )
    signals.beat_init.send(sender=None)
    canaries = [("canary", queue) for queue in ("bulk", "events", "mover", "orders")]
    assert sorted(sent) == [*canaries, ("move", "mover"), ("plan", "mover")]


def test_canaries_are_not_shown_beside_the_work_and_never_come_back() -> None:
    assert tasks.canary.send_events is False
    assert tasks.canary.acks_late is False
    assert tasks.canary.run() is None


@pytest.fixture
def runner(services: Services) -> FakeRunner:
    return FakeRunner(services)


@pytest.fixture
def mover() -> FakeMover:
    return FakeMover()


@pytest.fixture(autouse=True)
def process(
    services: Services,
    runner: FakeRunner,
    mover: FakeMover,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> SimpleNamespace:
    settings = Settings.load({}, _written(tmp_path, "retention_days = 14\n"))
    made = SimpleNamespace(runner=runner, services=services, mover=mover, settings=settings)
    monkeypatch.setattr(app, "process", made)
    return made


def _written(folder: Path, text: str) -> Path:
    file = folder / "bridge.toml"
    file.write_text(text)
    return file


def test_there_is_one_task_per_flow_named_as_the_flow() -> None:
    for flow in Flow:
        task = app.tasks[flow.value]
        assert isinstance(task, FlowTask)
        assert task is getattr(tasks, flow.value)


def test_a_task_runs_its_job_and_is_silent_when_it_is_done(
    services: Services, runner: FakeRunner
) -> None:
    job = services.jobs.hint(ORDER, "main")
    tasks.create_order.run(job.id, "nl 1042")
    assert runner.ran == [job.id]


def test_a_message_that_can_claim_nothing_is_silent(runner: FakeRunner) -> None:
    tasks.create_order.run(99, "nl 1042")
    assert runner.ran == [99]


def test_a_short_wait_is_celerys_retry(services: Services, runner: FakeRunner) -> None:
    runner.ending = Wait(5.0, "the rate limit was exceeded", "RateLimited")
    job = services.jobs.hint(ORDER, "main")
    with pytest.raises(Waiting, match=r"the rate limit was exceeded\. Again in 5 s\."):
        tasks.create_order.run(job.id, "nl 1042")


def test_a_long_wait_shows_as_a_retry_that_celery_does_not_send(
    services: Services, runner: FakeRunner
) -> None:
    runner.ending = Wait(600.0, "the parcels are to come", "NotYet")
    job = services.jobs.hint(ORDER, "main")
    with pytest.raises(Retry) as raised:
        tasks.create_order.run(job.id, "nl 1042")
    assert raised.value.when == 600.0
    assert raised.value.sig is None
    assert "the parcels are to come. Again in 600 s." in str(raised.value)


def test_a_parked_job_fails_its_task_without_a_traceback_in_the_log(
    services: Services, runner: FakeRunner
) -> None:
    runner.ending = Park("line 2 has no SKU", "Unmappable")
    job = services.jobs.hint(ORDER, "main")
    with pytest.raises(Parked, match="line 2 has no SKU"):
        tasks.create_order.run(job.id, "nl 1042")
    assert Parked in FlowTask.throws


def test_a_store_that_is_away_is_shown_as_a_retry(runner: FakeRunner) -> None:
    runner.fails = StoreAway()
    with capture_logs() as lines, pytest.raises(Retry, match="store"):
        tasks.create_order.run(1, "nl 1042")
    assert [line["event"] for line in lines] == ["run.store_away"]


def test_a_fault_outside_a_run_is_shown_by_its_class_only(runner: FakeRunner) -> None:
    runner.fails = ValueError("Key (email)=(a@example.org) already exists")
    with capture_logs() as lines, pytest.raises(Fault) as shown:
        tasks.create_order.run(1, "nl 1042")
    assert str(shown.value) == "ValueError"
    assert shown.value.__cause__ is None
    assert [line["event"] for line in lines] == ["run.fault"]


def test_no_message_but_json_is_accepted() -> None:
    assert celery_settings(Settings.load({}))["accept_content"] == ["json"]


def test_retry_job_opens_a_parked_job_and_says_which(
    services: Services, runner: FakeRunner
) -> None:
    job = services.jobs.hint(ORDER, "main")
    claimed = services.jobs.claim(job.id, "token")
    assert claimed
    services.jobs.end(claimed, Park("line 2 has no SKU", "Unmappable"))
    assert tasks.retry_job.run(str(job.id)) == "create_order nl 1042 runs again"
    texts = [event.text for event in services.jobs.events(job.id)]
    assert "retried by an administrator, through Flower" in texts


def test_retry_job_of_an_unknown_job_fails_with_a_sentence() -> None:
    with pytest.raises(tasks.UnknownJob, match="There is no job 99"):
        tasks.retry_job.run(99)


def test_the_move_tick_moves_and_survives_a_store_that_is_away(mover: FakeMover) -> None:
    tasks.move.run()
    mover.fails = StoreAway()
    with capture_logs() as lines:
        tasks.move.run()
    assert mover.ticks == 2
    assert [line["event"] for line in lines] == ["move.store_away"]


def test_the_plan_tick_has_the_purge_sent_once(
    process: SimpleNamespace, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent: list[str] = []
    monkeypatch.setattr(app, "send_task", sent.append)
    process.services.accounts.clear()
    process.services.shops.clear()
    tasks.plan.run()
    tasks.plan.run()
    assert sent == ["purge"]


def test_the_plan_tick_survives_a_store_that_is_away(
    process: SimpleNamespace, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away() -> None:
        raise StoreAway

    monkeypatch.setattr(process.services.store, "now", away)
    with capture_logs() as lines:
        tasks.plan.run()
    assert [line["event"] for line in lines] == ["plan.failed"]


def test_deliveries_are_forgotten_after_the_retention(services: Services, clock: HandClock) -> None:
    services.inbox.add(Delivery("shops/nl", {}, b"{}"), "ignored", None)
    clock.advance(timedelta(days=13).total_seconds())
    tasks.purge.run()
    assert services.inbox.find()[0].body == b"{}"
    clock.advance(timedelta(days=2).total_seconds())
    tasks.purge.run()
    assert services.inbox.find()[0].body is None


def test_celery_keeps_to_the_settings_that_were_measured() -> None:
    settings = celery_settings(Settings.load({"REDIS_URL": "redis://example.com:6380/2"}))
    assert settings["broker_url"] == "redis://example.com:6380/2"
    names = [queue.name for queue in settings["task_queues"]]
    assert names == [*Queue, "mover"]
    exchanges = {queue.exchange.name for queue in settings["task_queues"]}
    assert len(exchanges) == len(names)
    assert settings["task_acks_late"] is True
    assert settings["worker_prefetch_multiplier"] == 1
    assert settings["worker_pool"] == "threads"
    assert settings["accept_content"] == ["json"]
    assert settings["broker_transport_options"]["global_keyprefix"] == "bridge:"
    assert math.isfinite(settings["broker_transport_options"]["socket_timeout"])


def test_beat_writes_no_file_of_its_own_and_tells_at_each_tick_that_it_goes_on(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    settings = celery_settings(Settings.load({}))
    assert settings["beat_scheduler"] == "workers.beat:TellingScheduler"
    assert not issubclass(TellingScheduler, PersistentScheduler)
    assert {tick["task"] for tick in settings["beat_schedule"].values()} == {
        "move",
        "plan",
        "canary",
    }
    answers: list[str] = []
    monkeypatch.setattr(app, "answer", lambda: answers.append("here"))
    assert TellingScheduler(app, schedule={}, lazy=True).tick() > 0
    assert answers == ["here"]


def test_beat_goes_on_at_once_when_its_clock_was_set_back(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(app, "answer", lambda: None)
    schedule = {
        name: ScheduleEntry(name=name, schedule=tick["schedule"], app=app)
        for name, tick in BEAT_SCHEDULE.items()
    }
    beat = TellingScheduler(app, schedule=schedule, lazy=True)
    assert 0 < beat.tick() <= 2.0
    for entry in schedule.values():
        entry.last_run_at += timedelta(minutes=10)

    assert beat.tick() == 0, "it does not sleep until its clock is where it was"
    assert 0 < beat.tick() <= 2.0


def test_a_tick_is_sent_once_while_nobody_takes_it_and_does_not_expire_by_beats_clock(
    valkey_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With beat's clock ten minutes behind, ticks that expire would be dropped by every mover."""
    url = f"{valkey_url.removesuffix('/0')}/8"
    celery = Celery("ticking", set_as_current=False)
    celery.conf.update(celery_settings(Settings.load({"REDIS_URL": url})))
    monkeypatch.setattr(app, "queues", lambda: CeleryWakeUp(celery, url))
    beat = TellingScheduler(celery, lazy=True)
    beat.setup_schedule()
    with redis.Redis.from_url(url) as broker:
        broker.flushdb()

        for _ in range(3):
            for name in BEAT_SCHEDULE:
                beat.apply_entry(beat.schedule[name])

        lists = {queue: broker.lrange(f"{KEY_PREFIX}{queue}", 0, -1) for queue in QUEUES}
        broker.flushdb()
    heads = {queue: [json.loads(one)["headers"] for one in found] for queue, found in lists.items()}
    tasks_of = {queue: sorted(head["task"] for head in found) for queue, found in heads.items()}
    assert tasks_of["mover"] == ["canary", "move", "plan"]
    assert tasks_of["orders"] == tasks_of["events"] == tasks_of["bulk"] == ["canary"]
    assert {head["expires"] for found in heads.values() for head in found} == {None}
