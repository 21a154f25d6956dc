"""What leaves for Sentry holds codes and ids, and nobody's name."""

from __future__ import annotations

import json
import logging
import sys
import threading
from collections.abc import Iterator
from typing import Any

import pytest
import sentry_sdk
import structlog
from structlog.testing import capture_logs

from integration.errors import Refused
from integration.jobs import Flow, Identity, Job, Park
from integration.services import Services
from integration.settings import Settings
from integration.testing.clock import HandClock
from tests.sentry_outbox import Outbox, sentry_started
from tests.written_lines import Written, kept_lines
from workers import faults
from workers.monitors import Monitors

CANARY = "canary-jansen@example.org"


@pytest.fixture
def outbox() -> Iterator[Outbox]:
    with sentry_started() as box:
        yield box


@pytest.fixture
def written() -> Iterator[Written]:
    with kept_lines() as stream:
        yield stream


@pytest.fixture
def job(services: Services) -> Job:
    return services.jobs.hint(Identity(Flow.CREATE_ORDER, "nl", "1042"), "main")


def test_a_parked_job_is_reported_with_its_code_and_ids(outbox: Outbox, job: Job) -> None:
    park = Park("Picqer refused the order", "Refused")
    faults.report(job, park, Refused())
    [event] = outbox.events
    assert event["message"] == "create_order parked: Refused"
    assert event["fingerprint"] == ["create_order", "Refused"]
    assert event["tags"]["job"] == str(job.id)
    assert event["tags"]["shop"] == "nl"


def test_a_bug_is_reported_without_what_it_stumbled_over(outbox: Outbox, job: Job) -> None:
    try:
        _stumble(CANARY)
    except KeyError as error:
        faults.report(job, Park("a fault", "Bug.KeyError", bug=True), error)
    [event] = outbox.events
    assert event["exception"]["values"][0]["type"] == "KeyError"
    assert any(
        frame["function"] == "_stumble"
        for frame in event["exception"]["values"][0]["stacktrace"]["frames"]
    )
    assert CANARY not in json.dumps(event)


def test_a_bug_is_logged_with_the_places_it_came_through_and_nothing_of_the_data(
    outbox: Outbox, job: Job
) -> None:
    with capture_logs() as lines:
        try:
            _stumble(CANARY)
        except KeyError as error:
            faults.report(job, Park("a fault", "Bug.KeyError", bug=True), error)
    [line] = lines
    assert (line["event"], line["job"], line["code"]) == ("job.bug", job.id, "Bug.KeyError")
    assert line["where"][-1].endswith(" _stumble")
    assert line["where"][-1].startswith("test_faults.py:")
    assert CANARY not in json.dumps(line)


def _stumble(address: str) -> object:
    return {"customer": 1}[address]


def test_requests_users_breadcrumbs_and_extras_never_leave() -> None:
    event: Any = {
        "message": "kept",
        "request": {"data": CANARY},
        "user": {"email": CANARY},
        "breadcrumbs": {"values": [CANARY]},
        "extra": {"body": CANARY},
        "contexts": {"job": CANARY},
        "server_name": "shop-1",
        "exception": {
            "values": [
                {
                    "type": "Refused",
                    "module": "integration.errors",
                    "value": "order 1042",
                    "stacktrace": {"frames": [{"vars": {"name": CANARY}}]},
                },
                {"type": "ValueError", "module": "builtins", "value": CANARY},
            ]
        },
    }
    clean = faults.scrubbed(event, {})
    assert set(clean) == {"message", "exception"}
    assert clean["exception"]["values"][0]["value"] == "order 1042"
    assert CANARY not in json.dumps(clean)


def test_without_an_address_nothing_is_started(monkeypatch: pytest.MonkeyPatch, job: Job) -> None:
    monkeypatch.setattr(sentry_sdk, "init", _never)
    faults.start(Settings.load({}))
    faults.report(job, Park("Picqer refused the order", "Refused"), None)


def _never(**_: object) -> None:
    raise AssertionError("Sentry was started")


def test_the_schedule_checks_in_once_a_minute_and_says_nothing_but_that(outbox: Outbox) -> None:
    clock = HandClock()
    monitors = Monitors(clock.monotonic)
    for well in (True, True, False, True):
        monitors.check_in("move", well=well)
        monitors.check_in("plan", well=True)
        clock.advance(30)
    told = [(one["monitor_slug"], one["status"]) for one in outbox.check_ins]
    assert told == [
        ("picqer-bridge-move", "ok"),
        ("picqer-bridge-plan", "ok"),
        ("picqer-bridge-move", "error"),
        ("picqer-bridge-plan", "ok"),
    ]
    assert outbox.check_ins[0]["monitor_config"]["schedule"]["unit"] == "minute"
    assert outbox.check_ins[0].keys().isdisjoint({"contexts", "server_name", "user", "extra"})


def test_two_bugs_of_one_class_are_two_issues_and_one_bug_is_one(outbox: Outbox, job: Job) -> None:
    for fault in (_stumble, _stumble_elsewhere, _stumble):
        try:
            fault(CANARY)
        except KeyError as error:
            faults.report(job, Park("a fault", "Bug.KeyError", bug=True), error)
    first, second, again = (event["fingerprint"] for event in outbox.events)
    assert first == again != second
    assert first[:2] == second[:2] == ["create_order", "Bug.KeyError"]


def test_a_fault_inside_a_library_is_told_by_the_function_of_ours_that_called_it() -> None:
    try:
        faults.places(None)  # type: ignore[arg-type]  # what a bug would do
    except AttributeError as error:
        own, innermost = faults.came_up_at(error)[-2:]
        assert own == "workers.faults places"
        assert innermost


def test_a_line_with_a_traceback_is_reported_once_with_its_ids(
    outbox: Outbox, written: Written
) -> None:
    written.configure({})
    with structlog.contextvars.bound_contextvars(source="shops/nl", delivery=7):
        try:
            _stumble(CANARY)
        except KeyError:
            structlog.get_logger("here").exception("door.fault")
            logging.getLogger("uvicorn.error").exception("Exception in ASGI application")
    [event] = outbox.events
    assert event["tags"] == {"source": "shops/nl", "delivery": "7"}
    assert event["fingerprint"][:2] == ["door.fault", "KeyError"]
    assert CANARY not in outbox.raw[0]
    assert CANARY not in written.getvalue()


def test_an_error_that_ends_a_thread_is_told_without_its_words(
    outbox: Outbox, written: Written
) -> None:
    written.configure({})
    thread = threading.Thread(target=_stumble, args=[CANARY], name="watch")
    thread.start()
    thread.join()
    [line] = written.lines()
    assert (line["event"], line["level"], line["thread"]) == ("process.fault", "critical", "watch")
    assert [event["fingerprint"][0] for event in outbox.events] == ["process.fault"]
    assert CANARY not in written.getvalue() + outbox.raw[0]


def test_a_process_that_a_person_interrupts_ends_as_python_has_it(
    written: Written, capsys: pytest.CaptureFixture[str]
) -> None:
    written.configure({})
    sys.excepthook(KeyboardInterrupt, KeyboardInterrupt(), None)
    assert written.getvalue() == ""
    assert "KeyboardInterrupt" in capsys.readouterr().err


def _stumble_elsewhere(address: str) -> object:
    return {"customer": 2}[address]
