"""Many who ask at once whether the service is ready: they share one look, and one thread."""

from __future__ import annotations

import asyncio
import threading
from dataclasses import replace

import httpx
from fastapi import FastAPI

from integration.jobs import Queue
from integration.store.database import Database
from integration.testing.clock import HandClock
from integration.testing.wake_up import RecordedWakeUp
from integration.web.health import health
from tests.flows.world import World

VISITORS = 100


class SlowRedis(RecordedWakeUp):
    """Answers after everybody has asked; counts the questions."""

    def __init__(self) -> None:
        super().__init__()
        self.asked = 0
        self.everybody = threading.Event()

    def waiting(self, queue: Queue) -> int | None:
        self.asked += 1
        self.everybody.wait(5.0)
        return super().waiting(queue)


def test_all_who_ask_at_once_cost_one_look(memory_database: Database, clock: HandClock) -> None:
    redis = SlowRedis()
    app = FastAPI()
    services = replace(World(memory_database, clock).services, wake_up=redis)
    app.include_router(health(services, lambda: True))

    async def flood() -> list[httpx.Response]:
        transport = httpx.ASGITransport(app)
        async with httpx.AsyncClient(transport=transport, base_url="http://door") as client:
            visits = [asyncio.ensure_future(client.get("/health/ready")) for _ in range(VISITORS)]
            rounds = 0
            while redis.asked == 0 or rounds < VISITORS:
                await asyncio.sleep(0)
                rounds += 1
            redis.everybody.set()
            answers = await asyncio.gather(*visits)
            return [*answers, await client.get("/health/ready")]

    answers = asyncio.run(flood())

    assert {answer.status_code for answer in answers} == {200}
    assert redis.asked == 2
