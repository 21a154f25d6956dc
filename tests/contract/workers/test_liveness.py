"""Who lives and works, as people see it: in ``/health/ready`` and in the metrics."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import timedelta

import httpx
import pytest
from fastapi import FastAPI
from prometheus_client import generate_latest

from integration.liveness import QUEUES, Liveness, ages, look, note_taken
from integration.services import Services
from integration.testing.clock import NOON, HandClock
from integration.web.health import health
from integration.web.metrics import Metrics

ALL_WELL = ("beat@a:1", "worker@a:2", "bulk@a:3", "mover@a:4", "web@a:5")
Live = Callable[..., None]


@pytest.fixture
def live(services: Services, clock: HandClock) -> Live:
    """Lets a minute pass in which these processes live and those queues are served."""
    numbers: dict[str, int] = {}

    def minute(
        *processes: str, stalled: tuple[str, ...] = (), served: tuple[str, ...] = QUEUES
    ) -> None:
        for _ in range(6):
            clock.advance(10)
            for name in (*processes, *stalled):
                number = numbers.get(name, 0)
                in_order = name not in stalled
                numbers[name] = services.gate.beat(name, number, in_order=in_order)
            for queue in served:
                note_taken(services.bookmarks, queue)

    return minute


def ready(services: Services) -> dict[str, object]:
    app = FastAPI()
    app.include_router(health(services, lambda: True))

    async def visit() -> dict[str, object]:
        transport = httpx.ASGITransport(app)
        async with httpx.AsyncClient(transport=transport, base_url="http://door") as client:
            body: dict[str, object] = (await client.get("/health/ready")).json()
        return body

    return asyncio.run(visit())


def complaints(services: Services) -> tuple[object, object, object]:
    body = ready(services)
    return body["missing"], body["stalled"], body["unserved"]


def figures(services: Services) -> str:
    return generate_latest(Metrics(services).registry).decode()


def test_an_idle_service_is_in_order(services: Services, live: Live) -> None:
    live(*ALL_WELL)
    live(*ALL_WELL)
    assert complaints(services) == ([], [], [])
    assert set(ready(services)["queues"]) == set(QUEUES)  # type: ignore[call-overload]


def test_a_worker_that_lives_without_working_is_stalled_and_not_missing(
    services: Services, live: Live
) -> None:
    live(*ALL_WELL)
    others = tuple(name for name in ALL_WELL if name != "worker@a:2")
    live(*others, stalled=("worker@a:2",), served=("bulk", "mover"))
    assert complaints(services) == ([], ["worker"], ["orders", "events"])
    assert 'picqer_bridge_processes{process="worker",state="stalled"} 1.0' in figures(services)
    assert 'picqer_bridge_queue_taken_age_seconds{queue="orders"} 60.0' in figures(services)


def test_one_of_two_workers_is_seen_to_be_stalled_though_their_queues_are_served(
    services: Services, live: Live
) -> None:
    live(*ALL_WELL, "worker@b:2")
    live(*ALL_WELL, stalled=("worker@b:2",))
    assert complaints(services) == ([], ["worker"], [])
    text = figures(services)
    assert 'picqer_bridge_processes{process="worker",state="working"} 1.0' in text
    assert 'picqer_bridge_processes{process="worker",state="stalled"} 1.0' in text


def test_a_frozen_worker_says_nothing_so_it_is_missing(services: Services, live: Live) -> None:
    live(*ALL_WELL)
    live("beat@a:1", "bulk@a:3", "mover@a:4", served=("bulk", "mover"))
    assert complaints(services) == (["worker"], [], ["orders", "events"])


def test_a_beat_that_stands_still_is_stalled_and_silent_queues_prove_nothing(
    services: Services, live: Live
) -> None:
    live(*ALL_WELL)
    live(*ALL_WELL[1:], stalled=("beat@a:1",), served=())
    assert complaints(services) == ([], ["beat"], [])


def test_a_beat_that_is_away_is_missing_and_silent_queues_prove_nothing(
    services: Services, live: Live
) -> None:
    live(*ALL_WELL)
    live(*ALL_WELL[1:], served=())
    assert complaints(services) == (["beat"], [], [])


def test_a_process_of_an_earlier_version_is_not_called_stalled(services: Services) -> None:
    services.gate.beat("worker@old:1", 0, in_order=False)
    assert look(services).stalled == {}


def test_the_age_of_a_kind_is_that_of_its_youngest_heartbeat() -> None:
    before = NOON - timedelta(seconds=30)
    assert ages({"worker@a:1": before, "worker@b:2": NOON, "beat@a:3": before}, NOON) == {
        "beat": 30.0,
        "worker": 0.0,
    }


def test_processes_that_were_silent_for_a_minute_are_missing() -> None:
    assert Liveness({"beat": 59.0, "worker": 61.0}, {}, {}, {}).missing == ["worker"]
    assert Liveness({"beat": 1.0, "worker": 1.0}, {}, {}, {}).missing == []
