"""Sends badly signed deliveries at a pace: ``python attacker.py ADDRESS RATE SECONDS``.

A process of its own, and as cheap as can be: it shares the machine with the door, and what it
spends the door lacks. The bytes are made once; one loop serves all connections. It keeps to its
pace, catching up what it is behind: a door that answers slowly must not thereby be asked less.
"""

from __future__ import annotations

import json
import re
import selectors
import socket
import sys
import time
from collections import Counter, deque
from urllib.parse import urlsplit

CONNECTIONS = 100
"""Kept open. Each waits for its answer before it sends again."""
TICK_SECONDS = 0.002
GRACE_SECONDS = 10.0
"""For the answers to the last ones."""
BODY = b'{"type": "order.paid", "data": {"id": "1042"}, "padding": "' + b"x" * 1000 + b'"}'
_LENGTH = re.compile(rb"content-length: ([0-9]+)", re.IGNORECASE)


class Attacker:
    """Floods one address; ``answers`` counts by status."""

    def __init__(self, address: str) -> None:
        """Connect, and send nothing yet."""
        parts = urlsplit(address)
        self._request = _badly_signed(parts.path)
        self._selector = selectors.DefaultSelector()
        self._idle: deque[socket.socket] = deque()
        self._received: dict[socket.socket, bytes] = {}
        self.answers: Counter[str] = Counter()
        for _ in range(CONNECTIONS):
            connection = socket.create_connection((parts.hostname, parts.port or 80))
            self._selector.register(connection, selectors.EVENT_READ)
            self._idle.append(connection)

    def flood(self, rate: float, seconds: float) -> None:
        """Send ``rate`` a second for so long, and take in the answers."""
        began, sent, total = time.monotonic(), 0, int(rate * seconds)
        while self.answers.total() < total:
            passed = time.monotonic() - began
            if passed > seconds + GRACE_SECONDS:
                break
            due = min(int(passed * rate), total) - sent
            for _ in range(min(due, len(self._idle))):
                self._idle.popleft().sendall(self._request)
                sent += 1
            self._take_in()

    def _take_in(self) -> None:
        for key, _ in self._selector.select(TICK_SECONDS):
            connection = key.fileobj
            if isinstance(connection, socket.socket):
                self._read(connection)

    def _read(self, connection: socket.socket) -> None:
        received = self._received.get(connection, b"") + connection.recv(65536)
        if not received:
            raise ConnectionError("the door closed a connection of the flood")
        head, ended, body = received.partition(b"\r\n\r\n")
        length = _LENGTH.search(head)
        if not ended or length is None or len(body) < int(length[1]):
            self._received[connection] = received
            return
        self._received[connection] = b""
        self.answers[head.split(b" ", 2)[1].decode()] += 1
        self._idle.append(connection)


def _badly_signed(path: str) -> bytes:
    head = (
        f"POST {path} HTTP/1.1\r\nHost: door\r\nContent-Type: application/json\r\n"
        f"webhook-id: msg_1\r\nwebhook-timestamp: {int(time.time())}\r\n"
        f"webhook-signature: v1,{'A' * 43}=\r\nContent-Length: {len(BODY)}\r\n\r\n"
    )
    return head.encode() + BODY


if __name__ == "__main__":
    attacker = Attacker(sys.argv[1])
    attacker.flood(float(sys.argv[2]), float(sys.argv[3]))
    sys.stdout.write(json.dumps(attacker.answers))
