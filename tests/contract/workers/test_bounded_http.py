"""How the web process reads HTTP: what is endless ends, what is large and whole is read."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest

from integration.store.database import Database
from integration.testing.clock import HandClock
from tests.door_servers import real_door
from tests.flows.world import World
from workers.bounded_http import MAX_HEAD_BYTES

PATIENCE_SECONDS = 20.0
BEGINNING = b"POST /webhooks/shops/nl HTTP/1.1\r\nHost: door\r\n"
PIECE = b"x-padding: " + b"x" * 8181 + b"\r\n"
MUCH = 8 * MAX_HEAD_BYTES


@pytest.fixture
def connection(memory_database: Database, clock: HandClock) -> Iterator[socket.socket]:
    with real_door(World(memory_database, clock).services) as address:
        parts = urlsplit(address)
        opened = socket.create_connection((parts.hostname, parts.port), PATIENCE_SECONDS)
        with opened:
            yield opened


def request(body: bytes, padding: bytes = b"") -> bytes:
    return BEGINNING + padding + f"Content-Length: {len(body)}\r\n\r\n".encode() + body


def answers(connection: socket.socket, count: int) -> list[str]:
    """The statuses of so many answers, or of fewer when the connection was closed."""
    received = b""
    while received.count(b"HTTP/1.1") < count or not received.endswith(b"}"):
        piece = connection.recv(65536)
        if not piece:
            break
        received += piece
    return [part.split(b" ", 2)[1].decode() for part in received.split(b"HTTP/1.1")[1:]]


def sent_before_it_closed(connection: socket.socket, piece: bytes) -> int:
    sent = 0
    try:
        while sent < MUCH:
            connection.sendall(piece)
            sent += len(piece)
            connection.settimeout(0.05)
            try:
                if connection.recv(65536, socket.MSG_PEEK):
                    break
            except TimeoutError:
                connection.settimeout(PATIENCE_SECONDS)
    finally:
        connection.settimeout(PATIENCE_SECONDS)
    return sent


@pytest.mark.parametrize(
    ("beginning", "piece"),
    [
        (BEGINNING, PIECE),
        (BEGINNING + b"x-padding: ", b"x" * 8192),
        (b"POST /webhooks/shops/", b"x" * 8192),
    ],
    ids=["headers", "header", "address"],
)
def test_a_head_without_end_is_refused(
    connection: socket.socket, beginning: bytes, piece: bytes
) -> None:
    connection.sendall(beginning)

    sent = sent_before_it_closed(connection, piece)

    assert sent < 2 * MAX_HEAD_BYTES
    assert answers(connection, 1) == ["400"]
    assert connection.recv(1) == b""


def test_a_long_head_that_ends_is_read(connection: socket.socket) -> None:
    connection.sendall(request(b"{}", PIECE * 7))

    assert answers(connection, 1) == ["200"]


def test_large_bodies_one_right_behind_the_other_are_no_head(connection: socket.socket) -> None:
    body = b"x" * (2 * MAX_HEAD_BYTES)

    connection.sendall(request(body) * 3)

    assert answers(connection, 3) == ["200"] * 3
