"""The page docs/reference/metrics.md, written from what ``/metrics`` answers."""

from __future__ import annotations

from prometheus_client import Metric

from integration.store.database import Database
from integration.store.schema import metadata
from integration.testing.clock import HandClock
from integration.web.metrics import Metrics
from tests.flows.world import World

HEAD = """\
# Metrics

`/metrics` tells them in Prometheus' text format: on the console's address (`http://127.0.0.1:8001`
as delivered), or at the door's own address behind the console's name and password. They are read
from the store and from Redis at each question, so any `web` process tells the same, except for what
it counts itself: deliveries. What cannot be read at the moment is left out. No label holds an order
or a person.

```sh
curl -s http://127.0.0.1:8001/metrics
```

This page is written by `make reference`.

| metric | type | labels | meaning |
|---|---|---|---|
"""


def page() -> str:
    """The whole page, in Markdown."""
    store = Database("sqlite://")
    metadata.create_all(store.engine)
    world = World(store, HandClock())
    metrics = Metrics(world.services)
    metrics.count_delivery("shops/nl", "accepted")
    rows = [_row(family) for family in metrics.registry.collect()]
    store.dispose()
    return HEAD + "".join(f"{row}\n" for row in sorted(rows))


def _row(family: Metric) -> str:
    name = f"{family.name}_total" if family.type == "counter" else family.name
    names = {label for sample in family.samples for label in sample.labels}
    names |= set(getattr(family, "_labelnames", ()))
    labels = ", ".join(f"`{label}`" for label in sorted(names - {"le", "quantile"}))
    return f"| `{name}` | {family.type} | {labels} | {family.documentation} |"
