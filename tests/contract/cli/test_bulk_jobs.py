"""Many jobs by filter: the plan, the question, the steps, and going on after a stop."""

from __future__ import annotations

import io
import sys
from collections.abc import Callable
from typing import Any, Protocol

import pytest
from typer.testing import Result

from integration.errors import NoLimiter
from integration.jobs import Flow, Job, State
from integration.operate import begin_bulk, step_bulk
from integration.ports import Act, AuditFilter, JobFilter
from tests.flows.world import World, line
from workers.cli import job_acts
from workers.cli.progress import progress_bar


class Bridge(Protocol):
    """The command, as the folder's conftest gives it."""

    world: World
    json: Callable[..., Any]

    def __call__(self, *words: object, answer: str | None = None) -> Result: ...


@pytest.fixture
def parked(world: World) -> list[Job]:
    """Three orders are parked: a line has no SKU; an hour passed since."""
    jobs = []
    for number in ("1", "2", "3"):
        world.order(number, lines=(line(None),))
        jobs.append(world.run_order(number).job)
    world.clock.advance(3600)
    return jobs


def open_jobs(world: World) -> int:
    return world.services.jobs.count(JobFilter(state=State.OPEN, flow=Flow.CREATE_ORDER))


def test_a_dry_run_shows_the_plan_and_changes_nothing(
    bridge: Bridge, world: World, parked: list[Job]
) -> None:
    result = bridge("jobs", "retry", "--code", "Unmappable", "--dry-run")
    assert result.exit_code == 0
    lines = result.stdout.splitlines()
    assert lines[1].split() == ["create_order", "Unmappable", "3"]
    assert lines[2] == "3 jobs in all."
    assert lines[3].startswith("Picqer account main: about 9 calls")
    assert open_jobs(world) == 0
    plan = bridge.json("jobs", "retry", "--code", "Unmappable", "--dry-run")
    assert (plan["plan"]["count"], plan["act"]) == (3, None)


def test_what_matches_is_retried_after_a_yes_and_the_note_is_kept(
    bridge: Bridge, world: World, parked: list[Job]
) -> None:
    assert bridge("jobs", "retry", "--shop", "nl", answer="n\n").exit_code == 1
    assert open_jobs(world) == 0
    result = bridge("jobs", "retry", "--shop", "nl", "--note", "SKUs added", answer="y\n")
    assert result.exit_code == 0
    assert "3 of 3 jobs are open and run as soon as they can." in result.stdout
    assert open_jobs(world) == 3
    notes = {one.note for one in world.services.audit.find(AuditFilter(act=Act.RETRY))}
    assert notes == {"SKUs added"}


@pytest.mark.parametrize(
    ("words", "count"),
    [
        (("--older-than", "30m"), 3),
        (("--newer-than", "30m"), 0),
        (("--flow", "create_order", "--account", "main"), 3),
        (("--text", "order 2"), 1),
        (("--state", "done"), 0),
    ],
)
def test_only_what_matches_is_in_the_plan(
    bridge: Bridge, parked: list[Job], words: tuple[str, ...], count: int
) -> None:
    assert bridge.json("jobs", "retry", "--dry-run", *words)["plan"]["count"] == count


def test_without_ids_and_filters_nobody_knows_which(bridge: Bridge) -> None:
    for command in ("retry", "dismiss"):
        assert bridge("jobs", command, "--yes").exit_code == 2
        assert bridge("jobs", command, "--yes", "12", "--shop", "nl").exit_code == 2
        assert bridge("jobs", command, "--older-than", "long").exit_code == 2


def test_nothing_that_matches_is_no_problem(bridge: Bridge) -> None:
    result = bridge("jobs", "retry", "--shop", "nl")
    assert (result.exit_code, result.stdout) == (0, "There is no such job.\n")


def test_many_are_dismissed_but_not_what_keeps_stock_right(
    bridge: Bridge, world: World, parked: list[Job]
) -> None:
    world.hint(Flow.PUSH_STOCK, "stock")
    result = bridge("jobs", "dismiss", "--state", "open", "--yes")
    assert result.exit_code == 1
    assert "cannot be dismissed and are left alone" in result.stdout
    told = bridge.json("jobs", "dismiss", "--shop", "nl", "--yes")
    assert (told["act"]["done"], told["act"]["which"]) == (3, {"shop": "nl", "state": "parked"})


def test_a_plan_without_redis_still_tells_the_rest(
    bridge: Bridge, world: World, parked: list[Job], monkeypatch: pytest.MonkeyPatch
) -> None:
    def away() -> None:
        raise NoLimiter

    monkeypatch.setattr(world.limiter, "view", away)
    text = bridge("jobs", "retry", "--shop", "nl", "--dry-run").stdout
    assert "about 9 calls, and Redis, which knows the rate limit, is away" in text


def test_a_stopped_act_is_gone_on_with(
    bridge: Bridge, world: World, parked: list[Job], monkeypatch: pytest.MonkeyPatch
) -> None:
    def stopped(services: Any, bulk_id: int) -> Any:
        yield step_bulk(services, bulk_id, size=1)
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(job_acts, "carry_out", stopped)
        result = bridge("jobs", "retry", "--shop", "nl", "--yes")
    assert result.exit_code == 1
    (bulk,) = world.services.bulk.latest()
    assert f"`picqer-bridge jobs retry --go-on {bulk.id}` goes on" in result.stderr
    assert open_jobs(world) == 1
    assert bridge("jobs", "retry", "--go-on", bulk.id).exit_code == 0
    assert open_jobs(world) == 3


def test_going_on_with_what_there_is_not_is_a_problem(bridge: Bridge, world: World) -> None:
    bulk = begin_bulk(world.services, Act.DISMISS, JobFilter(), "ann")
    for number in (bulk.id, 99):
        assert bridge("jobs", "retry", "--go-on", number).exit_code == 1
    assert bridge("jobs", "dismiss", "--go-on", bulk.id).exit_code == 0


class Terminal(io.StringIO):
    """A standard error that is a terminal."""

    def isatty(self) -> bool:
        return True


def test_a_terminal_sees_a_progress_bar(monkeypatch: pytest.MonkeyPatch) -> None:
    screen = Terminal()
    monkeypatch.setattr(sys, "stderr", screen)
    with progress_bar("retry") as tell:
        tell(2, 3)
    assert "retry" in screen.getvalue()
    assert "2/3" in screen.getvalue()


# --- parked, notes and the audit log -------------------------------------------------------------


def test_parked_jobs_are_grouped_with_what_puts_them_right(
    bridge: Bridge, parked: list[Job]
) -> None:
    text = bridge("jobs", "parked").stdout
    assert text.startswith("3 of create_order: the shop's data cannot be translated for Picqer")
    assert "for example: " in text
    assert "then retry." in text
    command = text.splitlines()[-1].split()
    assert command[:3] == ["picqer-bridge", "jobs", "retry"]
    assert bridge(*command[1:], "--dry-run").stdout.splitlines()[-2] == "3 jobs in all."
    (group,) = bridge.json("jobs", "parked", "--shop", "nl")
    assert group["count"] == 3
    assert bridge("jobs", "parked", "--flow", "push_stock").stdout == "No job is parked.\n"


def test_a_note_is_shown_with_the_job(bridge: Bridge, parked: list[Job]) -> None:
    job = parked[0]
    assert bridge("jobs", "note", job.id, "asked the merchant").exit_code == 0
    assert ": asked the merchant" in bridge("jobs", "show", job.id).stdout
    (act,) = bridge.json("jobs", "show", job.id)["acts"]
    assert (act["act"], act["note"]) == ("note", "asked the merchant")
    assert bridge.json("jobs", "note", job.id, "again")["id"] == job.id
    assert bridge("jobs", "note", 4711, "x").exit_code == 1
    assert bridge("jobs", "note", job.id, " ").exit_code == 2


def test_the_audit_log_tells_who_did_what(bridge: Bridge, parked: list[Job]) -> None:
    bridge("jobs", "retry", parked[0].id)
    bridge("pause", "--shop", "nl", "--note", "stocktaking")
    heading, latest, earlier = bridge("audit").stdout.splitlines()
    assert heading.split()[:2] == ["time", "(UTC)"]
    assert "every flow of shop nl" in latest
    assert "stocktaking" in latest
    assert "create_order nl 1" in earlier
    assert "(command line)" in earlier
    (entry,) = bridge.json("audit", "--act", "retry", "--job", parked[0].id, "--since", "1h")
    assert entry["about"] == "create_order nl 1"
    assert "see more with --offset 1" in bridge("audit", "--limit", "1").stdout
    assert bridge("audit", "--who", "nobody").stdout == "Nobody did such a thing.\n"
