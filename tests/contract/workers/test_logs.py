"""Log lines: one per event, for people or machines, without local variables."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from types import SimpleNamespace
from typing import Any, NoReturn

import httpx
import pytest
import structlog
from celery.app.trace import build_tracer
from fastapi import FastAPI

from integration.errors import StoreAway
from integration.jobs import Delivery, Flow, Hint, Identity
from integration.replay import replay
from integration.runner import Runner
from integration.services import Services
from integration.settings import Settings
from integration.testing.clock import HandClock
from integration.web.door import open_door
from tests.written_lines import Written, kept_lines
from workers import tasks
from workers.app import app


@pytest.fixture
def written() -> Iterator[Written]:
    with kept_lines() as stream:
        yield stream


def test_where_nobody_watches_each_line_is_json(written: Written) -> None:
    written.configure({})
    structlog.get_logger("here").info("job.done", job=7)
    logging.getLogger("a.library").warning("it is %s", "slow")
    ours, library = written.lines()
    assert (ours["event"], ours["job"], ours["level"]) == ("job.done", 7, "info")
    assert (library["event"], library["level"]) == ("it is slow", "warning")


def test_what_is_bound_to_a_run_is_in_its_lines(written: Written) -> None:
    written.configure({})
    with structlog.contextvars.bound_contextvars(flow="create_order"):
        structlog.get_logger("here").info("job.done")
    assert written.lines()[0]["flow"] == "create_order"


def test_the_level_leaves_the_less_important_out(written: Written) -> None:
    written.configure({"BRIDGE_LOG__LEVEL": "warning"})
    structlog.get_logger("here").info("job.done")
    logging.getLogger("a.library").info("chatter")
    assert written.getvalue() == ""


@pytest.mark.parametrize("form", ["text", "json"])
def test_a_traceback_shows_no_local_variables(written: Written, form: str) -> None:
    written.configure({"BRIDGE_LOG__FORMAT": form})
    try:
        _fail("A. Jan" + "sen")
    except ZeroDivisionError:
        structlog.get_logger("here").exception("run.fault")
    assert "ZeroDivisionError" in written.getvalue()
    assert "Jansen" not in written.getvalue()


@pytest.mark.parametrize("form", ["text", "json"])
def test_a_traceback_shows_no_words_of_foreign_errors(written: Written, form: str) -> None:
    written.configure({"BRIDGE_LOG__FORMAT": form})
    try:
        _stumble("A. Jan" + "sen")
    except RuntimeError:
        structlog.get_logger("here").exception("run.fault")
        logging.getLogger("a.library").exception("it failed")
    assert written.getvalue().count("run.fault") == written.getvalue().count("it failed") == 1
    assert written.getvalue().count("in _stumble") >= 2
    assert "ValueError" in written.getvalue()
    assert "which led to" in written.getvalue()
    assert "Jansen" not in written.getvalue()


def test_a_traceback_shows_the_words_of_our_own_errors(written: Written) -> None:
    written.configure({})
    try:
        _lose_the_store()
    except StoreAway:
        structlog.get_logger("here").exception("run.fault")
    assert "StoreAway: the store is away" in str(written.lines()[0]["exception"])


def _lose_the_store() -> None:
    raise StoreAway("the store is away")


def _stumble(customer: str) -> None:
    try:
        int(customer)
    except ValueError as error:
        raise RuntimeError(f"{customer} is no number") from error


def _fail(customer: str) -> float:
    return len(customer) / 0


def test_lines_of_every_tick_and_visitor_are_left_out(written: Written) -> None:
    written.configure({})
    for name in ("celery.beat", "celery.app.trace", "uvicorn.access"):
        logging.getLogger(name).info("once more")
    assert written.getvalue() == ""


def test_uvicorn_writes_no_line_twice(written: Written) -> None:
    logging.getLogger("uvicorn").addHandler(logging.StreamHandler(written))
    written.configure({})
    logging.getLogger("uvicorn.error").info("Application startup complete.")
    assert len(written.lines()) == 1


# --- The ids of what a line is about -------------------------------------------------------------


def celery_runs(task: Any, *args: object) -> None:
    """As a worker of Celery runs it: with its signals, and with its own lines."""
    traced = build_tracer(task.name, task, app=app, propagate=False)
    request = {"id": "7", "delivery_info": {}, "hostname": "here", "is_eager": False}
    traced("7", list(args), {}, request)


def process_of(services: Services, **parts: object) -> SimpleNamespace:
    return SimpleNamespace(services=services, settings=Settings.load({}), **parts)


def test_every_line_of_a_run_says_its_task_job_and_order_and_so_do_celerys_own(
    written: Written, services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = services.jobs.hint(Identity(Flow.CREATE_ORDER, "nl", "1042"), "main")

    def flow(_work: object) -> NoReturn:
        logging.getLogger("a.library").warning("slow")
        raise LookupError("A. Jan" + "sen")

    runner = Runner(services, {Flow.CREATE_ORDER: flow}, chance=lambda: 0.5)
    monkeypatch.setattr(app, "process", process_of(services, runner=runner))
    written.configure({})
    logging.getLogger("celery.app.trace").setLevel(logging.INFO)
    celery_runs(tasks.create_order, job.id, "nl 1042")
    logging.getLogger("a.library").warning("afterwards")
    *inside, after = written.lines()
    by_event = {str(line["event"]): line for line in inside}
    for event in ("slow", "job.parked"):
        line = by_event[event]
        assert (line["task"], line["job"], line["subject"]) == ("create_order", job.id, "1042")
    celerys = [line for line in inside if line["logger"] == "celery.app.trace"]
    assert [(line["task"], line["job"]) for line in celerys] == [("create_order", job.id)]
    assert {"task", "job", "subject"}.isdisjoint(after)
    assert "Jansen" not in written.getvalue()


@pytest.mark.parametrize("error", [ValueError("A. Jan" + "sen"), StoreAway("the store is away")])
def test_a_task_besides_the_flows_fails_with_words_that_anybody_may_read(
    written: Written,
    services: Services,
    monkeypatch: pytest.MonkeyPatch,
    error: Exception,
) -> None:
    error.__cause__ = RuntimeError("[parameters: 'A. Jan" + "sen']")

    def away() -> NoReturn:
        raise error

    monkeypatch.setattr(services.store, "now", away)
    monkeypatch.setattr(app, "process", process_of(services))
    written.configure({})
    celery_runs(tasks.purge)
    ours, celerys = written.lines()
    assert (ours["task"], celerys["task"]) == ("purge", "purge")
    assert ours["event"] == ("task.failed" if isinstance(error, StoreAway) else "task.fault")
    assert "Jansen" not in written.getvalue()


def test_every_line_about_a_delivery_says_its_id_and_the_jobs_that_it_raised(
    written: Written, services: Services
) -> None:
    shop = replace(
        services.shops["nl"],
        verify=lambda _: True,
        is_ping=lambda _: False,
        hints=lambda _: [Hint(Flow.CREATE_ORDER, "1042")],
    )
    services = replace(services, shops={"nl": shop})
    written.configure({})
    assert knock(services).status_code == 200
    [line] = of_ours(written)
    assert (line["source"], line["delivery"], line["jobs"]) == ("shops/nl", 1, [1])


def test_a_delivery_that_our_own_reading_stumbles_over_is_named_in_the_line_that_says_so(
    written: Written, services: Services
) -> None:
    def broken(_delivery: Delivery) -> NoReturn:
        raise LookupError("A. Jan" + "sen")

    shop = replace(
        services.shops["nl"], verify=lambda _: True, is_ping=lambda _: False, hints=broken
    )
    written.configure({})
    assert knock(replace(services, shops={"nl": shop})).json()["state"] == "parked"
    fault, accepted = of_ours(written)
    assert (fault["event"], fault["delivery"], fault["source"]) == (
        "door.hints_fault",
        accepted["delivery"],
        "shops/nl",
    )


def test_a_replayed_delivery_is_named_in_its_line(
    written: Written, services: Services, clock: HandClock
) -> None:
    hints = [Hint(Flow.CREATE_ORDER, "1042")]
    shop = replace(services.shops["nl"], hints=lambda _: hints)
    services = replace(services, shops={"nl": shop})
    delivery, _ = services.inbox.add(Delivery("shops/nl", {}, b"{}"), "ignored", None)
    clock.advance(1)
    written.configure({})
    now = services.store.now()
    [done] = replay(services, now - timedelta(hours=1), now + timedelta(hours=1))
    [line] = written.lines()
    assert (line["event"], line["delivery"], line["source"]) == (
        "replay.routed",
        delivery,
        "shops/nl",
    )
    assert line["jobs"] == [1]
    assert done.jobs == 1


def knock(services: Services) -> httpx.Response:
    """Send a delivery of the shop to the door."""
    application = FastAPI()
    open_door(application, services)

    async def post() -> httpx.Response:
        transport = httpx.ASGITransport(application)
        async with httpx.AsyncClient(transport=transport, base_url="http://door") as client:
            return await client.post("/webhooks/shops/nl", content=b"{}")

    return asyncio.run(post())


def of_ours(written: Written) -> list[dict[str, object]]:
    """The lines of this service: the library that knocks writes some of its own."""
    return [line for line in written.lines() if str(line["logger"]).startswith("integration")]
