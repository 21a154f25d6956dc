"""The control interface of the demo shop: everything a person can do there, as JSON over HTTP.

For `make run`, for tests in another process and for people who try the bridge. It asks for the
same bearer token as the contract's endpoints.
"""

from dataclasses import asdict
from typing import Annotated, Any

from fastapi import APIRouter, Body, Depends
from pydantic import BaseModel, ConfigDict, Field

from integration.sandbox.shop.access import BearerToken
from integration.sandbox.shop.catalogue import ProductFields
from integration.sandbox.shop.faults import Fault, Faults
from integration.sandbox.shop.orders import OrderedLine, OrderOptions
from integration.sandbox.shop.trade import Trade
from integration.sandbox.shop.webhooks import EventType, Mode

Answer = dict[str, Any]


class NewProduct(BaseModel):
    """A product and the figure it starts with."""

    model_config = ConfigDict(extra="forbid")
    sellable: int = 100
    fields: ProductFields


class NewCustomer(BaseModel):
    """An account to open."""

    model_config = ConfigDict(extra="forbid")
    name: str | None
    email: str | None
    company: str | None = None
    vat_number: str | None = None


class NewOrder(BaseModel):
    """What is bought, and how the order differs from the usual one."""

    model_config = ConfigDict(extra="forbid")
    lines: list[OrderedLine]
    options: OrderOptions = {}


class RawOrder(BaseModel):
    """An order to be written down exactly as given."""

    model_config = ConfigDict(extra="forbid")
    document: dict[str, Any]
    event: EventType = "order.created"


class Refund(BaseModel):
    """Pieces to pay back, by line id; null for all that is left."""

    model_config = ConfigDict(extra="forbid")
    quantities: dict[str, int] | None = None


class MannersChange(BaseModel):
    """What to change in how the shop behaves; what is left out stays."""

    model_config = ConfigDict(extra="forbid")
    echo: bool | None = None
    page_size: int | None = Field(default=None, ge=1)
    answer_seconds: float | None = Field(default=None, ge=0)
    webhooks: Mode | None = None
    duplicate_every: int | None = Field(default=None, ge=0)
    door_url: str | None = None


class ControlApi:
    """The endpoints under /control over one shop."""

    def __init__(self, trade: Trade, faults: Faults, access: BearerToken) -> None:
        self._trade = trade
        self._faults = faults
        self.router = APIRouter(prefix="/control", dependencies=[Depends(access)])
        for method, path, endpoint in (
            ("GET", "/books", self.show_books),
            ("GET", "/log", self.show_log),
            ("GET", "/webhooks", self.show_webhooks),
            ("POST", "/products", self.add_product),
            ("PATCH", "/products/{product_id}", self.change_product),
            ("PUT", "/sellable/{sku}", self.set_sellable),
            ("POST", "/customers", self.add_customer),
            ("POST", "/orders", self.place_order),
            ("POST", "/orders/raw", self.add_order),
            ("PATCH", "/orders/{order_id}", self.change_order),
            ("POST", "/orders/{order_id}/pay", self.pay_order),
            ("POST", "/orders/{order_id}/cancel", self.cancel_order),
            ("POST", "/orders/{order_id}/complete", self.complete_by_person),
            ("POST", "/orders/{order_id}/refund", self.refund),
            ("GET", "/faults", self.show_faults),
            ("POST", "/faults", self.add_fault),
            ("DELETE", "/faults", self.clear_faults),
            ("GET", "/manners", self.show_manners),
            ("PATCH", "/manners", self.change_manners),
        ):
            self.router.add_api_route(path, endpoint, methods=[method])

    # -- looking ------------------------------------------------------------------------------

    async def show_books(self) -> Answer:
        """Everything the shop has written down, but for the request log."""
        return self._trade.books.snapshot()

    async def show_log(self) -> Answer:
        """Every request of the bridge, oldest first."""
        return {"requests": [asdict(request) for request in tuple(self._trade.books.log)]}

    async def show_webhooks(self) -> Answer:
        """Every attempt to deliver an event, oldest first."""
        return {"attempts": [asdict(attempt) for attempt in tuple(self._trade.webhooks.sent)]}

    async def show_manners(self) -> Answer:
        """How the shop behaves now."""
        webhooks = self._trade.webhooks
        return {
            **asdict(self._trade.manners),
            "webhooks": webhooks.mode,
            "duplicate_every": webhooks.duplicate_every,
            "door_url": webhooks.door_url,
        }

    async def show_faults(self) -> Answer:
        """The faults that are on, with how often each will still happen."""
        return {"faults": [{**asdict(fault), "left": left} for fault, left in self._faults]}

    # -- acting -------------------------------------------------------------------------------

    async def add_product(self, product: NewProduct) -> Answer:
        """Put a product on sale."""
        return {"id": self._trade.add_product(sellable=product.sellable, **product.fields)}

    async def change_product(
        self, product_id: str, fields: Annotated[ProductFields, Body()]
    ) -> Answer:
        """Change what a product says."""
        self._trade.change_product(product_id, **fields)
        return {"id": product_id}

    async def set_sellable(self, sku: str, sellable: Annotated[int, Body(embed=True)]) -> Answer:
        """Type another stock figure into the shop."""
        self._trade.set_sellable(sku, sellable)
        return {"sku": sku}

    async def add_customer(self, customer: NewCustomer) -> Answer:
        """Open an account for somebody."""
        return {"id": self._trade.add_customer(**customer.model_dump())}

    async def place_order(self, order: NewOrder) -> Answer:
        """Place an order."""
        return {"id": self._trade.place_order(order.lines, **order.options)}

    async def add_order(self, order: RawOrder) -> Answer:
        """Put an order in the books exactly as given."""
        return {"id": self._trade.add_order(order.document, order.event)}

    async def change_order(
        self, order_id: str, fields: Annotated[dict[str, Any], Body()]
    ) -> Answer:
        """Edit an order as a person would."""
        self._trade.change_order(order_id, **fields)
        return {"id": order_id}

    async def pay_order(self, order_id: str) -> Answer:
        """Let the money come in."""
        self._trade.pay_order(order_id)
        return {"id": order_id}

    async def cancel_order(self, order_id: str) -> Answer:
        """Cancel an order as a person would."""
        self._trade.cancel_order(order_id)
        return {"id": order_id}

    async def complete_by_person(self, order_id: str) -> Answer:
        """Mark an order as shipped as a person would."""
        self._trade.complete_by_person(order_id)
        return {"id": order_id}

    async def refund(self, order_id: str, refund: Refund) -> Answer:
        """Pay back as a person would."""
        self._trade.refund(order_id, refund.quantities)
        return {"id": order_id}

    async def add_fault(self, fault: Fault) -> Answer:
        """Switch a fault on."""
        self._faults.add(fault)
        return asdict(fault)

    async def clear_faults(self) -> Answer:
        """Switch every fault off."""
        self._faults.clear()
        return {"faults": []}

    async def change_manners(self, change: MannersChange) -> Answer:
        """Change how the shop behaves from now on."""
        manners, webhooks = self._trade.manners, self._trade.webhooks
        given = change.model_dump(exclude_none=True)
        if "webhooks" in given:
            webhooks.switch(given.pop("webhooks"))
        for owner, names in ((webhooks, ("duplicate_every", "door_url")), (manners, tuple(given))):
            for name in names:
                if name in given:
                    setattr(owner, name, given.pop(name))
        return await self.show_manners()
