"""``picqer-bridge privacy``: asked twice, told once, and nothing left behind."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any, Protocol

import pytest
from typer.testing import Result

from integration.errors import NoLimiter
from integration.jobs import Delivery, Flow
from integration.ports import AuditFilter
from tests.flows.warehouse import Warehouse, at_picqer
from tests.flows.world import World

EMAIL = "canary@example.org"


class Bridge(Protocol):
    """The command, as the folder's conftest gives it."""

    world: World
    json: Callable[..., Any]

    def __call__(self, *words: object, answer: str | None = None) -> Result: ...


@pytest.fixture
def warehouse(world: World) -> Warehouse:
    """Order 1042 is at Picqer; a delivery with the customer's address brought it."""
    there = at_picqer(world)
    body = json.dumps({"id": "1042", "email": EMAIL}).encode()
    delivery, _ = world.services.inbox.add(Delivery("shops/nl", {}, body), "routed", None)
    job = world.hint(Flow.CREATE_ORDER, "1042")
    world.services.inbox.raised(delivery, job.id, job.revision)
    world.settle_all()
    return there


def test_an_export_is_one_document_with_everything(bridge: Bridge, warehouse: Warehouse) -> None:
    told = bridge.json("privacy", "export", "--email", EMAIL)
    assert told["asked"] == {"kind": "email", "value": EMAIL, "shop": None}
    assert [order["number"] for order in told["orders"]] == ["1042"]
    assert EMAIL in told["deliveries"][0]["body"]
    assert told["orders"][0]["jobs"][0]["flow"] == "create_order"


def test_without_json_an_export_is_a_summary(bridge: Bridge, warehouse: Warehouse) -> None:
    text = bridge("privacy", "export", "--order", "1042", "--shop", "nl").stdout
    assert text.startswith("order     1042 of nl: Order 1042 of nl is in Picqer")
    assert "with its content" in text
    assert EMAIL not in text


def test_erasing_asks_for_the_value_again(
    bridge: Bridge, world: World, warehouse: Warehouse
) -> None:
    wrong = bridge("privacy", "erase", "--order", "1042", answer="1043\n")
    assert wrong.exit_code == 1
    assert "nothing was erased" in wrong.stderr
    unanswered = bridge("privacy", "erase", "--order", "1042")
    assert unanswered.exit_code == 2
    assert "--confirm" in unanswered.stderr
    assert world.services.stock.booking("nl", "1042") is not None
    right = bridge("privacy", "erase", "--order", "1042", answer="1042\n")
    assert right.exit_code == 0
    assert "Erased: 1 order(s), the content of 1 deliveries" in right.stdout
    assert "still under way" in right.stderr
    assert world.services.stock.booking("nl", "1042") is None


def test_erasing_with_the_value_given_asks_nothing_and_the_log_has_no_value(
    bridge: Bridge, world: World, warehouse: Warehouse
) -> None:
    told = bridge.json("privacy", "erase", "--email", EMAIL, "--confirm", EMAIL)
    assert (told["orders"], told["deliveries"], told["compacted"]) == (1, 1, True)
    assert bridge("order", "1042").exit_code == 1
    assert EMAIL not in f"{world.services.audit.find(AuditFilter())}"
    (entry,) = bridge.json("audit", "--act", "erase")
    assert entry["about"] == "one e-mail address"


def test_nothing_that_is_kept_is_a_problem(bridge: Bridge) -> None:
    for command in ("export", "erase"):
        result = bridge("privacy", command, "--order", "4711")
        assert result.exit_code == 1
        assert "Nothing is kept of it." in result.stderr


@pytest.mark.parametrize("command", ["export", "erase"])
@pytest.mark.parametrize(
    "words",
    [
        (),
        ("--email", "a@b.nl", "--order", "1"),
        ("--email", "nobody"),
        ("--order", "1", "--shop", "x"),
    ],
)
def test_what_cannot_be_meant_is_wrong_use(
    bridge: Bridge, command: str, words: tuple[str, ...]
) -> None:
    assert bridge("privacy", command, *words).exit_code == 2


def test_picqer_being_away_is_told_and_the_rest_is_done(
    bridge: Bridge, world: World, warehouse: Warehouse
) -> None:
    world.picqer.fail("customers_with_email", NoLimiter())
    result = bridge("privacy", "export", "--email", EMAIL)
    assert result.exit_code == 0
    assert "could not be asked for the customer" in result.stderr


def test_a_store_that_is_too_busy_says_what_to_do(
    bridge: Bridge, world: World, warehouse: Warehouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(world.services.privacy, "compact", lambda: False)
    result = bridge("privacy", "erase", "--order", "1042", "--confirm", "1042")
    assert result.exit_code == 0
    assert "stop the workers" in result.stderr


def test_an_erasure_that_ended_before_the_old_bytes_were_given_up_is_ended_by_the_next(
    bridge: Bridge, world: World, warehouse: Warehouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    words = ("privacy", "erase", "--order", "1042", "--confirm", "1042")
    asked: list[str] = []
    monkeypatch.setattr(world.services.privacy, "compact", lambda: False)
    bridge(*words)
    monkeypatch.setattr(world.services.privacy, "compact", lambda: not asked.append("bytes"))
    result = bridge(*words)
    assert result.exit_code == 1
    assert "Nothing is kept of it." in result.stderr
    assert asked == ["bytes"]


def test_old_bytes_of_what_was_erased_before_are_told_when_the_store_is_still_too_busy(
    bridge: Bridge, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(world.services.privacy, "compact", lambda: False)
    result = bridge("privacy", "erase", "--order", "1042", "--confirm", "1042")
    assert result.exit_code == 1
    assert "stop the workers" in result.stderr
