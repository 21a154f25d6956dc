"""When the demo day does not go as written, or somebody stops it."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from io import StringIO
from pathlib import Path
from random import Random

import pytest
from rich.console import Console

from integration.jobs import Flow, Queue
from integration.ports import Message
from integration.wiring import migrate_store
from workers import day
from workers.day.report import verdict
from workers.day.screen import Screen
from workers.day.shelf import fill
from workers.day.stage import Stage
from workers.day.watch import Curtain, Reader, TooLate, Watch
from workers.local import LocalService


@pytest.fixture
def page() -> StringIO:
    return StringIO()


@pytest.fixture
def screen(page: StringIO) -> Screen:
    return Screen(Console(file=page, width=200))


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[Stage]:
    """Both sandboxes and an empty store; the service is there and none of its processes run."""
    stage = Stage(tmp_path, tell=lambda _: None, random=Random(1))
    fill(stage.shop)
    with stage.picqer, stage.shop:
        stage.write_settings()
        stage._service = LocalService(config=stage.config, environment={}, folder=tmp_path)
        migrate_store(stage.service.settings)
        yield stage


@pytest.fixture
def watch(stage: Stage, screen: Screen) -> Watch:
    return Watch(stage, screen, threading.Event())


class Never:
    """A script in which the first thing that is waited for never happens."""

    def __init__(self, watch: Watch) -> None:
        self.watch = watch
        self.notes: dict[str, str] = {}
        self.first_order: float | None = None

    def play(self) -> None:
        self.watch.until("the sun rises", lambda _: False, seconds=0)


class Broken(Never):
    """A script with a fault of its own."""

    def play(self) -> None:
        raise RuntimeError("a fault of the day")


def test_what_does_not_happen_in_time_is_named(watch: Watch) -> None:
    with pytest.raises(TooLate, match="the sun rises: this did not happen within 0 s"):
        watch.until("the sun rises", lambda _: False, seconds=0)


def test_a_person_who_stops_ends_every_wait(stage: Stage, screen: Screen) -> None:
    stopping = threading.Event()
    stopping.set()
    watch = Watch(stage, screen, stopping)

    with pytest.raises(Curtain):
        watch.rest(60)
    with pytest.raises(Curtain):
        watch.until("the sun rises", lambda _: False, seconds=60)


def test_a_watcher_wakes_nobody() -> None:
    assert Reader().waiting(Queue.ORDERS) is None
    message = Message(1, Flow.CREATE_ORDER, Queue.ORDERS, "demo", "1001")
    with pytest.raises(AssertionError):
        Reader().nudge(message)


def test_a_day_that_stops_half_way_says_where_the_books_differ_and_ends_with_1(
    stage: Stage, screen: Screen, page: StringIO, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(day, "Script", Never)
    stage.shop.set_sellable("MUG-BLUE", 7)
    performance = day.Performance(stage, screen, keep_running=False)

    performance.start()
    performance.end()

    assert performance.result() == 1
    printed = page.getvalue()
    assert "The day did not go as written. the sun rises" in printed
    assert "THE BOOKS DO NOT AGREE" in printed
    assert "the shop shows 7 of MUG-BLUE and ought to show 40" in printed


def test_a_fault_of_the_day_ends_it_and_is_raised_in_the_main_thread(
    stage: Stage, screen: Screen, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(day, "Script", Broken)
    performance = day.Performance(stage, screen, keep_running=True)

    performance.start()
    performance.end()

    assert stage.asked_to_stop
    with pytest.raises(RuntimeError, match="a fault of the day"):
        performance.result()


def test_the_verdict_names_every_point_in_which_the_books_differ() -> None:
    assert list(verdict(["order 1001 is missing"], 9, 7)) == [
        "THE BOOKS DO NOT AGREE in 1 point:",
        "  order 1001 is missing",
    ]
    assert next(iter(verdict([], 1, 1))).startswith("Both books agree: 1 order and 1 product")
