"""The endpoints of the custom webshop contract, from the shop's side."""

import base64
from typing import Annotated, Any, NoReturn

from fastapi import APIRouter, Depends, Header, HTTPException
from pydantic import AwareDatetime, BaseModel, Field, StrictBool, StrictInt

from integration.sandbox.shop import bridge_writes
from integration.sandbox.shop.access import BearerToken
from integration.sandbox.shop.books import Shelf
from integration.sandbox.shop.bridge_writes import RefusedWriteError
from integration.sandbox.shop.catalogue import ShopProduct
from integration.sandbox.shop.instants import from_rfc3339
from integration.sandbox.shop.trade import Trade

MAX_STOCK_ITEMS = 100

Answer = dict[str, Any]


class StockItem(BaseModel):
    """One figure to show: how many pieces of the sku may be sold."""

    sku: str
    sellable: StrictInt


class StockWrite(BaseModel):
    """The body of `PUT /stock`."""

    items: list[StockItem] = Field(max_length=MAX_STOCK_ITEMS)


class ShippedLine(BaseModel):
    """How many pieces of an order's line are in the shipment."""

    line_id: str
    sku: str | None
    quantity: StrictInt = Field(ge=0)


class ShippedParcel(BaseModel):
    """One box under way."""

    tracking_code: str | None = None
    tracking_url: str | None = None
    carrier: str | None = None


class ShipmentWrite(BaseModel):
    """The body of `PUT /orders/{id}/shipments/{shipment_key}`."""

    shipment_key: str
    shipped_at: AwareDatetime
    notify_customer: StrictBool = False
    lines: list[ShippedLine]
    parcels: list[ShippedParcel]


def require_contract(bridge_contract: Annotated[str | None, Header()] = None) -> None:
    """Refuse with 400 what does not say that it speaks version 1 of the contract."""
    if bridge_contract != "1":
        raise HTTPException(400, "send the header Bridge-Contract: 1")


class ContractApi:
    """The contract's eight endpoints over one shop."""

    def __init__(self, trade: Trade, access: BearerToken) -> None:
        self._trade = trade
        self._books = trade.books
        self.router = APIRouter(dependencies=[Depends(access), Depends(require_contract)])
        for method, path, endpoint in (
            ("GET", "/orders", self.list_orders),
            ("GET", "/orders/{order_id}", self.show_order),
            ("GET", "/products", self.list_products),
            ("GET", "/products/{product_id}", self.show_product),
            ("GET", "/stock", self.list_stock),
            ("PUT", "/stock", self.set_stock),
            ("PUT", "/orders/{order_id}/shipments/{shipment_key}", self.put_shipment),
            ("POST", "/orders/{order_id}/complete", self.complete),
        ):
            self.router.add_api_route(path, endpoint, methods=[method])

    async def list_orders(
        self, updated_since: str | None = None, cursor: str | None = None
    ) -> Answer:
        """One page of the orders that changed at or after a moment."""
        return self._page("orders", updated_since, cursor)

    async def list_products(
        self, updated_since: str | None = None, cursor: str | None = None
    ) -> Answer:
        """One page of the products that changed at or after a moment."""
        return self._page("products", updated_since, cursor)

    async def show_order(self, order_id: str) -> Answer:
        """One order as it is now."""
        return self._document("orders", order_id)

    async def show_product(self, product_id: str) -> Answer:
        """One product as it is now."""
        return self._document("products", product_id)

    async def list_stock(self, cursor: str | None = None) -> Answer:
        """One page of the figures that the shop shows."""
        after = _read_cursor(cursor) or ""
        items, following = self._books.stock(after, self._trade.manners.page_size)
        written = [{"sku": sku, "sellable": figure} for sku, figure in items]
        return {"items": written, "next_cursor": _cursor(following)}

    async def set_stock(self, write: StockWrite) -> Answer:
        """Show new figures; each item has its own result."""
        moved: list[ShopProduct] = []
        results = [self._set_figure(item, moved) for item in write.items]
        self._trade.bridge_wrote_stock(moved)
        return {"results": results}

    async def put_shipment(self, order_id: str, shipment_key: str, write: ShipmentWrite) -> Answer:
        """Write a shipment down, or replace it."""
        if write.shipment_key != shipment_key:
            raise HTTPException(422, f"the body is about shipment {write.shipment_key}")
        body = write.model_dump(mode="json")
        try:
            bridge_writes.record_shipment(self._books, order_id, body)
        except RefusedWriteError as refused:
            _refuse(refused)
        self._trade.bridge_wrote_order(order_id)
        return body

    async def complete(self, order_id: str) -> Answer:
        """Mark an order as shipped in full."""
        try:
            bridge_writes.complete(self._books, order_id)
        except RefusedWriteError as refused:
            _refuse(refused)
        self._trade.bridge_wrote_order(order_id)
        return self._document("orders", order_id)

    def _set_figure(self, item: StockItem, moved: list[ShopProduct]) -> Answer:
        try:
            moved.append(bridge_writes.set_stock(self._books, item.sku, item.sellable))
        except RefusedWriteError as refused:
            return {"sku": item.sku, "ok": False, "error": refused.error}
        return {"sku": item.sku, "ok": True, "error": None}

    def _document(self, shelf: Shelf, key: str) -> Answer:
        try:
            return self._books.document(shelf, key)
        except KeyError:
            raise HTTPException(404, f"there is no {shelf[:-1]} {key}") from None

    def _page(self, shelf: Shelf, updated_since: str | None, cursor: str | None) -> Answer:
        try:
            since = None if updated_since is None else from_rfc3339(updated_since)
            after = int(_read_cursor(cursor) or 0)
        except ValueError as wrong:
            raise HTTPException(422, f"updated_since or cursor: {wrong}") from None
        size = self._trade.manners.page_size
        page, following = self._books.changed_since(shelf, since, after, size)
        following_text = None if following is None else str(following)
        return {shelf: page, "next_cursor": _cursor(following_text)}


def _refuse(refused: RefusedWriteError) -> NoReturn:
    raise HTTPException(refused.status, refused.error) from refused


def _cursor(place: str | None) -> str | None:
    """Return the place as an opaque text, so that nobody counts with it."""
    return None if place is None else base64.urlsafe_b64encode(place.encode()).decode()


def _read_cursor(cursor: str | None) -> str | None:
    """Read a cursor that `_cursor` wrote, empty for the first page; 422 for another."""
    try:
        return base64.b64decode(cursor, b"-_", validate=True).decode() if cursor else None
    except ValueError:
        raise HTTPException(422, "this cursor is not one of the shop's") from None
