"""Redis: does it answer, and is it set up so that it loses and evicts nothing of ours."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from integration.doctor.clock import clock_finding
from integration.ports import Finding, RedisCondition, Silence, Verdict

REDIS = "redis reachable"
OLDEST, WELL_TRIED = (5, 0), (6, 2)
"""Before 5.0 a script may not both ask the time and write; 6.2 is the oldest that is kept up."""
NOTICED_SHARE, HARMFUL_SHARE = 0.8, 0.95
CONFIGURE = "Set it in redis.conf as deploy/redis.conf does, and restart Redis."


def redis_findings(
    found: RedisCondition | Silence, *, is_local: bool, has_password: bool, ours: datetime
) -> Iterator[Finding]:
    """What is found. ``is_local``: the address is on this machine; ``ours`` is our clock's time."""
    if isinstance(found, Silence):
        yield Finding(
            REDIS,
            Verdict.FAIL,
            f"Redis cannot be used, because {found.why}. Work waits; nothing is lost.",
            "Start Redis (`picqer-bridge run` starts one of its own), or correct redis_url.",
        )
        return
    yield Finding(REDIS, Verdict.OK, "Redis answers and lets us in.")
    yield from _role(found)
    yield _version(found.version)
    yield _password(is_local=is_local, has_password=has_password)
    yield _eviction(found)
    yield _persistence(found)
    yield _memory(found)
    yield clock_finding("Redis", found.now, ours)


def _role(found: RedisCondition) -> Iterator[Finding]:
    if found.role not in ("master", "primary"):
        yield Finding(
            "redis role",
            Verdict.FAIL,
            f"redis_url leads to a {found.role}, which takes no writes.",
            "Name the primary in redis_url.",
        )
    if found.is_cluster:
        yield Finding(
            "redis role",
            Verdict.FAIL,
            "redis_url leads to a cluster; Celery's queues need a single Redis.",
            "Use a Redis that is no cluster (with a replica, if you like).",
        )


def _version(version: tuple[int, ...]) -> Finding:
    check, text = "redis version", ".".join(map(str, version))
    if version < OLDEST:
        sentence = f"Redis {text} is older than 5.0: the rate limit cannot be kept in it."
        return Finding(check, Verdict.FAIL, sentence, "Install Redis 7 or Valkey 8.")
    if version < WELL_TRIED:
        sentence = f"Redis {text} is no longer kept up by its makers."
        return Finding(check, Verdict.WARN, sentence, "Install Redis 7 or Valkey 8.")
    return Finding(check, Verdict.OK, f"Redis speaks version {text}.")


def _password(*, is_local: bool, has_password: bool) -> Finding:
    check = "redis password"
    if has_password:
        return Finding(check, Verdict.OK, "Redis is asked with a password.")
    if is_local:
        sentence = "Redis has no password: every user of this machine can read and change it."
        fix = "Set requirepass in redis.conf, and the password in redis_url."
        return Finding(check, Verdict.WARN, sentence, fix)
    return Finding(
        check,
        Verdict.FAIL,
        "Redis on another machine is asked without a password: whoever reaches it runs our work.",
        "Set requirepass there and redis_url to rediss://:password@host, or keep it on loopback.",
    )


def _eviction(found: RedisCondition) -> Finding:
    check = "redis eviction"
    if found.eviction == "noeviction":
        return Finding(check, Verdict.OK, "Redis throws nothing away when it is full.")
    sentence = (
        f"maxmemory-policy is {found.eviction}: a full Redis throws away queued work and the count "
        "of the rate limit."
    )
    verdict = Verdict.FAIL if found.max_memory else Verdict.WARN
    return Finding(check, verdict, sentence, f"maxmemory-policy noeviction. {CONFIGURE}")


def _persistence(found: RedisCondition) -> Finding:
    check = "redis persistence"
    if found.last_write_failed:
        return Finding(
            check,
            Verdict.FAIL,
            "Redis could not write its file the last time, and may refuse new work.",
            "See to the room and the rights on its disk; its own log says which.",
        )
    if found.keeps_log:
        return Finding(check, Verdict.OK, "Redis keeps an append-only file.")
    kept = "only snapshots" if found.keeps_snapshots else "nothing"
    return Finding(
        check,
        Verdict.WARN,
        f"Redis keeps {kept} on disk. What it forgets at a restart is raised again from the store, "
        "but only after a while.",
        f"appendonly yes. {CONFIGURE}",
    )


def _memory(found: RedisCondition) -> Finding:
    check, used = "redis memory", f"{found.used_memory / 1e6:.0f} MB"
    if not found.max_memory:
        return Finding(check, Verdict.OK, f"Redis uses {used}, and has no limit of its own.")
    share = found.used_memory / found.max_memory
    sentence = f"Redis uses {used}, {share:.0%} of what it may."
    if share < NOTICED_SHARE:
        return Finding(check, Verdict.OK, sentence)
    verdict = Verdict.WARN if share < HARMFUL_SHARE else Verdict.FAIL
    fix = "Raise maxmemory, or see what else lives in this Redis. Full, it refuses new work."
    return Finding(check, verdict, sentence, fix)
