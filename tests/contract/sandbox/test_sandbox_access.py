"""What every request to the API meets: credentials, headers, the limit, the log."""

from __future__ import annotations

from typing import Any

import pytest

from integration.sandbox.picqer import Books, Control
from integration.testing.clock import HandClock

Api = Any  # the client of this folder's conftest


def test_a_wrong_key_is_refused_with_401_and_costs_no_permit(api: Api) -> None:
    answer = api.get("/orders", auth=("wrong", "X"))
    assert answer.status_code == 401
    assert answer.json()["error"] is True
    assert answer.headers["X-RateLimit-Remaining"] == "500"


@pytest.mark.parametrize("header", ["", "Bearer sandbox-key", "Basic ???", "Basic /w=="])
def test_credentials_that_are_no_credentials_are_refused(api: Api, header: str) -> None:
    answer = api.get("/orders", headers={"Authorization": header}, auth=None)
    assert answer.status_code == 401


def test_a_request_without_user_agent_is_refused_while_that_is_required(
    api: Api, control: Control
) -> None:
    silent = {"User-Agent": ""}
    assert api.get("/orders", headers=silent).status_code == 400
    control.tune(require_user_agent=False)
    assert api.get("/orders", headers=silent).status_code == 200


@pytest.mark.parametrize("path", ["/orders", "/orders/", "/orders/999", "/nowhere", "/users/me"])
def test_every_answer_carries_the_limit_and_a_date(api: Api, path: str) -> None:
    answer = api.get(path)
    assert answer.headers["X-RateLimit-Limit"] == "500"
    assert answer.headers["X-RateLimit-Remaining"] == "499"
    assert answer.headers["Date"] == "Mon, 23 Nov 2026 12:00:00 GMT"


def test_what_exceeds_the_limit_is_answered_with_429_and_code_28(
    api: Api, control: Control
) -> None:
    control.set_limit(2)
    assert [api.get("/users/me").status_code for _ in range(3)] == [200, 200, 429]
    answer = api.get("/users/me")
    assert answer.json() == {
        "error": True,
        "error_code": 28,
        "error_message": "Rate limit exceeded",
    }
    assert answer.headers["X-RateLimit-Remaining"] == "0"
    assert "Retry-After" not in answer.headers


def test_a_retry_after_is_sent_only_when_the_sandbox_is_told_to(api: Api, control: Control) -> None:
    control.set_limit(0)
    control.tune(retry_after=17)
    assert api.get("/users/me").headers["Retry-After"] == "17"


def test_a_rejected_creation_creates_nothing(api: Api, control: Control, books: Books) -> None:
    control.set_limit(0)
    assert api.post("/customers", json={"name": "A"}).status_code == 429
    assert books.customers == {}


def test_an_unknown_path_and_a_wrong_method_are_answered_in_picqers_words(api: Api) -> None:
    assert api.get("/nowhere").status_code == 404
    wrong = api.post("/warehouses", json={})
    assert (wrong.status_code, wrong.json()["error_code"]) == (405, 8)


def test_a_body_that_is_no_json_object_is_refused_with_code_22(api: Api) -> None:
    for body in (b"{", b"[]", b'"text"', b"\xff"):
        answer = api.post("/orders", content=body)
        assert (answer.status_code, answer.json()["error_code"]) == (400, 22)


def test_the_log_tells_of_every_request(api: Api, control: Control, clock: HandClock) -> None:
    api.post("/orders", json={"reference": "1042", "products": []})
    clock.advance(5)
    api.get("/orders", params={"reference": "1042"})
    first, second = control.log()
    assert (first["seq"], first["method"], first["path"]) == (1, "POST", "/api/v1/orders")
    assert (first["reference"], first["status"], first["error_code"]) == ("1042", 400, 5)
    assert (second["query"], second["status"]) == ("reference=1042", 200)
    assert second["received"] - first["received"] == 5
    assert (second["remaining"], second["limit"]) == (498, 500)
    assert second["reference"] is None


def test_a_reset_empties_the_log_and_numbers_go_on(api: Api, control: Control) -> None:
    api.get("/users/me")
    control.reset_log()
    assert (control.log(), control.max_in_window()) == ([], 0)
    api.get("/users/me")
    assert [entry["seq"] for entry in control.log()] == [2]


def test_the_busiest_sixty_seconds_are_counted_across_minutes(
    api: Api, control: Control, clock: HandClock
) -> None:
    for pause in (0, 40, 19, 60):
        clock.advance(pause)
        api.get("/users/me")
        api.get("/users/me")
    assert control.max_in_window() == 6


def test_requests_beyond_the_limit_are_counted_as_such(
    api: Api, control: Control, clock: HandClock
) -> None:
    control.set_limit(3)
    clock.advance(59)
    for _ in range(3):
        api.get("/users/me")
    clock.advance(1)
    # A new minute begins: the fixed window lets these through, yet sixty seconds now hold five.
    api.get("/users/me")
    api.get("/users/me")
    assert control.busiest() == {
        "max_in_window": 5,
        "max_accepted_in_window": 5,
        "over_limit": 2,
        "rejected": 0,
        "storm_rejected": 0,
    }


def test_foreign_use_shows_in_the_next_header(api: Api, control: Control) -> None:
    control.foreign_use(100)
    assert api.get("/users/me").headers["X-RateLimit-Remaining"] == "399"
