"""Who gets into the console, and what keeps everybody else out."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace

import pytest
from fastapi import FastAPI
from fastapi.routing import APIRoute
from structlog.testing import capture_logs

from integration.errors import StoreAway
from integration.ports import Act, AuditEntry, AuditFilter
from integration.store.audit import SqlAudit
from integration.store.database import Database
from integration.testing.clock import HandClock
from integration.web.console.access import Access, Role, Throttle
from integration.web.console.headers import PAGE
from integration.web.console.told_sign_ins import ToldSignIns
from tests.contract.console.seeded import (
    ACCESS,
    OPERATOR,
    OPERATORS_PASSWORD,
    VIEWER,
    VIEWERS_PASSWORD,
    Seeded,
)
from tests.contract.console.visitor import Visitor

Consoles = Callable[..., FastAPI]
Visits = Callable[..., Visitor]


def routes(app: FastAPI) -> list[tuple[str, str, Role]]:
    """(method, path, role needed) of every page and act."""
    return [
        (method, re.sub(r"\{\w+\}", "1", route.path), route.required)
        for route in _within(app.routes)
        if hasattr(route, "required")
        for method in route.methods
    ]


def _within(found: Iterable[object]) -> Iterator[APIRoute]:
    """The routes, also those of routers inside routers."""
    for route in found:
        if isinstance(route, APIRoute):
            yield route
        inner = getattr(route, "original_router", None)
        if inner is not None:
            yield from _within(inner.routes)


def ask(visitor: Visitor, method: str, path: str) -> int:
    return (visitor.get(path) if method == "GET" else visitor.post(path)).status_code


def test_a_stranger_gets_nothing_but_the_sign_in_page(guarded: FastAPI, stranger: Visitor) -> None:
    asked = [(method, path) for method, path, role in routes(guarded) if role > Role.NOBODY]
    assert len(asked) > 20
    for method, path in asked:
        answer = stranger.get(path) if method == "GET" else stranger.post(path)
        if method == "GET":
            assert answer.status_code == 303, path
            assert answer.headers["location"].startswith("/sign-in"), path
        else:
            assert answer.status_code == 401, path


def test_a_viewer_sees_and_changes_nothing(guarded: FastAPI, viewer: Visitor) -> None:
    for method, path, role in routes(guarded):
        if role is Role.OPERATOR:
            assert ask(viewer, method, path) == 403, path
    assert viewer.get("/").status_code == 200


def test_every_act_but_asking_for_hooks_needs_an_operator(guarded: FastAPI) -> None:
    acts = {path for method, path, role in routes(guarded) if method == "POST" and role < 2}
    assert acts == {"/sign-in", "/sign-out", "/hooks"}


@pytest.mark.parametrize(
    ("name", "password"),
    [
        (OPERATOR.name, "wrong-password"),
        (OPERATOR.name, VIEWERS_PASSWORD),
        (VIEWER.name, OPERATORS_PASSWORD),
        ("", ""),
        ("\ud800", "\ud800"),
        (OPERATOR.name, OPERATORS_PASSWORD + " "),
    ],
)
def test_a_wrong_name_or_password_is_refused_alike(name: str, password: str) -> None:
    # A space at the end is taken off by the form, not here.
    assert ACCESS.person(name, password).role is Role.NOBODY


def test_the_page_for_wrong_passwords_does_not_say_which_was_wrong(stranger: Visitor) -> None:
    with capture_logs() as logs:
        answers = [stranger.sign_in("nobody", "x"), stranger.sign_in(OPERATOR.name, "x")]
    assert {answer.status_code for answer in answers} == {403}
    assert all("The name or the password is wrong." in answer.text for answer in answers)
    assert "x" not in {line.get("password") for line in logs}


def sign_ins(seeded: Seeded) -> list[AuditEntry]:
    """The latest first."""
    acts = (Act.SIGN_IN, Act.REFUSE_SIGN_IN)
    found = seeded.services.audit.find(AuditFilter(limit=500))
    return [entry for entry in found if entry.act in acts]


def test_who_signed_in_and_that_somebody_was_refused_is_in_the_audit_log(
    stranger: Visitor, seeded: Seeded
) -> None:
    stranger.sign_in("a.jansen@example.org", "typed-in-the-wrong-field")
    stranger.sign_in(OPERATOR.name, OPERATORS_PASSWORD)
    came, refused = sign_ins(seeded)
    assert (came.who, came.act, came.about) == (OPERATOR.who, Act.SIGN_IN, "the console")
    assert (refused.who, refused.act) == ("somebody (console)", Act.REFUSE_SIGN_IN)
    assert "jansen" not in repr(refused)
    assert "typed" not in repr(refused)
    assert "refuse_sign_in" in stranger.get("/audit?act=refuse_sign_in").text


def test_a_flood_of_wrong_passwords_does_not_fill_the_audit_log(
    memory_database: Database,
) -> None:
    clock, audit = HandClock(), SqlAudit(memory_database)
    told = ToldSignIns(audit, clock.monotonic)
    for _ in range(120):
        told.refused()
    assert len(audit.find(AuditFilter(limit=200))) == 20
    clock.advance(60)
    told.refused()
    latest = audit.find(AuditFilter())[0]
    assert (latest.about, latest.data) == ("the console, 101 times", {"times": 101})


def test_guessing_is_made_slow_and_the_right_password_waits_too(
    stranger: Visitor, clock: HandClock
) -> None:
    for _ in range(5):
        assert stranger.sign_in(OPERATOR.name, "guess").status_code == 403
    blocked = stranger.sign_in(OPERATOR.name, OPERATORS_PASSWORD)
    assert blocked.status_code == 429
    assert int(blocked.headers["retry-after"]) >= 1
    clock.advance(3)
    assert stranger.sign_in(OPERATOR.name, OPERATORS_PASSWORD).status_code == 303


def test_each_further_guess_costs_twice_as_long_and_is_forgotten_in_the_end() -> None:
    clock = HandClock()
    throttle = Throttle(clock.monotonic)
    waits = []
    for _ in range(20):
        throttle.failed("a")
        waits.append(throttle.seconds_left("a"))
        clock.advance(waits[-1])
    assert waits[:8] == [0, 0, 0, 0, 2, 4, 8, 16]
    assert max(waits) == 300
    assert throttle.seconds_left("b") == 0
    clock.advance(3600)
    throttle.failed("a")
    assert throttle.seconds_left("a") == 0


def test_a_flood_of_addresses_takes_no_more_memory_than_some() -> None:
    throttle = Throttle(HandClock().monotonic)
    for number in range(5000):
        throttle.failed(str(number))
    assert len(throttle._failures) == 2000


def test_signing_in_gives_a_new_session_and_goes_on_to_the_page_asked_for(
    stranger: Visitor,
) -> None:
    asked = stranger.get("/jobs?state=parked")
    before = stranger.client.cookies["picqer-bridge"]
    assert asked.headers["location"] == "/sign-in?next=%2Fjobs%3Fstate%3Dparked"
    answer = stranger.sign_in(OPERATOR.name, OPERATORS_PASSWORD, next="/jobs?state=parked")
    assert answer.headers["location"] == "/jobs?state=parked"
    assert stranger.client.cookies["picqer-bridge"] != before


@pytest.mark.parametrize(
    "elsewhere",
    ["https://evil.example", "//evil.example", "/\\evil.example", "javascript:alert(1)", "/\n/x"],
)
def test_signing_in_never_leads_elsewhere(stranger: Visitor, elsewhere: str) -> None:
    answer = stranger.sign_in(OPERATOR.name, OPERATORS_PASSWORD, next=elsewhere)
    assert answer.headers["location"] == "/"


def test_the_cookie_is_for_the_server_only_and_for_this_site_only(stranger: Visitor) -> None:
    cookie = stranger.get("/sign-in").headers["set-cookie"].lower()
    for part in ("httponly", "samesite=strict", "max-age=43200", "path=/"):
        assert part in cookie
    assert "secure" not in cookie


@pytest.mark.parametrize(
    ("base", "address"),
    [
        ("https://bridge.example.com", ""),
        ("http://bridge.example.com", "https://bridge.example.com/"),
    ],
)
def test_under_https_the_cookie_travels_by_https_only(
    console_with: Consoles, visit: Visits, base: str, address: str
) -> None:
    visitor = visit(console_with(replace(ACCESS, address=address)), base=base)
    cookie = visitor.get("/sign-in").headers["set-cookie"]
    assert cookie.startswith("__Host-picqer-bridge=")
    assert "Secure" in cookie


def test_who_signed_out_is_out_also_with_a_copy_of_the_cookie(operator: Visitor) -> None:
    copy = operator.client.cookies["picqer-bridge"]
    assert operator.post("/sign-out").headers["location"] == "/sign-in?said=signed_out"
    assert operator.get("/").status_code == 303
    operator.client.cookies.set("picqer-bridge", copy)
    assert operator.get("/jobs").status_code == 303


def test_a_session_ends_by_itself(operator: Visitor, clock: HandClock) -> None:
    clock.advance(12 * 3600 - 1)
    assert operator.get("/").status_code == 200
    clock.advance(1)
    assert operator.get("/").status_code == 303


def test_a_session_outlives_a_restart_and_not_a_changed_password(
    operator: Visitor, console_with: Consoles, visit: Visits
) -> None:
    cookie = operator.client.cookies["picqer-bridge"]
    after_restart = visit(console_with())
    after_restart.client.cookies.set("picqer-bridge", cookie)
    assert after_restart.get("/").status_code == 200
    changed = Access((replace(ACCESS.logins[0], password=ACCESS.logins[1].password),))
    after_change = visit(console_with(changed))
    after_change.client.cookies.set("picqer-bridge", cookie)
    assert after_change.get("/").status_code == 303


def test_a_forged_cookie_is_worth_nothing(operator: Visitor, stranger: Visitor) -> None:
    cookie = operator.client.cookies["picqer-bridge"]
    for forged in (cookie[:-1], cookie[::-1], "x", "e30.x", cookie.replace(".", "")):
        stranger.client.cookies.set("picqer-bridge", forged)
        assert stranger.get("/").status_code == 303


def test_a_form_without_its_token_is_refused(operator: Visitor, seeded: Seeded) -> None:
    path = f"/jobs/{seeded.parked.id}/retry"
    for body in ("", "form_token=", "form_token=" + "0" * 64, "form_token=%ED%A0%80"):
        assert operator.send(path, body).status_code == 403
    job = seeded.services.jobs.job(seeded.parked.id)
    assert job is not None
    assert job.state == "parked"


def test_a_token_of_another_session_is_refused(operator: Visitor, here: Visitor) -> None:
    assert operator.send("/pauses", f"form_token={here.token()}&wish=pause").status_code == 403


def test_a_form_from_another_site_is_refused_though_its_token_is_right(operator: Visitor) -> None:
    for site in ("cross-site", "same-site", "none"):
        answer = operator.post("/pauses", {"wish": "pause"}, Sec_Fetch_Site=site)
        assert answer.status_code == 403


def test_a_link_from_elsewhere_is_followed_once_more_with_the_cookies(stranger: Visitor) -> None:
    answer = stranger.get("/jobs", Sec_Fetch_Site="cross-site")
    assert answer.status_code == 200
    assert '<meta http-equiv="refresh" content="0">' in answer.text


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Content_Type": "multipart/form-data; boundary=x"}, 415),
        ({"Content_Type": "application/json"}, 415),
        ({"Content_Length": "²"}, 411),
        ({"Content_Length": "99999999999"}, 413),
        ({"Content_Length": "70000"}, 413),
    ],
)
def test_what_is_no_form_of_ours_is_refused(
    operator: Visitor, headers: dict[str, str], status: int
) -> None:
    raw = {name: value.encode() for name, value in headers.items()}
    assert operator.send("/pauses", "x=1", **raw).status_code == status


def test_a_form_of_very_many_fields_is_refused(operator: Visitor) -> None:
    assert operator.send("/pauses", "&".join(["a=1"] * 700)).status_code == 400
    assert operator.post("/jobs/1/note", {"note": "x" * 2000}).status_code == 400


@pytest.mark.parametrize("path", ["/", "/sign-in", "/jobs/4711", "/static/console.js", "/nowhere"])
def test_every_answer_tells_the_browser_what_to_refuse(operator: Visitor, path: str) -> None:
    headers = operator.get(path).headers
    if path == "/nowhere":
        assert "content-security-policy" not in headers, "not a page of the console"
        return
    for name in PAGE:
        assert name.lower() in headers, name
    assert "unsafe" not in headers["content-security-policy"]
    assert headers["x-frame-options"] == "DENY"
    expected = "immutable" if path.startswith("/static") else "no-store"
    assert expected in headers["cache-control"]


def test_no_page_holds_a_script_or_a_style_of_its_own(guarded: FastAPI, operator: Visitor) -> None:
    for method, path, _ in routes(guarded):
        if method != "GET":
            continue
        page = operator.get(path).text
        assert not re.search(r"<style|\sstyle=|\son\w+=|<script(?! src=)|javascript:", page), path
        assert not re.search(r'(?:src|href|action)="(?:https?:)?//', page), path


def test_only_shipped_files_are_handed_out(stranger: Visitor) -> None:
    assert stranger.get("/static/console.css").status_code == 200
    for name in ("nothing", "..%2Fpages.py", "%2e%2e", "console.css%00"):
        assert stranger.get(f"/static/{name}").status_code == 404


def test_without_a_password_nobody_signs_in_and_forms_still_need_their_token(
    here: Visitor,
) -> None:
    assert here.get("/").status_code == 200
    assert "Sign out" not in here.get("/").text
    assert here.send("/pauses", "wish=pause").status_code == 403
    assert here.post("/pauses", {"wish": "pause"}).status_code == 303


def test_while_the_store_is_away_a_page_says_so(
    operator: Visitor, seeded: Seeded, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(*_: object) -> None:
        raise StoreAway

    monkeypatch.setattr(seeded.services.bookmarks, "get", away)
    answer = operator.get("/jobs")
    assert answer.status_code == 503
    assert "The store is away" in answer.text
    assert answer.headers["x-frame-options"] == "DENY"


def test_a_fault_of_the_console_is_a_page_without_a_trace(
    here: Visitor, seeded: Seeded, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise KeyError("A. Jansen")

    monkeypatch.setattr(seeded.services.jobs, "count", broken)
    with capture_logs():
        answer = here.get("/jobs")
    assert answer.status_code == 500
    assert "Something went wrong here" in answer.text
    assert "Jansen" not in answer.text
