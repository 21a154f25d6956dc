"""A door that the three real senders knock on, with their real signatures and readers."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import httpx
import pytest
from fastapi import FastAPI

from integration.services import Services
from integration.store.database import Database
from integration.testing.clock import HandClock
from integration.web.door import open_door
from tests.contract.security.senders import OLD, SENDERS, Sender
from tests.flows.world import World

PATHS = {
    "picqer": "/webhooks/picqer/main",
    "custom": "/webhooks/shops/custom",
    "woocommerce": "/webhooks/shops/woocommerce",
}


class RealDoor:
    """The door of a small world, where each sender is verified and read as in production."""

    def __init__(self, world: World) -> None:
        senders = {sender.name: sender for sender in SENDERS}
        picqer = senders.pop("picqer")
        account = replace(world.services.accounts["main"], verify=picqer.verify, hints=picqer.hints)
        shops = {
            name: replace(
                world.services.shops["nl"],
                policy=replace(world.policy, name=name),
                verify=sender.verify,
                hints=sender.hints,
                is_ping=lambda _delivery: False,
            )
            for name, sender in senders.items()
        }
        self.services: Services = replace(world.services, accounts={"main": account}, shops=shops)
        self._app = FastAPI()
        open_door(self._app, self.services)

    def knock(self, sender: Sender, body: bytes, **more: str) -> httpx.Response:
        """Send this body, signed well."""
        headers = {**sender.sign(body, OLD), **more}

        async def post() -> httpx.Response:
            transport = httpx.ASGITransport(self._app)
            async with httpx.AsyncClient(transport=transport, base_url="http://door") as client:
                return await client.post(PATHS[sender.name], content=body, headers=headers)

        return asyncio.run(post())


@pytest.fixture
def real_door(memory_database: Database, clock: HandClock) -> RealDoor:
    return RealDoor(World(memory_database, clock))
