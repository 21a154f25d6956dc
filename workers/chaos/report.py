"""The report of a storm: what was put in, what the books say, and the verdict per promise. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass

from integration.jobs import Job
from workers.chaos.plan import Step
from workers.chaos.verdict import Verdict
from workers.day.books import BothBooks
from workers.day.words import count


@dataclass(frozen=True, slots=True)
class Waiting:
    """A job that waits for a person: its name, and the sentence."""

    job: str
    reason: str


@dataclass(frozen=True, slots=True)
class Report:
    """All that is told of a storm.

    ``seed`` and ``seconds`` bring the same storm again. ``settled_after`` is how many seconds
    after the end of the faults both sides agreed; None when they never did, or a person stopped it
    before (``stopped_after``, in seconds). ``folder`` holds the logs of a storm that broke a
    promise.
    """

    seed: int
    seconds: float
    stopped_after: float | None
    settled_after: float | None
    faults: Mapping[str, int]
    deals: Mapping[str, int]
    orders: int
    shipments: int
    requests: int
    promises: tuple[Verdict, ...]
    waiting: tuple[Waiting, ...]
    folder: str | None = None

    @property
    def held(self) -> bool:
        """Whether it came to rest and every promise held."""
        return self.settled_after is not None and all(one.held for one in self.promises)


def counted(steps: Iterable[Step], *, deal: bool) -> dict[str, int]:
    """How often each kind of step was taken, the most frequent first."""
    taken = Counter(step.kind for step in steps if step.deal is deal and not step.ends)
    return dict(taken.most_common())


def shipments_in(books: BothBooks) -> int:
    """How many shipments the shop was told of."""
    return sum(len(page.shipped) for page in books.orders.values())


def waiting(jobs: Iterable[Job]) -> tuple[Waiting, ...]:
    """What a person has to look at."""
    return tuple(Waiting(str(job.identity), job.reason or "") for job in jobs)


def as_record(report: Report) -> dict[str, object]:
    """The report for programs: its fields, and whether each promise and all of them held."""
    plain = asdict(report)
    for verdict, record in zip(report.promises, plain["promises"], strict=True):
        record["held"] = verdict.held
    return {"held": report.held, **plain}


def in_words(report: Report) -> Iterator[str]:
    """The report for people, a line each."""
    yield ""
    yield f"Seed {report.seed}, {report.seconds:g} seconds."
    yield f"Faults ({sum(report.faults.values())}):"
    yield from (f"  {number:4}  {kind}" for kind, number in report.faults.items())
    yield f"Meanwhile ({sum(report.deals.values())}):"
    yield from (f"  {number:4}  {kind}" for kind, number in report.deals.items())
    yield (
        f"{count(report.orders, 'order')} in the shop, {count(report.shipments, 'shipment')} told, "
        f"{count(report.requests, 'request')} to Picqer."
    )
    yield _rest(report)
    yield ""
    for verdict in report.promises:
        yield f"{verdict.promise}  {'held' if verdict.held else 'BROKEN'}  {verdict.text}"
        yield from (f"      {sentence}" for sentence in verdict.wrong[:10])
        if len(verdict.wrong) > 10:
            yield f"      and {len(verdict.wrong) - 10} more"
    yield from _for_people(report)
    yield ""
    yield _conclusion(report)


def _rest(report: Report) -> str:
    if report.settled_after is not None:
        return f"Both sides agreed {report.settled_after:.0f} s after the last fault was mended."
    if report.stopped_after is not None:
        return (
            f"Stopped after {report.stopped_after:.0f} s, before it came to rest: judged is only "
            f"what must hold at every moment."
        )
    return "Both sides did not come to agree."


def _for_people(report: Report) -> Iterator[str]:
    if report.waiting:
        yield ""
        yield f"{count(len(report.waiting), 'job')} wait for a person, as they should:"
        yield from (f"  {one.job}: {one.reason}" for one in report.waiting)


def _conclusion(report: Report) -> str:
    again = f"picqer-bridge sandbox chaos --seconds {report.seconds:g} --seed {report.seed}"
    if report.held:
        return f"Every promise held. The same storm again: {again}"
    if all(one.held for one in report.promises):
        return f"Nothing is proven, because it was not at rest. The same storm again: {again}"
    return f"A promise was broken. The logs are in {report.folder}. The same storm again: {again}"
