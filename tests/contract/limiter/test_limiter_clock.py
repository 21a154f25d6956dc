"""Clocks that step, and time that goes by: nothing is freed too soon, or held for long."""

from __future__ import annotations

import pytest

from integration.errors import OverBudget
from integration.jobs import Lane
from integration.picqer.limiter import Delay
from integration.ports import Permit
from tests.contract.limiter.conftest import NewLimiter
from tests.contract.limiter.simulation import VirtualTime


def test_a_clock_of_redis_that_steps_forward_frees_nothing(
    new_limiter: NewLimiter, time: VirtualTime
) -> None:
    limiter = new_limiter()
    limiter.answered(limiter.take(Lane.ORDERS, patience=0.0), 1, 0)
    time.redis_offset = 3600.0
    with pytest.raises(OverBudget) as refusal:
        limiter.take(Lane.ORDERS, patience=0.0)
    assert refusal.value.seconds == pytest.approx(60.0, abs=0.1)
    time.sleep(60.1)
    limiter.take(Lane.ORDERS, patience=0.0)


def test_a_clock_of_redis_that_steps_back_holds_nothing_for_long(
    new_limiter: NewLimiter, time: VirtualTime
) -> None:
    limiter = new_limiter()
    limiter.answered(limiter.take(Lane.ORDERS, patience=0.0), 1, 0)
    time.redis_offset = -3600.0
    time.sleep(1.0)
    assert isinstance(limiter.ask(Lane.ORDERS, patience=0.0), Delay)
    time.sleep(60.1)
    assert isinstance(limiter.ask(Lane.ORDERS, patience=0.0), Permit)


def test_a_process_that_starts_after_a_step_back_does_not_take_time_back(
    new_limiter: NewLimiter, time: VirtualTime
) -> None:
    limiter = new_limiter()
    limiter.answered(limiter.take(Lane.ORDERS, patience=0.0), 1, 0)
    time.redis_offset = -3600.0
    with pytest.raises(OverBudget) as refusal:
        new_limiter().take(Lane.ORDERS, patience=0.0)
    assert refusal.value.seconds == pytest.approx(60.05, abs=0.1)


def test_an_hour_of_silence_frees_everything(new_limiter: NewLimiter, time: VirtualTime) -> None:
    limiter = new_limiter()
    limiter.answered(limiter.take(Lane.ORDERS, patience=0.0), 1, 0)
    time.sleep(3600.0)
    limiter.take(Lane.ORDERS, patience=0.0)
