"""``picqer-bridge sandbox chaos``: every kind of fault at random, from a seed that replays."""

from __future__ import annotations

import json
import os
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.acceptance.installation import until
from tests.acceptance.processes import LOADED, PROGRAM
from tests.faults.scenario import fault
from tests.faults.storms import rage

pytestmark = pytest.mark.process

SEED = 11
SECONDS = 25


@fault("F32 everything at random, from a seed")
def test_every_promise_holds_after_a_storm_of_faults(
    environment: dict[str, str], tmp_path: Path, figures: list[str]
) -> None:
    done = rage(environment, tmp_path, seed=SEED, seconds=SECONDS)
    assert done.returncode == 0, f"{done.stderr}\n{done.stdout}"
    report = json.loads(done.stdout)
    figures += [
        f"{sum(report['faults'].values())} faults",
        f"{report['orders']} orders",
        f"agreed after {report['settled_after']:.0f} s",
        f"seed {report['seed']}",
    ]
    assert report["held"]
    assert [one["held"] for one in report["promises"]] == [True] * 7
    assert len(report["faults"]) >= 10
    assert list(tmp_path.iterdir()) == []


@fault("F32 a storm that is stopped by Ctrl-C")
def test_a_storm_that_is_stopped_tells_what_was_done_and_leaves_nothing_behind(
    environment: dict[str, str], tmp_path: Path
) -> None:
    words = [PROGRAM, "sandbox", "chaos", "--seconds", "300", "--seed", "5", "--json"]
    storm = subprocess.Popen(
        words, env=environment, cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    assert storm.stderr is not None
    assert b"Seed 5" in storm.stderr.readline()
    first = storm.stderr.readline()
    assert b" s  " in first, first
    storm.send_signal(signal.SIGINT)
    out, _ = storm.communicate(timeout=LOADED * 60)
    report = json.loads(out)
    assert storm.returncode == 1
    assert report["stopped_after"] is not None
    assert sum(report["faults"].values()) >= 1
    assert all(one["held"] for one in report["promises"])
    until(lambda: not [*processes_of(tmp_path)], 20, "all processes ended")
    assert list(tmp_path.iterdir()) == []


def processes_of(folder: Path) -> Iterator[int]:
    """The processes whose environment or command names that folder, but for ours."""
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit() and int(entry.name) != os.getpid():
            try:
                told = (entry / "environ").read_bytes() + (entry / "cmdline").read_bytes()
            except OSError:
                continue
            if os.fsencode(f"BRIDGE_CONFIG={folder}") in told:
                yield int(entry.name)
