"""Reading how Redis is: who it says it is, what it keeps, and what it does when it is full."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, cast

import redis
from redis.exceptions import NoPermissionError

from integration.ports import RedisCondition, Silence

SECONDS = 3.0
"""How long a connection, and each answer, may take."""


def read_redis(url: str) -> RedisCondition | Silence:
    """How it is; Silence when it does not answer or does not let us in. Only reads."""
    try:
        with redis.Redis.from_url(
            url, decode_responses=True, socket_timeout=SECONDS, socket_connect_timeout=SECONDS
        ) as client:
            return _condition(client)
    except redis.AuthenticationError as error:
        return Silence(_why_not_let_in(error))
    except redis.TimeoutError:
        return Silence(f"it did not answer within {SECONDS:g} seconds")
    except redis.BusyLoadingError:
        return Silence("it is still reading its files")
    except (redis.RedisError, OSError, ValueError) as error:
        return Silence(_why(error))


def _why_not_let_in(error: redis.AuthenticationError) -> str:
    text = str(error).lower()
    if "authentication required" in text or "hello must" in text:
        return "it wants a password and we have none"
    return "it refuses our user name or password"


def _why(error: Exception) -> str:
    """The kind of trouble, without the address, which may hold the password."""
    text = str(error).lower()
    if "refused" in text:
        return "nothing listens there"
    if "certificate" in text or "ssl" in text:
        return "no connection with TLS could be made"
    if isinstance(error, NoPermissionError):
        return "our user may not ask how it is (it needs INFO and TIME)"
    if "name or service" in text or "name resolution" in text or "nodename" in text:
        return "its host name is not known"
    return f"the connection failed ({type(error).__name__})"


def _condition(client: redis.Redis) -> RedisCondition:
    info = cast("Mapping[str, Any]", client.info())
    seconds, micros = client.time()
    writes = ("aof_last_write_status", "rdb_last_bgsave_status")
    return RedisCondition(
        version=version_of(str(info.get("redis_version", ""))),
        role=str(info.get("role", "master")),
        is_cluster=bool(info.get("cluster_enabled", 0)),
        eviction=str(info.get("maxmemory_policy", "noeviction")),
        used_memory=int(info.get("used_memory", 0)),
        max_memory=int(info.get("maxmemory", 0)),
        keeps_log=bool(info.get("aof_enabled", 0)),
        keeps_snapshots=_keeps_snapshots(client),
        last_write_failed=any(info.get(name, "ok") != "ok" for name in writes),
        now=datetime.fromtimestamp(seconds + micros / 1e6, UTC),
    )


def _keeps_snapshots(client: redis.Redis) -> bool | None:
    """Whether it writes snapshots by itself; hosted ones often do not let one ask."""
    try:
        kept = cast("Mapping[str, str]", client.config_get("save"))
    except redis.ResponseError:
        return None
    return bool(kept.get("save", "").strip())


def version_of(text: str) -> tuple[int, ...]:
    """The numbers of a version: ``7.2.4`` is (7, 2, 4)."""
    return tuple(int(part) for part in text.split(".") if part.isdigit())
