"""Telling the people who mend faults: Sentry, with codes and ids only.

Nothing is sent unless SENTRY_DSN is set. Sentry's own integrations stay off: they would add what
requests, log lines and frames hold.
"""

from __future__ import annotations

import traceback
from pathlib import Path
from typing import TYPE_CHECKING

import sentry_sdk
import structlog
from sentry_sdk.integrations.atexit import AtexitIntegration
from sentry_sdk.integrations.dedupe import DedupeIntegration
from sentry_sdk.integrations.excepthook import ExcepthookIntegration
from sentry_sdk.integrations.threading import ThreadingIntegration

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
log = structlog.get_logger(__name__)


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
            ExcepthookIntegration(),
            ThreadingIntegration(propagate_hub=False),
        ],
        include_local_variables=False,
        include_source_context=True,
        max_breadcrumbs=0,
        max_request_body_size="never",
        before_send=scrubbed,
    )


def report(job: Job, park: Park, error: BaseException | None) -> None:
    """A job parked: say which, and why. One group per flow and cause."""
    identity = job.identity
    if park.bug and error is not None:
        log.error("job.bug", job=job.id, code=park.code, where=places(error))
    with sentry_sdk.new_scope() as scope:
        scope.set_tag("flow", identity.flow.value)
        scope.set_tag("shop", identity.shop)
        scope.set_tag("account", job.account)
        scope.set_tag("job", str(job.id))
        scope.set_tag("code", park.code)
        scope.fingerprint = [identity.flow.value, park.code]
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
