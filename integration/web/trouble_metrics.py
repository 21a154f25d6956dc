"""Figures of what may be wrong: waits and parks by cause, calls, hooks, keys, doubles, stock.

Labels are names of settings, causes, and kinds of address, of which there are few.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator

from prometheus_client.core import GaugeMetricFamily

from integration import __version__
from integration.flows.observe_account import doubled_references
from integration.flows.observe_shop import stock_drift
from integration.jobs import Queue, State
from integration.services import Services
from integration.troubles import hooks_off

PREFIX = "picqer_bridge"
CALLS_SECONDS = 300.0
ENDPOINTS = frozenset(
    {
        "complete", "customers", "hooks", "notes", "orders", "picklists", "products", "refunds",
        "settings", "shipments", "stock", "system_status", "taxes", "users", "variations",
        "vatgroups", "warehouses", "webhooks",
    }
)  # fmt: skip
"""Words in addresses; all else may be an id and is left out."""
_CALL = re.compile(r"(\S+): (\S+) (\S+) -> (no answer|\d+)")


def trouble_families(services: Services) -> Iterator[GaugeMetricFamily]:
    """All of them. Raises StoreAway."""
    yield from _by_cause(services)
    yield _calls(services)
    yield from _of_sources(services)
    yield from _of_shops(services)
    yield _gauge(
        "open_alarms",
        "Causes that were noticed and are not over; only while alarm is set.",
        {(): len(services.open_causes.all())},
    )


def redis_up(services: Services) -> GaugeMetricFamily:
    """Whether the broker answers."""
    up = services.wake_up.waiting(Queue.ORDERS) is not None
    return _gauge("redis_up", "1 when Redis answers.", {(): float(up)})


def build_info() -> GaugeMetricFamily:
    """Which version this is."""
    return _gauge("build_info", "Always 1; the version.", {(__version__,): 1.0}, "version")


def endpoint_of(path: str) -> str:
    """The kind of address: ``orders/shipments`` for ``/orders/1042/shipments/7``."""
    words = [word for word in path.split("?", maxsplit=1)[0].split("/") if word in ENDPOINTS]
    return "/".join(words) or "other"


def _by_cause(services: Services) -> Iterator[GaugeMetricFamily]:
    kinds = {
        State.OPEN: ("waiting_jobs", "Jobs that wait or try again, by the cause of it."),
        State.PARKED: ("parked_jobs", "Jobs that wait for a person, by cause."),
    }
    for state, (name, meaning) in kinds.items():
        figures: dict[tuple[str, ...], float] = {
            (found.flow.value, found.shop, found.account, found.code): float(found.count)
            for found in services.jobs.causes(state)
        }
        yield _gauge(name, meaning, figures, "flow", "shop", "account", "cause")


def _calls(services: Services) -> GaugeMetricFamily:
    counts: Counter[tuple[str, ...]] = Counter()
    for text, number in services.jobs.calls(CALLS_SECONDS).items():
        found = _CALL.match(text)
        if found:
            source, method, path, status = found.groups()
            status = "none" if status == "no answer" else status
            counts[source, method, endpoint_of(path), status] += number
    return _gauge(
        "calls_5m",
        "Requests of the last 5 minutes in runs that ended, as their timelines tell.",
        {labels: float(number) for labels, number in counts.items()},
        "source",
        "method",
        "endpoint",
        "status",
    )


def _of_sources(services: Services) -> Iterator[GaugeMetricFamily]:
    sources = [f"picqer/{name}" for name in sorted(services.accounts)]
    sources += [f"shops/{name}" for name in sorted(services.shops)]
    refusing = services.gate.locked_out()
    yield _gauge(
        "key_refused",
        "1 while the key is refused.",
        {(source,): float(source in refusing) for source in sources},
        "source",
    )
    yield _gauge(
        "hooks_switched_off",
        "Hooks that the latest look of the hook watch found switched off.",
        {(source,): float(count) for source, count in hooks_off(services).items()},
        "source",
    )


def _of_shops(services: Services) -> Iterator[GaugeMetricFamily]:
    yield _gauge(
        "doubled_orders",
        "References that two live orders share; a person has to cancel one of them.",
        {
            (name,): float(len(doubled_references(services.bookmarks, name)))
            for name in sorted(services.accounts)
        },
        "account",
    )
    yield _gauge(
        "stock_to_compare",
        "Products whose figure in the shop is still to be compared with what it ought to show.",
        {(name,): float(services.stock.marked(name)) for name in sorted(services.shops)},
        "shop",
    )
    found = {name: stock_drift(services.bookmarks, name) for name in sorted(services.shops)}
    yield _gauge(
        "stock_drift",
        "Products that the shop showed with another figure than it ought to, when all were read.",
        {(name,): float(drift[0]) for name, drift in found.items() if drift is not None},
        "shop",
    )


def _gauge(
    name: str, meaning: str, figures: dict[tuple[str, ...], float], *labels: str
) -> GaugeMetricFamily:
    family = GaugeMetricFamily(f"{PREFIX}_{name}", meaning, labels=list(labels))
    for values, figure in figures.items():
        family.add_metric(list(values), figure)
    return family
