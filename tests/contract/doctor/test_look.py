"""Looking at an address: real servers on the loopback that behave well, oddly or badly."""

from __future__ import annotations

import socket
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from integration.http import forget_session
from integration.http.look import LARGEST_ANSWER, look
from integration.ports import Sight, Silence
from tests.door_servers import answering, certificate, dripping, silent, standing

LATE = 0.3


@pytest.fixture(autouse=True)
def own_session() -> Iterator[None]:
    """Each test reads the certificates of its own."""
    forget_session()
    yield
    forget_session()


def test_an_answer_is_seen_as_it_is() -> None:
    with standing(answering(404, b"<p>no</p>", content_type="text/html")) as server:
        seen = look(f"{server.url}/webhooks/shops/nl")
    assert seen == Sight(404, b"<p>no</p>", None, "text/html", "nginx")
    assert server.asked == ["/webhooks/shops/nl"]


def test_a_redirect_is_seen_and_not_followed() -> None:
    with standing(answering(301, location="/elsewhere")) as server:
        seen = look(f"{server.url}/here")
    assert isinstance(seen, Sight)
    assert (seen.status, seen.location) == (301, "/elsewhere")
    assert server.asked == ["/here"]


def test_an_answer_that_drips_is_left_at_the_deadline() -> None:
    begun = time.monotonic()
    with standing(dripping) as server:
        seen = look(server.url, deadline=LATE)
    assert isinstance(seen, Sight)
    assert (seen.status, seen.body) == (200, None)
    assert time.monotonic() - begun < 5


def test_an_answer_without_end_is_not_read_to_its_end() -> None:
    with standing(answering(200, b" " * (LARGEST_ANSWER + 1))) as server:
        seen = look(server.url)
    assert isinstance(seen, Sight)
    assert (seen.status, seen.body) == (200, None)


def test_a_server_that_never_answers_is_silent_at_the_deadline() -> None:
    with standing(silent) as server:
        seen = look(server.url, deadline=LATE)
    assert seen == Silence("it did not answer within 0.3 seconds")


def test_a_closed_port_is_silent_because_nothing_listens() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    assert look(f"http://127.0.0.1:{port}") == Silence("nothing listens there")


def test_a_name_that_nobody_knows_is_named_as_such() -> None:
    assert look("https://door.invalid/") == Silence("nobody knows that host name")


def test_a_server_that_hangs_up_is_silent() -> None:
    with standing(lambda visit: visit.connection.shutdown(socket.SHUT_RDWR)) as server:
        seen = look(server.url)
    assert seen == Silence("it closed the connection without an answer")


def test_plain_http_where_tls_is_expected_is_named() -> None:
    with standing(answering(200)) as server:
        seen = look(server.url.replace("http:", "https:"))
    assert seen == Silence("what answers there does not speak TLS as we do")


def test_an_address_that_is_none_is_silence_too() -> None:
    assert look("nonsense://") == Silence("of an error (InvalidSchema)")


def test_a_certificate_that_nobody_trusts_is_named(tmp_path: Path) -> None:
    with standing(answering(200), certificate(tmp_path, "127.0.0.1")) as server:
        seen = look(server.url)
    assert isinstance(seen, Silence)
    assert seen.untrusted
    assert "its certificate is not trusted: self" in seen.why
    assert server.asked == []


def test_a_certificate_for_another_host_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = certificate(tmp_path, "www.example.com")
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(tmp_path / "authority.pem"))
    with standing(answering(200), file) as server:
        seen = look(server.url)
    assert isinstance(seen, Silence)
    assert seen.untrusted
    assert "not valid for '127.0.0.1'" in seen.why


def test_a_certificate_that_is_right_is_no_hindrance(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = certificate(tmp_path, "127.0.0.1")
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(tmp_path / "authority.pem"))
    with standing(answering(200, b"{}"), file) as server:
        seen = look(server.url)
    assert isinstance(seen, Sight)
    assert seen.body == b"{}"
