"""Examining several things at once within a total of seconds; whatever fails becomes a finding."""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import structlog

from integration.errors import BridgeError, LockedOut, OverBudget, RateLimited
from integration.ports import Finding, Verdict

log = structlog.get_logger(__name__)

TOTAL_SECONDS = 8.0
"""A person waits; with the start of the command itself it stays under ten."""


@dataclass(frozen=True, slots=True)
class Part:
    """One part of the examination, which takes no notice of the other parts.

    ``subject`` is what is examined: ``settings``, ``redis``, ``picqer/main``, ``shops/nl``, ...
    ``name`` is what a finding is called that says that the part failed, and ``fix`` what then puts
    it right when the sentence does not tell. ``findings`` may raise.
    """

    subject: str
    name: str
    findings: Callable[[], Iterator[Finding]]
    fix: str = "Put right what the sentence names, and look again."


@dataclass(frozen=True, slots=True)
class Examined:
    """What was found at a subject: ``redis``, ``shops/nl``."""

    subject: str
    finding: Finding


def examine(parts: Sequence[Part], seconds: float = TOTAL_SECONDS) -> Iterator[Examined]:
    """What is found in each part, in their order, as it is found; never raises.

    All parts begin at once. What is not finished after ``seconds`` in all is left behind, with a
    finding that says so.
    """
    ends = time.monotonic() + seconds
    runs = [_Run(part) for part in parts]
    for run in runs:
        for finding in run.findings(ends, seconds):
            yield Examined(run.part.subject, finding)


class _Run:
    """One part under way, in a thread that nobody waits for when the command ends."""

    def __init__(self, part: Part) -> None:
        """Begin."""
        self.part = part
        self._found: queue.SimpleQueue[Finding | None] = queue.SimpleQueue()
        threading.Thread(target=self._work, name=f"doctor-{part.subject}", daemon=True).start()

    def findings(self, ends: float, seconds: float) -> Iterator[Finding]:
        """What this part finds until the monotonic moment ``ends``."""
        while True:
            try:
                found = self._found.get(timeout=max(0.0, ends - time.monotonic()))
            except queue.Empty:
                yield _unfinished(self.part, seconds)
                return
            if found is None:
                return
            yield found

    def _work(self) -> None:
        try:
            for finding in self.part.findings():
                self._found.put(finding)
        except BridgeError as error:
            self._found.put(_failed(self.part, error))
        except Exception as fault:
            log.exception("doctor.fault", subject=self.part.subject, part=self.part.name)
            self._found.put(_faulty(self.part, fault))
        finally:
            self._found.put(None)


def _failed(part: Part, error: BridgeError) -> Finding:
    if isinstance(error, OverBudget | RateLimited):
        fix = "Look again in a minute; `picqer-bridge limit` tells who uses it."
        return Finding(part.name, Verdict.WARN, str(error), fix)
    if isinstance(error, LockedOut):
        table = part.subject.replace("/", ".")
        fix = f"Correct the credentials under {table} and restart the service."
        return Finding(part.name, Verdict.FAIL, str(error), fix)
    return Finding(part.name, Verdict.FAIL, str(error), part.fix)


def _faulty(part: Part, fault: Exception) -> Finding:
    return Finding(
        part.name,
        Verdict.FAIL,
        f"This could not be examined: a fault in picqer-bridge itself ({type(fault).__name__}).",
        "Report it, with the lines that the log shows about it.",
    )


def _unfinished(part: Part, seconds: float) -> Finding:
    return Finding(
        part.name,
        Verdict.FAIL,
        f"The examination was not finished after {seconds:g} seconds: the answers are too slow.",
        "Look again. When it stays slow, so is the work: ask who hosts that side.",
    )
