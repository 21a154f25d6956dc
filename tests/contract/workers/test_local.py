"""The whole service in one command: what it refuses, and what it tells."""

from __future__ import annotations

import os
import signal
import socket
import stat
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from integration.embedded_broker import find_free_port
from integration.wiring import migrate_store, open_database
from workers import local
from workers.local import READY_SECONDS, LocalService, NotReady


@pytest.fixture
def occupied() -> Iterator[int]:
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield int(server.getsockname()[1])


def service_in(folder: Path, text: str, ready_seconds: float = READY_SECONDS) -> LocalService:
    file = folder / "bridge.toml"
    file.write_text(text)
    return LocalService(config=file, environment={}, ready_seconds=ready_seconds)


def test_a_port_that_is_taken_is_named_before_anything_is_started(
    tmp_path: Path, occupied: int
) -> None:
    service = service_in(tmp_path, f"[web]\nport = {occupied}\n")
    with pytest.raises(NotReady, match=f"Port {occupied} on 127.0.0.1"):
        service.start()
    assert list(tmp_path.iterdir()) == [tmp_path / "bridge.toml"]
    assert service.pids == {}


@pytest.mark.parametrize("host", ["0.0.0.0", "::"])  # noqa: S104 - nothing listens
def test_a_door_that_listens_everywhere_is_reached_over_the_loopback(
    tmp_path: Path, host: str
) -> None:
    service = service_in(tmp_path, f'[web]\nhost = "{host}"\nport = 8123\n')
    assert service.door_url == "http://127.0.0.1:8123"


def test_a_store_that_a_newer_version_took_from_starts_nothing(tmp_path: Path) -> None:
    port = find_free_port()
    service = service_in(tmp_path, f'redis_url = "redis://127.0.0.1:1/0"\n[web]\nport = {port}\n')
    migrate_store(service.settings)
    database = open_database(service.settings)
    with database.begin() as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
        connection.exec_driver_sql("DROP TABLE open_causes")
    database.dispose()
    with pytest.raises(NotReady, match="install that version"):
        service.start()
    assert service.pids == {}


def test_waiting_ends_when_it_is_asked_to(tmp_path: Path) -> None:
    service = service_in(tmp_path, "")
    threading.Timer(0.05, service.ask_to_stop).start()
    service.wait()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_waiting_ends_with_a_signal_and_leaves_signals_as_they_were(
    tmp_path: Path, number: signal.Signals
) -> None:
    service = service_in(tmp_path, "")
    before = signal.getsignal(number)
    threading.Timer(0.05, os.kill, (os.getpid(), number)).start()
    service.wait()
    assert signal.getsignal(number) is before


def test_the_address_of_its_broker_is_for_this_user_only(tmp_path: Path) -> None:
    service = service_in(tmp_path, "")
    file = service.folder / local.BROKER_ADDRESS
    file.parent.mkdir(parents=True)
    file.write_text("of an earlier version")
    file.chmod(0o644)
    try:
        service._provide_broker()
        assert service.broker is not None
        assert local.local_broker(service.settings) == service.broker.url == service.redis_url
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
    finally:
        service.stop()


def test_flower_runs_only_with_a_password(tmp_path: Path) -> None:
    guarding = '[flower]\npassword = "long-enough"\n'
    without = local._commands(service_in(tmp_path, "").settings, workers=1)
    guarded = local._commands(service_in(tmp_path, guarding).settings, workers=1)
    assert [command.name for command in without] == ["web", "worker", "bulk", "mover", "beat"]
    assert [command.name for command in guarded][-1] == "flower"
    assert not any("long-enough" in word for command in guarded for word in command.words)


def test_an_unanswered_door_names_the_log_to_look_into(tmp_path: Path) -> None:
    service = service_in(tmp_path, "[web]\nport = 1\n", ready_seconds=0.1)
    with pytest.raises(NotReady, match=r"web\.log"):
        service._wait_until_ready()
