"""One thing at a time is set up wrongly in a whole installation, and the doctor finds it.

The installation is real: a sandbox Picqer and a demo shop over HTTP, a broker, a SQLite file and
the door. What cannot be set up wrongly here (an old Redis, a network disk) is judged as it would
be read; see tests/unit/doctor/test_judgements.py.
"""

from __future__ import annotations

import stat
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from pydantic import SecretStr

from integration.jobs import Flow
from integration.ports import Verdict
from integration.sandbox.picqer import hooks
from integration.sandbox.picqer.faults import Fault
from integration.settings import Settings
from tests.loopback_installation import DEAD, Installation, installed

READING = {"GET"}


@pytest.fixture
def installation(tmp_path: Path, valkey_url: str) -> Iterator[Installation]:
    with installed(tmp_path, valkey_url) as made:
        yield made


def test_an_installation_in_order_is_all_well_and_nothing_was_written(
    installation: Installation,
) -> None:
    installation.picqer.reset_log()
    found = installation.examined()
    bad = [one for one in found if one.finding.verdict is Verdict.FAIL]
    assert bad == []
    warned = {one.finding.check for one in found if one.finding.verdict is Verdict.WARN}
    assert warned <= {"door address", "redis persistence", "store file system"}
    log = installation.picqer.log()
    assert {entry["method"] for entry in log} == READING
    assert len(log) <= 7
    assert {entry.method for entry in installation.shop.books.log} == READING


Seed = Callable[[Installation], object]


def words(old: str, new: str) -> Seed:
    return lambda made: made.words.update({old: new})


def more(*lines: str) -> Seed:
    return lambda made: made.more.extend(lines)


def fault(**fields: object) -> Seed:
    return lambda made: made.picqer.add_fault(Fault(**fields))  # type: ignore[arg-type]


def products(*kinds: dict[str, str]) -> Seed:
    return lambda made: [made.shop.add_product(**kind) for kind in kinds]  # type: ignore[arg-type]


def hook(name: str, event: str, address: str) -> Seed:
    def seed(made: Installation) -> None:
        wanted = {"name": name, "event": event, "address": address, "secret": "x" * 16}
        with made.picqer.books.lock:
            hooks.subscribe(made.picqer.books, wanted)

    return seed


def without_hook(made: Installation) -> None:
    with made.picqer.books.lock:
        made.picqer.books.hooks.popitem()


def switched_off(made: Installation) -> None:
    with made.picqer.books.lock:
        next(iter(made.picqer.books.hooks.values())).active = False


def no_counting_warehouse(made: Installation) -> None:
    with made.picqer.books.lock:
        places = made.picqer.books.warehouses
        places[18] = replace(places[18], counts_for_general_stock=False)


def no_low_rate(made: Installation) -> None:
    with made.picqer.books.lock:
        del made.picqer.books.vatgroups[19]
    made.shop.add_product(sku="BOOK", tax_rate="9", name="Book", price_net="9")


def two_with_one_sku(made: Installation) -> None:
    """As shops allow that keep their SKUs less strictly than the demo shop does."""
    with made.shop.books.lock:
        mug, spoon = made.shop.books.product_of("MUG-BLUE"), made.shop.books.product_of("SPOON-OAK")
        assert mug is not None
        assert spoon is not None
        made.shop.books.products[spoon.id] = replace(spoon, sku=mug.sku)


def store_file(made: Installation) -> Path:
    return made.folder / "var" / "bridge.db"


def exposed_settings(made: Installation) -> None:
    chmod = Path.chmod

    def settings(original: Callable[[], Settings] = made.settings) -> Settings:
        found = original()
        chmod(made.file, 0o644)
        return found

    made.settings = settings  # type: ignore[method-assign]


def processes(made: Installation, sql: str) -> None:
    assert made.services is not None
    with made.services.store.begin() as connection:  # type: ignore[attr-defined]
        connection.exec_driver_sql(sql)


def silenced(kind: str) -> Seed:
    return lambda made: processes(
        made,
        f"UPDATE heartbeats SET at = 1 WHERE process LIKE '{kind}%'",  # noqa: S608 - our own words
    )


def paused(made: Installation) -> None:
    assert made.services is not None
    made.services.gate.pause(Flow.PUSH_STOCK, "nl", "ops")


def dropped(made: Installation) -> None:
    store_file(made).unlink()
    for rest in store_file(made).parent.glob("bridge.db-*"):
        rest.unlink()


FAIL, WARN = Verdict.FAIL, Verdict.WARN
LATER = "2099-01-01T00:00:00Z"
PROFILES = "[shops.nl.shipping_profiles]"
URL = 'base_url = "'
SEEDS: list[tuple[str, Seed, str, str, Verdict, str]] = [
    (
        "orders_since to come",
        words("2026-01-01T00:00:00Z", LATER),
        "settings",
        "orders_since",
        WARN,
        "Correct shops.nl.orders_since",
    ),
    (
        "settings that others may read",
        exposed_settings,
        "settings",
        "settings file",
        WARN,
        "chmod 600",
    ),
    (
        "a console without a password",
        words('password = "a-long-password"', ""),
        "settings",
        "console",
        WARN,
        "console.password",
    ),
    ("debugging goes on", more("[log]", 'level = "debug"'), "settings", "log", WARN, "info"),
    ("no store", dropped, "store", "store", FAIL, "picqer-bridge migrate"),
    (
        "a damaged store",
        lambda made: store_file(made).write_bytes(b"none" * 5000),
        "store",
        "store",
        FAIL,
        "database_url",
    ),
    (
        "a store that others may read",
        lambda made: store_file(made).chmod(0o644),
        "store",
        "store file",
        WARN,
        "chmod 600",
    ),
    (
        "a store of a newer version",
        lambda made: processes(made, "UPDATE alembic_version SET version_num = '9999'"),
        "store",
        "store",
        WARN,
        "Install that version",
    ),
    (
        "redis away",
        lambda made: setattr(made, "redis_url", "redis://127.0.0.1:9/0"),
        "redis",
        "redis reachable",
        FAIL,
        "redis_url",
    ),
    (
        "a wrong redis password",
        lambda made: setattr(made, "redis_url", made.redis_url.replace("redis://:", "redis://:x")),
        "redis",
        "redis reachable",
        FAIL,
        "redis_url",
    ),
    (
        "our clock is ahead",
        lambda made: setattr(made, "clock_error", timedelta(seconds=20)),
        "redis",
        "clock",
        WARN,
        "timedatectl",
    ),
    (
        "our clock is far behind",
        lambda made: setattr(made, "clock_error", timedelta(hours=-1)),
        "picqer/main",
        "clock",
        FAIL,
        "timedatectl",
    ),
    ("no beat", silenced("beat"), "processes", "processes", FAIL, "Start beat"),
    ("no workers", silenced("worker"), "processes", "processes", FAIL, "Start the workers"),
    (
        "a worker that stalled",
        lambda made: processes(
            made, "UPDATE heartbeats SET in_order_at = 1 WHERE process LIKE 'worker%'"
        ),
        "processes",
        "processes",
        FAIL,
        "--end-stalled",
    ),
    (
        "a queue nobody takes from",
        lambda made: processes(made, "UPDATE bookmarks SET at = 1 WHERE name = 'bulk'"),
        "processes",
        "queues",
        FAIL,
        "Procfile",
    ),
    (
        "a pause that was forgotten",
        paused,
        "processes",
        "pauses",
        WARN,
        "resume --flow push_stock --shop nl",
    ),
    (
        "a wrong key",
        words("key-of-", "no-key-of-"),
        "picqer/main",
        "picqer key",
        FAIL,
        "picqer.main.api_key",
    ),
    (
        "a name that nobody knows",
        words("base_url", 'subdomain = "no-such-account-of-ours"\n#base_url'),
        "picqer/main",
        "address",
        FAIL,
        "DNS",
    ),
    (
        "no User-Agent by a proxy",
        fault(
            kind="status",
            path="/users/me",
            status=400,
            error_code=5,
            error_message="User-Agent missing",
        ),
        "picqer/main",
        "picqer user-agent",
        FAIL,
        "contact",
    ),
    (
        "picqer is down",
        fault(kind="status", status=503, count=20),
        "picqer/main",
        "picqer key",
        FAIL,
        "",
    ),
    (
        "others use the limit",
        lambda made: made.picqer.foreign_use(460),
        "picqer/main",
        "picqer limit",
        WARN,
        "picqer-bridge limit",
    ),
    (
        "a warehouse that is not there",
        words("[shops.nl]\n", "[shops.nl]\nwarehouses = [77]\n"),
        "picqer/main",
        "picqer warehouses",
        FAIL,
        "18 (Main)",
    ),
    (
        "no warehouse counts",
        no_counting_warehouse,
        "picqer/main",
        "picqer warehouses",
        FAIL,
        "Warehouses",
    ),
    (
        "a shipping profile that is not there",
        more(PROFILES, "postnl = 99"),
        "picqer/main",
        "picqer shipping profiles",
        FAIL,
        "12 (Standaard)",
    ),
    (
        "no product for shipping costs",
        words("[shops.nl]\n", '[shops.nl]\nshipping_productcode = "SHIP"\n'),
        "picqer/main",
        "picqer shipping product",
        FAIL,
        "shipping_productcode",
    ),
    ("a hook is missing", without_hook, "picqer/main", "picqer hooks", FAIL, "hooks sync"),
    ("a hook was switched off", switched_off, "picqer/main", "picqer hooks", FAIL, "hooks sync"),
    (
        "another secret",
        words("0123456789abcdef", "fedcba9876543210"),
        "picqer/main",
        "picqer hooks",
        WARN,
        "hooks sync",
    ),
    (
        "hooks of another installation",
        hook(
            "picqer-bridge zzzz 12345678",
            "picklists.closed",
            "https://other.example.com/webhooks/picqer/main",
        ),
        "picqer/main",
        "other installation",
        WARN,
        "Stop the other one",
    ),
    ("no VAT group for a rate", no_low_rate, "shops/nl", "vat groups", FAIL, "VAT groups"),
    (
        "a wrong token",
        lambda made: setattr(made.shop, "token", SecretStr("t" * 24)),
        "shops/nl",
        "shop reachable",
        FAIL,
        "shops.nl",
    ),
    (
        "two products with one SKU",
        two_with_one_sku,
        "shops/nl",
        "skus",
        FAIL,
        "an SKU of its own",
    ),
    (
        "a product without an SKU",
        products({"name": "Nameless"}),
        "shops/nl",
        "skus",
        WARN,
        "productcode",
    ),
    (
        "a door that is not there",
        lambda made: setattr(made, "door_url", DEAD),
        "shops/nl",
        "door reachable",
        FAIL,
        "public_url",
    ),
    (
        "a door of another path",
        lambda made: setattr(made, "door_url", made.door_url + "/bridge"),
        "shops/nl",
        "door reachable",
        FAIL,
        "/webhooks/",
    ),
]


@pytest.mark.parametrize("row", SEEDS, ids=[row[0] for row in SEEDS])
def test_a_seeded_mistake_is_found_with_its_fix(
    installation: Installation, row: tuple[str, Seed, str, str, Verdict, str]
) -> None:
    _, seed, subject, check, verdict, fix = row
    seed(installation)
    found = [one.finding for one in installation.examined() if one.subject == subject]
    hits = [one for one in found if one.check == check and one.verdict is verdict]
    assert hits, found
    assert any(fix in (one.fix or "") for one in hits), hits


def test_there_are_at_least_thirty_seeded_mistakes() -> None:
    assert len({row[0] for row in SEEDS}) >= 30


def test_the_store_is_not_made_by_looking_for_it(installation: Installation) -> None:
    dropped(installation)
    installation.examined()
    assert not store_file(installation).exists()
    assert not stat.S_IMODE(installation.file.stat().st_mode) & 0o077
