"""The description of the custom webshop contract against the shop that speaks it."""

import re
from collections.abc import Callable
from copy import deepcopy
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
import yaml

from integration.sandbox.shop import OrderedLine, SandboxShop
from integration.sandbox.shop.access import BearerToken
from integration.sandbox.shop.api import ContractApi
from integration.sandbox.shop.webhooks import event_body

ROOT = Path(__file__).parents[3]
CONTRACT: dict[str, Any] = yaml.safe_load(
    (ROOT / "docs" / "reference" / "custom-webshop.openapi.yaml").read_text(encoding="utf-8")
)
SCHEMAS: dict[str, Any] = CONTRACT["components"]["schemas"]
KINDS: dict[str, Any] = {
    "object": dict,
    "array": list,
    "string": str,
    "integer": int,
    "boolean": bool,
    "null": type(None),
}


def _is_kind(value: Any, kind: str) -> bool:
    return isinstance(value, KINDS[kind]) and (kind == "boolean" or not isinstance(value, bool))


def _faults(value: Any, schema: dict[str, Any], place: str = "") -> list[str]:
    """Say where the value breaks the schema, for the keywords that the contract uses."""
    found = _faults(value, _resolved(schema["$ref"]), place) if "$ref" in schema else []
    if "anyOf" in schema and all(_faults(value, each, place) for each in schema["anyOf"]):
        found.append(f"{place}: none of anyOf")
    given = schema.get("type", list(KINDS))
    kinds = [given] if isinstance(given, str) else given
    if not any(_is_kind(value, kind) for kind in kinds):
        return [*found, f"{place}: {value!r} is no {kinds}"]
    for kind, look_inside in LOOK_INSIDE.items():
        if isinstance(value, kind):
            found += look_inside(value, schema, place)
    return found


def _number_faults(value: int, schema: dict[str, Any], place: str) -> list[str]:
    return [f"{place}: {value} is too small"] if value < schema.get("minimum", value) else []


def _object_faults(value: dict[str, Any], schema: dict[str, Any], place: str) -> list[str]:
    required = [key for key in schema.get("required", []) if key not in value]
    found = [f"{place}: {key} is missing" for key in required]
    for key, each in schema.get("properties", {}).items():
        found += _faults(value[key], each, f"{place}.{key}") if key in value else []
    return found


def _array_faults(value: list[Any], schema: dict[str, Any], place: str) -> list[str]:
    found = [f"{place}: too many"] if len(value) > schema.get("maxItems", len(value)) else []
    for number, item in enumerate(value):
        found += _faults(item, schema.get("items", {}), f"{place}[{number}]")
    return found


def _text_faults(value: str, schema: dict[str, Any], place: str) -> list[str]:
    found = []
    if value not in schema.get("enum", [value]):
        found.append(f"{place}: {value!r} is none of {schema['enum']}")
    if "pattern" in schema and not re.search(schema["pattern"], value):
        found.append(f"{place}: {value!r} does not look like {schema['pattern']}")
    if schema.get("format") == "date-time" and datetime.fromisoformat(value).tzinfo is None:
        found.append(f"{place}: {value!r} names no offset")
    return found


LOOK_INSIDE: dict[type, Callable[[Any, dict[str, Any], str], list[str]]] = {
    str: _text_faults,
    int: _number_faults,
    dict: _object_faults,
    list: _array_faults,
}


def _resolved(reference: str) -> Any:
    found: Any = CONTRACT
    for step in reference.removeprefix("#/").split("/"):
        found = found[step]
    return found


def _references(part: Any) -> list[str]:
    if isinstance(part, dict):
        own = [part["$ref"]] if isinstance(part.get("$ref"), str) else []
        return own + [each for value in part.values() for each in _references(value)]
    return [each for value in part for each in _references(value)] if isinstance(part, list) else []


def test_every_endpoint_of_the_demo_shop_is_described_and_no_other(shop: SandboxShop) -> None:
    served = {
        (getattr(route, "path", None), method.lower())
        for route in ContractApi(shop, BearerToken(shop.token)).router.routes
        for method in getattr(route, "methods", ())
    }
    described = {(path, method) for path, item in CONTRACT["paths"].items() for method in item}
    assert CONTRACT["openapi"] == "3.1.0"
    assert len(described) == 8
    assert served == described


def test_every_reference_inside_the_description_leads_somewhere() -> None:
    references = _references(CONTRACT)
    assert len(references) > 50
    for reference in references:
        assert _resolved(reference)


def test_every_parameter_of_a_path_is_described() -> None:
    for path, item in CONTRACT["paths"].items():
        for operation in item.values():
            given = [
                _resolved(each["$ref"]) if "$ref" in each else each
                for each in operation["parameters"]
            ]
            named = {each["name"] for each in given if each["in"] == "path"}
            assert named == set(re.findall(r"{(\w+)}", path))
            assert "Bridge-Contract" in {each["name"] for each in given}


@pytest.mark.parametrize("name", sorted(name for name in SCHEMAS if "example" in SCHEMAS[name]))
def test_the_examples_in_the_description_follow_their_schemas(name: str) -> None:
    assert _faults(SCHEMAS[name]["example"], SCHEMAS[name]) == []


def test_what_the_demo_shop_shows_follows_the_description(shop: SandboxShop, bridge: Any) -> None:
    shop.add_demo_products()
    shop.add_product(name="Nameless")
    customer = shop.add_customer("A. Jansen", None)
    shop.place_order([("MUG-BLUE", 2)], customer=customer, discount_net="1", fee_net="2")
    shop.place_order([OrderedLine(sku=None)], on_account=True, country="US", name=None)
    shop.refund(shop.place_order([("TEA-EARL", 2)], pickup_point={"id": "P1"}))
    pages = {"/orders": "OrderPage", "/products": "ProductPage", "/stock": "StockPage"}
    for path, name in pages.items():
        assert _faults(bridge.get(path).json(), SCHEMAS[name]) == []
    order = bridge.get("/orders/1001").json()
    assert _faults(order, SCHEMAS["Order"]) == []
    assert order.keys() <= SCHEMAS["Order"]["properties"].keys()
    product = bridge.get("/products/1").json()
    assert product.keys() == SCHEMAS["Product"]["properties"].keys()
    assert _faults(bridge.get("/orders/404").json(), SCHEMAS["Error"]) == []


def test_the_demo_shop_takes_the_examples_of_what_the_bridge_writes(
    shop: SandboxShop, bridge: Any
) -> None:
    shop.add_order(SCHEMAS["Order"]["example"])
    shop.add_product(sku="MUG-BLUE")
    shipment = SCHEMAS["Shipment"]["example"]
    assert bridge.put("/orders/1042/shipments/501", json=shipment).status_code == 200
    assert shop.books.shipments["1042"]["501"].body == shipment
    answer = bridge.put("/stock", json=SCHEMAS["StockWrite"]["example"])
    assert _faults(answer.json(), SCHEMAS["StockResults"]) == []
    assert shop.books.sellable["MUG-BLUE"] == 34


def test_the_events_of_the_demo_shop_follow_the_description(shop: SandboxShop) -> None:
    body = yaml.safe_load(event_body("order.paid", "1042", shop.books.clock()))
    assert _faults(body, SCHEMAS["Event"]) == []


@pytest.mark.parametrize(
    ("change", "word"),
    [
        ({"payment_status": "perhaps"}, "payment_status"),
        ({"placed_at": "2026-11-23T10:00:00"}, "placed_at"),
        ({"currency": "euro"}, "currency"),
        ({"holds_stock": "yes"}, "holds_stock"),
        ({"lines": [{"id": "1"}]}, "quantity is missing"),
        ({"totals": {"net": "20.5", "tax": "0.00", "gross": "20.50"}}, "totals.net"),
    ],
)
def test_an_order_that_breaks_the_description_is_noticed(change: dict[str, Any], word: str) -> None:
    order = {**deepcopy(SCHEMAS["Order"]["example"]), **change}
    assert word in "; ".join(_faults(order, SCHEMAS["Order"]))
