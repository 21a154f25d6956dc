"""The storm is asked about a service that breaks its promises: it has to refute it.

If it did not, its verdict about the service would mean nothing.
"""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest

from tests.acceptance.processes import PROGRAM
from tests.faults.scenario import fault, soak

pytestmark = [
    pytest.mark.process,
    soak,
    fault("F32 proof: a storm over a service that breaks its promises is refuted"),
]

SEED = 16
"""In the fifth of its seconds Picqer takes two orders and loses its answers."""
SECONDS = 25
SETTLE_SECONDS = 420.0


def test_a_storm_over_a_service_that_breaks_its_promises_is_refuted(
    environment: dict[str, str], tmp_path: Path, figures: list[str]
) -> None:
    words = [PROGRAM, "sandbox", "chaos", "--seconds", str(SECONDS), "--seed", str(SEED), "--json"]
    done = subprocess.run(
        words,
        env=environment | {"PYTHONPATH": str(Path(__file__).parent)},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
        timeout=SECONDS + SETTLE_SECONDS,
    )
    assert done.returncode == 1, f"{done.stderr}\n{done.stdout}"
    report = json.loads(done.stdout)
    broken = {one["promise"]: one["wrong"] for one in report["promises"] if not one["held"]}
    figures += [f"{promise}: {wrong[0]}" for promise, wrong in broken.items()]
    assert not report["held"]
    assert any(sentence.endswith("orders at Picqer") for sentence in broken["P1"])
    assert "events were answered with 200" in broken["P2"][0]
    assert broken["P4"]
    assert any(".log holds a text that begins with" in sentence for sentence in broken["P7"])
