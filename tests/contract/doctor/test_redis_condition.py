"""How Redis is, read from a real server; and what is said of one that lets nobody in."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
import redis

from integration import redis_condition
from integration.ports import RedisCondition, Silence
from integration.redis_condition import read_redis, version_of
from tests.door_servers import wordless

SOME = {"maxmemory": str(200 * 1024 * 1024), "maxmemory-policy": "volatile-lru", "appendonly": "no"}


@pytest.fixture
def server(valkey_url: str) -> Iterator[redis.Redis]:
    """The real server; how it was set up and who may use it is as before afterwards."""
    with redis.Redis.from_url(valkey_url, decode_responses=True) as client:
        before = {name: client.config_get(name)[name] for name in (*SOME, "save")}
        yield client
        for name, value in before.items():
            client.config_set(name, value)
        client.acl_deluser("guest")


def guest(server: redis.Redis, valkey_url: str, *commands: str) -> str:
    """The address for a user who may give these commands only."""
    server.acl_setuser("guest", enabled=True, passwords=["+pw"], commands=["+ping", *commands])
    return f"redis://guest:pw@{valkey_url.rpartition('@')[2]}"


def read(url: str) -> RedisCondition:
    found = read_redis(url)
    assert isinstance(found, RedisCondition), found
    return found


def why(url: str) -> str:
    found = read_redis(url)
    assert isinstance(found, Silence), found
    return found.why


def test_what_is_set_up_is_what_is_read(server: redis.Redis, valkey_url: str) -> None:
    for name, value in {**SOME, "save": "3600 1"}.items():
        server.config_set(name, value)
    found = read(valkey_url)
    assert found.version >= (5, 0)
    assert (found.role, found.is_cluster) == ("master", False)
    assert (found.eviction, found.max_memory) == ("volatile-lru", 200 * 1024 * 1024)
    assert 0 < found.used_memory < found.max_memory
    assert (found.keeps_log, found.keeps_snapshots) == (False, True)
    assert found.last_write_failed is False
    assert abs(datetime.now(UTC) - found.now) < timedelta(minutes=1)


def test_an_append_only_file_and_no_snapshots_are_read_as_such(
    server: redis.Redis, valkey_url: str
) -> None:
    server.config_set("save", "")
    server.config_set("appendonly", "yes")
    found = read(valkey_url)
    assert (found.keeps_log, found.keeps_snapshots) == (True, False)


def test_looking_writes_nothing(server: redis.Redis, valkey_url: str) -> None:
    before = server.dbsize(), server.info("persistence")["rdb_changes_since_last_save"]
    read(valkey_url)
    assert (server.dbsize(), server.info("persistence")["rdb_changes_since_last_save"]) == before


def test_who_may_not_ask_for_the_settings_is_not_told_of_snapshots(
    server: redis.Redis, valkey_url: str
) -> None:
    assert read(guest(server, valkey_url, "+info", "+time")).keeps_snapshots is None


def test_a_user_without_the_right_to_ask_is_told_which_it_needs(
    server: redis.Redis, valkey_url: str
) -> None:
    assert "it needs INFO and TIME" in why(guest(server, valkey_url))


def test_a_wrong_password_and_none_are_told_apart(valkey_url: str) -> None:
    place = valkey_url.rpartition("@")[2]
    assert why(f"redis://:not-it@{place}") == "it refuses our user name or password"
    assert why(f"redis://{place}") == "it wants a password and we have none"


def test_tls_to_a_server_that_speaks_none_is_named() -> None:
    with wordless(b"-ERR unknown command\r\n") as port:
        assert why(f"rediss://127.0.0.1:{port}/0") == "no connection with TLS could be made"


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("redis://127.0.0.1:9/0", "nothing listens there"),
        ("redis://redis.invalid:6379/0", "its host name is not known"),
        ("redis://:a-secret@127.0.0.1:nonsense/0", "the connection failed (ValueError)"),
    ],
)
def test_what_cannot_be_reached_is_told_without_the_address(url: str, words: str) -> None:
    assert why(url) == words


def test_a_server_that_is_silent_is_left_in_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(redis_condition, "SECONDS", 0.2)
    with wordless() as port:
        assert why(f"redis://127.0.0.1:{port}/0") == "it did not answer within 0.2 seconds"


def test_a_server_that_just_started_reads_its_files() -> None:
    loading = b"-LOADING Redis is loading the dataset in memory\r\n"
    with wordless(loading * 4) as port:
        assert why(f"redis://127.0.0.1:{port}/0") == "it is still reading its files"


@pytest.mark.parametrize(
    ("text", "version"), [("7.2.4", (7, 2, 4)), ("8.0", (8, 0)), ("", ()), ("7.x.1", (7, 1))]
)
def test_a_version_is_read_as_numbers(text: str, version: tuple[int, ...]) -> None:
    assert version_of(text) == version
