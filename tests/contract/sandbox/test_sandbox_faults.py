"""Faults: which request they happen to, how often, and what they leave in the books."""

from __future__ import annotations

from random import Random
from typing import Any

import pytest

from integration.sandbox.picqer import Books, Control, Fault
from integration.sandbox.picqer.faults import FaultPlan
from integration.testing.clock import HandClock

Api = Any  # the client of this folder's conftest
GUEST: dict[str, Any] = {
    "deliveryname": "A",
    "deliverycountry": "NL",
    "invoicename": "A",
    "invoicecountry": "NL",
    "products": [{"productcode": "MUG-BLUE", "amount": 1}],
}


def test_a_fault_happens_once_unless_it_is_told_otherwise(api: Api, control: Control) -> None:
    control.add_fault(Fault("status", status=503))
    assert [api.get("/users/me").status_code for _ in range(3)] == [503, 200, 200]
    control.add_fault(Fault("status", status=503, count=2))
    assert [api.get("/users/me").status_code for _ in range(3)] == [503, 503, 200]


def test_a_status_fault_changes_nothing_unless_it_commits(
    api: Api, control: Control, books: Books
) -> None:
    control.add_fault(Fault("status", "POST", "/customers"))
    assert api.post("/customers", json={"name": "A"}).status_code == 500
    assert books.customers == {}
    control.add_fault(Fault("status", "POST", "/customers", commit=True))
    assert api.post("/customers", json={"name": "A"}).status_code == 500
    assert len(books.customers) == 1


def test_a_status_fault_words_its_answer(api: Api, control: Control) -> None:
    control.add_fault(
        Fault(
            "status", status=429, error_code=28, error_message="slow", headers={"Retry-After": "9"}
        )
    )
    answer = api.get("/users/me")
    assert answer.json() == {"error": True, "error_code": 28, "error_message": "slow"}
    assert (answer.status_code, answer.headers["Retry-After"]) == (429, "9")
    assert answer.headers["X-RateLimit-Remaining"] == "499"
    control.add_fault(Fault("status", status=200, body='{"error":true}'))
    assert (api.get("/users/me").status_code, control.log()[-1]["fault"]) == (200, "status")


@pytest.mark.parametrize(
    ("method", "path", "hit"),
    [
        ("POST", "/orders", False),
        ("POST", "/orders/*/process", True),
        ("POST", "/orders/7/process", True),
        ("*", "/orders/*/process", True),
        ("GET", "/orders/*/process", False),
        ("*", "/orders/*", False),
        ("*", "/*", False),
        ("*", "*", True),
        ("POST", "orders/*/process/", True),
        ("POST", "/orders/7xprocess", False),
    ],
)
def test_a_fault_chooses_by_method_and_path(method: str, path: str, hit: bool) -> None:
    plan = FaultPlan(Random(1))
    plan.add(Fault("status", method, path), 0.0)
    assert (plan.choose("POST", "/orders/7/process", b"") is not None) == hit


def test_a_fault_chooses_by_the_body(api: Api, control: Control) -> None:
    control.add_fault(Fault("status", "POST", "/orders", match={"reference": "1042"}))
    answers = [
        api.post("/orders", json={**GUEST, "reference": reference}).status_code
        for reference in ("1041", 1042, "1042")
    ]
    assert answers == [201, 500, 201]
    control.add_fault(Fault("status", match={"reference": "1"}))
    assert api.post("/orders", content=b"{").status_code == 400
    assert api.post("/orders", content=b"[]").status_code == 400


def test_a_fault_can_spare_the_first_requests(api: Api, control: Control) -> None:
    control.add_fault(Fault("status", after=2))
    assert [api.get("/users/me").status_code for _ in range(4)] == [200, 200, 500, 200]


def test_a_fault_by_chance_is_repeatable() -> None:
    def hits(seed: int) -> list[bool]:
        plan = FaultPlan(Random(seed))
        plan.add(Fault("status", probability=0.5), 0.0)
        return [plan.choose("GET", "/orders", b"") is not None for _ in range(100)]

    assert hits(1) == hits(1) != hits(2)
    assert 30 < sum(hits(1)) < 70


def test_html_instead_of_json_comes_with_the_work_done(
    api: Api, control: Control, books: Books
) -> None:
    control.add_fault(Fault("non_json", "POST", "/customers"))
    answer = api.post("/customers", json={"name": "A"})
    assert (answer.status_code, answer.headers["Content-Type"]) == (201, "text/html")
    assert answer.text.startswith("<html>")
    assert len(books.customers) == 1


def test_truncated_json_cannot_be_read(api: Api, control: Control) -> None:
    control.add_fault(Fault("truncated_json"))
    with pytest.raises(ValueError, match=r"Unterminated|Expecting"):
        api.get("/users/me").json()


def test_a_storm_rejects_everything_while_it_lasts_and_says_so_in_the_log(
    api: Api, control: Control, clock: HandClock
) -> None:
    control.add_fault(Fault("storm", seconds=30, headers={"Retry-After": "5"}))
    answer = api.get("/users/me")
    assert (answer.status_code, answer.json()["error_code"]) == (429, 28)
    assert (answer.headers["X-RateLimit-Remaining"], answer.headers["Retry-After"]) == ("0", "5")
    clock.advance(29.9)
    assert api.get("/users/me").status_code == 429
    clock.advance(0.1)
    assert api.get("/users/me").headers["X-RateLimit-Remaining"] == "499"
    assert [entry["fault"] for entry in control.log()] == ["storm", "storm", None]
    busiest = control.busiest()
    assert (busiest["rejected"], busiest["storm_rejected"]) == (0, 2)


def test_faults_are_switched_off_all_or_one(api: Api, control: Control) -> None:
    control.add_fault(Fault("status", count=9))
    first = control.add_fault(Fault("storm", seconds=99))
    control.remove_fault(first)
    assert api.get("/users/me").status_code == 500
    control.clear_faults()
    assert api.get("/users/me").status_code == 200


def test_an_unknown_fault_is_refused_with_the_known_ones() -> None:
    with pytest.raises(ValueError, match=r"no such fault: gremlin.*truncated_json"):
        Fault("gremlin")  # type: ignore[arg-type]  # the mistake is the point
