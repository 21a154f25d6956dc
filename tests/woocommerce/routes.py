"""Which endpoint answers which path, and what WooCommerce says to somebody without a key."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from tests.woocommerce.api_orders import OrdersApi
from tests.woocommerce.api_products import ProductsApi
from tests.woocommerce.api_shop import ShopApi, WebhooksApi
from tests.woocommerce.call import Answer, Call
from tests.woocommerce.refusals import Refusal, no_route

ROOT = "/wp-json/wc/v3/"
WRITING = ("POST", "PUT", "PATCH")
ANONYMOUS = {
    "list": ("cannot_view", "Sorry, you cannot list resources."),
    "view": ("cannot_view", "Sorry, you cannot view this resource."),
    "create": ("cannot_create", "Sorry, you are not allowed to create resources."),
    "edit": ("cannot_edit", "Sorry, you are not allowed to edit this resource."),
    "delete": ("cannot_delete", "Sorry, you are not allowed to delete this resource."),
    "batch": ("cannot_batch", "Sorry, you are not allowed to batch manipulate this resource."),
}
"""Code and message of the 401 per kind of call (037; WooCommerce REST v3)."""

Endpoint = Callable[[Call], Answer]


@dataclass(frozen=True, slots=True)
class Route:
    """Calls of these methods on paths of this pattern."""

    methods: tuple[str, ...]
    pattern: re.Pattern[str]
    kind: str
    endpoint: Endpoint

    @property
    def anonymous(self) -> Refusal:
        """What somebody without a key is answered."""
        code, message = ANONYMOUS[self.kind]
        return Refusal(401, f"woocommerce_rest_{code}", message)


class Routes:
    """The map of the REST API."""

    def __init__(
        self, orders: OrdersApi, products: ProductsApi, webhooks: WebhooksApi, shop: ShopApi
    ) -> None:
        self._all = [
            *_collection("orders", orders.index, orders.create, orders.batch),
            *_item("orders/#", orders.one, orders.update, orders.delete),
            *_collection("orders/#/notes", orders.notes, orders.add_note),
            *_collection("orders/#/refunds", orders.refunds, orders.add_refund),
            *_collection("products", products.index, products.create, products.batch),
            *_item("products/#", products.one, products.update, products.delete),
            *_collection(
                "products/#/variations",
                products.variations,
                products.create_variation,
                products.batch_variations,
            ),
            _route(("GET",), "variations", "list", products.all_variations),
            *_item(
                "products/#/variations/#",
                products.variation,
                products.update_variation,
                products.delete_variation,
            ),
            *_collection("webhooks", webhooks.index, webhooks.create),
            *_item("webhooks/#", webhooks.one, webhooks.update, webhooks.delete),
            _route(("GET",), "customers/#", "view", shop.customer),
            _route(("GET",), "system_status", "list", shop.system_status),
            _route(("GET",), "taxes", "list", shop.taxes),
            _route(("GET",), "settings/[a-z_]+", "list", shop.settings),
            _route(("GET",), "settings/[a-z_]+/[a-z_]+", "view", shop.setting),
        ]

    def find(self, method: str, path: str) -> tuple[Route, tuple[int, ...], str]:
        """The route, the numbers in the path, and which methods the path allows.

        Raises Refusal when there is none.
        """
        rest = path.removeprefix(ROOT)
        fitting = [route for route in self._all if route.pattern.fullmatch(rest)]
        allowed = ", ".join(dict.fromkeys(name for route in fitting for name in route.methods))
        for route in fitting:
            if method in route.methods:
                numbers = tuple(int(each) for each in re.findall(r"/(\d+)", rest))
                return route, numbers, allowed
        raise no_route()


def _route(methods: tuple[str, ...], path: str, kind: str, endpoint: Endpoint) -> Route:
    return Route(methods, re.compile(path.replace("#", r"\d+")), kind, endpoint)


def _collection(
    path: str, index: Endpoint, create: Endpoint, batch: Endpoint | None = None
) -> Iterator[Route]:
    yield _route(("GET",), path, "list", index)
    yield _route(("POST",), path, "create", create)
    if batch is not None:
        yield _route(WRITING, f"{path}/batch", "batch", batch)


def _item(path: str, one: Endpoint, update: Endpoint, delete: Endpoint) -> Iterator[Route]:
    yield _route(("GET",), path, "view", one)
    yield _route(WRITING, path, "edit", update)
    yield _route(("DELETE",), path, "delete", delete)
