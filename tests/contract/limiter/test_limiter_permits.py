"""When a permit is given, how long it stays taken, and who goes first."""

from __future__ import annotations

import pytest

from integration.errors import OverBudget
from integration.jobs import Lane
from integration.picqer.limiter import Delay, RedisLimiter
from integration.ports import Permit
from tests.contract.limiter.conftest import NewLimiter
from tests.contract.limiter.simulation import START, VirtualTime


def opened(limiter: RedisLimiter, limit: int) -> None:
    """Let one request through, so that the limit is known; it stays in use for a minute."""
    permit = limiter.take(Lane.ORDERS, patience=1.0)
    limiter.answered(permit, limit, limit - 1)


def use_up(limiter: RedisLimiter, count: int) -> None:
    for _ in range(count):
        limiter.answered(limiter.take(Lane.ORDERS, patience=0.0), None, None)


def test_a_permit_is_freed_sixty_seconds_after_the_response(
    new_limiter: NewLimiter, time: VirtualTime
) -> None:
    limiter = new_limiter()
    opened(limiter, 2)
    permit = limiter.take(Lane.ORDERS, patience=0.0)
    time.sleep(2.0)
    limiter.answered(permit, 2, 0)
    time.sleep(58.1)
    limiter.take(Lane.ORDERS, patience=0.0)
    with pytest.raises(OverBudget) as refusal:
        limiter.take(Lane.ORDERS, patience=0.0)
    assert refusal.value.seconds == pytest.approx(1.95, abs=0.01)


def test_an_unanswered_permit_is_freed_a_minute_after_its_deadline(
    new_limiter: NewLimiter, time: VirtualTime
) -> None:
    limiter = new_limiter()
    opened(limiter, 2)
    time.sleep(61.0)
    limiter.unanswered(limiter.take(Lane.ORDERS, patience=0.0))
    time.sleep(71.9)
    assert limiter.view().in_use == 1
    time.sleep(0.2)
    assert limiter.view().in_use == 0


def test_the_permit_of_a_worker_that_died_is_freed_by_itself(
    new_limiter: NewLimiter, time: VirtualTime
) -> None:
    limiter = new_limiter()
    opened(limiter, 500)
    limiter.take(Lane.ORDERS, patience=0.0)
    assert limiter.view().in_flight == 1
    time.sleep(13.1)
    assert (limiter.view().in_flight, limiter.view().in_use) == (0, 2)
    time.sleep(59.0)
    assert limiter.view().in_use == 0


def test_an_unused_permit_is_given_back_at_once(new_limiter: NewLimiter) -> None:
    limiter = new_limiter()
    opened(limiter, 2)
    limiter.give_back(limiter.take(Lane.ORDERS, patience=0.0))
    assert limiter.view().in_use == 1
    limiter.take(Lane.ORDERS, patience=0.0)


def test_bulk_that_gives_a_permit_back_keeps_its_pace(new_limiter: NewLimiter) -> None:
    limiter = new_limiter()
    opened(limiter, 500)
    before = limiter.budget(1.0, Lane.BULK)
    for _ in range(5):
        limiter.give_back(limiter.take(Lane.BULK, patience=1.0))
    assert limiter.budget(1.0, Lane.BULK) == before


def test_two_accounts_do_not_share_a_limit(new_limiter: NewLimiter) -> None:
    one, other = new_limiter("a" * 16), new_limiter("b" * 16)
    opened(one, 1)
    opened(other, 3)
    assert isinstance(one.ask(Lane.ORDERS, patience=0.0), Delay)
    assert isinstance(other.ask(Lane.ORDERS, patience=0.0), Permit)


def test_taking_waits_in_place_as_long_as_the_script_says(
    new_limiter: NewLimiter, time: VirtualTime
) -> None:
    limiter = new_limiter()
    opened(limiter, 1)
    began = time.at
    limiter.take(Lane.ORDERS, patience=61.0)
    assert time.at - began == pytest.approx(60.05, abs=0.01)


def test_a_wait_longer_than_the_patience_is_refused_at_once_with_its_moment(
    new_limiter: NewLimiter, time: VirtualTime
) -> None:
    limiter = new_limiter()
    opened(limiter, 1)
    began = time.at
    with pytest.raises(OverBudget) as refusal:
        limiter.take(Lane.STOCK, patience=3.0)
    assert time.at == began
    assert refusal.value.seconds == pytest.approx(60.05, abs=0.01)
    assert limiter.view().waiting["stock"] == 0


def test_requests_in_flight_are_bounded_and_bulk_leaves_slots_for_orders(
    new_limiter: NewLimiter,
) -> None:
    limiter = new_limiter(most_in_flight=5)
    opened(limiter, 500)
    for _ in range(3):
        limiter.take(Lane.BULK, patience=0.0)
    assert isinstance(limiter.ask(Lane.BULK, patience=0.0), Delay)
    for _ in range(2):
        limiter.take(Lane.ORDERS, patience=0.0)
    assert isinstance(limiter.ask(Lane.ORDERS, patience=0.0), Delay)


def test_within_a_lane_the_first_to_wait_is_the_first_to_go(
    new_limiter: NewLimiter, time: VirtualTime
) -> None:
    limiter = new_limiter(most_in_flight=1)
    opened(limiter, 500)
    flying = limiter.take(Lane.ORDERS, patience=0.0)
    first = limiter.ask(Lane.ORDERS, patience=3.0)
    assert isinstance(first, Delay)
    limiter.answered(flying, 500, 490)
    assert isinstance(limiter.ask(Lane.ORDERS, patience=3.0), Delay)
    assert isinstance(limiter.ask(Lane.ORDERS, patience=3.0, ticket=first.ticket), Permit)


def test_those_who_wait_are_served_in_the_order_in_which_they_came(
    new_limiter: NewLimiter, time: VirtualTime
) -> None:
    limiter = new_limiter()
    opened(limiter, 4)
    for _ in range(3):
        time.sleep(0.3)
        use_up(limiter, 1)
    tickets: list[str | None] = [None] * 4
    served: list[int] = []
    while len(served) < 4:
        time.sleep(0.1)
        for caller in (2, 0, 3, 1) if all(tickets) else range(4):
            if caller not in served:
                answer = limiter.ask(Lane.STOCK, patience=62.0, ticket=tickets[caller])
                if isinstance(answer, Permit):
                    served.append(caller)
                else:
                    tickets[caller] = answer.ticket
    assert served == [0, 1, 2, 3]


def test_an_order_that_waits_goes_before_stock_that_waited_longer(new_limiter: NewLimiter) -> None:
    limiter = new_limiter(most_in_flight=1)
    opened(limiter, 500)
    flying = limiter.take(Lane.ORDERS, patience=0.0)
    stock = limiter.ask(Lane.STOCK, patience=3.0)
    order = limiter.ask(Lane.ORDERS, patience=3.0)
    assert isinstance(stock, Delay)
    assert isinstance(order, Delay)
    assert limiter.view().waiting == {"orders": 1, "shipments": 0, "stock": 1, "bulk": 0}
    limiter.answered(flying, 500, 490)
    assert isinstance(limiter.ask(Lane.STOCK, patience=3.0, ticket=stock.ticket), Delay)
    assert isinstance(limiter.ask(Lane.ORDERS, patience=3.0, ticket=order.ticket), Permit)


def test_a_caller_that_died_while_it_waited_is_soon_passed(
    new_limiter: NewLimiter, time: VirtualTime
) -> None:
    limiter = new_limiter(most_in_flight=1)
    opened(limiter, 500)
    flying = limiter.take(Lane.ORDERS, patience=0.0)
    dead = limiter.ask(Lane.ORDERS, patience=3.0)
    assert isinstance(dead, Delay)
    limiter.answered(flying, 500, 490)
    assert isinstance(limiter.ask(Lane.SHIPMENTS, patience=0.0), Delay)
    time.sleep(dead.poll + 1.1)
    assert isinstance(limiter.ask(Lane.SHIPMENTS, patience=0.0), Permit)


def test_younger_jobs_wait_while_a_backlog_is_metered(
    new_limiter: NewLimiter, time: VirtualTime
) -> None:
    mover, worker = new_limiter(), new_limiter()
    opened(mover, 500)
    mover.publish_horizon(Lane.ORDERS, START - 60.0, 6.0)
    with pytest.raises(OverBudget, match="older orders jobs go first") as refusal:
        worker.take(Lane.ORDERS, patience=3.0, born=START - 30.0)
    assert refusal.value.seconds == pytest.approx(2.0)
    worker.take(Lane.ORDERS, patience=0.0, born=START - 60.0)
    worker.take(Lane.ORDERS, patience=0.0)
    worker.take(Lane.SHIPMENTS, patience=0.0, born=START)
    time.sleep(6.1)
    worker.take(Lane.ORDERS, patience=0.0, born=START)


def test_lifting_the_horizon_lets_younger_jobs_pass(new_limiter: NewLimiter) -> None:
    limiter = new_limiter()
    opened(limiter, 500)
    limiter.publish_horizon(Lane.ORDERS, START - 60.0, 60.0)
    limiter.publish_horizon(Lane.ORDERS, None, 60.0)
    limiter.take(Lane.ORDERS, patience=0.0, born=START)


def test_bulk_may_use_the_last_room_when_it_got_nothing_for_half_a_minute(
    new_limiter: NewLimiter, time: VirtualTime
) -> None:
    limiter = new_limiter()
    opened(limiter, 100)
    use_up(limiter, 98)
    assert isinstance(limiter.ask(Lane.BULK, patience=0.0), Delay)
    time.sleep(30.1)
    assert isinstance(limiter.ask(Lane.BULK, patience=0.0), Permit)


def test_the_budget_counts_room_and_what_is_freed_in_time(
    new_limiter: NewLimiter, time: VirtualTime
) -> None:
    limiter = new_limiter()
    opened(limiter, 100)
    time.sleep(50.0)
    use_up(limiter, 79)
    assert limiter.budget(4.0) == 20
    assert limiter.budget(11.0) == 21


def test_the_budget_of_bulk_is_its_pace(new_limiter: NewLimiter, time: VirtualTime) -> None:
    limiter = new_limiter()
    opened(limiter, 600)
    for _ in range(60):
        limiter.answered(limiter.take(Lane.BULK, patience=1.0), 600, None)
    assert 30 <= limiter.budget(4.0, Lane.BULK) <= 38
    assert limiter.budget(4.0) > 500


def test_looking_changes_nothing(new_limiter: NewLimiter) -> None:
    limiter = new_limiter()
    view = limiter.view()
    assert (view.limit, view.in_use, view.refused, view.account) == (500, 0, 0, "main")
    assert limiter.take(Lane.ORDERS, patience=0.0).number == 1
