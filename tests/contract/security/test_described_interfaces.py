"""Whatever a description of an interface allows, and what it forbids, meets no fault behind it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from random import Random
from typing import Any

import pytest
import schemathesis
from fastapi import FastAPI
from hypothesis import HealthCheck, given, settings
from hypothesis.errors import Unsatisfiable
from pydantic import SecretStr
from schemathesis import Case, GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.schemas import BaseSchema

from integration.sandbox.shop import SandboxShop
from integration.settings import Settings
from integration.wiring import migrate_store
from workers import web

CONTRACT = Path(__file__).parents[3] / "docs" / "reference" / "custom-webshop.openapi.yaml"
TOKEN = "token-of-the-demo-shop"
BROADLY = settings(
    max_examples=25,
    deadline=None,
    # One application serves every example, as it serves every visitor.
    suppress_health_check=list(HealthCheck),
)


@pytest.fixture(scope="module")
def bridge(tmp_path_factory: pytest.TempPathFactory) -> FastAPI:
    """The whole application of the web process, on a store of its own and without a broker."""
    folder = tmp_path_factory.mktemp("described")
    found = Settings.load({}, _written(folder))
    migrate_store(found)
    return web.create_app(found)


def _written(folder: Path) -> Path:
    path = folder / "bridge.toml"
    path.write_text(
        f"""
public_url = "http://127.0.0.1:8000"
database_url = "sqlite:///{folder / "bridge.db"}"
redis_url = "redis://127.0.0.1:1/0"
[console]
password = "a-password-of-the-tests"
[picqer.main]
base_url = "http://127.0.0.1:1"
api_key = "key-of-the-tests"
contact = "ops@example.com"
webhook_secret = "secret-of-the-tests-0123456789abcdef"
[shops.nl]
[shops.nl.custom]
url = "http://127.0.0.1:1"
token = "{TOKEN}"
secret = "whsec_ZGVtbyBzaG9wOiBub3QgYSByZWFsIHNlY3JldCEhISE="
"""
    )
    return path


@pytest.fixture
def described_bridge(bridge: FastAPI) -> BaseSchema:
    """The bridge's own description. In production it is not served: it is for this test."""
    found: BaseSchema = schemathesis.openapi.from_dict(bridge.openapi())
    found.app = bridge
    return found


@pytest.fixture(scope="module")
def shop() -> Iterator[SandboxShop]:
    opened = SandboxShop(token=SecretStr(TOKEN), rng=Random(3))
    opened.start()
    opened.add_product(sku="MUG-BLUE", name="Blue mug", price_net="8.22", sellable=3)
    opened.place_order([("MUG-BLUE", 1)], number="1042")
    yield opened
    opened.stop()


@pytest.fixture
def described_shop(shop: SandboxShop) -> BaseSchema:
    found: BaseSchema = schemathesis.openapi.from_path(CONTRACT)
    found.config.update(base_url=shop.url)
    return found


def send_everything(schema: BaseSchema, look: Callable[[Case], None]) -> int:
    """Send what the description allows and forbids to every operation; returns how many."""
    operations = [found.ok() for found in schema.get_all_operations()]
    for operation in operations:
        for mode in GenerationMode:
            # What takes nothing forbids nothing.
            with suppress(Unsatisfiable):
                BROADLY(given(operation.as_strategy(generation_mode=mode))(look))()
    return len(operations)


def test_the_bridge_answers_everything_without_a_fault(described_bridge: BaseSchema) -> None:
    seen: Counter[int] = Counter()

    def look(case: Case) -> None:
        seen[case.call().status_code] += 1

    assert send_everything(described_bridge, look) >= 6
    # Without Redis and Picqer it may say 503; it never stumbles.
    assert set(seen) <= {*range(200, 500), 503}
    assert {200, 401, 404} <= set(seen)


def test_the_demo_shop_answers_its_contract_without_a_fault(described_shop: BaseSchema) -> None:
    headers = {"Authorization": f"Bearer {TOKEN}", "Bridge-Contract": "1"}

    def look(case: Case) -> None:
        case.validate_response(case.call(headers=headers), checks=[not_a_server_error])

    assert send_everything(described_shop, look) >= 8


def test_the_bridge_describes_its_door_and_its_health(bridge: FastAPI) -> None:
    paths: dict[str, Any] = bridge.openapi()["paths"]
    assert {"/webhooks/picqer/{account}", "/webhooks/shops/{shop}", "/health/ready"} <= set(paths)
