"""Requests to a real socket that behaves badly on purpose."""

from __future__ import annotations

import socket
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from pydantic import SecretStr
from requests.auth import AuthBase

from integration.errors import (
    Ambiguous,
    LockedOut,
    NotFound,
    RateLimited,
    Refused,
    Stopping,
    Unavailable,
)
from integration.http import BasicAuth, BearerAuth, HttpClient, NoAuth, forget_session
from integration.testing.open_doors import OpenGuard
from tests.contract.bad_server import (
    Behaviour,
    Serve,
    answers,
    bad_servers,
    drips,
    head_then_drips,
    sends,
)


@pytest.fixture
def serve() -> Iterator[Serve]:
    with bad_servers() as start:
        yield start


@pytest.fixture
def guard() -> OpenGuard:
    return OpenGuard()


def client(
    url: str, guard: OpenGuard, *, auth: AuthBase | None = None, deadline: float = 5.0
) -> HttpClient:
    return HttpClient(
        name="shop nl", base_url=url, auth=auth or NoAuth(), guard=guard, deadline=deadline
    )


def test_a_good_answer_brings_its_json_and_date(serve: Serve, guard: OpenGuard) -> None:
    server = serve(answers(b'{"price": 8.22}', headers="Date: Mon, 23 Nov 2026 12:00:00 GMT\r\n"))
    answer = client(server.url, guard).request("GET", "/x", params={"a": 1})
    assert str(answer.data) == "{'price': Decimal('8.22')}"
    assert answer.date is not None
    assert answer.date.isoformat() == "2026-11-23T12:00:00+00:00"
    assert server.requests[0].startswith(b"GET /x?a=1 HTTP/1.1\r\n")
    assert guard.endings == [(200, None)]


@pytest.mark.parametrize(
    "behave",
    [
        drips(b"HTTP/1.1 200 OK\r\n"),
        drips(b"x"),
        head_then_drips(b"HTTP/1.1 200 OK\r\nX-Slow: "),
        head_then_drips(b"HTTP/1.1 200 OK\r\nContent-Length: 999\r\n\r\n"),
        head_then_drips(b"HTTP/1.1 200 OK\r\n\r\n"),
    ],
    ids=["status line", "nonsense", "headers", "body", "body without length"],
)
@pytest.mark.parametrize(("method", "kind"), [("POST", Ambiguous), ("GET", Unavailable)])
def test_a_server_that_drips_is_left_at_the_deadline(
    serve: Serve, guard: OpenGuard, behave: Behaviour, method: str, kind: type[Exception]
) -> None:
    server = serve(behave)
    begun = time.monotonic()
    with pytest.raises(kind):
        client(server.url, guard, deadline=0.15).request(method, "/x")
    assert time.monotonic() - begun < 1.0
    assert len(server.requests) == 1


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"HTTP/1.1 20",
        b"not http at all\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n{",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n{",
        b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nnope",
        b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n[NaN]",
        b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 2\r\n\r\n{}",
    ],
)
def test_an_answer_that_cannot_be_read_leaves_doubt_for_a_write(
    serve: Serve, guard: OpenGuard, raw: bytes
) -> None:
    server = serve(sends(raw))
    with pytest.raises(Ambiguous) as caught:
        client(server.url, guard).request("POST", "/x", json={})
    assert caught.value.evidence.method == "POST"
    forget_session()  # The line of the first may be closed just as the second uses it.
    with pytest.raises(Unavailable):
        client(server.url, guard).request("GET", "/x")
    assert len(server.requests) == 2, "nothing is sent a second time by itself"


def test_deeply_nested_json_is_no_crash(serve: Serve, guard: OpenGuard) -> None:
    server = serve(answers(b"[" * 200_000))
    with pytest.raises(Unavailable):
        client(server.url, guard).request("GET", "/x")


def test_a_refused_connection_changed_nothing(guard: OpenGuard) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    with pytest.raises(Unavailable, match="nothing was sent"):
        client(f"http://127.0.0.1:{port}", guard).request("POST", "/x")
    assert guard.endings == [(None, None)]


def test_tls_towards_a_server_without_it_changed_nothing(serve: Serve, guard: OpenGuard) -> None:
    server = serve(answers(b"{}"))
    with pytest.raises(Unavailable, match="nothing was sent"):
        client(server.url.replace("http:", "https:"), guard, deadline=0.2).request("POST", "/x")


def test_an_address_that_is_none_is_refused(guard: OpenGuard) -> None:
    with pytest.raises(Refused, match="settings"):
        client("ftp://127.0.0.1", guard).request("GET", "/x")


def test_an_answer_larger_than_allowed_is_left(serve: Serve, guard: OpenGuard) -> None:
    server = serve(answers(b"[" + b"1," * 5000 + b"1]"))
    small = HttpClient(
        name="shop nl", base_url=server.url, auth=NoAuth(), guard=guard, largest_answer=1000
    )
    with pytest.raises(Unavailable, match="larger than 1000 bytes"):
        small.request("GET", "/x")


def test_a_broken_body_does_not_hide_a_clear_refusal(serve: Serve, guard: OpenGuard) -> None:
    raw = b"HTTP/1.1 401 Unauthorized\r\nContent-Length: 50\r\n\r\n{"
    with pytest.raises(LockedOut):
        client(serve(sends(raw)).url, guard).request("POST", "/x")


def test_a_redirect_is_refused_and_named_by_its_host(serve: Serve, guard: OpenGuard) -> None:
    location = "Location: https://new.example.com/path?secret=1\r\n"
    server = serve(answers(status="301 Moved Permanently", headers=location))
    with pytest.raises(Refused, match=r"new\.example\.com") as caught:
        client(server.url, guard).request("GET", "/x")
    assert "secret" not in str(caught.value)
    assert len(server.requests) == 1


def test_an_empty_answer_has_no_data(serve: Serve, guard: OpenGuard) -> None:
    server = serve(answers(status="204 No Content"))
    assert client(server.url, guard).request("DELETE", "/x").data is None


def test_bytes_are_returned_when_no_json_is_expected(serve: Serve, guard: OpenGuard) -> None:
    server = serve(answers(b"\x89PNG"))
    assert client(server.url, guard).request("GET", "/x", expect_json=False).body == b"\x89PNG"


def test_retry_after_is_passed_on(serve: Serve, guard: OpenGuard) -> None:
    server = serve(answers(status="429 Too Many Requests", headers="Retry-After: 9\r\n"))
    with pytest.raises(RateLimited) as caught:
        client(server.url, guard).request("GET", "/x")
    assert caught.value.seconds == 9.0


def test_the_guard_may_stop_a_request_before_it_leaves(serve: Serve, guard: OpenGuard) -> None:
    server = serve(answers(b"{}"))
    guard.error = Stopping()
    with pytest.raises(Stopping):
        client(server.url, guard).request("POST", "/x")
    assert server.requests == []
    assert guard.endings == []


def test_a_post_that_only_reads_is_no_write(serve: Serve, guard: OpenGuard) -> None:
    server = serve(sends(b""))
    with pytest.raises(Unavailable):
        client(server.url, guard).request("POST", "/graphql", json={}, writes=False)
    assert [call.writes for call in guard.calls] == [False]


def test_a_connection_is_used_again_and_cookies_are_not_kept(
    serve: Serve, guard: OpenGuard
) -> None:
    server = serve(answers(b"{}", headers="Set-Cookie: session=1\r\n"))
    for _ in range(3):
        client(server.url, guard).request("GET", "/x")
    assert len(server.requests) == 3
    assert not any(b"cookie" in request.lower() for request in server.requests)


@pytest.fixture
def wrong_netrc(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login wrong password wrong\n")
    netrc.chmod(0o600)
    monkeypatch.setenv("NETRC", str(netrc))


@pytest.mark.usefixtures("wrong_netrc")
@pytest.mark.parametrize(
    ("auth", "header"),
    [
        (BearerAuth(SecretStr("t0ken")), b"Authorization: Bearer t0ken\r\n"),
        (BasicAuth(SecretStr("k\u00e9y"), SecretStr("X")), b"Authorization: Basic a8OpeTpY\r\n"),
    ],
)
def test_a_netrc_file_never_decides_who_we_are(
    serve: Serve, guard: OpenGuard, auth: AuthBase, header: bytes
) -> None:
    server = serve(answers(b"{}"))
    client(server.url, guard, auth=auth).request("GET", "/x")
    assert header in server.requests[0]


@pytest.mark.usefixtures("wrong_netrc")
def test_a_netrc_file_gives_nothing_away_where_we_are_nobody(
    serve: Serve, guard: OpenGuard
) -> None:
    server = serve(answers(b"{}"))
    client(server.url, guard).request("GET", "/x")
    assert b"Authorization" not in server.requests[0]


def test_a_proxy_of_the_environment_is_used(
    serve: Serve, guard: OpenGuard, monkeypatch: pytest.MonkeyPatch
) -> None:
    proxy = serve(answers(b"{}"))
    monkeypatch.setenv("http_proxy", proxy.url)
    monkeypatch.delenv("no_proxy", raising=False)
    monkeypatch.delenv("NO_PROXY", raising=False)
    client("http://shop.invalid", guard).request("GET", "/x")
    assert proxy.requests[0].startswith(b"GET http://shop.invalid/x HTTP/1.1\r\n")


def test_a_proxy_that_does_not_let_us_through_was_told_nothing(
    serve: Serve, guard: OpenGuard, monkeypatch: pytest.MonkeyPatch
) -> None:
    proxy = serve(sends(b"HTTP/1.1 502 Bad Gateway\r\n\r\n"))
    monkeypatch.setenv("https_proxy", proxy.url)
    monkeypatch.delenv("no_proxy", raising=False)
    monkeypatch.delenv("NO_PROXY", raising=False)
    with pytest.raises(Unavailable, match="nothing was sent"):
        client("https://shop.invalid", guard).request("POST", "/x")


def test_what_is_wrong_is_told_without_the_query(serve: Serve, guard: OpenGuard) -> None:
    server = serve(answers(b'{"error": "no such order"}', status="404 Not Found"))
    with pytest.raises(NotFound) as caught:
        client(server.url, guard).request("GET", "/orders", params={"search": "a@example.org"})
    assert str(caught.value) == "shop nl: GET /orders: answered 404: «no such order»"
    assert caught.value.evidence.path == "/orders"
    server = serve(sends(b""))
    with pytest.raises(Unavailable) as silent:
        client(server.url, guard).request("GET", "/orders", params={"search": "a@example.org"})
    assert silent.value.__cause__ is None
    assert silent.value.__suppress_context__


def test_secrets_do_not_show_in_what_is_printed(guard: OpenGuard) -> None:
    shown = repr(client("http://127.0.0.1", guard, auth=BearerAuth(SecretStr("t0ken"))))
    assert "t0ken" not in shown
