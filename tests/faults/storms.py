"""``picqer-bridge sandbox chaos``, given as an operator gives it."""

from __future__ import annotations

import subprocess
from collections.abc import Mapping
from pathlib import Path

from tests.acceptance.processes import PROGRAM

SETTLE_SECONDS = 420.0
"""A hang guard: after the last fault both sides have minutes to agree."""


def rage(
    environment: Mapping[str, str], folder: Path, *, seed: int, seconds: int
) -> subprocess.CompletedProcess[str]:
    """Let the storm of this seed rage to its end; its report is JSON on stdout."""
    words = [PROGRAM, "sandbox", "chaos", "--seconds", str(seconds), "--seed", str(seed), "--json"]
    return subprocess.run(
        words,
        env=environment,
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
        timeout=seconds + SETTLE_SECONDS,
    )
