"""Figures for Prometheus, read from the store and the limiter at each question. No subjects, no
personal data: labels are flows, states, queues, accounts and kinds of process.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress

from fastapi import APIRouter
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Counter, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector
from starlette.responses import Response

from integration.errors import BridgeError
from integration.jobs import Flow, Queue, State
from integration.liveness import look
from integration.ports import LimitView
from integration.services import Services
from integration.web.trouble_metrics import PREFIX, build_info, redis_up, trouble_families


class Metrics:
    """The figures of one web process, with a registry of their own."""

    def __init__(self, services: Services) -> None:
        """Count from nothing."""
        self.registry = CollectorRegistry()
        self._deliveries = Counter(
            f"{PREFIX}_deliveries",
            "Deliveries that this process answered.",
            ["source", "outcome"],
            registry=self.registry,
        )
        self.registry.register(StateCollector(services))

    def count_delivery(self, source: str, outcome: str) -> None:
        """The door answered: ``source`` is configured or ``unknown``, so there are few."""
        self._deliveries.labels(source, outcome).inc()

    def router(self) -> APIRouter:
        """``/metrics``."""
        router = APIRouter()

        @router.get("/metrics")
        def metrics() -> Response:
            """All figures, in Prometheus' text format."""
            return Response(generate_latest(self.registry), media_type=CONTENT_TYPE_LATEST)

        return router


class StateCollector(Collector):
    """Reads the state at each question; what cannot be read is left out."""

    def __init__(self, services: Services) -> None:
        """Read through these services."""
        self._services = services

    def describe(self) -> list[GaugeMetricFamily]:
        """Nothing: registering must not ask the store."""
        return []

    def collect(self) -> Iterator[Metric]:
        """The figures of the store, then of each account's rate limit."""
        try:
            yield from self._of_store()
        except BridgeError:
            yield _store_up(up=False)
        else:
            yield _store_up(up=True)
        yield redis_up(self._services)
        yield build_info()
        yield from self._of_limits()

    def _of_store(self) -> list[GaugeMetricFamily]:
        services = self._services
        counts = services.jobs.counts()
        jobs = GaugeMetricFamily(f"{PREFIX}_jobs", "Jobs.", labels=["flow", "state"])
        for flow in Flow:
            for state in State:
                jobs.add_metric([flow.value, state.value], counts.get((flow, state), 0))
        overdue = services.jobs.overdue()
        late = GaugeMetricFamily(
            f"{PREFIX}_oldest_due_job_seconds",
            "For how long the job that is due longest is due.",
            labels=["queue"],
        )
        for queue in Queue:
            late.add_metric([queue.value], overdue.get(queue, 0.0))
        return [jobs, late, *_of_processes(services), *trouble_families(services)]

    def _of_limits(self) -> Iterator[Metric]:
        views = []
        for account in self._services.accounts.values():
            # A limit that cannot be read is left out, as everything else.
            with suppress(BridgeError):
                views.append(account.limiter.view())
        return _limit_families(views)


def _of_processes(services: Services) -> list[GaugeMetricFamily]:
    seen = look(services)
    beats = GaugeMetricFamily(
        f"{PREFIX}_heartbeat_age_seconds",
        "Seconds since the latest heartbeat of a kind of process.",
        labels=["process"],
    )
    for kind, age in seen.heartbeats.items():
        beats.add_metric([kind], age)
    processes = GaugeMetricFamily(
        f"{PREFIX}_processes",
        "Processes seen in the last minute: working, or stalled (they live, and do not work).",
        labels=["process", "state"],
    )
    for kind in seen.heartbeats:
        processes.add_metric([kind, "working"], seen.working.get(kind, 0))
        processes.add_metric([kind, "stalled"], seen.stalled.get(kind, 0))
    taken = GaugeMetricFamily(
        f"{PREFIX}_queue_taken_age_seconds",
        "Seconds since a worker last took something from a queue; a canary comes every 10 s.",
        labels=["queue"],
    )
    for queue, age in seen.queues.items():
        taken.add_metric([queue], age)
    return [beats, processes, taken]


ACCOUNT_FIGURES: dict[str, tuple[str, Callable[[LimitView], float]]] = {
    "requests": ("Requests per minute that Picqer allows.", lambda view: view.limit),
    "in_use": ("Permits in use: requests of the last minute.", lambda view: view.in_use),
    "in_flight": ("Requests under way.", lambda view: view.in_flight),
    "foreign_use": (
        "Requests of the last minute by others with the same key.",
        lambda view: view.foreign_use,
    ),
    "paused_seconds": (
        "For how long all requests pause after a 429.",
        lambda view: view.paused_seconds,
    ),
}
LANE_FIGURES = {
    "permits": "Permits that were given.",
    "waits": "Requests that waited in place for a permit.",
    "put_off": "Requests that were told to come back later.",
    "refused": "Answers 429.",
}


def _limit_families(views: Sequence[LimitView]) -> Iterator[Metric]:
    """The rate limits of all accounts that could be read, per account and per lane."""
    for name, (text, figure) in ACCOUNT_FIGURES.items():
        family = GaugeMetricFamily(f"{PREFIX}_limit_{name}", text, labels=["account"])
        for view in views:
            family.add_metric([view.account], figure(view))
        yield family
    labels = ["account", "lane"]
    waiting = GaugeMetricFamily(
        f"{PREFIX}_limit_waiting", "Requests that wait in place for a permit.", labels=labels
    )
    counters = {
        name: CounterMetricFamily(f"{PREFIX}_limit_{name}", text, labels=labels)
        for name, text in LANE_FIGURES.items()
    }
    for view in views:
        for lane, count in view.waiting.items():
            waiting.add_metric([view.account, lane], count)
        for lane, counts in view.lanes.items():
            for name, counter in counters.items():
                counter.add_metric([view.account, lane], getattr(counts, name))
    yield waiting
    yield from counters.values()


def _store_up(*, up: bool) -> GaugeMetricFamily:
    family = GaugeMetricFamily(f"{PREFIX}_store_up", "1 when the store answers.")
    family.add_metric([], 1.0 if up else 0.0)
    return family
