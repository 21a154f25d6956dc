"""The storm is asked about a service that breaks its promises: it has to refute it.

If it did not, its verdict about the service would mean nothing.
"""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.faults.scenario import fault, soak
from tests.faults.storms import rage

pytestmark = [
    pytest.mark.process,
    soak,
    fault("F32 proof: a storm over a service that breaks its promises is refuted"),
]

SEED = 16
"""In the fifth of its seconds Picqer takes two orders and loses its answers."""
SECONDS = 25


def test_a_storm_over_a_service_that_breaks_its_promises_is_refuted(
    environment: dict[str, str], tmp_path: Path, figures: list[str]
) -> None:
    spoiled = environment | {"PYTHONPATH": str(Path(__file__).parent)}
    done = rage(spoiled, tmp_path, seed=SEED, seconds=SECONDS)
    assert done.returncode == 1, f"{done.stderr}\n{done.stdout}"
    report = json.loads(done.stdout)
    broken = {one["promise"]: one["wrong"] for one in report["promises"] if not one["held"]}
    figures += [f"{promise}: {wrong[0]}" for promise, wrong in broken.items()]
    assert not report["held"]
    assert any(sentence.endswith("orders at Picqer") for sentence in broken["P1"])
    assert "events were answered with 200" in broken["P2"][0]
    assert broken["P4"]
    assert any(".log holds a text that begins with" in sentence for sentence in broken["P7"])
