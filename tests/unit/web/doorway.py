"""A world with a door, for tests that knock on it."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
import json
from collections.abc import AsyncIterator
from dataclasses import replace

import httpx
from fastapi import FastAPI
from pydantic import SecretStr

from integration.jobs import (
    Delivery,
    Flow,
    Hint,
    NothingToDo,
    ProductNews,
    Unreadable,
)
from integration.picqer import webhook
from integration.web.door import open_door
from tests.flows.world import World

SECRET = "a-secret-of-the-tests"  # 21 characters


class Doorway:
    """A world with a door, and the words to knock on it."""

    def __init__(self, world: World) -> None:
        self.world = world
        account = replace(
            world.services.accounts["main"],
            verify=lambda delivery: webhook.verify(delivery, [SecretStr(SECRET)]),
            hints=webhook.hints,
        )
        shop = replace(
            world.services.shops["nl"],
            verify=self.shop_verifies,
            hints=self.shop_hints,
            is_ping=lambda delivery: delivery.body.startswith(b"webhook_id="),
        )
        self.services = replace(world.services, accounts={"main": account}, shops={"nl": shop})
        self.shop_product: ProductNews | None = None
        self.answers: list[tuple[str, str]] = []
        app = FastAPI()
        open_door(app, self.services, lambda *answer: self.answers.append(answer))
        self.app = app

    @staticmethod
    def shop_verifies(delivery: Delivery) -> bool:
        return delivery.headers.get("x-signed") == "yes"

    def shop_hints(self, delivery: Delivery) -> list[Hint]:
        if delivery.body == b"gone":
            raise NothingToDo("order 1042 is gone for good")
        try:
            event = json.loads(delivery.body)
            flow = Flow(event["flow"])
        except (ValueError, KeyError) as error:
            raise Unreadable("the body is no event of a shop") from error
        return [Hint(flow, event["id"], product=self.shop_product)]

    def post(
        self,
        path: str,
        body: bytes | AsyncIterator[bytes],
        headers: dict[str, str] | list[tuple[bytes, bytes]] | None = None,
    ) -> httpx.Response:
        return self._knock("POST", path, body, headers)

    def get(self, path: str) -> httpx.Response:
        return self._knock("GET", path, b"", None)

    def _knock(
        self,
        method: str,
        path: str,
        body: bytes | AsyncIterator[bytes],
        headers: dict[str, str] | list[tuple[bytes, bytes]] | None,
    ) -> httpx.Response:
        async def knock() -> httpx.Response:
            transport = httpx.ASGITransport(self.app)
            async with httpx.AsyncClient(transport=transport, base_url="http://door") as client:
                return await client.request(method, path, content=body, headers=headers or {})

        return asyncio.run(knock())

    def picqer(
        self, event: str, data: object, *, at: str = "2026-11-23 13:00:00"
    ) -> httpx.Response:
        envelope = {"idhook": 7, "name": "x", "event": event, "event_triggered_at": at}
        body = json.dumps({**envelope, "data": data}).encode()
        return self.signed("/webhooks/picqer/main", body)

    def signed(self, path: str, body: bytes) -> httpx.Response:
        digest = hmac.new(SECRET.encode(), body, hashlib.sha256).digest()
        return self.post(path, body, {"x-picqer-signature": base64.b64encode(digest).decode()})

    def shop(self, flow: str, subject: str = "1042") -> httpx.Response:
        body = json.dumps({"flow": flow, "id": subject}).encode()
        return self.post("/webhooks/shops/nl", body, {"x-signed": "yes"})

    def rows(self) -> int:
        return len(self.services.inbox.find(limit=1000))
