"""``golive`` over a whole installation: a plan that writes nothing, and then the act."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from integration.ports import Act, AuditEntry, AuditFilter, LedgerKey, Made
from integration.sandbox.picqer import order_entry
from integration.sandbox.picqer.server import SandboxPicqer
from integration.services import Services
from tests.loopback_installation import Installation, installed
from workers.cli import app
from workers.cli.connection import Connection

GUEST = {
    "deliveryname": "A. Jansen",
    "deliverycountry": "NL",
    "invoicename": "A. Jansen",
    "invoicecountry": "NL",
}


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


def test_hooks_of_another_installation_and_use_of_the_key_are_told_as_such(
    installation: Installation,
) -> None:
    with installation.picqer.books.lock:
        hook = next(iter(installation.picqer.books.hooks.values()))
        hook.name, hook.active = "picqer-bridge 0a1b2c3d picklists.closed", True
    installation.picqer.foreign_use(120)
    other, requests = plan(installation)["others"]
    assert other.endswith("elsewhere: another installation of picqer-bridge")
    assert re.fullmatch(
        r"Others made 1\d\d requests with the key of account main in the last minute", requests
    )


def test_orders_that_another_connector_brought_are_told_and_not_brought_again(
    installation: Installation,
) -> None:
    shop, books = installation.shop, installation.picqer.books
    numbers = [
        str(shop.books.orders[shop.place_order([("MUG-BLUE", 1)])]["number"]) for _ in range(3)
    ]
    for reference in (numbers[0], f"WEB-{numbers[1]}"):
        line = {"productcode": "MUG-BLUE", "amount": 1, "price": 8.22}
        with books.lock:
            order_entry.create(books, {**GUEST, "reference": reference, "products": [line]})
    told = plan(installation)
    assert told["orders_there"] == 1
    assert told["orders_doubtful"] == [{"order": numbers[1], "reference": f"WEB-{numbers[1]}"}]
    assert set(told["orders"]) == {numbers[0], numbers[2]}
    assert any(one.startswith("1 open orders of the shop are at Picqer") for one in told["others"])
    assert any(one.startswith("1 more may be there") for one in told["others"])
    require_nothing_written(installation)


def test_doubled_skus_are_told_and_products_that_are_not_sold_are_left_out(
    installation: Installation,
) -> None:
    made = installation
    before = plan(made)
    made.shop.add_product(sku="OFF", name="Not sold", tax_rate="6", active=False)
    with made.shop.books.lock:
        blue, red = made.shop.books.product_of("MUG-BLUE"), made.shop.books.product_of("MUG-RED")
        assert blue is not None
        assert red is not None
        made.shop.books.products[red.id] = replace(red, sku=blue.sku)
    told = plan(made)
    assert told["products"] == before["products"]
    assert (told["doubled_skus"], told["vat_rates"]) == (["MUG-BLUE"], {})
    assert "OFF" not in told["not_at_picqer"]
    assert "MUG-RED" in told["not_in_shop"]


@pytest.mark.parametrize(
    ("flows", "looked_at"),
    [
        (["create_order"], {"orders": True, "stock": False}),
        (["push_stock"], {"orders": False, "stock": True}),
    ],
)
def test_only_what_the_shop_s_flows_would_do_is_in_the_plan(
    installation: Installation, flows: list[str], looked_at: dict[str, bool]
) -> None:
    installation.words["[shops.nl]\n"] = f"[shops.nl]\nflows = {json.dumps(flows)}\n"
    installation.shop.set_sellable("MUG-BLUE", 3)
    installation.shop.place_order([("MUG-BLUE", 1)])
    told = plan(installation)
    assert {name: bool(told[name]) for name in looked_at} == looked_at


def test_a_shop_that_already_works_is_told_as_such(installation: Installation) -> None:
    services_of(installation).gate.resume(None, "nl", "ops")
    assert (
        "Shop nl is not paused: its flows work already." in golive(installation, "--dry-run").stdout
    )


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


def test_a_second_time_the_cut_over_stays_so_that_no_order_since_then_is_left_out(
    installation: Installation,
) -> None:
    gate = services_of(installation).gate
    golive(installation, "--yes")
    cut_over = gate.first_sight("main", "nl")
    assert "is live since" in golive(installation, "--yes").stdout
    assert gate.first_sight("main", "nl") == cut_over
    gate.pause(None, "nl", "ops")
    told = golive(installation, "--yes").stdout
    assert "Shop nl went live before: that moment stays" in told
    assert gate.first_sight("main", "nl") == cut_over
    assert gate.pauses() == []


def test_a_shop_whose_orders_were_brought_is_live_though_it_never_went_through_the_plan(
    installation: Installation,
) -> None:
    services = services_of(installation)
    before = services.gate.first_sight("main", "nl")
    services.ledger.adopt(LedgerKey("main", "order", "nl", "7"), Made(7), reference="7")
    assert plan(installation)["live_since"] == before.isoformat()
    golive(installation, "--yes")
    assert services.gate.first_sight("main", "nl") == before


def test_the_cut_over_of_another_account_or_shop_is_not_taken_for_this_one(
    installation: Installation,
) -> None:
    services = services_of(installation)
    for about, shop in (("shop nl on account main2", "nl"), ("shop be on account main", "be")):
        services.audit.write(AuditEntry("ann", Act.GO_LIVE, about, shop=shop))
    services.ledger.adopt(LedgerKey("main", "order", "be", "7"), Made(7), reference="7")
    assert plan(installation)["live_since"] is None


def test_a_product_that_picqer_has_switched_off_is_not_told_as_one_that_would_be_made(
    installation: Installation,
) -> None:
    with installation.picqer.books.lock:
        row = next(
            one
            for one in installation.picqer.books.products.values()
            if one.productcode == "MUG-BLUE"
        )
        row.active = False
    told = plan(installation)
    assert told["inactive"] == ["MUG-BLUE"]
    assert "MUG-BLUE" not in told["not_at_picqer"]
    assert "switched off: MUG-BLUE" in golive(installation, "--dry-run").stdout


def test_open_orders_that_would_wait_for_a_person_are_told_with_what_they_lack(
    installation: Installation,
) -> None:
    shop = installation.shop
    abroad = shop.place_order([("MUG-BLUE", 1)])
    shop.change_order(abroad, currency="USD")
    lines = [dict(line) for line in shop.books.orders[abroad]["lines"]]
    odd_rate = shop.place_order([("MUG-BLUE", 1)])
    shop.change_order(odd_rate, lines=[line | {"tax_rate": "7"} for line in lines])
    told = plan(installation)
    assert told["other_currency"] == [str(shop.books.orders[abroad]["number"])]
    assert told["vat_rates"] == {"7": 1}
    shown = golive(installation, "--dry-run").stdout
    assert "1 open orders are in another currency, and would wait for a person" in shown
    assert "VAT rates have no VAT group at Picqer: 7 %" in shown


def test_an_order_that_looks_like_one_that_is_there_is_named_with_its_reference(
    installation: Installation,
) -> None:
    shop, books = installation.shop, installation.picqer.books
    number = str(shop.books.orders[shop.place_order([("MUG-BLUE", 1)])]["number"])
    line = {"productcode": "MUG-BLUE", "amount": 1, "price": 8.22}
    with books.lock:
        order_entry.create(books, {**GUEST, "reference": f"WEB-{number}", "products": [line]})
    assert f"would be left out: {number} (WEB-{number})" in golive(installation, "--dry-run").stdout
