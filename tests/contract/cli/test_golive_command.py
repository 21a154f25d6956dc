"""``golive`` over a whole installation: a plan that writes nothing, and then the act."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from integration.ports import Act, AuditFilter
from integration.sandbox.picqer.server import SandboxPicqer
from integration.services import Services
from tests.loopback_installation import Installation, installed
from workers.cli import app
from workers.cli.connection import Connection


@pytest.fixture
def installation(tmp_path: Path, valkey_url: str) -> Iterator[Installation]:
    with installed(tmp_path, valkey_url) as made:
        made.words["orders_since = 2026-01-01T00:00:00Z\n"] = ""
        switch_hooks_off(made.picqer)
        made.picqer.reset_log()
        made.shop.books.log.clear()
        services_of(made).gate.pause(None, "nl", "ops")
        yield made


def services_of(made: Installation) -> Services:
    assert made.services is not None
    return made.services


def switch_hooks_off(picqer: SandboxPicqer) -> None:
    with picqer.books.lock:
        for hook in picqer.books.hooks.values():
            hook.active = False


def golive(made: Installation, *words: str, answer: str | None = None) -> Result:
    connection = Connection(load=made.settings, connect=lambda _: made.build())
    call = ["golive", "--shop", "nl", *words]
    return CliRunner().invoke(app, call, answer, obj=connection, catch_exceptions=False)


def plan(made: Installation) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(golive(made, "--json").stdout)
    return found


def require_nothing_written(made: Installation) -> None:
    assert {entry["method"] for entry in made.picqer.log()} <= {"GET"}
    assert {entry.method for entry in made.shop.books.log} <= {"GET"}
    services = services_of(made)
    assert [name for _, name, _ in services.gate.pauses()] == ["nl"]
    assert services.audit.find(AuditFilter(act=Act.GO_LIVE)) == []


def test_the_plan_names_what_a_merchant_has_to_know_and_writes_nothing(
    installation: Installation,
) -> None:
    made = installation
    made.shop.add_product(name="Nameless")
    made.shop.add_product(sku="ONLY-HERE", name="Only here", tax_rate="6")
    made.shop.set_sellable("MUG-BLUE", 3)
    made.shop.place_order([("MUG-BLUE", 1)])
    told = plan(made)
    assert told["held"] is True
    assert len(told["without_sku"]) == 1
    assert "ONLY-HERE" in told["not_at_picqer"]
    assert told["vat_rates"] == {"6": 1}
    (mug,) = (one for one in told["stock"] if one["subject"] == "MUG-BLUE")
    assert mug["at_picqer"].endswith("ought to show 40")
    assert len(told["orders"]) + sum(told["orders_left_out"].values()) == 1
    require_nothing_written(made)


def test_hooks_and_requests_of_others_are_told(installation: Installation) -> None:
    with installation.picqer.books.lock:
        hook = next(iter(installation.picqer.books.hooks.values()))
        hook.name, hook.active = "another connector", True
    told = plan(installation)
    assert any("another connector" in one for one in told["others"])


@pytest.mark.parametrize(("answer", "code"), [("be\n", 1), ("", 2)])
def test_another_answer_than_the_name_changes_nothing(
    installation: Installation, answer: str, code: int
) -> None:
    assert golive(installation, answer=answer).exit_code == code
    require_nothing_written(installation)


def test_dry_run_asks_nothing(installation: Installation) -> None:
    result = golive(installation, "--dry-run")
    assert result.exit_code == 0
    assert "active products in the shop" in result.stdout
    require_nothing_written(installation)


@pytest.mark.parametrize(("words", "answer"), [(["--yes"], None), ([], "nl\n")])
def test_after_a_yes_the_shop_is_live_from_that_moment_on(
    installation: Installation, words: list[str], answer: str | None
) -> None:
    services = services_of(installation)
    before = services.gate.first_sight("main", "nl")
    begun = services.store.now()
    result = golive(installation, *words, answer=answer)
    assert result.exit_code == 0
    assert "Shop nl is live" in result.stdout
    assert services.gate.pauses() == []
    cut_over = services.gate.first_sight("main", "nl")
    assert before < begun <= cut_over, "orders from before the cut-over stay out"
    (act,) = services.audit.find(AuditFilter(act=Act.GO_LIVE))
    assert act.shop == "nl"
    active = [hook for hook in installation.picqer.books.hooks.values() if hook.active]
    assert len(active) == 6
