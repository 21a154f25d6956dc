"""Every process says in the store that it lives."""

from __future__ import annotations

import os
import threading

import pytest
from structlog.testing import capture_logs

from integration.errors import StoreAway
from integration.services import Services
from workers.heartbeat import Heartbeat, process_name


class Gate:
    """Remembers the numbers it was told; fails while ``away``."""

    def __init__(self) -> None:
        self.numbers: list[int] = []
        self.in_order = True
        self.away: Exception | None = None
        self.beaten = threading.Event()

    def beat(self, process: str, number: int, *, in_order: bool = True) -> int:
        self.numbers.append(number)
        self.in_order = in_order
        self.beaten.set()
        if self.away:
            raise self.away
        return number + 1


def test_each_beat_says_the_next_number() -> None:
    gate = Gate()
    heartbeat = Heartbeat(gate, "worker@a:1")  # type: ignore[arg-type]
    for _ in range(3):
        heartbeat.beat()
    assert gate.numbers == [0, 1, 2]


def test_a_beat_that_failed_is_said_again() -> None:
    gate = Gate()
    heartbeat = Heartbeat(gate, "worker@a:1")  # type: ignore[arg-type]
    heartbeat.beat()
    gate.away = StoreAway()
    with capture_logs() as lines:
        heartbeat.beat()
    gate.away = None
    heartbeat.beat()
    assert gate.numbers == [0, 1, 1]
    assert [line["event"] for line in lines] == ["heartbeat.failed"]


def test_the_thread_beats_until_it_is_stopped_and_survives_a_fault() -> None:
    gate = Gate()
    gate.away = ZeroDivisionError()
    heartbeat = Heartbeat(gate, "worker@a:1", seconds=0.001)  # type: ignore[arg-type]
    with capture_logs():
        heartbeat.start()
        assert gate.beaten.wait(5)
        gate.beaten.clear()
        assert gate.beaten.wait(5)
        heartbeat.stop()


def test_the_store_shows_which_processes_live(services: Services) -> None:
    Heartbeat(services.gate, "worker@a:1").beat()
    assert list(services.gate.heartbeats()) == ["worker@a:1"]


def test_a_beat_says_whether_the_process_also_works() -> None:
    gate, said = Gate(), []
    heartbeat = Heartbeat(
        gate,  # type: ignore[arg-type]
        "worker@a:1",
        in_order=lambda: False,
        also=lambda: said.append("taken"),
    )
    heartbeat.beat()
    assert (gate.in_order, said) == (False, ["taken"])


@pytest.mark.parametrize("kind", ["worker@shop-1", "beat"])
def test_no_two_processes_have_one_name(kind: str) -> None:
    assert process_name(kind).startswith(f"{kind.partition('@')[0]}@")
    assert process_name(kind).endswith(f":{os.getpid()}")
