"""What an operator does, on real processes: pausing over a restart, backfilling, erasing."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
import requests
from prometheus_client.parser import text_string_to_metric_families

from tests.acceptance.installation import PROCESSES, SHOP, Installation, Ware, until
from tests.acceptance.processes import ROOT

pytestmark = pytest.mark.process


@pytest.fixture(scope="module")
def operated(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    """A small shop of its own, at rest."""
    folder = tmp_path_factory.mktemp("operated")
    with Installation(folder, wares=(Ware("MUG-BLUE", "Blue mug", 40),)) as started:
        started.wait_until_settled()
        yield started


def at_picqer(installation: Installation, number: str) -> int:
    """How many live orders there are with this number."""
    return len([one for one in installation.picqer.orders_of(number) if one.status != "cancelled"])


def told(installation: Installation, *words: str) -> object:
    """What a command prints as JSON."""
    result = installation.command(*words, "--json")
    assert result.returncode == 0, result.stderr
    return json.loads(result.stdout)


def holding(installation: Installation, value: str) -> list[str]:
    """The store's files that hold this value."""
    files = [path for path in installation.folder.glob("bridge.db*") if path.is_file()]
    return [path.name for path in files if value.encode() in path.read_bytes()]


def test_a_pause_outlives_a_restart_of_everything_while_the_door_goes_on_accepting(
    operated: Installation,
) -> None:
    paused = operated.command("pause", "--flow", "create_order", "--note", "stocktaking")
    assert paused.returncode == 0, paused.stderr
    for name in PROCESSES:
        operated.stop(name)
        operated.start(name)
    operated.wait_until_ready()
    number = operated.shop.place_order([("MUG-BLUE", 1)])
    until(
        lambda: "paused" in operated.command("order", number).stdout,
        30.0,
        "the accepted order waits for the pause",
    )
    assert operated.shop.webhooks.wait_until_quiet(30.0), "every delivery was answered 200"
    assert at_picqer(operated, number) == 0
    assert operated.command("resume", "--flow", "create_order").returncode == 0
    until(lambda: at_picqer(operated, number) == 1, 60.0, "the order goes on")
    operated.wait_until_at_rest(60.0)
    acts = told(operated, "audit")
    assert [(one["act"], one["note"]) for one in acts][:2] == [  # type: ignore[attr-defined]  # JSON
        ("resume", None),
        ("pause", "stocktaking"),
    ]


def test_the_door_that_runs_takes_a_test_event(operated: Installation) -> None:
    result = operated.command("trigger", "picklists.closed")
    assert result.returncode == 0, result.stderr
    assert "took it: delivery" in result.stdout


def test_processes_that_run_tell_every_figure_that_an_alert_or_the_dashboard_asks_for(
    operated: Installation,
) -> None:
    asked = {
        name
        for file in ("deploy/prometheus/alerts.yaml", "deploy/grafana/picqer-bridge.json")
        for name in re.findall(r"picqer_bridge_\w+", (ROOT / file).read_text("utf-8"))
    }
    told = list(text_string_to_metric_families(operated.metrics()))
    families = {f"{one.name}_total" if one.type == "counter" else one.name for one in told}
    assert asked <= families
    figures = {sample.name: sample.value for one in told for sample in one.samples}
    assert figures["picqer_bridge_store_up"] == figures["picqer_bridge_redis_up"] == 1.0
    assert figures["picqer_bridge_limit_requests"] == 500.0
    lines = [f'heartbeat_age_seconds{{process="{one}"}} ' for one in ("web", "worker", "beat")]
    lines += [f'queue_taken_age_seconds{{queue="{one}"}} ' for one in ("orders", "events", "bulk")]

    def all_are_told() -> bool:
        text = operated.metrics()
        return all(line in text for line in lines)

    until(all_are_told, 30.0, "every process and queue has its figure; canaries come every 10 s")


def test_an_old_order_is_brought_once_by_a_backfill_and_never_without(
    operated: Installation,
) -> None:
    placed = datetime.now(UTC) - timedelta(days=10)
    number = operated.shop.place_order([("MUG-BLUE", 1)], placed_at=placed)
    assert operated.shop.webhooks.wait_until_quiet(30.0)
    until(
        lambda: "orders_since" in operated.command("order", number).stdout,
        30.0,
        "it is left alone, being old",
    )
    assert at_picqer(operated, number) == 0
    since = f"{placed - timedelta(days=1):%Y-%m-%d}"
    for _ in range(2):
        result = operated.command("backfill", "orders", "--since", since, "--yes")
        assert result.returncode == 0, result.stderr
        assert "Done: orders since" in result.stdout
        assert at_picqer(operated, number) == 1


def test_an_erased_person_is_in_no_file_of_a_store_that_is_in_use(operated: Installation) -> None:
    email = "canary.of.operating@example.org"
    number = operated.shop.place_order([("MUG-BLUE", 1)], email=email)
    until(lambda: at_picqer(operated, number) == 1, 60.0, "the order is at Picqer")
    operated.wait_until_at_rest(60.0)
    body = json.dumps(
        {
            "type": "order.updated",
            "timestamp": datetime.now(UTC).isoformat(),
            "data": {"id": number, "customer": {"email": email}},
        }
    )
    url = f"{operated.door}/webhooks/shops/{SHOP}"
    assert requests.post(url, data=body, headers=operated.sign(body), timeout=30).ok
    operated.wait_until_at_rest(60.0)
    assert holding(operated, email), "otherwise this test would prove nothing"
    for words in (("--order", number, "--confirm", number), ("--email", email, "--confirm", email)):
        operated.command("privacy", "erase", *words)
    until(lambda: not holding(operated, email), 30.0, "no file holds the address")
    operated.shop.webhooks.announce("order.updated", number)
    assert operated.shop.webhooks.wait_until_quiet(30.0)
    assert at_picqer(operated, number) == 1
    assert operated.command("order", number, "--shop", SHOP).returncode == 1
