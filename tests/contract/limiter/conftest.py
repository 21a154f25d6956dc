"""A real server for the limiter, and time that the test moves."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import redis

from integration.picqer.limit_state import connect
from integration.picqer.limiter import RedisLimiter
from tests.contract.limiter.simulation import Simulation, VirtualTime

NewLimiter = Callable[..., RedisLimiter]


@pytest.fixture(scope="session")
def limiter_client(valkey_url: str) -> Iterator[redis.Redis]:
    # A database of its own: some of these tests empty it.
    with connect(valkey_url.removesuffix("/0") + "/9") as client:
        yield client


@pytest.fixture
def time() -> VirtualTime:
    return VirtualTime()


@pytest.fixture
def new_limiter(limiter_client: redis.Redis, time: VirtualTime) -> NewLimiter:
    """Makes processes of one API key, unless another ``digest`` is given."""
    default = secrets.token_hex(8)

    def make(digest: str = default, **options: Any) -> RedisLimiter:
        return RedisLimiter(
            limiter_client, "main", digest, clock=time, redis_time=time.redis, **options
        )

    return make


@pytest.fixture
def simulate(limiter_client: redis.Redis) -> Callable[..., Simulation]:
    def make(**options: object) -> Simulation:
        return Simulation(limiter_client, **options)

    return make
