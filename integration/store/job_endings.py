"""What a job's row becomes when a run ends: pure, so that every case can be read in one place."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from integration.jobs import Done, Ending, Job, Park, Retry, State, Wait, go_on
from integration.store.job_rows import Line, plain

LONGEST_CELERY_WAIT = 30.0
"""Seconds that Celery itself may hold a message back; longer waits are the mover's."""
_GOES_ON = go_on().code


@dataclass(frozen=True, slots=True)
class After:
    """The new values of the row, and whether a worker is to be woken at once."""

    values: dict[str, Any]
    nudge: bool


def after(
    job: Job,
    ending: Ending,
    now: float,
    *,
    waiting_since: float | None = None,
    freed: bool = False,
) -> After:
    """The row after this ending, at ``now`` (seconds since 1970).

    ``job`` is the row as it is, not as it was claimed; ``waiting_since`` is the moment in it since
    which it has been waiting, None when it has not. ``freed``: the productcode that a park
    names was created meanwhile.
    """
    since = now if waiting_since is None else waiting_since
    hinted_again = job.revision > job.claimed_revision
    match ending:
        case Done():
            return _done(ending, now, again=hinted_again)
        case Wait():
            return _wait(job, ending, now, since, again=hinted_again)
        case Retry():
            return _retry(job, ending, now, since)
        case Park():
            return _park(ending, now, again=freed or (hinted_again and not ending.bug))


def line_of(job: Job, ending: Ending) -> Line:
    """The timeline line of an ending; waiting for the same thing again adds none."""
    match ending:
        case Done():
            return Line("done", ending.note or "done")
        case Wait():
            data = {"code": ending.code, "seconds": round(ending.seconds, 1)}
            return Line("wait", ending.reason, data, once=True)
        case Retry():
            attempt = job.attempts + 1
            data = {"code": ending.code, "seconds": round(ending.seconds, 1), "attempt": attempt}
            return Line("retry", ending.reason, data)
        case Park():
            return Line("park", ending.reason, {"code": ending.code})


def opened(now: float, *, reason: str | None, code: str | None = None) -> dict[str, Any]:
    """The values of a job that is due now with fresh counters, and whose message goes out."""
    return {
        "state": State.OPEN.value,
        "due_at": now,
        "sent_at": now,
        "reason": None if reason is None else plain(reason),
        "code": code,
        "attempts": 0,
        "waits": 0,
        "crashes": 0,
        "hold": False,
        "blocked_on": None,
        "waiting_since": None,
        "lease_until": None,
        "lease_token": None,
        "updated_at": now,
    }


def _done(ending: Done, now: float, *, again: bool) -> After:
    values = opened(now, reason=ending.note or None) | {"progress": {}}
    if not again:
        values |= {"state": State.DONE.value, "sent_at": None}
    return After(values, nudge=again)


def _wait(job: Job, ending: Wait, now: float, since: float, *, again: bool) -> After:
    """Waits are counted per cause in a row; a run that did its share of a long job starts anew."""
    values = _later(now, since, ending) | {
        "waits": job.waits + 1 if job.code == ending.code else 1,
        "hold": ending.hold,
        "look_first": job.look_first or ending.look_first,
    }
    if ending.code == _GOES_ON:
        values |= {"waits": 0, "attempts": 0, "waiting_since": None}
    if ending.seconds <= 0 or (again and not ending.hold):
        return After(values | {"due_at": now, "sent_at": now}, nudge=True)
    if not ending.celery:
        values["sent_at"] = None
    return After(values, nudge=False)


def _retry(job: Job, ending: Retry, now: float, since: float) -> After:
    counted = {"attempts": job.attempts + 1, "waits": 0, "hold": True}
    values = _later(now, since, ending) | counted
    return After(values, nudge=False)


def _park(ending: Park, now: float, *, again: bool) -> After:
    values = opened(now, reason=ending.reason, code=ending.code) | {"look_first": True}
    if not again:
        values |= {
            "state": State.PARKED.value,
            "sent_at": None,
            "blocked_on": ending.blocked_on,
        }
    return After(values, nudge=again)


def _later(now: float, since: float, ending: Wait | Retry) -> dict[str, Any]:
    """Open again in a while; ``sent_at`` in the future is the message that Celery holds back."""
    due_at = now + max(0.0, ending.seconds)
    return {
        "state": State.OPEN.value,
        "due_at": due_at,
        "sent_at": due_at if ending.seconds <= LONGEST_CELERY_WAIT else None,
        "reason": plain(ending.reason),
        "code": ending.code,
        "waiting_since": since,
        "crashes": 0,
        "lease_until": None,
        "lease_token": None,
        "updated_at": now,
    }
