"""What reconciliation finds leads to its job, also when the process dies in between.

What is written down as seen is never looked at again, so it must not be written down alone.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from integration import crash_points
from integration.domain import PicqerStatus
from integration.jobs import Flow, Identity, Job, State
from tests.flows.world import World, line

LEASE_OVER = 30
Die = Callable[[str], None]


class Died(BaseException):
    """Stands for the end of the process: nothing in it may catch this."""


@pytest.fixture
def die_at(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Die]:
    """Let the run end at this crash point as if the process had."""

    def kill(*_: object) -> None:
        raise Died

    monkeypatch.setattr(os, "kill", kill)
    crash_points.arm(tmp_path)
    yield lambda point: (tmp_path / point).touch()
    crash_points.arm(None)


def processed_order(world: World) -> int:
    """An order that Picqer processes and of which no picklist is closed."""
    world.picqer.books.add_product("MUG-BLUE", 40)
    world.order(lines=(line(quantity=2),))
    world.run_order()
    (idorder,) = world.picqer.books.orders
    return idorder


def dies_and_comes_back(world: World, subject: str) -> None:
    job = world.hint(Flow.RECONCILE, subject, shop="")
    with pytest.raises(Died):
        world.runner.run(job.id)
    world.clock.advance(LEASE_OVER)
    assert world.runner.run(job.id) is not None


def completing_job(world: World) -> Job:
    job = world.services.jobs.find_identity(Identity(Flow.COMPLETE_ORDER, "nl", "1042"))
    assert job is not None, "nobody will ever complete the order"
    return job


def test_a_completion_that_was_found_is_not_forgotten(world: World, die_at: Die) -> None:
    idorder = processed_order(world)
    world.picqer.books.set_status(idorder, PicqerStatus.COMPLETED)
    die_at("reconcile.before_status")

    dies_and_comes_back(world, "orders:main")

    assert completing_job(world).state is State.OPEN


def test_a_second_picklist_that_was_found_is_not_forgotten(world: World, die_at: Die) -> None:
    idorder = processed_order(world)
    first = world.picqer.books.make_picklist(idorder)
    world.picqer.books.pick(first.idpicklist)
    world.run(Flow.RECONCILE, "shipments:main", shop="")
    world.settle_all()
    revision = completing_job(world).revision
    second = world.picqer.books.make_picklist(idorder)
    world.picqer.books.pick(second.idpicklist)
    die_at("reconcile.before_picklist")

    dies_and_comes_back(world, "shipments:main")

    assert completing_job(world).revision > revision


def test_an_end_that_was_asked_for_is_not_forgotten(world: World, die_at: Die) -> None:
    idorder = processed_order(world)
    world.picqer.books.set_status(idorder, PicqerStatus.COMPLETED)
    die_at("reconcile.before_order")

    dies_and_comes_back(world, f"order:main:{idorder}")

    assert completing_job(world).state is State.OPEN
