"""Are the locked packages free of known vulnerabilities? Part of ``make check``.

Asking takes a network. Without one it says so in a line and does not fail: a check that fails on a
train would soon be left out.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[3]
LOCK = "requirements/run.txt"
TIMEOUT_SECONDS = 60.0
PATIENCE_SECONDS = "5"
NOT_ASKED = "audit: nobody could be asked about known vulnerabilities; with a network, try again"


def words(lock: str) -> list[str]:
    """The command that asks about every package of a lock, exactly as it is pinned."""
    return [
        sys.executable, "-m", "pip_audit", "--requirement", lock, "--require-hashes",
        "--disable-pip", "--progress-spinner", "off", "--timeout", PATIENCE_SECONDS,
        "--format", "json",
    ]  # fmt: skip


def verdict(output: str) -> tuple[str, int]:
    """What to print, and the exit code: 1 only when a vulnerability is known."""
    try:
        packages: list[dict[str, Any]] = json.loads(output)["dependencies"]
    except (ValueError, KeyError, TypeError):
        return NOT_ASKED, 0
    asked = [package for package in packages if "skip_reason" not in package]
    if not asked:
        return NOT_ASKED, 0
    found = [line for package in asked for line in _lines(package)]
    if found:
        return "\n".join([*found, f"Take a version that mends it (`make lock`) in {LOCK}."]), 1
    return f"audit: nothing is known against {len(asked)} of {len(packages)} packages", 0


def _lines(package: dict[str, Any]) -> list[str]:
    """One line for each vulnerability of a package."""
    return [
        f"audit: {package['name']} {package['version']} has {one['id']}, "
        f"mended in {', '.join(one['fix_versions']) or 'no version yet'}"
        for one in package["vulns"]
    ]


def ask(command: Sequence[str]) -> str:
    """The answer; empty when there is none."""
    try:
        done = subprocess.run(
            command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=TIMEOUT_SECONDS
        )
    except subprocess.TimeoutExpired:
        return ""
    return done.stdout


if __name__ == "__main__":
    text, code = verdict(ask(words(LOCK)))
    sys.stdout.write(f"{text}\n")
    sys.exit(code)
