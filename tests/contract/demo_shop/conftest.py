"""A demo shop whose clock stands still and whose dice are loaded, and a caller that knows it."""

import asyncio
from random import Random
from typing import Any

import httpx
import pytest
from pydantic import SecretStr
from starlette.types import ASGIApp

from integration.sandbox.shop import SandboxShop
from integration.testing.clock import HandClock

TOKEN = "token-of-the-demo-shop"
SECRET = "whsec_ZGVtbyBzaG9wOiBub3QgYSByZWFsIHNlY3JldCEhISE="


class Caller:
    """Somebody who calls the shop without a network between: `headers` go with every request."""

    def __init__(self, app: ASGIApp, headers: dict[str, str]) -> None:
        self.headers = headers
        self._transport = httpx.ASGITransport(app)

    def get(self, path: str, **given: Any) -> httpx.Response:
        return self.request("GET", path, **given)

    def put(self, path: str, **given: Any) -> httpx.Response:
        return self.request("PUT", path, **given)

    def post(self, path: str, **given: Any) -> httpx.Response:
        return self.request("POST", path, **given)

    def patch(self, path: str, **given: Any) -> httpx.Response:
        return self.request("PATCH", path, **given)

    def delete(self, path: str, **given: Any) -> httpx.Response:
        return self.request("DELETE", path, **given)

    def request(self, method: str, path: str, **given: Any) -> httpx.Response:
        return asyncio.run(self._request(method, path, given))

    async def _request(self, method: str, path: str, given: dict[str, Any]) -> httpx.Response:
        async with httpx.AsyncClient(
            transport=self._transport, base_url="http://shop.test", headers=self.headers
        ) as client:
            return await client.request(method, path, **given)


@pytest.fixture
def shop(clock: HandClock) -> SandboxShop:
    return SandboxShop(
        token=SecretStr(TOKEN),
        secret=SecretStr(SECRET),
        retry_seconds=(0.0, 0.0),
        clock=clock.now,
        rng=Random(7),
    )


@pytest.fixture
def headers() -> dict[str, str]:
    return {"authorization": f"Bearer {TOKEN}", "bridge-contract": "1"}


@pytest.fixture
def bridge(shop: SandboxShop, headers: dict[str, str]) -> Caller:
    """What the bridge is to the shop: somebody with the token who speaks the contract."""
    return Caller(shop.app, headers)
