"""Stock: what still differs between a shop and Picqer, and how one product stands."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from integration import operate
from integration.domain import FreeStock
from integration.flows.observe_shop import stock_drift
from integration.jobs import Flow, Identity, Job
from integration.ports import Difference
from integration.services import Services
from integration.web.console.access import Role
from integration.web.console.asking import text_of
from integration.web.console.visits import NotAllowed, Visits, visit_of

MOST_DIFFERENCES = 200


@dataclass(frozen=True, slots=True)
class ShopStock:
    """What a shop shows otherwise than it ought to; ``job`` is the one that writes it.

    ``left`` products are still to be compared besides. ``drift`` is how many figures were wrong
    when all were read last, and when that was.
    """

    shop: str
    rows: tuple[Difference, ...]
    left: int
    job: Job | None
    drift: tuple[int, datetime] | None


@dataclass(frozen=True, slots=True)
class ProductStock:
    """One product in one account: free stock, pieces in flight, what each shop ought to show."""

    account: str
    free: FreeStock
    in_flight: int
    sellable: tuple[tuple[str, int | None], ...]


def stock(services: Services, visits: Visits) -> APIRouter:
    """``/stock``."""
    router = APIRouter()
    router.include_router(_looking(services, visits))
    router.include_router(_asking(services, visits))
    return router


def _looking(services: Services, visits: Visits) -> APIRouter:
    router = APIRouter(route_class=visits.route(Role.VIEWER))

    @router.get("/stock")
    def show_stock(request: Request) -> Response:
        """Differences by shop; with a productcode, that product."""
        productcode = text_of(request, "productcode")
        return visits.pages.page(
            request, "stock.html",
            shops=[shop_stock(services, name) for name in _writing(services)],
            productcode=productcode,
            products=product_stock(services, productcode) if productcode else [],
        )  # fmt: skip

    return router


def _asking(services: Services, visits: Visits) -> APIRouter:
    router = APIRouter(route_class=visits.route(Role.OPERATOR))

    @router.post("/stock/look")
    def look_again(request: Request) -> Response:
        """Have both sides of a shop's stock read again."""
        visit = visit_of(request)
        shop = visit.field("shop", 64)
        if shop not in services.shops:
            raise NotAllowed(400, "There is no such shop.")
        account = services.shops[shop].policy.account.name
        wanted = [
            one
            for one in operate.observations(services, account=account)
            if (one.identity.shop, one.identity.subject)
            in (("", f"stock:{account}"), (shop, "stock"))
        ]
        operate.ask_for(services, wanted, visit.session.person.who)
        return RedirectResponse("/stock?said=asked", status_code=303)

    return router


def _writing(services: Services) -> list[str]:
    """The shops whose stock we write."""
    return sorted(
        name for name, shop in services.shops.items() if Flow.PUSH_STOCK in shop.policy.flows
    )


def shop_stock(services: Services, name: str) -> ShopStock:
    """What a shop shows otherwise than it ought to."""
    policy = services.shops[name].policy
    looked_at = services.stock.differences(policy, MOST_DIFFERENCES)
    rows = [one for one in looked_at if one.sellable not in (None, one.shown)]
    left = max(0, services.stock.marked(name) - len(looked_at))
    job = services.jobs.find_identity(Identity(Flow.PUSH_STOCK, name, "stock"))
    drift = stock_drift(services.bookmarks, name)
    return ShopStock(name, tuple(rows), left, job, drift)


def product_stock(services: Services, productcode: str) -> list[ProductStock]:
    """How this product stands, in each account that knows it."""
    found = []
    for account in sorted(services.accounts):
        free = services.stock.free_stock(account, productcode)
        if free is None:
            continue
        sellable = tuple(
            (shop.policy.name, services.stock.sellable(shop.policy, productcode))
            for shop in services.shops_of(account)
        )
        in_flight = services.stock.in_flight(account, productcode)
        found.append(ProductStock(account, free, in_flight, sellable))
    return found
