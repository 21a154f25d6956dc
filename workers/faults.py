"""Telling the people who mend faults: Sentry, with codes and ids only.

Nothing is sent unless SENTRY_DSN is set. Sentry's own integrations stay off: they would add what
requests, log lines and frames hold.
"""

from __future__ import annotations

import logging
import sys
import traceback
from pathlib import Path
from typing import TYPE_CHECKING

import sentry_sdk
import structlog
from sentry_sdk.integrations.atexit import AtexitIntegration
from sentry_sdk.integrations.dedupe import DedupeIntegration

from integration.jobs import Job, Park
from integration.settings import Settings
from workers.tracebacks import SPEAKING

if TYPE_CHECKING:
    from sentry_sdk.types import Event, Hint

KEPT = frozenset(
    {
        "event_id", "timestamp", "level", "message", "logentry", "exception", "threads",
        "tags", "fingerprint", "release", "environment", "platform", "sdk", "transaction",
    }
)  # fmt: skip
"""Parts of an event that may leave; requests, users, breadcrumbs and extras never do."""
KEPT_OF_CHECK_INS = frozenset(
    {"type", "check_in_id", "monitor_slug", "monitor_config", "status", "duration"}
)
"""What a monitor of the schedule says besides: names and times only."""
TAGS = ("task", "flow", "shop", "subject", "job", "source", "delivery")
"""What is bound to log lines and may be a tag: names of ours, and ids."""
OURS = frozenset({"integration", "workers"})
log = structlog.get_logger(__name__)


class Fault(Exception):
    """A fault outside a run, in words that anybody may read; the log tells where it came up."""


def start(settings: Settings) -> None:
    """Let this process report its faults, when there is an address to report to."""
    if settings.sentry_dsn is None:
        return
    sentry_sdk.init(
        dsn=settings.sentry_dsn.get_secret_value(),
        default_integrations=False,
        auto_enabling_integrations=False,
        integrations=[
            AtexitIntegration(callback=lambda *_: None),
            DedupeIntegration(),
        ],
        include_local_variables=False,
        include_source_context=True,
        max_breadcrumbs=0,
        max_request_body_size="never",
        before_send=scrubbed,
    )


def report(job: Job, park: Park, error: BaseException | None) -> None:
    """A job parked: say which, and why.

    One group per flow and cause; for a bug per place too: two bugs of one class are two causes.
    """
    identity = job.identity
    if park.bug and error is not None:
        log.error("job.bug", job=job.id, code=park.code, where=places(error))
    with sentry_sdk.new_scope() as scope:
        scope.set_tag("flow", identity.flow.value)
        scope.set_tag("shop", identity.shop)
        scope.set_tag("subject", identity.subject)
        scope.set_tag("account", job.account)
        scope.set_tag("job", str(job.id))
        scope.set_tag("code", park.code)
        place = came_up_at(error) if park.bug and error is not None else []
        scope.fingerprint = [identity.flow.value, park.code, *place]
        if park.bug and error is not None:
            sentry_sdk.capture_exception(error)
        else:
            text = f"{identity.flow.value} parked: {park.code}"
            sentry_sdk.capture_message(text, level="error")


def places(error: BaseException) -> list[str]:
    """Where a fault came up, outermost first: file, line and function, and nothing of the data."""
    return [
        f"{Path(frame.filename).name}:{frame.lineno} {frame.name}"
        for frame in traceback.extract_tb(error.__traceback__)
    ]


def came_up_at(error: BaseException) -> list[str]:
    """The innermost function of ours that a fault came through, and the innermost of all.

    Without line numbers, so that a new release does not make an old fault a new one.
    """
    modules = [
        (frame.f_globals.get("__name__", "?"), frame.f_code.co_name)
        for frame, _ in traceback.walk_tb(error.__traceback__)
    ]
    own = [place for place in modules if place[0].partition(".")[0] in OURS]
    return [f"{module} {function}" for module, function in [*own[-1:], *modules[-1:]]]


class FaultTeller(logging.Handler):
    """Reports what is logged as an error with its traceback: faults outside the run of a job."""

    def emit(self, record: logging.LogRecord) -> None:
        """Report the error of this line once; Celery's line about a Fault is its second one."""
        said = record.msg if isinstance(record.msg, dict) else {}
        error = _error_of(record.exc_info or said.get("exc_info"))
        if record.levelno < logging.ERROR or error is None or isinstance(error, Fault):
            return
        name = str(said.get("event", record.name))
        bound = structlog.contextvars.get_contextvars() | said
        with sentry_sdk.new_scope() as scope:
            for tag in TAGS:
                if tag in bound:
                    scope.set_tag(tag, str(bound[tag]))
            scope.fingerprint = [name, type(error).__qualname__, *came_up_at(error)]
            sentry_sdk.capture_exception(error)


def _error_of(exc_info: object) -> BaseException | None:
    """The error that a log line is about, as the logging library knows it or structlog."""
    if isinstance(exc_info, BaseException):
        return exc_info
    found = exc_info if isinstance(exc_info, tuple) else sys.exc_info() if exc_info else ()
    return found[1] if len(found) > 1 and isinstance(found[1], BaseException) else None


def scrubbed(event: Event, _hint: Hint) -> Event:
    """The event without anything that may hold personal data or a secret."""
    kept = KEPT | KEPT_OF_CHECK_INS if event.get("type") == "check_in" else KEPT
    for name in [name for name in event if name not in kept]:
        del event[name]  # type: ignore[misc]  # the names of a TypedDict, computed
    for part in ("exception", "threads"):
        found = event.get(part)
        for value in found.get("values", []) if isinstance(found, dict) else []:
            _scrub_exception(value)
    return event


def _scrub_exception(value: dict[str, object]) -> None:
    """Messages of foreign errors may quote what they stumbled over."""
    if "value" in value and value.get("module") != SPEAKING:
        value["value"] = ""
    trace = value.get("stacktrace")
    frames = trace.get("frames", []) if isinstance(trace, dict) else []
    for frame in frames:
        frame.pop("vars", None)
