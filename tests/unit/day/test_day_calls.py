"""Counting what the demo day cost at Picqer, from the log of the simulated one."""

from __future__ import annotations

import pytest

from workers.day.calls import Owners, count_calls, kind_of

OWNERS = Owners({301: "1042"}, {501: "1042"}, {"1042": 1}, closed_picklists=1)


def entry(
    method: str, path: str, *, query: str = "", reference: str | None = None, fault: str = ""
) -> dict[str, object]:
    return {
        "method": method,
        "path": f"/api/v1{path}",
        "query": query,
        "reference": reference,
        "fault": fault or None,
    }


@pytest.mark.parametrize(
    ("method", "path", "query", "kind"),
    [
        ("POST", "/orders", "", "create an order"),
        ("POST", "/orders/301/process", "", "make it processing"),
        ("GET", "/orders", "reference=1042&offset=0", "look an order up that was in doubt"),
        ("GET", "/orders", "sincedate=2026-11-23", "read lists, to compare both sides"),
        ("GET", "/orders/301", "", "read an order"),
        ("GET", "/products", "productcode=MUG-BLUE&offset=0", "look a product up"),
        ("GET", "/products/9", "", "read a product's stock in doubt"),
        ("POST", "/customers", "", "create a customer"),
        ("GET", "/picklists/501/shipments", "", "read a closed picklist's parcels"),
        ("POST", "/products/9/images", "", "add an image"),
        ("PUT", "/hooks/3", "", "make or look after hooks"),
    ],
)
def test_every_request_has_a_kind(method: str, path: str, query: str, kind: str) -> None:
    assert kind_of(entry(method, path, query=query)) == kind


def test_the_requests_of_an_order_are_counted_with_its_customer_and_apart_from_its_shipments() -> (
    None
):
    calls = count_calls(
        [
            entry("POST", "/customers"),
            entry("POST", "/orders", reference="1042"),
            entry("GET", "/orders", query="reference=1042"),
            entry("POST", "/orders/301/process"),
            entry("GET", "/picklists/501/shipments"),
            entry("GET", "/products", query="offset=0"),
            entry("POST", "/orders/999/process"),
        ],
        OWNERS,
    )

    assert dict(calls.entering) == {"1042": 4}
    assert dict(calls.shipping) == {"1042": 1}
    assert calls.closed_picklists == 1
    assert sum(calls.by_kind.values()) == 7


def test_what_ran_into_the_storm_counts_apart() -> None:
    calls = count_calls([entry("POST", "/orders", reference="1042", fault="storm")], OWNERS)

    assert calls.refused_by_storm == 1
    assert dict(calls.by_kind) == {}
    assert dict(calls.entering) == {"1042": 1}, "only its customer"
