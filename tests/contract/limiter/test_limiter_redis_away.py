"""Redis away and back, or of no use: nothing is sent meanwhile, and soon again afterwards."""

from __future__ import annotations

from pathlib import Path
from time import monotonic

import pytest
import redis

from integration.embedded_broker import EmbeddedBroker
from integration.errors import NoLimiter, RateLimited
from integration.jobs import Lane
from integration.picqer.limiter import RedisLimiter
from integration.ports import Permit
from tests.contract.limiter.conftest import NewLimiter


def test_a_redis_that_forgets_at_every_call_stops_all_sending(
    new_limiter: NewLimiter, limiter_client: redis.Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    limiter = new_limiter()
    limiter.take(Lane.ORDERS, patience=0.0)
    seed = limiter._state._seed

    def seed_in_vain(epoch: str) -> None:
        seed(epoch)
        limiter_client.flushdb()

    monkeypatch.setattr(limiter._state, "_seed", seed_in_vain)
    limiter_client.flushdb()
    with pytest.raises(NoLimiter, match="again and again"):
        limiter.take(Lane.ORDERS, patience=0.0)


def test_nothing_is_sent_without_redis_and_work_goes_on_when_it_is_back(tmp_path: Path) -> None:
    with EmbeddedBroker(tmp_path) as broker:
        limiter = RedisLimiter(broker.url, "main", "away")
        limiter.answered(limiter.take(Lane.ORDERS, patience=0.0), 500, 499)
        flying = limiter.take(Lane.ORDERS, patience=0.0)
        broker.kill()
        with pytest.raises(NoLimiter):
            limiter.take(Lane.ORDERS, patience=3.0)
        with pytest.raises(NoLimiter):
            limiter.view()
        limiter.answered(flying, 500, 498)
        limiter.give_back(flying)
        broker.start()
        back = monotonic()
        # What Redis had not written yet is lost, so this may be the probe of a new state.
        assert isinstance(limiter.take(Lane.ORDERS, patience=3.0), Permit)
        assert monotonic() - back < 10.0


def test_a_refusal_that_redis_did_not_hear_of_pauses_when_it_is_back(tmp_path: Path) -> None:
    with EmbeddedBroker(tmp_path) as broker:
        limiter = RedisLimiter(broker.url, "main", "unheard")
        limiter.answered(limiter.take(Lane.ORDERS, patience=0.0), 500, 499)
        flying = limiter.take(Lane.ORDERS, patience=0.0)
        broker.kill()
        assert limiter.refused(flying, 20.0) == pytest.approx(20.0)
        broker.start()
        with pytest.raises(RateLimited):
            limiter.take(Lane.ORDERS, patience=0.0)
        assert limiter.view().in_use == 2
