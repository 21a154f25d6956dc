"""How long good deliveries take while somebody floods the door with bad signatures."""

from __future__ import annotations

import gc
import json
import os
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

import requests
from standardwebhooks import Webhook

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from tests.benchmarks.service import Running

RATE = 2000
"""Bad signatures a second."""
SECONDS = 20.0
SECONDS_BEFORE = 10.0
"""Of good deliveries alone: what this machine takes at the least."""
ATTACKER = Path(__file__).parent / "attacker.py"
GOOD_EVERY_SECONDS = 0.05
TARGET_P99 = 100.0


@dataclass(frozen=True, slots=True)
class Beside:
    """Milliseconds of good deliveries beside something."""

    good: int
    not_taken: int
    p50: float
    p99: float


@dataclass(frozen=True, slots=True)
class Flood:
    """What was refused a second, at what cost, and the good deliveries before it and meanwhile.

    ``cost`` is microseconds of the door's processor time for each answer, of both kinds.
    """

    rate: float
    refused: int
    cost: float
    before: Beside
    meanwhile: Beside

    @property
    def met(self) -> bool:
        """Whether the flood was what it says, and all good ones were taken, in time."""
        whole = self.refused == RATE * SECONDS
        return whole and self.meanwhile.not_taken == 0 and self.meanwhile.p99 <= TARGET_P99


def measure(running: Running) -> Flood:
    """Good deliveries one after another, first alone and then while the attacker is at work."""
    address = f"{running.service.door_url}/webhooks/shops/demo"
    # A look of Python's collector through this process, sandboxes and all, is none of the door's.
    gc.collect()
    gc.freeze()
    before = _deliver(running, address, SECONDS_BEFORE)
    door = running.service.pids["web"]
    used = _processor_seconds(door)
    with _attack(address) as attacker:
        meanwhile = _deliver(running, address, SECONDS)
        answers = json.loads(attacker.communicate()[0])
    refused = answers.get("401", 0)
    cost = (_processor_seconds(door) - used) / (refused + meanwhile.good) * 1e6
    return Flood(refused / SECONDS, refused, cost, before, meanwhile)


@contextmanager
def _attack(address: str) -> Iterator[subprocess.Popen[bytes]]:
    words = [sys.executable, str(ATTACKER), address, str(RATE), str(SECONDS)]
    with subprocess.Popen(words, stdout=subprocess.PIPE) as attacker:
        try:
            yield attacker
        finally:
            attacker.kill()


def _processor_seconds(pid: int) -> float:
    """What the process has used so far (proc_pid_stat(5): the 14th and 15th field)."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _deliver(running: Running, address: str, seconds: float) -> Beside:
    """Deliver for so long."""
    secret = running.shop.secret.get_secret_value()
    times: list[float] = []
    statuses: Counter[int] = Counter()
    end = time.monotonic() + seconds
    with requests.Session() as session:
        while time.monotonic() < end:
            body = json.dumps({"type": "order.updated", "data": {"id": f"none-{len(times)}"}})
            headers = _signed(secret, body, len(times))
            began = time.perf_counter()
            answer = session.post(address, data=body, headers=headers, timeout=30)
            times.append((time.perf_counter() - began) * 1000)
            statuses[answer.status_code] += 1
            time.sleep(GOOD_EVERY_SECONDS)
    p99 = statistics.quantiles(times, n=100, method="inclusive")[98]
    return Beside(len(times), len(times) - statuses[200], statistics.median(times), p99)


def _signed(secret: str, body: str, number: int) -> dict[str, str]:
    at = datetime.now(UTC)
    return {
        "webhook-id": f"msg_{number}",
        "webhook-timestamp": str(int(at.timestamp())),
        "webhook-signature": Webhook(secret).sign(f"msg_{number}", at, body),
    }
