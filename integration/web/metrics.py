"""Figures for Prometheus, read from the store and the limiter at each question. No subjects, no
personal data: labels are flows, states, queues, accounts and kinds of process.
"""

from __future__ import annotations

from collections.abc import Iterator

from fastapi import APIRouter
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Counter, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector
from starlette.responses import Response

from integration.errors import BridgeError
from integration.jobs import Flow, Queue, State
from integration.services import Account, Services
from integration.web.health import ages

PREFIX = "picqer_bridge"


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

    def collect(self) -> Iterator[GaugeMetricFamily]:
        """The figures of the store, then of each account's rate limit."""
        try:
            yield from self._of_store()
        except BridgeError:
            yield _store_up(up=False)
        else:
            yield _store_up(up=True)
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
        beats = GaugeMetricFamily(
            f"{PREFIX}_heartbeat_age_seconds",
            "Seconds since the latest heartbeat of a kind of process.",
            labels=["process"],
        )
        for kind, age in ages(services.gate.heartbeats(), services.store.now()).items():
            beats.add_metric([kind], age)
        return [jobs, late, beats]

    def _of_limits(self) -> list[GaugeMetricFamily]:
        families = {
            name: GaugeMetricFamily(f"{PREFIX}_limit_{name}", text, labels=["account"])
            for name, text in LIMIT_FIGURES.items()
        }
        for account in self._services.accounts.values():
            for name, figure in _figures(account).items():
                families[name].add_metric([account.policy.name], figure)
        return list(families.values())


LIMIT_FIGURES = {
    "requests": "Requests per minute that Picqer allows.",
    "in_use": "Permits in use: requests of the last minute.",
    "in_flight": "Requests under way.",
    "foreign_use": "Requests of the last minute by others with the same key.",
    "paused_seconds": "For how long all requests pause after a 429.",
    "waiting": "Requests that wait for a permit.",
    "refused": "Answers 429 since the limit's state began.",
}


def _figures(account: Account) -> dict[str, float]:
    try:
        view = account.limiter.view()
    except BridgeError:
        return {}
    return {
        "requests": view.limit,
        "in_use": view.in_use,
        "in_flight": view.in_flight,
        "foreign_use": view.foreign_use,
        "paused_seconds": view.paused_seconds,
        "waiting": sum(view.waiting.values()),
        "refused": view.refused,
    }


def _store_up(*, up: bool) -> GaugeMetricFamily:
    family = GaugeMetricFamily(f"{PREFIX}_store_up", "1 when the store answers.")
    family.add_metric([], 1.0 if up else 0.0)
    return family
