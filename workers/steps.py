"""What Celery does after a run, so that Flower shows what the store says. Pure."""

from __future__ import annotations

import math
from dataclasses import dataclass

from integration.jobs import Done, Park, State
from integration.others_words import without_others_words
from integration.runner import Outcome


class Waiting(Exception):
    """Shown by Flower as the cause of a RETRY: why the job waits, and for how long. Ids only."""

    @classmethod
    def of(cls, sentence: str, seconds: float) -> Waiting:
        """Say when it goes on."""
        said = without_others_words(sentence).rstrip(".")
        return cls(f"{said}. Again in {math.ceil(seconds)} s.")


class Parked(Exception):
    """Shown by Flower as a FAILURE: a person has to look at this job."""


@dataclass(frozen=True, slots=True)
class Finished:
    """Nothing more: it is true now, or another message is under way already."""


@dataclass(frozen=True, slots=True)
class HoldBack:
    """Celery keeps the message for that many seconds, and runs the task again."""

    seconds: float
    why: Waiting


@dataclass(frozen=True, slots=True)
class LeaveToMover:
    """The store knows when; Celery only shows that the task runs again in that many seconds."""

    seconds: float
    why: Waiting


@dataclass(frozen=True, slots=True)
class Fail:
    """The task fails where everybody can see it."""

    why: Parked


Step = Finished | HoldBack | LeaveToMover | Fail


def next_step(outcome: Outcome) -> Step:
    """What becomes of the message of a job that ran.

    The store has decided already: a message that Celery is to hold back has its ``sent_at`` in
    the future, a message that went out at once has it at the moment of the ending.
    """
    job, ending = outcome.job, outcome.ending
    if isinstance(ending, Done):
        return Finished()
    if isinstance(ending, Park):
        parked = job.state is State.PARKED
        return (
            Fail(Parked(without_others_words(f"{job.identity}: {ending.reason}")))
            if parked
            else Finished()
        )
    if job.state is not State.OPEN or (job.sent_at or job.due_at) <= job.updated_at:
        return Finished()
    why = Waiting.of(f"{job.identity}: {ending.reason}", ending.seconds)
    kind = LeaveToMover if job.sent_at is None else HoldBack
    return kind(ending.seconds, why)
