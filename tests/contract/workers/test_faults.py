"""What leaves for Sentry holds codes and ids, and nobody's name."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
import sentry_sdk
from sentry_sdk.envelope import Envelope
from sentry_sdk.transport import Transport
from structlog.testing import capture_logs

from integration.errors import Refused
from integration.jobs import Flow, Identity, Job, Park
from integration.services import Services
from integration.settings import Settings
from integration.testing.clock import HandClock
from workers import faults
from workers.monitors import Monitors

CANARY = "canary-jansen@example.org"


class Outbox(Transport):
    """Keeps what would be sent."""

    def __init__(self) -> None:
        super().__init__({})
        self.events: list[dict[str, Any]] = []
        self.check_ins: list[Any] = []

    def capture_envelope(self, envelope: Envelope) -> None:
        self.check_ins += [one.payload.json for one in envelope if one.type == "check_in"]
        event = envelope.get_event()
        if event is not None:
            self.events.append(json.loads(json.dumps(event, default=str)))


@pytest.fixture
def outbox(monkeypatch: pytest.MonkeyPatch) -> Iterator[Outbox]:
    box = Outbox()
    settings = Settings.load({"SENTRY_DSN": "https://key@sentry.example.com/1"})
    init = sentry_sdk.init
    monkeypatch.setattr(sentry_sdk, "init", lambda **options: init(transport=box, **options))
    faults.start(settings)
    yield box
    sentry_sdk.get_client().close()
    init()


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
