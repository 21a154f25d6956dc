"""What the doctor makes of facts that a test cannot set up: an old Redis, a network disk, ..."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from integration.doctor.catalogue import sku_findings, vat_findings
from integration.doctor.clock import clock_finding
from integration.doctor.picqer import AccountHooks, hook_findings
from integration.doctor.reach import reach_findings
from integration.doctor.redis import redis_findings
from integration.doctor.settings import SettingsInForce, settings_findings
from integration.doctor.store import store_findings
from integration.doctor.versions import version_findings
from integration.domain import Product, VatGroup
from integration.ports import (
    Deed,
    Finding,
    HookAction,
    Reach,
    RedisCondition,
    Silence,
    StoreCondition,
    Verdict,
)
from integration.testing.clock import NOON

OK, WARN, FAIL = Verdict.OK, Verdict.WARN, Verdict.FAIL
MB, GB = 1_000_000, 1_000_000_000

REDIS = RedisCondition(
    version=(7, 2, 4),
    role="master",
    is_cluster=False,
    eviction="noeviction",
    used_memory=10 * MB,
    max_memory=0,
    keeps_log=True,
    keeps_snapshots=True,
    last_write_failed=False,
    now=NOON,
)
STORE = StoreCondition(
    kind="sqlite",
    revision="0031",
    now=NOON,
    file=Path("/srv/bridge.db"),
    file_system="ext4",
    free_bytes=50 * GB,
)
VERSIONS = {"picqer-bridge": "1.0.0", "python": "3.11.9", "celery": "5.6.3", "kombu": "5.7.0"}


def require(found: Iterable[Finding], check: str, verdict: Verdict, fix: str) -> None:
    """There is one finding of this check, so judged, with this in its fix; all else is well."""
    listed = list(found)
    (hit,) = [one for one in listed if one.check == check]
    assert hit.verdict is verdict, hit
    assert (fix in hit.fix) if hit.fix else fix == "", hit
    assert all(one.verdict is OK for one in listed if one is not hit), listed


def of_redis(
    condition: RedisCondition | Silence, *, local: bool = True, password: bool = True
) -> list[Finding]:
    return list(redis_findings(condition, is_local=local, has_password=password, ours=NOON))


@pytest.mark.parametrize(
    ("facts", "check", "verdict", "fix"),
    [
        ({"version": (4, 0, 14)}, "redis version", FAIL, "Redis 7 or Valkey 8"),
        ({"version": (5, 0)}, "redis version", WARN, "Redis 7 or Valkey 8"),
        ({"version": (6, 0, 16)}, "redis version", WARN, "Redis 7 or Valkey 8"),
        ({"version": (6, 2)}, "redis version", OK, ""),
        ({"version": (8, 1, 0)}, "redis version", OK, ""),
        ({"version": ()}, "redis version", FAIL, "Redis 7 or Valkey 8"),
        ({"role": "slave"}, "redis role", FAIL, "primary"),
        ({"role": "sentinel"}, "redis role", FAIL, "primary"),
        ({"is_cluster": True}, "redis role", FAIL, "no cluster"),
        (
            {"eviction": "allkeys-lru", "max_memory": GB},
            "redis eviction",
            FAIL,
            "maxmemory-policy noeviction",
        ),
        (
            {"eviction": "volatile-ttl", "max_memory": GB},
            "redis eviction",
            FAIL,
            "maxmemory-policy noeviction",
        ),
        ({"eviction": "allkeys-lru"}, "redis eviction", WARN, "maxmemory-policy noeviction"),
        ({"keeps_log": False}, "redis persistence", WARN, "appendonly yes"),
        (
            {"keeps_log": False, "keeps_snapshots": None},
            "redis persistence",
            WARN,
            "appendonly yes",
        ),
        ({"last_write_failed": True}, "redis persistence", FAIL, "disk"),
        ({"used_memory": 79 * MB, "max_memory": 100 * MB}, "redis memory", OK, ""),
        ({"used_memory": 80 * MB, "max_memory": 100 * MB}, "redis memory", WARN, "maxmemory"),
        ({"used_memory": 95 * MB, "max_memory": 100 * MB}, "redis memory", FAIL, "maxmemory"),
        ({"now": NOON - timedelta(seconds=61)}, "clock", FAIL, "timedatectl"),
    ],
)
def test_what_redis_says_of_itself(
    facts: dict[str, Any], check: str, verdict: Verdict, fix: str
) -> None:
    require(of_redis(replace(REDIS, **facts)), check, verdict, fix)


def test_what_redis_keeps_is_told_apart() -> None:
    snapshots = of_redis(replace(REDIS, keeps_log=False))
    nothing = of_redis(replace(REDIS, keeps_log=False, keeps_snapshots=False))
    assert any("only snapshots on disk" in one.sentence for one in snapshots)
    assert any("keeps nothing on disk" in one.sentence for one in nothing)


@pytest.mark.parametrize(
    ("local", "password", "verdict", "fix"),
    [
        (True, True, OK, ""),
        (False, True, OK, ""),
        (True, False, WARN, "requirepass"),
        (False, False, FAIL, "rediss://"),
    ],
)
def test_redis_without_a_password_is_worse_off_this_machine(
    local: bool, password: bool, verdict: Verdict, fix: str
) -> None:
    require(of_redis(REDIS, local=local, password=password), "redis password", verdict, fix)


def test_a_redis_that_says_nothing_is_one_finding() -> None:
    (found,) = of_redis(Silence("nothing listens there"))
    assert (found.check, found.verdict) == ("redis reachable", FAIL)
    assert "nothing listens there" in found.sentence
    assert "correct redis_url" in (found.fix or "")


@pytest.mark.parametrize(
    ("facts", "check", "verdict", "fix"),
    [
        ({}, "store", OK, ""),
        ({"missing": ("0030", "0031")}, "store", FAIL, "picqer-bridge migrate"),
        ({"newer": "0099"}, "store", WARN, "Install that version"),
        ({"lacks": "the store lacks jobs.id"}, "store", FAIL, "Install that version"),
        ({"is_writable": False}, "store writable", FAIL, "the user that the service runs as"),
        ({"is_writable": False, "file": None}, "store writable", FAIL, "primary in database_url"),
        *(
            ({"file_system": kind}, "store file system", FAIL, "PostgreSQL")
            for kind in ("nfs4", "cifs", "9p", "fuse.sshfs", "virtiofs", "ceph")
        ),
        ({"file_system": "tmpfs"}, "store file system", WARN, "a volume that stays"),
        ({"file_system": "overlay"}, "store file system", WARN, "a volume that stays"),
        ({"is_exposed": True}, "store file", WARN, "chmod 600 /srv/bridge.db"),
        ({"free_bytes": GB}, "store disk", OK, ""),
        ({"free_bytes": GB - 1}, "store disk", WARN, "Make room"),
        ({"free_bytes": 100 * MB - 1}, "store disk", FAIL, "Make room"),
        ({"now": NOON + timedelta(seconds=30)}, "clock", WARN, "timedatectl"),
    ],
)
def test_how_the_store_is(facts: dict[str, Any], check: str, verdict: Verdict, fix: str) -> None:
    require(store_findings(replace(STORE, **facts), NOON), check, verdict, fix)


def test_a_store_that_is_not_there_yet_is_not_called_old() -> None:
    condition = replace(STORE, missing=("0001",), now=None)
    first, *_ = store_findings(condition, NOON)
    assert "not there yet" in first.sentence


def test_a_disk_of_which_nothing_is_known_is_not_judged() -> None:
    condition = replace(STORE, file_system=None, free_bytes=None)
    assert [one.check for one in store_findings(condition, NOON)] == ["store", "clock"]


@pytest.mark.parametrize(
    ("found", "check", "verdict", "fix"),
    [
        (Reach(("192.0.2.1",), NOON + timedelta(days=15)), "certificate", OK, ""),
        (Reach(("192.0.2.1",), NOON + timedelta(days=14)), "certificate", WARN, "Renew it"),
        (Reach(("192.0.2.1",), NOON + timedelta(hours=1)), "certificate", WARN, "Renew it"),
        (Reach(("192.0.2.1",)), "address", OK, ""),
        (Reach(proxy=True), "address", OK, ""),
        (Silence("nobody knows that host name"), "address", FAIL, "Check shops.nl.custom.url"),
        (
            Silence("its certificate is not trusted: expired", untrusted=True),
            "certificate",
            FAIL,
            "REQUESTS_CA_BUNDLE",
        ),
    ],
)
def test_the_way_to_a_server(
    found: Reach | Silence, check: str, verdict: Verdict, fix: str
) -> None:
    judged = reach_findings(
        "https://shop.example.com/api", "shops.nl.custom.url", lambda _: found, NOON
    )
    require(judged, check, verdict, fix)


@pytest.mark.parametrize(
    ("versions", "check", "verdict", "fix"),
    [
        ({}, "versions", OK, ""),
        ({"python": "3.13.1"}, "versions", OK, ""),
        ({"celery": "5.6.10"}, "versions", OK, ""),
        ({"kombu": "5.7.1rc1"}, "versions", OK, ""),
        ({"python": "3.10.14"}, "python version", FAIL, "Python 3.11 or newer"),
        ({"celery": "5.6.2"}, "celery version", FAIL, "requirements/run.txt"),
        ({"celery": "5.7.0"}, "celery version", FAIL, "requirements/run.txt"),
        ({"celery": ""}, "celery version", FAIL, "requirements/run.txt"),
        ({"kombu": "5.6.2"}, "kombu version", FAIL, "requirements/run.txt"),
        ({"kombu": "5.8.0"}, "kombu version", FAIL, "requirements/run.txt"),
        ({"kombu": ""}, "kombu version", FAIL, "requirements/run.txt"),
    ],
)
def test_what_it_runs_on(versions: dict[str, str], check: str, verdict: Verdict, fix: str) -> None:
    require(version_findings(VERSIONS | versions), check, verdict, fix)


@pytest.mark.parametrize(
    ("seconds", "verdict", "words"),
    [
        (4.9, OK, "agrees"),
        (-4.9, OK, "agrees"),
        (5.0, WARN, "5 seconds ahead of"),
        (-59.0, WARN, "59 seconds behind"),
        (60.0, FAIL, "60 seconds ahead of"),
        (-3600.0, FAIL, "3600 seconds behind"),
    ],
)
def test_a_clock_is_judged_by_how_far_it_is_off(
    seconds: float, verdict: Verdict, words: str
) -> None:
    found = clock_finding("the shop", NOON, NOON + timedelta(seconds=seconds))
    assert found.verdict is verdict
    assert words in found.sentence


def product(number: int, sku: str | None) -> Product:
    return Product(str(number), sku, f"Mug {number}", Decimal(8), Decimal(21), "EUR")


@pytest.mark.parametrize(
    ("skus", "verdict", "fix"),
    [
        (["A", "B"], OK, ""),
        ([], OK, ""),
        (["A", None], WARN, "productcode"),
        (["A", ""], WARN, "productcode"),
        (["A", "B", "A"], FAIL, "an SKU of its own"),
        (["A", "a"], OK, ""),
    ],
)
def test_the_skus_of_a_shop(skus: list[str | None], verdict: Verdict, fix: str) -> None:
    products = [product(number, sku) for number, sku in enumerate(skus)]
    require(sku_findings(products), "skus", verdict, fix)


def test_products_without_an_sku_and_doubles_are_both_told_and_only_a_few_named() -> None:
    nameless = [product(number, None) for number in range(7)]
    missing, doubled = sku_findings([*nameless, product(8, "A"), product(9, "A")])
    assert (missing.verdict, doubled.verdict) == (WARN, FAIL)
    assert "7 of 9 products have no SKU (ids 0, 1, 2, 3, 4, ...)" in missing.sentence
    assert "1 SKUs belong to several products: A." in doubled.sentence


@pytest.mark.parametrize(
    ("rates", "verdict", "fix"),
    [
        (["21", "21.00", None], OK, ""),
        ([], OK, ""),
        (["21", "9"], FAIL, "VAT groups"),
    ],
)
def test_the_vat_rates_of_a_shop(rates: list[str | None], verdict: Verdict, fix: str) -> None:
    groups = [VatGroup(18, "High", Decimal(21)), VatGroup(20, "None", Decimal(0))]
    needed = [None if rate is None else Decimal(rate) for rate in rates]
    require(vat_findings(needed, groups), "vat groups", verdict, fix)


IN_FORCE = SettingsInForce(
    accounts=1,
    shops=2,
    exposed_file=None,
    orders_since={"nl": NOON},
    is_console_open=False,
    is_debugging=False,
)


@pytest.mark.parametrize(
    ("facts", "check", "verdict", "fix"),
    [
        ({}, "settings", OK, ""),
        ({"shops": 0}, "settings", FAIL, "bridge.example.toml"),
        ({"accounts": 0}, "settings", FAIL, "bridge.example.toml"),
        ({"exposed_file": "/etc/b.toml"}, "settings file", WARN, "chmod 600 /etc/b.toml"),
        ({"orders_since": {"be": NOON + timedelta(1)}}, "orders_since", WARN, "shops.be"),
        ({"is_console_open": True}, "console", WARN, "console.password"),
        ({"is_debugging": True}, "log", WARN, "info"),
    ],
)
def test_settings_without_mistakes(
    facts: dict[str, Any], check: str, verdict: Verdict, fix: str
) -> None:
    require(settings_findings(replace(IN_FORCE, **facts), NOON), check, verdict, fix)


def action(deed: Deed) -> HookAction:
    return HookAction(deed, "picklists.closed", 7, "Hook 7 sends to somebody else.")


@pytest.mark.parametrize(
    ("deed", "check", "verdict", "fix"),
    [
        (Deed.CREATED, "picqer hooks", FAIL, "hooks sync"),
        (Deed.REACTIVATED, "picqer hooks", FAIL, "hooks sync"),
        (Deed.TAKEN, "picqer hooks", FAIL, "Switch that hook off in Picqer"),
        (Deed.UPDATED, "picqer hooks", WARN, "hooks sync"),
        (Deed.OTHER_INSTALLATION, "other installation", WARN, "Stop the other one"),
    ],
)
def test_what_a_hook_sync_would_do_is_what_is_wrong(
    deed: Deed, check: str, verdict: Verdict, fix: str
) -> None:
    hooks = AccountHooks(lambda: [action(deed)], 6)
    require(hook_findings(hooks), check, verdict, fix)
