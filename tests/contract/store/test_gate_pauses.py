"""A person's pause holds what it names and nothing else."""

from __future__ import annotations

import pytest

from integration.errors import Paused
from integration.jobs import Flow
from integration.store.database import Database
from integration.store.gate import SqlGate


@pytest.fixture
def gate(database: Database) -> SqlGate:
    return SqlGate(database)


def _admits(gate: SqlGate, flow: Flow, shop: str) -> bool:
    try:
        gate.admit(flow, shop)
    except Paused:
        return False
    return True


@pytest.mark.parametrize(
    ("paused_flow", "paused_shop", "held"),
    [
        (None, None, {"create_order nl", "create_order be", "push_stock nl", "push_stock be"}),
        (Flow.CREATE_ORDER, None, {"create_order nl", "create_order be"}),
        (None, "nl", {"create_order nl", "push_stock nl"}),
        (Flow.CREATE_ORDER, "nl", {"create_order nl"}),
        (Flow.RECONCILE, None, set()),
    ],
)
def test_a_pause_holds_its_flow_its_shop_or_everything(
    gate: SqlGate, paused_flow: Flow | None, paused_shop: str | None, held: set[str]
) -> None:
    gate.pause(paused_flow, paused_shop, "ann")

    found = {
        f"{flow} {shop}"
        for flow in (Flow.CREATE_ORDER, Flow.PUSH_STOCK)
        for shop in ("nl", "be")
        if not _admits(gate, flow, shop)
    }
    assert found == held


def test_resume_undoes_exactly_that_pause(gate: SqlGate) -> None:
    gate.pause(Flow.CREATE_ORDER, None, "ann")
    gate.pause(Flow.CREATE_ORDER, "nl", "bob")
    assert gate.pauses() == [(Flow.CREATE_ORDER, None, "ann"), (Flow.CREATE_ORDER, "nl", "bob")]

    gate.resume(Flow.CREATE_ORDER, None, "ann")

    assert gate.pauses() == [(Flow.CREATE_ORDER, "nl", "bob")]
    assert _admits(gate, Flow.CREATE_ORDER, "be")
    assert not _admits(gate, Flow.CREATE_ORDER, "nl")


def test_a_paused_job_reads_who_paused_what_and_how_to_go_on(gate: SqlGate) -> None:
    gate.pause(Flow.CREATE_ORDER, "nl", "ann")
    gate.pause(Flow.CREATE_ORDER, "nl", "bob")

    with pytest.raises(Paused, match=r"bob paused create_order of nl; .*resume"):
        gate.admit(Flow.CREATE_ORDER, "nl")


def test_a_pause_of_everything_says_so(gate: SqlGate) -> None:
    gate.pause(None, None, "ann")

    with pytest.raises(Paused, match="ann paused everything"):
        gate.admit(Flow.RECONCILE, "")
