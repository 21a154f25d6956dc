"""A sandbox whose time is moved by hand, and a receiver of hooks that answers as it is told."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest

from integration.sandbox.picqer import Books, Control, seed_demo
from integration.sandbox.picqer.app import create_app
from integration.sandbox.picqer.deliveries import Delivery
from integration.testing.clock import HandClock

GUEST = {
    "deliveryname": "A. Jansen",
    "deliverycountry": "NL",
    "invoicename": "A. Jansen",
    "invoicecountry": "NL",
}


class Receiver:
    """Stands for the addresses of hooks: keeps what arrives, answers `status`."""

    def __init__(self) -> None:
        self.status: int | None = 200
        self.received: list[Delivery] = []

    def __call__(self, delivery: Delivery, _timeout: float) -> int | None:
        self.received.append(delivery)
        return self.status


class Api:
    """A client of the sandbox inside this process: no port, no threads, relative paths."""

    def __init__(self, books: Books, path: str = "/api/v1") -> None:
        self._runner = asyncio.Runner()
        self._client = httpx.AsyncClient(
            transport=httpx.ASGITransport(create_app(books)),
            base_url=f"http://sandbox{path}",
            auth=("sandbox-key", "X"),
        )

    def request(self, method: str, path: str, **what: Any) -> httpx.Response:
        return self._runner.run(self._client.request(method, path, **what))

    def get(self, path: str, **what: Any) -> httpx.Response:
        return self.request("GET", path, **what)

    def post(self, path: str, **what: Any) -> httpx.Response:
        return self.request("POST", path, **what)

    def put(self, path: str, **what: Any) -> httpx.Response:
        return self.request("PUT", path, **what)

    def delete(self, path: str) -> httpx.Response:
        return self.request("DELETE", path)

    def close(self) -> None:
        self._runner.run(self._client.aclose())
        self._runner.close()


@pytest.fixture
def receiver() -> Receiver:
    return Receiver()


@pytest.fixture
def books(clock: HandClock, receiver: Receiver) -> Books:
    books = Books(clock=clock.monotonic, post=receiver)
    seed_demo(books)
    books.events.clear()
    return books


@pytest.fixture
def control(books: Books) -> Control:
    return Control(books)


@pytest.fixture
def api(books: Books) -> Iterator[Api]:
    """The API under /api/v1 with the right key."""
    client = Api(books)
    yield client
    client.close()


@pytest.fixture
def levers(books: Books) -> Iterator[Api]:
    """The control interface under /control."""
    client = Api(books, "/control")
    yield client
    client.close()


@pytest.fixture
def concept(api: Api) -> Callable[..., dict[str, Any]]:
    """Makes a guest's order of products, given as productcode and amount."""

    def make(reference: str = "1042", /, **amounts: int) -> dict[str, Any]:
        wanted = amounts or {"MUG_BLUE": 2}
        lines = [
            {"productcode": code.replace("_", "-"), "amount": amount}
            for code, amount in wanted.items()
        ]
        answer = api.post("/orders", json={**GUEST, "reference": reference, "products": lines})
        assert answer.status_code == 201, answer.text
        order: dict[str, Any] = answer.json()
        return order

    return make


@pytest.fixture
def processed(
    api: Api, clock: HandClock, concept: Callable[..., dict[str, Any]]
) -> Callable[..., dict[str, Any]]:
    """Makes an order in processing whose picklists exist."""

    def make(reference: str = "1042", /, **amounts: int) -> dict[str, Any]:
        idorder = concept(reference, **amounts)["idorder"]
        assert api.post(f"/orders/{idorder}/process").status_code == 200
        clock.advance(1)
        order: dict[str, Any] = api.get(f"/orders/{idorder}").json()
        return order

    return make
