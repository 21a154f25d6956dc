"""The web process: the door, health, and metrics for people only."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Self

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import text
from structlog.testing import capture_logs

from integration.embedded_broker import find_free_port
from integration.errors import NoLimiter, StoreAway
from integration.jobs import Flow, Identity
from integration.services import Services
from integration.settings import Settings
from integration.testing.clock import HandClock
from integration.testing.wake_up import RecordedWakeUp
from integration.web.metrics import Metrics
from integration.wiring import build_services, migrate_store, open_database
from workers import web


class Visitor:
    """Asks an application that was started as uvicorn starts it."""

    def __init__(self, app: FastAPI) -> None:
        self._app = app
        self._loop = asyncio.Runner()
        self._life = app.router.lifespan_context(app)

    def __enter__(self) -> Self:
        self._loop.run(self._life.__aenter__())
        return self

    def __exit__(self, *_: object) -> None:
        self._loop.run(self._life.__aexit__(None, None, None))
        self._loop.close()

    def get(self, path: str, auth: tuple[str, str] | None = None) -> httpx.Response:
        return self._loop.run(self._ask("GET", path, auth))

    def post(self, path: str) -> httpx.Response:
        return self._loop.run(self._ask("POST", path, None))

    async def _ask(self, method: str, path: str, auth: tuple[str, str] | None) -> httpx.Response:
        transport = httpx.ASGITransport(self._app, raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url="http://door") as client:
            return await client.request(method, path, auth=auth)


NOTHING_ELSE = ["/docs", "/redoc", "/openapi.json"]


ACCOUNT = """
[picqer.main]
subdomain = "example"
api_key = "key-of-the-account"
contact = "ops@example.com"
webhook_secret = "a-secret-of-the-hooks"
"""


def settings_in(folder: Path, text: str = "") -> Settings:
    port = find_free_port()
    (folder / "bridge.toml").write_text(
        f'database_url = "sqlite:///bridge.db"\nredis_url = "redis://127.0.0.1:1/0"\n'
        f'public_url = "https://bridge.example.com"\n'
        f"[console]\nport = {port}\n{text}"
    )
    return Settings.load({}, folder / "bridge.toml")


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return settings_in(tmp_path)


@pytest.fixture
def client(settings: Settings) -> Iterator[Visitor]:
    migrate_store(settings)
    with Visitor(web.create_app(settings)) as client:
        yield client


@pytest.fixture
def guarded(tmp_path: Path) -> Iterator[Visitor]:
    settings = settings_in(tmp_path, 'password = "a-long-password"\n')
    migrate_store(settings)
    with Visitor(web.create_app(settings)) as client:
        yield client


def test_it_is_live_and_ready_when_the_store_is_there_though_redis_is_away(
    client: Visitor,
) -> None:
    assert client.get("/health/live").status_code == 200
    ready = client.get("/health/ready")
    assert ready.status_code == 200
    assert ready.json()["store"] == "ok"
    assert ready.json()["redis"] == "away"
    assert ready.json()["missing"] == ["beat", "worker"]


def test_doubled_orders_are_counted_and_not_named_to_everybody(tmp_path: Path) -> None:
    settings = settings_in(tmp_path, ACCOUNT)
    migrate_store(settings)
    app = web.create_app(settings)
    services = build_services(settings, wake_up=RecordedWakeUp())
    for account in services.accounts:
        services.bookmarks.set(f"picqer/{account}", "doubled_references", ["1042", "1043"])
    with Visitor(app) as client:
        answer = client.get("/health/ready")
    assert answer.json()["doubled_orders"] == {"main": 2}
    assert "1042" not in answer.text


def test_a_store_without_tables_is_not_ready_and_says_what_to_do(settings: Settings) -> None:
    with capture_logs(), Visitor(web.create_app(settings)) as client:
        answer = client.get("/health/ready")
    assert answer.status_code == 503
    assert "picqer-bridge migrate" in answer.json()["store"]


def test_the_door_stays_open_while_a_newer_version_takes_over(
    client: Visitor, settings: Settings
) -> None:
    database = open_database(settings)
    with database.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    database.dispose()
    assert client.get("/health/ready").json()["store"] == "ok"


def test_the_shops_are_seen_before_the_door_opens(services: Services, clock: HandClock) -> None:
    opened_at = clock.now()
    web.see_shops(services)
    clock.advance(60)
    assert services.gate.first_sight("main", "nl") == opened_at


def test_a_store_that_is_away_is_not_ready(
    client: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(_: Services) -> bool:
        raise StoreAway

    monkeypatch.setattr(web, "store_serves", away)
    answer = client.get("/health/ready")
    assert (answer.status_code, answer.json()["store"]) == (503, "away")
    assert client.get("/health/live").status_code == 200


@pytest.mark.parametrize("path", [*NOTHING_ELSE, "/metrics", "/", "/jobs", "/sign-in"])
def test_the_doors_address_shows_nothing_else_without_a_password(
    client: Visitor, path: str
) -> None:
    assert client.get(path).status_code == 404


def test_metrics_are_on_the_loopback_without_a_password(
    client: Visitor, settings: Settings
) -> None:
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    url = f"http://127.0.0.1:{settings.console.port}/metrics"
    for _ in range(100):
        try:
            with opener.open(url, timeout=5) as answer:
                text = answer.read().decode()
            break
        except urllib.error.URLError:
            continue
    assert "picqer_bridge_store_up 1.0" in text
    with opener.open(url.replace("/metrics", "/"), timeout=10) as answer:
        assert "this machine" in answer.read().decode()
    other_name = urllib.request.Request(url, headers={"Host": "evil.example.com"})
    with pytest.raises(urllib.error.HTTPError, match="400"):
        opener.open(other_name, timeout=5)


def test_with_a_password_metrics_are_at_the_door_for_those_who_know_it(
    guarded: Visitor,
) -> None:
    assert guarded.get("/metrics").status_code == 401
    assert guarded.get("/metrics", auth=("admin", "wrong")).status_code == 401
    assert guarded.get("/metrics", auth=("wrong", "a-long-password")).status_code == 401
    right = guarded.get("/metrics", auth=("admin", "a-long-password"))
    assert right.status_code == 200
    assert "picqer_bridge_jobs" in right.text
    for path in NOTHING_ELSE:
        assert guarded.get(path, auth=("admin", "a-long-password")).status_code == 404


def test_with_a_password_the_console_is_at_the_door_behind_its_sign_in_page(
    guarded: Visitor,
) -> None:
    answer = guarded.get("/")
    assert (answer.status_code, answer.headers["location"]) == (303, "/sign-in")
    assert "Sign in" in guarded.get("/sign-in").text
    assert guarded.get("/webhooks/shops/nowhere").status_code == 404


def test_a_viewer_may_read_metrics_and_guessing_at_them_is_made_slow(tmp_path: Path) -> None:
    text = 'password = "a-long-password"\nviewer_password = "another-password"\n'
    settings = settings_in(tmp_path, text)
    migrate_store(settings)
    with Visitor(web.create_app(settings)) as guarded:
        viewer = ("viewer", "another-password")
        assert guarded.get("/metrics", auth=viewer).status_code == 200
        for _ in range(5):
            assert guarded.get("/metrics", auth=("admin", "guess")).status_code == 401
        assert guarded.get("/metrics", auth=viewer).status_code == 429


def test_the_doors_answers_are_counted(guarded: Visitor) -> None:
    assert guarded.post("/webhooks/shops/nowhere").status_code == 404
    text = guarded.get("/metrics", auth=("admin", "a-long-password")).text
    assert 'picqer_bridge_deliveries_total{outcome="404",source="unknown"} 1.0' in text


def test_a_fault_is_answered_without_a_trace(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    application = web.create_app(settings)

    @application.get("/broken")
    def broken() -> None:
        raise KeyError("A. Jansen")

    @application.get("/away")
    def away() -> None:
        raise StoreAway

    with capture_logs(), Visitor(application) as client:
        answer = client.get("/broken")
        assert (answer.status_code, answer.json()) == (
            500,
            {"error": "a fault in picqer-bridge itself"},
        )
        assert client.get("/away").status_code == 503


def test_the_figures_are_those_of_the_store_and_the_limit(
    services: Services, clock: HandClock
) -> None:
    services.jobs.hint(Identity(Flow.CREATE_ORDER, "nl", "1042"), "main")
    services.gate.beat("worker@a:1", 0)
    clock.advance(7)
    text = _text(Metrics(services))
    assert 'picqer_bridge_jobs{flow="create_order",state="open"} 1.0' in text
    assert 'picqer_bridge_oldest_due_job_seconds{queue="orders"} 7.0' in text
    assert 'picqer_bridge_heartbeat_age_seconds{process="worker"} 7.0' in text
    assert 'picqer_bridge_limit_in_use{account="main"} 12.0' in text
    assert 'picqer_bridge_limit_foreign_use{account="main"} 1.0' in text
    orders = 'account="main",lane="orders"'
    assert f"picqer_bridge_limit_waiting{{{orders}}} 3.0" in text
    for name, figure in (("permits", 120), ("waits", 7), ("put_off", 2), ("refused", 1)):
        assert f"picqer_bridge_limit_{name}_total{{{orders}}} {figure}.0" in text
    assert "1042" not in text


def test_what_cannot_be_read_is_left_out(
    services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(*_: object) -> None:
        raise StoreAway

    def no_limiter(*_: object) -> None:
        raise NoLimiter

    monkeypatch.setattr(services.jobs, "counts", away)
    monkeypatch.setattr(services.accounts["main"].limiter, "view", no_limiter)
    text = _text(Metrics(services))
    assert "picqer_bridge_store_up 0.0" in text
    assert 'account="main"' not in text


def _text(metrics: Metrics) -> str:
    from prometheus_client import generate_latest

    return generate_latest(metrics.registry).decode()


def test_wrong_settings_end_the_process_with_a_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "bridge.toml").write_text("publicurl = 1\n")
    with pytest.raises(SystemExit, match="publicurl"):
        _ = web.app


def test_what_the_start_made_is_not_looked_through_again_while_the_door_is_open(
    tmp_path: Path,
) -> None:
    settings_in(tmp_path)
    look = "import gc, workers.web; workers.web.app; gc.collect(); print(gc.get_freeze_count())"
    environment = {"BRIDGE_CONFIG": str(tmp_path / "bridge.toml"), "PATH": ""}

    told = subprocess.run(
        [sys.executable, "-c", look], env=environment, capture_output=True, text=True, check=True
    )

    assert int(told.stdout) > 10_000
