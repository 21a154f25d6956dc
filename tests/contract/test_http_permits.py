"""Which requests used a permit: what the limiter is told, however a request ends."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping

import pytest
from requests import PreparedRequest
from requests.auth import AuthBase

from integration.errors import RateLimited, Unavailable
from integration.http import HttpClient, NoAuth
from integration.testing.open_doors import OpenGuard
from tests.contract.bad_server import Serve, answers, bad_servers


@pytest.fixture
def serve() -> Iterator[Serve]:
    with bad_servers() as start:
        yield start


@pytest.fixture
def guard() -> OpenGuard:
    return OpenGuard()


class Meter:
    """A passage that remembers what it was told."""

    def __init__(self) -> None:
        self.told: list[str] = []

    def unsent(self) -> None:
        self.told.append("unsent")

    def unanswered(self) -> None:
        self.told.append("unanswered")

    def answered(self, headers: Mapping[str, str]) -> None:
        self.told.append("answered")

    def refused(self, seconds: float | None, headers: Mapping[str, str]) -> float | None:
        self.told.append("refused")
        return 60.0


def metered(
    url: str, guard: OpenGuard, meter: Meter, auth: AuthBase, *, deadline: float = 5.0
) -> HttpClient:
    return HttpClient(
        name="x", base_url=url, auth=auth, guard=guard, deadline=deadline, admit=lambda: meter
    )


class Interrupted(AuthBase):
    """Ctrl-C at the worst moment."""

    def __call__(self, request: PreparedRequest) -> PreparedRequest:
        raise KeyboardInterrupt


class Slow(AuthBase):
    """Takes until after the deadline."""

    def __call__(self, request: PreparedRequest) -> PreparedRequest:
        threading.Event().wait(0.1)
        return request


def test_an_interrupted_request_keeps_its_permit_and_is_written_down(guard: OpenGuard) -> None:
    meter = Meter()
    with pytest.raises(KeyboardInterrupt):
        metered("http://127.0.0.1:9", guard, meter, Interrupted()).request("POST", "/x")
    assert meter.told == ["unanswered"]
    assert guard.endings == [(None, None)]


def test_nothing_is_sent_any_more_after_the_deadline(serve: Serve, guard: OpenGuard) -> None:
    server, meter = serve(answers(b"{}")), Meter()
    with pytest.raises(Unavailable, match="nothing was sent"):
        metered(server.url, guard, meter, Slow(), deadline=0.05).request("POST", "/x")
    assert server.requests == []
    assert meter.told == ["unsent"]


def test_the_limit_decides_how_long_a_429_waits(serve: Serve, guard: OpenGuard) -> None:
    server = serve(answers(status="429 Too Many Requests", headers="Retry-After: 9\r\n"))
    meter = Meter()
    with pytest.raises(RateLimited) as caught:
        metered(server.url, guard, meter, NoAuth()).request("GET", "/x")
    assert caught.value.seconds == 60.0
    assert meter.told == ["refused"]


def test_a_request_that_cannot_be_written_takes_no_permit(guard: OpenGuard) -> None:
    meter = Meter()
    with pytest.raises(ValueError, match="JSON"):
        metered("http://127.0.0.1:9", guard, meter, NoAuth()).request(
            "POST", "/x", json={"price": float("nan")}
        )
    assert meter.told == []
