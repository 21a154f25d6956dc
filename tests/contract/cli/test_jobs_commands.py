"""``picqer-bridge jobs``."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol

import pytest
from typer.testing import Result

from integration.jobs import Delivery, Flow, Identity, Job, State
from tests.flows.world import World, line


class Bridge(Protocol):
    """The command, as the folder's conftest gives it."""

    world: World
    json: Callable[..., Any]

    def __call__(self, *words: object, answer: str | None = None) -> Result: ...


@pytest.fixture
def parked(world: World) -> Job:
    """Order 1042 is parked: a line has no SKU."""
    world.order(lines=(line(None),))
    return world.run_order().job


@pytest.fixture
def done(world: World) -> Job:
    world.order("7", test=True)
    return world.run_order("7").job


def test_jobs_are_listed_with_state_and_reason(bridge: Bridge, parked: Job, done: Job) -> None:
    result = bridge("jobs", "list")
    assert result.exit_code == 0
    lines = result.stdout.splitlines()
    assert lines[0].split()[:5] == ["id", "state", "flow", "shop", "subject"]
    assert {row.split()[1] for row in lines[1:]} >= {"parked", "done"}
    assert "it is a test order" in result.stdout


def test_jobs_are_listed_as_json_without_lease_tokens(bridge: Bridge, parked: Job) -> None:
    (found,) = bridge.json("jobs", "list", "--state", "parked")
    assert (found["id"], found["flow"], found["subject"]) == (parked.id, "create_order", "1042")
    assert found["state"] == "parked"
    assert found["code"] == "Unmappable"
    assert "lease_token" not in found


@pytest.mark.parametrize(
    "words",
    [
        ("--state", "parked"),
        ("--code", "Unmappable"),
        ("--text", "1042"),
        ("--flow", "create_order", "--shop", "nl", "--limit", "1", "--state", "parked"),
    ],
)
def test_filters_keep_only_what_matches(
    bridge: Bridge, parked: Job, done: Job, words: tuple[str, ...]
) -> None:
    assert [job["id"] for job in bridge.json("jobs", "list", *words)] == [parked.id]


def test_a_list_that_was_cut_says_so(bridge: Bridge, parked: Job, done: Job) -> None:
    assert "see more with --limit" in bridge("jobs", "list", "--limit", "1").stdout


def test_an_empty_list_is_no_problem(bridge: Bridge) -> None:
    result = bridge("jobs", "list", "--state", "parked")
    assert (result.exit_code, result.stdout) == (0, "There is no such job.\n")
    assert bridge.json("jobs", "list", "--state", "parked") == []


def test_an_unknown_shop_is_wrong_use_with_the_shops_there_are(bridge: Bridge) -> None:
    result = bridge("jobs", "list", "--shop", "be")
    assert result.exit_code == 2
    assert "there is no shop 'be'; there is nl" in result.stderr
    assert "did you mean nl?" in bridge("jobs", "list", "--shop", "nll").stderr


def test_a_job_is_shown_with_its_reason_and_timeline(bridge: Bridge, parked: Job) -> None:
    result = bridge("jobs", "show", parked.id)
    assert result.exit_code == 0
    assert result.stdout.startswith(f"Job {parked.id}, create_order nl 1042: parked\n")
    assert parked.reason
    assert parked.reason in result.stdout
    assert "hinted" in result.stdout


def test_a_shown_job_names_the_deliveries_that_raised_it(
    bridge: Bridge, world: World, parked: Job
) -> None:
    delivery, _ = world.services.inbox.add(Delivery("shops/nl", {}, b"{}"), "routed", None)
    world.services.inbox.raised(delivery, parked.id, 1)
    assert f"raised by delivery {delivery} of shops/nl" in bridge("jobs", "show", parked.id).stdout
    shown = bridge.json("jobs", "show", parked.id)
    assert shown["deliveries"] == [delivery]
    assert [event["kind"] for event in shown["timeline"]][-1] == "park"


@pytest.mark.parametrize("command", ["show", "retry"])
def test_an_unknown_job_is_a_problem_without_a_traceback(bridge: Bridge, command: str) -> None:
    result = bridge("jobs", command, 4711)
    assert result.exit_code == 1
    assert "no job 4711" in result.stderr


def test_retry_opens_a_parked_job_and_says_who_did(
    bridge: Bridge, world: World, parked: Job
) -> None:
    result = bridge("jobs", "retry", parked.id)
    assert result.exit_code == 0
    assert "is open and runs as soon as it can" in result.stdout
    job = world.services.jobs.job(parked.id)
    assert job is not None
    assert job.state is State.OPEN
    assert "(command line)" in (job.reason or "")


def test_retrying_several_asks_and_does_nothing_without_a_yes(
    bridge: Bridge, world: World, parked: Job, done: Job
) -> None:
    refused = bridge("jobs", "retry", parked.id, done.id, answer="n\n")
    assert refused.exit_code == 1
    unanswered = bridge("jobs", "retry", parked.id, done.id)
    assert unanswered.exit_code == 2
    assert "add --yes" in unanswered.stderr
    assert state(world, parked) is State.PARKED
    assert bridge("jobs", "retry", parked.id, done.id, answer="y\n").exit_code == 0
    assert state(world, parked) is State.OPEN


def test_one_unknown_id_does_not_keep_the_others_from_being_retried(
    bridge: Bridge, world: World, parked: Job
) -> None:
    result = bridge("jobs", "retry", "--yes", "--json", 4711, parked.id)
    assert result.exit_code == 1
    assert state(world, parked) is State.OPEN


def test_retry_as_json_tells_what_became_of_each(bridge: Bridge, parked: Job) -> None:
    unknown, known = bridge.json("jobs", "retry", "--yes", 4711, parked.id)
    assert unknown == {"id": 4711, "problem": "there is no job 4711", "job": None}
    assert (known["problem"], known["job"]["state"]) == (None, "open")


def test_a_dismissed_order_no_longer_holds_stock(bridge: Bridge, world: World) -> None:
    world.order(release=False)
    job = world.run_order().job
    assert world.services.stock.in_flight("main", "MUG-BLUE") == 2
    assert bridge("jobs", "dismiss", "--yes", job.id).exit_code == 0
    assert state(world, job) is State.DISMISSED
    assert world.services.stock.in_flight("main", "MUG-BLUE") == 0
    assert world.services.jobs.find_identity(Identity(Flow.PUSH_STOCK, "nl", "stock"))


def test_dismissing_asks_first(bridge: Bridge, world: World, parked: Job) -> None:
    assert bridge("jobs", "dismiss", parked.id, answer="n\n").exit_code == 1
    assert state(world, parked) is State.PARKED
    assert bridge("jobs", "dismiss", parked.id, answer="y\n").exit_code == 0
    assert state(world, parked) is State.DISMISSED


def test_a_stock_job_cannot_be_dismissed_and_the_sentence_says_why(
    bridge: Bridge, world: World
) -> None:
    job = world.hint(Flow.PUSH_STOCK, "stock")
    result = bridge("jobs", "dismiss", "--yes", job.id)
    assert result.exit_code == 1
    assert "cannot be dismissed" in result.stderr
    assert state(world, job) is State.OPEN


def state(world: World, job: Job) -> State:
    found = world.services.jobs.job(job.id)
    assert found is not None
    return found.state
