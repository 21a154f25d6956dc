"""The shop in memory does what every connector must do."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from decimal import Decimal

import pytest

from integration.domain import (
    Address,
    Customer,
    FulfillmentStatus,
    Order,
    OrderLine,
    PaymentStatus,
    Product,
)
from integration.errors import Unavailable
from integration.testing.webshop import FakeWebshop
from integration.testing.webshop_contract import Connect, ShopSide, WebshopContract


class FakeSide:
    """The books of the shop in memory."""

    def __init__(self, shop: FakeWebshop) -> None:
        self.shop = shop
        self.books = shop.books

    def add_product(self, sku: str, sellable: int) -> str:
        product_id = f"p{len(self.books.products) + 1}"
        self.books.products[product_id] = Product(
            id=product_id,
            sku=sku,
            name=sku,
            price_net=Decimal("8.22"),
            tax_rate=Decimal(21),
            currency="EUR",
            updated_at=datetime.now(UTC),
        )
        self.books.stock[sku] = sellable
        return product_id

    def place_order(self, sku: str, quantity: int) -> str:
        order_id = str(1001 + len(self.books.orders))
        product_id = next(item.id for item in self.books.products.values() if item.sku == sku)
        now = datetime.now(UTC)
        self.books.orders[order_id] = Order(
            id=order_id,
            number=order_id,
            payment_status=PaymentStatus.PAID,
            release=True,
            fulfillment_status=FulfillmentStatus.UNFULFILLED,
            holds_stock=True,
            cancelled=False,
            test=False,
            placed_at=now,
            paid_at=now,
            updated_at=now,
            currency="EUR",
            customer=Customer(),
            billing_address=Address(),
            shipping_address=Address(),
            lines=(OrderLine("1", sku, sku, quantity, Decimal("8.22"), product_id=product_id),),
        )
        return order_id

    def take_over(self, order_id: str) -> None:
        self.books.touched.add(order_id)

    def break_down(self) -> None:
        self.shop.fail("order", Unavailable("the shop is being updated"))

    def shown(self, sku: str) -> int:
        return self.books.stock[sku]

    def shipments(self, order_id: str) -> Mapping[str, Sequence[str | None]]:
        return {
            key: [parcel.tracking_code for parcel in shipment.parcels]
            for (of_order, key), shipment in self.books.shipments.items()
            if of_order == order_id
        }

    def is_complete(self, order_id: str) -> bool:
        return self.books.orders[order_id].fulfillment_status is FulfillmentStatus.FULFILLED


class TestFakeWebshop(WebshopContract):
    @pytest.fixture
    def shop(self) -> FakeWebshop:
        return FakeWebshop()

    @pytest.fixture
    def side(self, shop: FakeWebshop) -> ShopSide:
        return FakeSide(shop)

    @pytest.fixture
    def connect(self, shop: FakeWebshop) -> Connect:
        return shop.connect
