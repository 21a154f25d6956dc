"""Each fault of a storm injures what it names, and healing leaves nothing behind."""

from __future__ import annotations

import sqlite3
import time
from pathlib import Path
from random import Random

import pytest
import redis
import requests

from tests.contract.chaos.conftest import IdleService
from workers.chaos.nemesis import FULL_LIMIT, Missed, Nemesis
from workers.chaos.plan import FAULTS, Step
from workers.day.stage import Stage

pytestmark = pytest.mark.process


def step(kind: str, *, ends: bool = False, number: int = 1, **words: object) -> Step:
    """A step of this kind; what is not named is drawn."""
    drawn, _ = FAULTS[kind](Random(3))
    return Step(1.0, kind, number, {**drawn, **words}, ends=ends)


def lasts(kind: str) -> bool:
    """Whether this fault has an end of its own."""
    return FAULTS[kind](Random(3))[1] > 0


def state_of(pid: int) -> str:
    """The letter with which Linux tells what a process does: S sleeps, T is stopped."""
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]


def until_state(pid: int, wanted: str) -> None:
    end = time.monotonic() + 10
    while state_of(pid) not in wanted:
        assert time.monotonic() < end, f"the process is {state_of(pid)}"
        time.sleep(0.01)


@pytest.mark.parametrize("kind", sorted(FAULTS))
def test_every_fault_can_be_put_in_ended_and_healed(
    idle: Stage, service: IdleService, kind: str
) -> None:
    idle.shop.place_order([("MUG-BLUE", 1)])
    nemesis = Nemesis(idle)
    nemesis.take(step(kind))
    if lasts(kind):
        nemesis.take(step(kind, ends=True))
    nemesis.heal()

    assert [*idle.picqer.books.faults.all(), *idle.shop.faults] == []
    assert idle.picqer.books.rate.limit == FULL_LIMIT
    assert idle.shop.webhooks.mode == "on"
    assert idle.shop.webhooks.duplicate_every == 0
    assert requests.get(idle.picqer.url, timeout=5).status_code
    assert all(state_of(pid) != "T" for pid in service.pids.values())
    with sqlite3.connect(idle.folder / "bridge.db", timeout=0.1) as store:
        store.execute("CREATE TABLE written (x)")


@pytest.mark.parametrize("kind", ["process killed", "process ended (SIGTERM)"])
def test_a_process_ends(idle: Stage, service: IdleService, kind: str) -> None:
    Nemesis(idle).take(step(kind, process="mover"))
    assert service.processes["mover"].wait(10) < 0
    assert "mover" not in service.pids
    with pytest.raises(Missed):
        Nemesis(idle).take(step(kind, process="mover"))


def test_a_frozen_worker_stands_still_until_it_is_thawed(idle: Stage, service: IdleService) -> None:
    nemesis, pid = Nemesis(idle), service.pids["worker2"]
    nemesis.take(step("worker frozen (SIGSTOP)", process="worker2"))
    until_state(pid, "T")
    nemesis.take(step("worker frozen (SIGSTOP)", process="worker2", ends=True))
    until_state(pid, "SR")


def test_a_frozen_worker_that_died_meanwhile_is_no_trouble(
    idle: Stage, service: IdleService
) -> None:
    nemesis = Nemesis(idle)
    nemesis.take(step("worker frozen (SIGSTOP)", process="worker2"))
    service.processes["worker2"].kill()
    service.processes["worker2"].wait()
    nemesis.heal()


def test_an_emptied_broker_holds_nothing(idle: Stage, service: IdleService) -> None:
    with redis.Redis.from_url(service.redis_url) as client:
        client.set("key", "value")
        Nemesis(idle).take(step("broker emptied"))
        assert client.dbsize() == 0


def test_a_broker_that_is_away_cannot_be_injured(idle: Stage, service: IdleService) -> None:
    service.broker.kill()
    for kind in ("broker killed", "broker emptied"):
        with pytest.raises(Missed):
            Nemesis(idle).take(step(kind))


def test_a_locked_store_takes_no_writes_until_it_is_unlocked(
    idle: Stage, service: IdleService
) -> None:
    nemesis = Nemesis(idle)
    nemesis.take(step("store locked"))
    with sqlite3.connect(idle.folder / "bridge.db", timeout=0.05) as store:
        with pytest.raises(sqlite3.OperationalError, match="locked"):
            store.execute("CREATE TABLE written (x)")
        with pytest.raises(Missed):
            nemesis.take(step("store locked", number=2))
        nemesis.take(step("store locked", ends=True))
        store.execute("CREATE TABLE written (x)")


def test_picqer_is_away_and_comes_back_on_the_same_port(idle: Stage, service: IdleService) -> None:
    nemesis, url = Nemesis(idle), idle.picqer.url
    nemesis.take(step("Picqer away"))
    with pytest.raises(requests.ConnectionError):
        requests.get(url, timeout=5)
    with pytest.raises(Missed):
        nemesis.take(step("Picqer away", number=2))
    nemesis.take(step("Picqer away", ends=True))
    assert requests.get(url, timeout=5).status_code


def test_a_webhook_cannot_come_again_before_there_was_one(
    idle: Stage, service: IdleService
) -> None:
    with pytest.raises(Missed):
        Nemesis(idle).take(step("a webhook twenty times"))
