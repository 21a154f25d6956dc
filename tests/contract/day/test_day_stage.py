"""The stage of the demo day: its folder, its settings file, and reading both books on it."""

from __future__ import annotations

import stat
from pathlib import Path
from random import Random

import pytest
from rich.console import Console

from integration.sandbox.picqer import order_entry, processing
from integration.settings import Settings
from workers.day import run_day
from workers.day.agreement import disagreements
from workers.day.books import read_books
from workers.day.shelf import fill
from workers.day.stage import DemoRunsAlready, Stage, alone_in, clear, demo_environment

GUEST = {
    "deliveryname": "A. Jansen",
    "deliverycountry": "NL",
    "invoicename": "A. Jansen",
    "invoicecountry": "NL",
}


def quiet(_: str) -> None:
    """Hear nothing."""


def test_settings_of_a_real_service_do_not_reach_the_demo_but_its_broker_and_flower_do() -> None:
    environment = {
        "PATH": "/bin",
        "DATABASE_URL": "postgresql://real",
        "SENTRY_DSN": "https://real",
        "BRIDGE_PUBLIC_URL": "https://real",
        "REDIS_URL": "redis://127.0.0.1:1/0",
        "BRIDGE_FLOWER__PASSWORD": "flowers",
    }

    assert set(demo_environment(environment)) == {"PATH", "REDIS_URL", "BRIDGE_FLOWER__PASSWORD"}


def test_only_what_an_earlier_day_left_is_removed(tmp_path: Path) -> None:
    (tmp_path / "bridge.db").write_text("old")
    (tmp_path / "log").mkdir()
    (tmp_path / "log" / "web.log").write_text("old")
    (tmp_path / "mine.txt").write_text("kept")

    clear(tmp_path)

    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]


def test_a_second_demo_in_the_same_folder_is_refused(tmp_path: Path) -> None:
    with (
        alone_in(tmp_path),
        pytest.raises(DemoRunsAlready, match="stop it first"),
        alone_in(tmp_path),
    ):
        pass
    with alone_in(tmp_path):
        pass


def test_a_refused_demo_says_why_and_ends_with_1(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with alone_in(tmp_path):
        code = run_day(tmp_path, console=Console(width=200))

    assert code == 1
    assert "runs in" in capsys.readouterr().out


def test_the_settings_file_is_a_valid_one_that_only_its_owner_may_read(tmp_path: Path) -> None:
    stage = Stage(tmp_path, tell=quiet, random=Random(1))
    with stage.picqer, stage.shop:
        stage.write_settings("redis://127.0.0.1:6399/0")

        settings = Settings.load({}, stage.config)

    assert settings.configured
    assert settings.redis_url is not None
    assert settings.redis_url.get_secret_value() == "redis://127.0.0.1:6399/0"
    assert settings.database_url.get_secret_value().endswith(f"{tmp_path}/bridge.db")
    assert stat.S_IMODE(stage.config.stat().st_mode) == 0o600


def test_both_books_are_read_side_by_side(tmp_path: Path) -> None:
    stage = Stage(tmp_path, tell=quiet, random=Random(1))
    fill(stage.shop)
    number = stage.shop.place_order([("MUG-BLUE", 2)])
    late = stage.shop.place_order([("TEAPOT", 1)], paid=False)
    line = {"productcode": "MUG-BLUE", "amount": 2, "price": 8.22}
    books = stage.picqer.books
    with books.lock:
        order = order_entry.create(books, {**GUEST, "reference": number, "products": [line]})
        processing.process(books, order)
        processing.finish(books, order)
    stage.picqer.pick_and_close(order.idpicklists[0], parcels=2)

    page = read_books(stage, lambda _: 0)

    assert page.orders[number].to_ship
    assert not page.orders[late].to_ship
    [at_picqer] = page.orders[number].at_picqer
    assert (at_picqer.status, at_picqer.pieces) == ("completed", {"MUG-BLUE": 2})
    [parcelled] = at_picqer.shipped.values()
    assert (parcelled.pieces, len(parcelled.tracking)) == ({"MUG-BLUE": 2}, 2)
    assert page.stock["MUG-BLUE"].free == 38
    assert page.stock["MUG-BLUE"].shown == 34
    key = str(order.idpicklists[0])
    assert f"the shop was not told that picklist {key} of order {number} is closed" in (
        disagreements(page)
    )


def test_an_order_at_picqer_that_no_shop_placed_has_a_page_too(tmp_path: Path) -> None:
    stage = Stage(tmp_path, tell=quiet, random=Random(1))
    line = {"productcode": "MUG-BLUE", "amount": 1, "price": 8.22}
    with stage.picqer.books.lock:
        order_entry.create(stage.picqer.books, {**GUEST, "reference": "9999", "products": [line]})

    assert not read_books(stage, lambda _: 0).orders["9999"].in_shop
