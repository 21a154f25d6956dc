"""An ending, as the store wrote it down, becomes what Celery does next."""

from __future__ import annotations

import pytest

from integration.jobs import Done, Ending, Flow, Identity, Park, Retry, Wait, go_on
from integration.runner import Outcome
from integration.services import Services
from integration.testing.clock import HandClock
from workers.steps import Fail, Finished, HoldBack, LeaveToMover, Step, next_step

ORDER = Identity(Flow.CREATE_ORDER, "nl", "1042")


def after(services: Services, ending: Ending, *, hinted_meanwhile: bool = False) -> Step:
    job = services.jobs.hint(ORDER, "main")
    claimed = services.jobs.claim(job.id, "token")
    assert claimed
    if hinted_meanwhile:
        services.jobs.hint(ORDER, "main", webhook=True)
    return next_step(Outcome(services.jobs.end(claimed, ending), ending))


def test_a_job_that_is_done_needs_nothing_more(services: Services) -> None:
    assert after(services, Done("made order 9")) == Finished()


@pytest.mark.parametrize(
    "ending",
    [
        Wait(5.5, "the rate limit was exceeded.", "RateLimited"),
        Retry(30.0, "the shop had an error.", "Unavailable"),
    ],
)
def test_a_short_wait_is_held_back_by_celery(services: Services, ending: Wait | Retry) -> None:
    step = after(services, ending)
    assert isinstance(step, HoldBack)
    assert step.seconds == ending.seconds
    assert (
        str(step.why) == f"create_order nl 1042: {ending.reason} Again in {ending.seconds:.0f} s."
    )


@pytest.mark.parametrize(
    "ending",
    [
        Wait(31.0, "too early.", "NotYet"),
        Wait(4.0, "no budget.", "OverBudget", celery=False),
        Retry(900.0, "the shop had an error.", "Unavailable"),
    ],
)
def test_a_long_wait_and_one_for_budget_are_left_to_the_mover(
    services: Services, ending: Wait | Retry
) -> None:
    assert isinstance(after(services, ending), LeaveToMover)


def test_a_job_that_goes_on_at_once_was_sent_by_the_store_already(services: Services) -> None:
    assert after(services, go_on()) == Finished()


def test_a_job_that_was_hinted_while_it_ran_was_sent_by_the_store_already(
    services: Services,
) -> None:
    wait = Wait(5.0, "the rate limit was exceeded", "RateLimited")
    assert after(services, wait, hinted_meanwhile=True) == Finished()


def test_a_parked_job_fails_with_its_sentence(services: Services) -> None:
    step = after(services, Park("line 2 has no SKU; give it one, then retry", "Unmappable"))
    assert isinstance(step, Fail)
    assert str(step.why) == "create_order nl 1042: line 2 has no SKU; give it one, then retry"


def test_a_job_that_parks_but_was_hinted_meanwhile_does_not_fail(services: Services) -> None:
    park = Park("line 2 has no SKU", "Unmappable")
    assert after(services, park, hinted_meanwhile=True) == Finished()


def test_a_wait_of_nothing_is_not_held_back(services: Services, clock: HandClock) -> None:
    assert after(services, Wait(0.0, "this worker is stopping", "Stopping")) == Finished()
