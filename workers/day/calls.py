"""What the day cost in requests to Picqer, counted from the simulated Picqer's own log. Pure."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs

KINDS: tuple[tuple[str, str, str], ...] = (
    ("create an order", "POST", r"/orders"),
    ("make it processing", "POST", r"/orders/\d+/process"),
    ("create a customer", "POST", r"/customers"),
    ("look a customer up", "GET", r"/customers"),
    ("look an order up that was in doubt", "GET", r"/orders\?reference"),
    ("read an order", "GET", r"/orders/\d+"),
    ("read a closed picklist's parcels", "GET", r"/picklists/\d+/shipments"),
    ("create a product", "POST", r"/products"),
    ("look a product up", "GET", r"/products\?productcode"),
    ("read a product's stock in doubt", "GET", r"/products/\d+"),
    ("add an image", "POST", r"/products/\d+/images"),
    ("make or look after hooks", "*", r"/hooks.*"),
)
OTHER = "read lists, to compare both sides"
PREFIX = "/api/v1"
OF_THE_SHIPMENT = "read a closed picklist's parcels"


@dataclass(frozen=True, slots=True)
class Owners:
    """Whose a request is: order numbers by idorder and by idpicklist."""

    by_idorder: Mapping[int, str]
    by_idpicklist: Mapping[int, str]
    new_customers: Mapping[str, int]
    """How many customers were made for an order, by its number; the log does not say whose."""
    closed_picklists: int


@dataclass(frozen=True, slots=True)
class Calls:
    """Requests by kind, and by order: those until it was processing, and those that followed."""

    by_kind: Mapping[str, int]
    entering: Mapping[str, int]
    shipping: Mapping[str, int]
    refused_by_storm: int
    closed_picklists: int


def count_calls(log: Iterable[Mapping[str, Any]], owners: Owners) -> Calls:
    """Count every request; those that ran into the storm count apart."""
    by_kind: Counter[str] = Counter()
    entering: Counter[str] = Counter(owners.new_customers)
    shipping: Counter[str] = Counter()
    storm = 0
    for entry in log:
        if entry["fault"] == "storm":
            storm += 1
            continue
        kind = kind_of(entry)
        by_kind[kind] += 1
        number = _owner(entry, owners)
        if number is not None:
            (shipping if kind == OF_THE_SHIPMENT else entering)[number] += 1
    return Calls(by_kind, entering, shipping, storm, owners.closed_picklists)


def kind_of(entry: Mapping[str, Any]) -> str:
    """What a request was for, in words."""
    path = str(entry["path"]).removeprefix(PREFIX)
    asked = parse_qs(str(entry["query"]))
    for name in ("reference", "productcode"):
        if name in asked:
            path += f"?{name}"
    for words, method, pattern in KINDS:
        if method in {"*", entry["method"]} and re.fullmatch(pattern, path):
            return words
    return OTHER


def _owner(entry: Mapping[str, Any], owners: Owners) -> str | None:
    """The number of the order that this request was about; None for the others."""
    if entry["reference"] is not None:
        return str(entry["reference"])
    asked = parse_qs(str(entry["query"])).get("reference")
    if asked:
        return asked[0]
    found = re.match(rf"{PREFIX}/(orders|picklists)/(\d+)", str(entry["path"]))
    if found is None:
        return None
    rows = owners.by_idorder if found[1] == "orders" else owners.by_idpicklist
    return rows.get(int(found[2]))
