"""The systemd units: correct by systemd's own judgement, hardened, and watched."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest

WATCHED = ("web", "worker", "bulk", "mover", "beat")
EXPOSURE = 15
"""systemd's own figure, in tenths: 0 is sealed off, 96 is a service without any hardening."""

needs_systemd = pytest.mark.skipif(
    shutil.which("systemd-analyze") is None,
    reason="systemd-analyze is not installed here; .ci/run installs it where it can",
)


@pytest.fixture(scope="module")
def folder(root: Path) -> Path:
    return root / "deploy" / "systemd"


@pytest.fixture
def installed(folder: Path, tmp_path: Path) -> Path:
    """The units as installed, but that what they start is found: systemd looks for it."""
    copy = tmp_path / "systemd"
    shutil.copytree(folder, copy)
    for unit in copy.glob("*.service"):
        started = re.sub(r"/opt/picqer-bridge/\.venv/bin/\w[\w-]*", "/bin/true", unit.read_text())
        unit.write_text(started)
    return copy


def analyze(*words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["systemd-analyze", "--no-pager", *words],
        capture_output=True,
        text=True,
        check=False,
    )


@needs_systemd
def test_systemd_understands_every_line(installed: Path) -> None:
    units = sorted(map(str, [*installed.glob("*.service"), *installed.glob("*.target")]))
    assert len(units) == 8
    verified = analyze("verify", "--man=no", *units)
    about_ours = [line for line in verified.stderr.splitlines() if "picqer-bridge" in line]
    assert about_ours == []
    assert verified.returncode == 0, verified.stderr


@needs_systemd
@pytest.mark.parametrize("name", [*WATCHED, "flower", "migrate"])
def test_by_systemds_own_judgement_each_unit_is_hardened(installed: Path, name: str) -> None:
    unit = installed / f"picqer-bridge-{name}.service"
    judged = analyze("security", "--offline=true", f"--threshold={EXPOSURE}", str(unit))
    assert judged.returncode == 0, judged.stdout[-2000:]


@pytest.mark.parametrize("name", WATCHED)
def test_each_process_is_watched_and_asked_to_end_before_it_is_killed(
    folder: Path, name: str
) -> None:
    unit = (folder / f"picqer-bridge-{name}.service").read_text()
    shared = (folder / "picqer-bridge-.service.d" / "shared.conf").read_text()
    assert re.search(r"^Type=notify$", unit, re.MULTILINE)
    assert re.search(r"^WatchdogSec=60$", unit, re.MULTILINE)
    assert re.search(r"^Restart=always$", unit, re.MULTILINE)
    assert re.search(r"^WatchdogSignal=SIGTERM$", shared, re.MULTILINE)
    assert re.search(r"^LimitCORE=0$", shared, re.MULTILINE)


def test_the_target_brings_every_process_but_flower(folder: Path) -> None:
    target = (folder / "picqer-bridge.target").read_text()
    (wants,) = re.findall(r"^Wants=(.*)$", target, re.MULTILINE)
    assert wants.split() == [f"picqer-bridge-{name}.service" for name in WATCHED]
