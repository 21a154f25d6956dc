"""Pausing, looking into a delivery, replaying, reconciling: who did it is kept."""

from __future__ import annotations

import pytest

from integration.errors import Paused
from integration.jobs import Delivery, Flow
from integration.operate import ask_for, observations, pause, replay, resume, reveal
from integration.ports import Act, AuditEntry, AuditFilter
from integration.testing.clock import NOON
from tests.flows.world import World


def acts(world: World) -> list[AuditEntry]:
    return world.services.audit.find(AuditFilter())


def test_a_pause_and_its_end_are_written_down(world: World) -> None:
    pause(world.services, Flow.PUSH_STOCK, "nl", "ann", "the shop is being moved")
    with pytest.raises(Paused):
        world.services.gate.admit(Flow.PUSH_STOCK, "nl")
    assert resume(world.services, Flow.PUSH_STOCK, "nl", "bob")
    assert not resume(world.services, Flow.PUSH_STOCK, "nl", "bob")
    ended, begun = acts(world)
    assert (begun.act, begun.who, begun.note) == (Act.PAUSE, "ann", "the shop is being moved")
    assert (ended.act, ended.who, ended.about) == (Act.RESUME, "bob", "push_stock of shop nl")


def test_looking_into_a_delivery_is_written_down_and_what_was_in_it_is_not(world: World) -> None:
    delivery, _ = world.services.inbox.add(Delivery("shops/nl", {}, b"canary"), "routed", None)
    record = reveal(world.services, delivery, "ann")
    assert record is not None
    assert record.body == b"canary"
    assert reveal(world.services, delivery + 1, "ann") is None
    (entry,) = acts(world)
    assert (entry.act, entry.delivery_id) == (Act.REVEAL, delivery)
    assert "canary" not in f"{entry}"


def test_a_replay_is_written_down_with_what_became_of_it(world: World) -> None:
    world.services.inbox.add(Delivery("shops/nl", {}, b"1"), "parked", "odd")
    world.clock.advance(60)
    assert len(list(replay(world.services, NOON, world.clock.now(), "ann"))) == 1
    (entry,) = acts(world)
    assert (entry.act, entry.data) == (Act.REPLAY, {"ignored": 1})


def test_asking_for_a_reconciliation_is_written_down(world: World) -> None:
    asked = ask_for(world.services, observations(world.services, shop="nl"), "ann")
    assert len(asked) == 3
    (entry,) = acts(world)
    assert (entry.act, entry.who) == (Act.RECONCILE, "ann")
    assert "reconcile nl orders" in entry.about
