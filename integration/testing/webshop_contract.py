"""What every connector must do: subclass ``WebshopContract`` and make it green.

A subclass gives two fixtures: ``side``, the shop as its owner sees it (a ``ShopSide``), and
``connect``, which makes the connector's client for a guard.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Protocol

import pytest

from integration.domain import FulfillmentStatus, Parcel, PaymentStatus, Shipment, ShipmentLine
from integration.errors import NotFound, Retryable, Stopping
from integration.ports import CallGuard, ShopAnswer, StockAnswer, StockItem, Webshop
from integration.testing.open_doors import OpenGuard

LONG_AGO = timedelta(days=30)


class ShopSide(Protocol):
    """The shop as its owner sees it: what a test makes happen there, and what it looks up."""

    def add_product(self, sku: str, sellable: int) -> str:
        """Put a product on sale, at a price with cents; returns its id."""

    def place_order(self, sku: str, quantity: int) -> str:
        """Somebody orders and pays; returns the order's id."""

    def take_over(self, order_id: str) -> None:
        """A person cancels, refunds or completes the order, so that it is to be left alone."""

    def break_down(self) -> None:
        """Let the next request fail as when the shop is being updated."""

    def shown(self, sku: str) -> int:
        """The stock that the shop shows."""

    def shipments(self, order_id: str) -> Mapping[str, Sequence[str | None]]:
        """The tracking codes of each shipment that the order carries."""

    def is_complete(self, order_id: str) -> bool:
        """Whether the order is shipped in full."""


Connect = Callable[[CallGuard], Webshop]


def shipment(key: str, *codes: str, line_id: str = "1", quantity: int = 1) -> Shipment:
    """A shipment of one line, one parcel per tracking code."""
    parcels = tuple(Parcel(code, f"https://track.example.com/{code}", "PostNL") for code in codes)
    lines = (ShipmentLine(line_id, "MUG-BLUE", quantity),)
    return Shipment(key, datetime(2026, 11, 23, 14, 0, tzinfo=UTC), lines, parcels)


class WebshopContract:
    """The behaviour that flows rely on."""

    @pytest.fixture
    def guard(self) -> OpenGuard:
        """Lets everything pass and writes it down."""
        return OpenGuard()

    @pytest.fixture
    def webshop(self, connect: Connect, guard: OpenGuard) -> Webshop:
        """The client under test."""
        return connect(guard)

    # --- reading -----------------------------------------------------------------------------

    def test_an_order_is_read_as_the_shop_shows_it(self, side: ShopSide, webshop: Webshop) -> None:
        product_id = side.add_product("MUG-BLUE", 10)
        order = webshop.order(side.place_order("MUG-BLUE", 2))
        (line,) = order.lines
        assert (line.sku, line.quantity, line.product_id) == ("MUG-BLUE", 2, product_id)
        assert isinstance(line.unit_price_net, Decimal)
        assert order.payment_status is PaymentStatus.PAID
        assert order.release
        assert order.fulfillment_status is FulfillmentStatus.UNFULFILLED
        assert order.placed_at.utcoffset() == timedelta(0)

    def test_a_product_is_read_as_the_shop_shows_it(self, side: ShopSide, webshop: Webshop) -> None:
        product = webshop.product(side.add_product("MUG-BLUE", 10))
        assert product.sku == "MUG-BLUE"
        assert isinstance(product.price_net, Decimal)

    def test_what_the_shop_does_not_have_is_not_found(self, webshop: Webshop) -> None:
        with pytest.raises(NotFound):
            webshop.order("no-such-order")
        with pytest.raises(NotFound):
            webshop.product("no-such-product")

    def test_no_changed_order_is_missed(self, side: ShopSide, webshop: Webshop) -> None:
        side.add_product("MUG-BLUE", 100)
        placed = [side.place_order("MUG-BLUE", 1) for _ in range(7)]
        since = webshop.order(placed[0]).placed_at + webshop.clock_offset
        found = [order.id for order in webshop.orders_changed_since(since)]
        assert set(found) == set(placed)

    def test_no_changed_product_is_missed(self, side: ShopSide, webshop: Webshop) -> None:
        added = [side.add_product(f"MUG-{number}", 1) for number in range(7)]
        since = datetime.now(UTC) - LONG_AGO
        assert {product.id for product in webshop.products_changed_since(since)} == set(added)

    def test_nothing_changed_gives_an_empty_list(self, webshop: Webshop) -> None:
        tomorrow = datetime.now(UTC) + timedelta(days=1)
        assert list(webshop.orders_changed_since(tomorrow)) == []

    def test_a_shop_that_is_down_is_asked_again_later(
        self, side: ShopSide, webshop: Webshop
    ) -> None:
        side.break_down()
        with pytest.raises(Retryable):
            webshop.order("1")

    # --- stock -------------------------------------------------------------------------------

    def test_the_stock_list_has_every_product(self, side: ShopSide, webshop: Webshop) -> None:
        for number in range(7):
            side.add_product(f"MUG-{number}", number)
        shown = {item.productcode: item.sellable for item in webshop.stock()}
        assert shown == {f"MUG-{number}": number for number in range(7)}

    def test_a_figure_is_written_and_shown(self, side: ShopSide, webshop: Webshop) -> None:
        side.add_product("MUG-BLUE", 10)
        (seen,) = webshop.stock()
        for _ in range(2):  # the same figure again does no harm
            (result,) = webshop.set_stock([StockItem("MUG-BLUE", 34, seen.ref)])
            assert (result.productcode, result.answer) == ("MUG-BLUE", StockAnswer.WRITTEN)
        assert side.shown("MUG-BLUE") == 34

    def test_a_bad_item_does_not_hold_up_the_others(self, side: ShopSide, webshop: Webshop) -> None:
        side.add_product("MUG-BLUE", 10)
        side.add_product("MUG-RED", 10)
        refs = {item.productcode: item.ref for item in webshop.stock()}
        items = [StockItem(sku, 5, refs.get(sku)) for sku in ("MUG-BLUE", "NO-SUCH", "MUG-RED")]
        results = {result.productcode: result.answer for result in webshop.set_stock(items)}
        assert results == {
            "MUG-BLUE": StockAnswer.WRITTEN,
            "NO-SUCH": StockAnswer.UNKNOWN_SKU,
            "MUG-RED": StockAnswer.WRITTEN,
        }
        assert side.shown("MUG-RED") == 5

    # --- shipments ---------------------------------------------------------------------------

    def test_a_shipment_with_all_its_parcels_is_reported(
        self, side: ShopSide, webshop: Webshop
    ) -> None:
        order_id = self._order(side)
        assert webshop.ship(order_id, shipment("501", "3S1", "3S2")) is ShopAnswer.ACCEPTED
        assert {key: list(codes) for key, codes in side.shipments(order_id).items()} == {
            "501": ["3S1", "3S2"]
        }

    def test_the_same_shipment_again_replaces(self, side: ShopSide, webshop: Webshop) -> None:
        order_id = self._order(side)
        webshop.ship(order_id, shipment("501", "3S1"))
        webshop.ship(order_id, shipment("501", "3S1", "3S2"))
        assert [list(codes) for codes in side.shipments(order_id).values()] == [["3S1", "3S2"]]

    def test_a_second_shipment_stands_beside_the_first(
        self, side: ShopSide, webshop: Webshop
    ) -> None:
        if not webshop.capabilities.partial_shipments:
            pytest.skip("this platform ships an order in one go")
        order_id = self._order(side)
        webshop.ship(order_id, shipment("501", "3S1"))
        webshop.ship(order_id, shipment("502", "3S2"))
        assert len(side.shipments(order_id)) == 2

    def test_completing_twice_is_as_good_as_once(self, side: ShopSide, webshop: Webshop) -> None:
        order_id = self._order(side)
        assert not side.is_complete(order_id)
        assert webshop.complete(order_id) is ShopAnswer.ACCEPTED
        webshop.complete(order_id)
        assert side.is_complete(order_id)

    def test_an_order_that_a_person_took_over_is_left_as_it_is(
        self, side: ShopSide, webshop: Webshop
    ) -> None:
        order_id = self._order(side)
        side.take_over(order_id)
        assert webshop.ship(order_id, shipment("501", "3S1")) is ShopAnswer.LEFT_AS_IS
        assert webshop.complete(order_id) is ShopAnswer.LEFT_AS_IS
        assert side.shipments(order_id) == {}

    def test_shipping_an_order_that_is_not_there_is_not_found(self, webshop: Webshop) -> None:
        with pytest.raises(NotFound):
            webshop.ship("no-such-order", shipment("501", "3S1"))

    # --- the guard ---------------------------------------------------------------------------

    def test_every_request_passes_the_guard_and_says_whether_it_writes(
        self, side: ShopSide, webshop: Webshop, guard: OpenGuard
    ) -> None:
        order_id = self._order(side)
        webshop.order(order_id)
        assert {call.writes for call in guard.calls} == {False}
        before = len(guard.calls)
        webshop.complete(order_id)
        assert any(call.writes for call in guard.calls[before:])
        assert max(guard.deadlines) <= 12
        assert len(guard.endings) == len(guard.calls)

    def test_nothing_is_sent_when_the_guard_says_no(
        self, side: ShopSide, webshop: Webshop, guard: OpenGuard
    ) -> None:
        order_id = self._order(side)
        guard.error = Stopping()
        with pytest.raises(Stopping):
            webshop.complete(order_id)
        assert not side.is_complete(order_id)

    def test_pictures_of_another_host_are_not_fetched(self, webshop: Webshop) -> None:
        assert webshop.image("https://elsewhere.example.com/mug.jpg") is None

    def _order(self, side: ShopSide) -> str:
        side.add_product("MUG-BLUE", 10)
        return side.place_order("MUG-BLUE", 2)
