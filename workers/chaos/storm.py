"""One storm: people trade while the plan's faults come and go, then all is mended and judged."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

from integration.errors import StoreAway
from workers.chaos.leaks import leaks
from workers.chaos.nemesis import Missed, Nemesis
from workers.chaos.plan import Step, plan
from workers.chaos.report import Report, counted, shipments_in, waiting
from workers.chaos.trade import Trade
from workers.chaos.verdict import Seen, judge, judge_unsettled, waiting_for_a_person
from workers.chaos.witness import Witness
from workers.day.stage import Stage

READY_SECONDS = 60.0
HOOKS = 6
SETTLE_SECONDS = 240.0
"""After the last fault, besides as many seconds as the storm took: pauses before a further try grow
to about that. A breaker opens for two minutes at the most, and a doubt takes more than one."""
LOOK_SECONDS = 0.5
LOOKS_THAT_AGREE = 2
"""A look takes a while: one alone may miss what went on between its first and last question."""
PER_FALL = 10
"""Requests that may be under way, and refused, when the limit falls or others use it up."""
FALLS = frozenset({"limit lowered", "limit used by others"})
Tell = Callable[[str], None]


class Stopped(Exception):
    """A person asked to stop."""


class Storm:
    """The storm of one seed on a stage that runs. ``stopping`` ends it early. For one thread."""

    def __init__(
        self, stage: Stage, seed: int, seconds: float, *, tell: Tell, stopping: threading.Event
    ) -> None:
        """Do nothing yet."""
        self._stage, self._seed, self._seconds = stage, seed, seconds
        self._tell, self._stopping = tell, stopping
        self._nemesis, self._witness = Nemesis(stage), Witness(stage)
        self._taken: list[Step] = []

    def play(self) -> Report:
        """All of it; returns what is to be told."""
        began = time.monotonic()
        settled_after: float | None = None
        stopped_after: float | None = None
        try:
            self._begin()
            began = time.monotonic()
            self._rage(Trade(self._stage), began)
            self._heal()
            settled_after = self._settle()
        except Stopped:
            stopped_after = time.monotonic() - began
            self._heal()
        return self._report(settled_after, stopped_after)

    def _begin(self) -> None:
        """Wait until the service has made its hooks and has seen both sides for the first time."""
        self._stage.picqer.tune(hook_retry_factor=0.01, answer_seconds=0.02)
        until = time.monotonic() + READY_SECONDS
        while time.monotonic() < until:
            if len(self._stage.picqer.books.hooks) >= HOOKS and not self._has_begun_work():
                return
            self._pause(LOOK_SECONDS)

    def _has_begun_work(self) -> bool:
        return any(job.claimed_revision < job.revision for job in self._witness.look().jobs)

    def _rage(self, trade: Trade, began: float) -> None:
        for step in plan(self._seed, self._seconds):
            self._pause(began + step.at - time.monotonic())
            try:
                (trade if step.deal else self._nemesis).take(step)
            except Missed:
                continue
            self._taken.append(step)
            if not step.deal:
                self._say(step, time.monotonic() - began)
        self._pause(began + self._seconds - time.monotonic())

    def _say(self, step: Step, at: float) -> None:
        about = ", ".join(
            str(step.words[name]) for name in ("process", "fault") if name in step.words
        )
        what = f"{step.kind} ({about})" if about else step.kind
        self._tell(f"{at:6.1f} s  {what}{' is over' if step.ends else ''}")

    def _heal(self) -> None:
        self._nemesis.heal()
        falls = sum(step.kind in FALLS and not step.ends for step in self._taken)
        self._witness.spared = PER_FALL * falls

    def _settle(self) -> float | None:
        """Seconds until everything agreed and nobody had work; None when that did not come."""
        self._tell("The faults are over; waiting until both sides agree.")
        began = time.monotonic()
        asked, agreed = False, 0
        while time.monotonic() - began < SETTLE_SECONDS + self._seconds:
            try:
                if not asked:
                    self._witness.compare_everything()
                    asked = True
                agreed = agreed + 1 if self._agrees() else 0
            except StoreAway:
                agreed = 0
            if agreed == LOOKS_THAT_AGREE:
                return time.monotonic() - began
            self._pause(LOOK_SECONDS)
        return None

    def _agrees(self) -> bool:
        seen = self._witness.look()
        return self._witness.is_quiet(seen) and all(one.held for one in judge(seen))

    def _report(self, settled_after: float | None, stopped_after: float | None) -> Report:
        seen: Seen = self._witness.look(tuple(leaks(self._stage)))
        verdicts = judge(seen) if stopped_after is None else judge_unsettled(seen)
        never_settled = settled_after is None and stopped_after is None
        keeps_logs = never_settled or not all(one.held for one in verdicts)
        return Report(
            seed=self._seed,
            seconds=self._seconds,
            stopped_after=stopped_after,
            settled_after=settled_after,
            faults=counted(self._taken, deal=False),
            deals=counted(self._taken, deal=True),
            orders=len(self._stage.shop.books.orders),
            shipments=shipments_in(seen.books),
            requests=len(self._stage.picqer.log()),
            promises=tuple(verdicts),
            waiting=waiting(waiting_for_a_person(seen.jobs)),
            folder=str(self._stage.folder) if keeps_logs else None,
        )

    def _pause(self, seconds: float) -> None:
        if self._stopping.wait(max(0.0, seconds)):
            raise Stopped
