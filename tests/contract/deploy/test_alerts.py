"""Alert rules and dashboard ask for what /metrics of a service in full work tells, and no more."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import promql_parser
import pytest
import yaml
from fastapi import FastAPI
from prometheus_client import generate_latest
from prometheus_client.parser import text_string_to_metric_families
from sqlalchemy import event

from integration.flows.observe_shop import DRIFT
from integration.jobs import Flow, Identity, JobEvent, Park, Wait
from integration.liveness import QUEUES, note_taken
from integration.services import Services
from integration.store.database import Database
from integration.testing.clock import HandClock
from integration.testing.wake_up import RecordedWakeUp
from integration.troubles import note_hooks
from integration.web.door import open_door
from integration.web.metrics import Metrics
from integration.web.trouble_metrics import endpoint_of
from tests.contract.workers.conftest import FLOWS, FakeMeter, make_services

ROOT = Path(__file__).parents[3]
ALERTS = yaml.safe_load((ROOT / "deploy/prometheus/alerts.yaml").read_text("utf-8"))
RULES = ALERTS["groups"][0]["rules"]
PANELS = json.loads((ROOT / "deploy/grafana/picqer-bridge.json").read_text("utf-8"))["panels"]
QUERIES = [rule["expr"] for rule in RULES] + [
    target["expr"] for panel in PANELS for target in panel["targets"]
]
BY_PROMETHEUS = {"up": {"job"}}
ENDED = {"parked": Park("no SKU", "Unmappable"), "waiting": Wait(60, "later", "OverBudget")}


def drive(services: Services, metrics: Metrics) -> None:
    """Let everything happen that a figure tells of."""
    call = JobEvent("call", "picqer/main: GET /orders/12 -> 200")
    for subject, ending in ENDED.items():
        job = services.jobs.hint(Identity(Flow.CREATE_ORDER, "nl", subject), "main")
        claimed = services.jobs.claim(job.id, "w")
        assert claimed is not None
        services.jobs.end(claimed, ending, [call, call])
    for process in ("web@a:1", "worker@a:2", "mover@a:3", "beat@a:4"):
        services.gate.beat(process, 0)
    for queue in QUEUES:
        note_taken(services.bookmarks, queue)
    services.bookmarks.set("shops/nl", DRIFT, 3)
    note_hooks(services.bookmarks, "picqer/main", ["orders.closed"])
    services.gate.lock_out("picqer/main", "401")
    asyncio.run(deliver(services, metrics))


async def deliver(services: Services, metrics: Metrics) -> None:
    """Somebody knocks with a wrong signature."""
    shop = replace(services.shops["nl"], verify=lambda _: False)
    app = FastAPI()
    open_door(app, replace(services, shops={"nl": shop}), metrics.count_delivery)
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://door") as sender:
        answer = await sender.post("/webhooks/shops/nl", content=b"{}")
        assert answer.status_code == 401


@pytest.fixture
def told(memory_database: Database, clock: HandClock) -> dict[str, list[dict[str, str]]]:
    """The labels of each sample that /metrics tells, by name."""
    services = make_services(memory_database, clock, RecordedWakeUp(), FakeMeter(), {"nl": FLOWS})
    metrics = Metrics(services)
    drive(services, metrics)
    text = generate_latest(metrics.registry).decode()
    found: dict[str, list[dict[str, str]]] = {}
    for family in text_string_to_metric_families(text):
        for sample in family.samples:
            found.setdefault(sample.name, []).append(sample.labels)
    return found


def selectors(expr: Any) -> Iterator[Any]:
    """Every selector in an expression, with the labels that it is grouped by."""
    for name in ("lhs", "rhs", "expr"):
        if hasattr(expr, name):
            yield from selectors(getattr(expr, name))
    for one in getattr(expr, "args", ()):
        yield from selectors(one)
    if hasattr(expr, "vector_selector"):
        yield expr.vector_selector
    elif hasattr(expr, "matchers"):
        yield expr


def groupings(expr: Any) -> set[str]:
    labels = set(getattr(getattr(expr, "modifier", None), "labels", None) or ())
    for name in ("lhs", "rhs", "expr"):
        if hasattr(expr, name):
            labels |= groupings(getattr(expr, name))
    return labels


@pytest.mark.parametrize("query", QUERIES)
def test_a_query_names_metrics_and_labels_that_there_are(
    query: str, told: dict[str, list[dict[str, str]]]
) -> None:
    parsed = promql_parser.parse(query)
    found = list(selectors(parsed))
    assert found
    for one in found:
        wanted = {matcher.name for matcher in one.matchers.matchers} | groupings(parsed)
        if one.name in BY_PROMETHEUS:
            assert wanted <= BY_PROMETHEUS[one.name]
            continue
        assert one.name in told
        assert all(wanted <= labels.keys() for labels in told[one.name])
        for matcher in one.matchers.matchers:
            if matcher.op == promql_parser.MatchOp.Equal:
                assert matcher.value in {labels[matcher.name] for labels in told[one.name]}


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule["alert"])
def test_an_alert_leads_to_a_part_of_the_runbook_and_names_labels_that_there_are(
    rule: dict[str, Any], told: dict[str, list[dict[str, str]]]
) -> None:
    page, _, anchor = rule["annotations"]["runbook_url"].partition("#")
    titles = re.findall(r"^## (.+)$", (ROOT / page).read_text("utf-8"), re.MULTILINE)
    anchors = {re.sub(r"[^\w -]", "", title.lower()).replace(" ", "-") for title in titles}
    assert anchor in anchors
    names = set(re.findall(r"\$labels\.(\w+)", rule["annotations"]["summary"]))
    (first, *_) = selectors(promql_parser.parse(rule["expr"]))
    assert names <= {*told.get(first.name, [{}])[0]}


@pytest.mark.parametrize("panel", PANELS, ids=lambda panel: panel["title"])
def test_a_legend_names_labels_that_the_panel_has(
    panel: dict[str, Any], told: dict[str, list[dict[str, str]]]
) -> None:
    for target in panel["targets"]:
        parsed = promql_parser.parse(target["expr"])
        (first, *_) = selectors(parsed)
        kept = groupings(parsed) or told[first.name][0].keys()
        assert set(re.findall(r"{{(\w+)}}", target["legendFormat"])) <= set(kept)


def test_every_figure_is_on_the_dashboard_or_raises_an_alert(
    told: dict[str, list[dict[str, str]]],
) -> None:
    asked = {one.name for query in QUERIES for one in selectors(promql_parser.parse(query))}
    ours = {name for name in told if not name.endswith("_created")}
    assert ours - asked <= {
        "picqer_bridge_limit_in_flight",
        "picqer_bridge_limit_paused_seconds",
        "picqer_bridge_limit_waits_total",
    }


def test_a_driven_service_tells_its_figures(told: dict[str, list[dict[str, str]]]) -> None:
    causes = {labels["cause"] for labels in told["picqer_bridge_parked_jobs"]}
    assert causes == {"Unmappable"}
    assert [labels["endpoint"] for labels in told["picqer_bridge_calls_5m"]] == ["orders"]


@pytest.mark.parametrize(
    ("path", "endpoint"),
    [
        ("/orders/12", "orders"),
        ("/wp-json/wc/v3/products/9/variations/3", "products/variations"),
        ("/orders/a.jansen@example.org/complete", "orders/complete"),
        ("/who-knows", "other"),
    ],
)
def test_an_endpoint_is_a_kind_of_address_without_ids(path: str, endpoint: str) -> None:
    assert endpoint_of(path) == endpoint


def test_no_question_of_a_scrape_reads_all_jobs_or_all_timelines(
    memory_database: Database, clock: HandClock
) -> None:
    """With a million rows, only what an index singles out, or the index alone, may be read."""
    services = make_services(memory_database, clock, RecordedWakeUp(), FakeMeter(), {"nl": FLOWS})
    metrics = Metrics(services)
    drive(services, metrics)
    asked: list[tuple[str, Any]] = []

    def note(_conn: Any, _cursor: Any, statement: str, values: Any, *_: Any) -> None:
        asked.append((statement, values))

    event.listen(memory_database.engine, "before_cursor_execute", note)
    try:
        generate_latest(metrics.registry)
    finally:
        event.remove(memory_database.engine, "before_cursor_execute", note)

    with memory_database.begin() as connection:
        plans = [
            str(row[-1])
            for statement, values in asked
            if statement.lstrip().startswith("SELECT")
            for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", values)
        ]
    of_large = [plan for plan in plans if re.search(r"\b(jobs|job_events|deliveries)\b", plan)]
    assert of_large
    assert [plan for plan in of_large if "SCAN" in plan and "COVERING INDEX" not in plan] == []
