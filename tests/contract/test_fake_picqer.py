"""The fake Picqer does what the contract says, and what tests of flows count on."""

from __future__ import annotations

from dataclasses import dataclass, field

import pytest

from integration.clock import SystemClock
from integration.domain import Parcel
from integration.errors import Ambiguous, Stopping, Unavailable
from integration.jobs import Lane
from integration.testing.open_doors import OpenGuard
from integration.testing.picqer import FakePicqer
from integration.testing.picqer_books import WAREHOUSE, PicqerBooks
from integration.testing.picqer_contract import PicqerContract
from integration.testing.samples import order_draft


@dataclass
class FakeWorld:
    picqer: FakePicqer = field(default_factory=lambda: FakePicqer(PicqerBooks(SystemClock())))
    idwarehouse: int = WAREHOUSE

    def add_product(self, productcode: str, amount: int, *, active: bool = True) -> None:
        self.picqer.books.add_product(productcode, amount, active=active)

    def make_picklist(self, idorder: int) -> int:
        return self.picqer.books.make_picklist(idorder).idpicklist

    def close_picklist(self, idorder: int, *, parcels: int) -> int:
        idpicklist = self.make_picklist(idorder)
        boxes = [Parcel(f"3S{number}") for number in range(parcels)]
        self.picqer.books.ship(idpicklist, *boxes)
        return self.picqer.books.pick(idpicklist).idpicklist

    def cancel_shipments(self, idpicklist: int) -> None:
        books = self.picqer.books
        for row in list(books.shipments.values()):
            if row.idpicklist == idpicklist:
                books.cancel_shipment(row.idshipment)

    def close_return(self) -> int:
        books = self.picqer.books
        return books.pick(books.make_return_picklist().idpicklist).idpicklist


class TestFakePicqer(PicqerContract):
    @pytest.fixture
    def world(self) -> FakeWorld:
        world = FakeWorld()
        world.add_product("MUG-BLUE", 40)
        return world


@pytest.fixture
def fake() -> FakePicqer:
    fake = FakePicqer()
    fake.books.add_product("MUG-BLUE", 40)
    return fake


def test_a_fault_before_the_change_leaves_the_books_alone(fake: FakePicqer) -> None:
    fake.fail("create_order", Unavailable())
    with pytest.raises(Unavailable):
        fake.create_order(order_draft())
    assert not fake.books.orders
    fake.create_order(order_draft())
    assert len(fake.books.live_orders("1042")) == 1


def test_a_fault_after_the_change_leaves_it_made(fake: FakePicqer) -> None:
    fake.fail("create_order", Ambiguous(), committed=True)
    with pytest.raises(Ambiguous):
        fake.create_order(order_draft())
    assert len(fake.books.live_orders("1042")) == 1


def test_every_request_of_every_run_is_written_down(fake: FakePicqer) -> None:
    other = fake.connect(Lane.BULK, OpenGuard(), 0.0)
    made = other.create_order(order_draft())
    fake.process_order(made.idorder)
    assert fake.calls == ["create_order", "process_order"]


def test_a_guard_that_says_stop_lets_nothing_out(fake: FakePicqer) -> None:
    guard = OpenGuard()
    guard.error = Stopping()
    with pytest.raises(Stopping):
        fake.connect(Lane.ORDERS, guard, 0.0).create_order(order_draft())
    assert fake.calls == []
    assert not fake.books.orders


def test_a_hidden_order_is_missing_from_lists_only(fake: FakePicqer) -> None:
    made = fake.create_order(order_draft())
    fake.books.hidden.add(made.idorder)
    assert fake.orders_with_reference("1042") == []
    assert fake.order(made.idorder) == made


def test_processing_takes_a_set_apart(fake: FakePicqer) -> None:
    fake.books.add_product("CUP", 10)
    fake.books.add_product("SET", parts={"CUP": 3})
    order = fake.books.add_order("7", {"SET": 2})
    lines = fake.process_order(order.idorder).lines
    assert [(line.productcode, line.amount) for line in lines] == [("SET", 2), ("CUP", 6)]
    assert lines[1].partof == lines[0].idorder_product
    assert fake.books.free("CUP") == 4
