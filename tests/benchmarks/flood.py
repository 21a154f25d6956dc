"""How long good deliveries take while somebody floods the door with bad signatures.

The attackers are processes of their own. They keep to a pace instead of sending as fast as they
can: a door that answers slowly must not thereby be asked less.
"""

from __future__ import annotations

import asyncio
import json
import statistics
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlsplit

import requests
from standardwebhooks import Webhook

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from tests.benchmarks.service import Running

RATE = 2000
"""Bad signatures a second, of all attackers together."""
SECONDS = 20.0
ATTACKERS = 2
CONNECTIONS = 20
"""Of each attacker, kept open."""
GOOD_EVERY_SECONDS = 0.05
TARGET_P99 = 100.0
BODY = b'{"type": "order.paid", "data": {"id": "1042"}, "padding": "' + b"x" * 1000 + b'"}'


@dataclass(frozen=True, slots=True)
class Flood:
    """What the attackers sent a second, and milliseconds of the good deliveries meanwhile."""

    rate: float
    refused: int
    good: int
    not_taken: int
    p50: float
    p99: float

    @property
    def met(self) -> bool:
        """Whether all good ones were taken, in time."""
        return self.not_taken == 0 and self.p99 <= TARGET_P99


def measure(running: Running) -> Flood:
    """Good deliveries one after another while the attackers are at work."""
    address = f"{running.service.door_url}/webhooks/shops/demo"
    with _attack(address) as attackers:
        times, statuses = _deliver(running, address)
        told = [json.loads(one.communicate()[0]) for one in attackers]
    refused = sum(answers.get("401", 0) for answers in told)
    quantiles = statistics.quantiles(times, n=100, method="inclusive")
    return Flood(
        rate=refused / SECONDS,
        refused=refused,
        good=len(times),
        not_taken=len(times) - statuses[200],
        p50=statistics.median(times),
        p99=quantiles[98],
    )


@contextmanager
def _attack(address: str) -> Iterator[list[subprocess.Popen[bytes]]]:
    words = [sys.executable, str(Path(__file__)), address, str(RATE / ATTACKERS), str(SECONDS)]
    attackers = [subprocess.Popen(words, stdout=subprocess.PIPE) for _ in range(ATTACKERS)]
    try:
        yield attackers
    finally:
        for attacker in attackers:
            attacker.kill()
            attacker.wait()


def _deliver(running: Running, address: str) -> tuple[list[float], Counter[int]]:
    """Milliseconds of each good delivery, and how they were answered."""
    secret = running.shop.secret.get_secret_value()
    times: list[float] = []
    statuses: Counter[int] = Counter()
    end = time.monotonic() + SECONDS
    with requests.Session() as session:
        while time.monotonic() < end:
            body = json.dumps({"type": "order.updated", "data": {"id": f"none-{len(times)}"}})
            headers = _signed(secret, body, len(times))
            began = time.perf_counter()
            answer = session.post(address, data=body, headers=headers, timeout=30)
            times.append((time.perf_counter() - began) * 1000)
            statuses[answer.status_code] += 1
            time.sleep(GOOD_EVERY_SECONDS)
    return times, statuses


def _signed(secret: str, body: str, number: int) -> dict[str, str]:
    at = datetime.now(UTC)
    return {
        "webhook-id": f"msg_{number}",
        "webhook-timestamp": str(int(at.timestamp())),
        "webhook-signature": Webhook(secret).sign(f"msg_{number}", at, body),
    }


# --- The attacker, in a process of its own --------------------------------------------------------


async def _flood(address: str, rate: float, seconds: float) -> Counter[str]:
    """Send at that pace over all connections; count the answers by status."""
    answers: Counter[str] = Counter()
    per_connection = rate / CONNECTIONS
    await asyncio.gather(
        *(_hammer(address, per_connection, seconds, answers) for _ in range(CONNECTIONS))
    )
    return answers


async def _hammer(address: str, rate: float, seconds: float, answers: Counter[str]) -> None:
    parts = urlsplit(address)
    reader, writer = await asyncio.open_connection(parts.hostname, parts.port)
    stamp = int(time.time())
    head = (
        f"POST {parts.path} HTTP/1.1\r\nHost: door\r\nContent-Type: application/json\r\n"
        f"webhook-id: msg_1\r\nwebhook-timestamp: {stamp}\r\n"
        f"webhook-signature: v1,{'A' * 43}=\r\nContent-Length: {len(BODY)}\r\n\r\n"
    )
    began = time.monotonic()
    for number in range(int(rate * seconds)):
        await asyncio.sleep(max(0.0, began + number / rate - time.monotonic()))
        writer.write(head.encode() + BODY)
        answers[await _status(reader)] += 1
    writer.close()


async def _status(reader: asyncio.StreamReader) -> str:
    """The status of one answer, read to its end."""
    head = (await reader.readuntil(b"\r\n\r\n")).decode()
    length = head.lower().partition("content-length:")[2].partition("\r\n")[0]
    await reader.readexactly(int(length))
    return head.split(" ", 2)[1]


if __name__ == "__main__":
    found = asyncio.run(_flood(sys.argv[1], float(sys.argv[2]), float(sys.argv[3])))
    sys.stdout.write(json.dumps(found))
