"""The custom webshop over HTTP: one method per endpoint of the contract.

The contract is docs/reference/custom-webshop.openapi.yaml. All its writes may be repeated, so an
unclear answer to one of them does no harm.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import TypeVar
from urllib.parse import quote

from integration.domain import Order, Product, Shipment
from integration.errors import LockedOut, Refused, Unavailable, Unmappable
from integration.http import Answer, BearerAuth, HttpClient, ServerClock, fetch_picture
from integration.json_fields import each_readable
from integration.policy import ShopPolicy
from integration.ports import (
    CallGuard,
    Capabilities,
    Clock,
    OrderChange,
    ShopAnswer,
    ShownStock,
    StockItem,
    StockResult,
)
from integration.webshops.custom.mapping import (
    instant_text,
    order_change_of,
    order_of,
    product_of,
    shipment_body,
    shown_of,
    stock_body,
    stock_results,
)
from integration.webshops.custom.settings import CustomSettings

CONTRACT_HEADERS: Mapping[str, str] = {"Bridge-Contract": "1"}
STOCK_BATCH = 100
MAX_PAGES = 10_000

Thing = TypeVar("Thing")


class CustomWebshop:
    """The ``Webshop`` of one run. ``clock_offset`` is known after its first answer."""

    capabilities = Capabilities(stock_batch=STOCK_BATCH, partial_shipments=True, shop_can_mail=True)

    def __init__(
        self, settings: CustomSettings, policy: ShopPolicy, guard: CallGuard, clock: Clock
    ) -> None:
        """Talk to the shop of these settings under this guard."""
        self._name = policy.name
        self._guard = guard
        self._clock = ServerClock(clock)
        self._url = settings.url
        self._http = HttpClient(
            name=f"shop {policy.name}",
            base_url=settings.url,
            auth=BearerAuth(settings.token),
            guard=guard,
            headers=CONTRACT_HEADERS,
        )

    @property
    def clock_offset(self) -> timedelta:
        """Our clock less the shop's, from the ``Date`` of its latest answer; else zero."""
        return self._clock.offset

    def order(self, order_id: str) -> Order:
        """The order now. Raises NotFound."""
        return order_of(self._read(f"/orders/{_segment(order_id, 'order')}"), order_id)

    def orders_changed_since(self, since: datetime) -> Iterator[OrderChange]:
        """Which orders changed since that instant of ours.

        One that cannot be read does not hold up the rest: Unmappable is raised after the last.
        """
        return self._changed("orders", since, order_change_of)

    def product(self, product_id: str) -> Product:
        """The product now. Raises NotFound."""
        return product_of(self._read(f"/products/{_segment(product_id, 'product')}"), product_id)

    def products_changed_since(self, since: datetime) -> Iterator[Product]:
        """Products changed since that instant of ours; unreadable ones as with orders."""
        return self._changed("products", since, product_of)

    def stock(self) -> Iterator[ShownStock]:
        """What the shop shows of every SKU; unreadable lines are raised after the last."""
        rows = self._rows("/stock", "items", {}, self._read("/stock"))
        return (shown for shown in each_readable(rows, shown_of) if shown is not None)

    def set_stock(self, items: Sequence[StockItem]) -> list[StockResult]:
        """Show these figures, at most 100 at a time; one result per item."""
        results: list[StockResult] = []
        for start in range(0, len(items), STOCK_BATCH):
            batch = items[start : start + STOCK_BATCH]
            answer = self._send("PUT", "/stock", json=stock_body(batch))
            results += stock_results(self._object(answer, "PUT /stock"), batch)
        return results

    def ship(self, order_id: str, shipment: Shipment) -> ShopAnswer:
        """Report a shipment; the same ``shipment_key`` again replaces."""
        key = _segment(shipment.shipment_key, "shipment")
        path = f"/orders/{_segment(order_id, 'order')}/shipments/{key}"
        return self._tell("PUT", path, shipment_body(shipment))

    def complete(self, order_id: str) -> ShopAnswer:
        """Complete the order; safe to repeat."""
        return self._tell("POST", f"/orders/{_segment(order_id, 'order')}/complete", None)

    def image(self, url: str) -> bytes | None:
        """A picture from the shop's own host; None when there is none that Picqer would take.

        The token does not go along. A redirect is not followed: it could lead anywhere.
        """
        return fetch_picture(url, shop_url=self._url, name=f"shop {self._name}", guard=self._guard)

    def _tell(self, method: str, path: str, json: object) -> ShopAnswer:
        """Send a write whose answer's content does not matter; 409 says to leave it."""
        try:
            self._send(method, path, json=json, expect_json=False)
        except Refused as error:
            if error.evidence.status == 409:
                return ShopAnswer.LEFT_AS_IS
            raise
        return ShopAnswer.ACCEPTED

    def _changed(
        self, name: str, since: datetime, mapped: Callable[[object], Thing]
    ) -> Iterator[Thing]:
        """All pages of a list, from a moment of ours in the shop's own time."""
        was_known = self._clock.is_known
        query = {"updated_since": self._shop_time(since)}
        first = self._read(f"/{name}", query)
        behind = self._shop_time(since)
        if not was_known and behind < query["updated_since"]:
            # Only the answer told that the shop's clock is behind ours.
            query = {"updated_since": behind}
            first = self._read(f"/{name}", query)
        return each_readable(self._rows(f"/{name}", name, query, first), mapped)

    def _shop_time(self, instant: datetime) -> str:
        return instant_text(self._clock.since(instant))

    def _rows(
        self, path: str, name: str, query: Mapping[str, str], page: Mapping[str, object]
    ) -> Iterator[object]:
        """The rows of this page and of those after it. Raises Unavailable when paging is broken."""
        for _ in range(MAX_PAGES):
            rows, cursor = page.get(name), page.get("next_cursor")
            if not isinstance(rows, list):
                raise Unavailable(f"shop {self._name}: GET {path}: the answer has no list {name}")
            yield from rows
            if cursor is None:
                return
            page = self._read(path, {**query, "cursor": str(cursor)})
            if page.get("next_cursor") == cursor:
                break
        raise Unavailable(f"shop {self._name}: GET {path}: its pages do not come to an end")

    def _read(self, path: str, query: Mapping[str, str] | None = None) -> dict[str, object]:
        return self._object(self._send("GET", path, query=query), f"GET {path}")

    def _object(self, answer: Answer, what: str) -> dict[str, object]:
        if not isinstance(answer.data, dict):
            raise Unavailable(f"shop {self._name}: {what}: the answer is no JSON object")
        return answer.data

    def _send(
        self,
        method: str,
        path: str,
        *,
        query: Mapping[str, str] | None = None,
        json: object = None,
        expect_json: bool = True,
    ) -> Answer:
        """One request; a refused token holds the whole shop instead of parking each job."""
        try:
            answer = self._http.request(
                method, path, params=query, json=json, expect_json=expect_json
            )
        except (LockedOut, Refused) as error:
            if error.evidence.status not in (401, 403):
                raise
            raise LockedOut(
                f"shop {self._name} refuses the token (it answered {error.evidence.status}); "
                f"make shops.{self._name}.custom.token the same as in the shop",
                evidence=error.evidence,
            ) from None
        self._clock.heard(answer)
        return answer


def _segment(part: str, what: str) -> str:
    """An id as one segment of a path. Raises Unmappable for what would change the path."""
    if part in ("", ".", ".."):
        raise Unmappable(f"{part!r} cannot be the id of a shop's {what}")
    return quote(part, safe="")
