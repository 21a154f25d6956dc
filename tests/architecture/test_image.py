"""The image: hadolint's rules for its Dockerfile, and our own; what the image holds."""

from __future__ import annotations

import json
import re
import shlex
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from fnmatch import fnmatch
from pathlib import Path

import pytest

SECRET_NAME = re.compile(r"(PASSWORD|SECRET|TOKEN|API_KEY|DSN)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Instruction:
    """One instruction: its stage (0 is the first FROM), its name and its words."""

    stage: int
    name: str
    words: str


def instructions(text: str) -> Iterator[Instruction]:
    """Those of a Dockerfile, with continued lines joined."""
    stage = -1
    lines = [line for line in text.splitlines() if line.strip() and not line.startswith("#")]
    for line in re.sub(r"\\\n\s*", "", "\n".join(lines)).splitlines():
        name, _, words = line.partition(" ")
        stage += name == "FROM"
        yield Instruction(stage, name, words.strip())


@pytest.fixture(scope="module")
def dockerfile(root: Path) -> list[Instruction]:
    return list(instructions((root / "deploy" / "Dockerfile").read_text("utf-8")))


def words_of(dockerfile: list[Instruction], name: str, stage: int | None = None) -> list[str]:
    return [one.words for one in dockerfile if one.name == name and stage in (None, one.stage)]


def last_stage(dockerfile: list[Instruction]) -> int:
    return dockerfile[-1].stage


def test_hadolint_finds_nothing(root: Path) -> None:
    hadolint = Path(sys.executable).with_name("hadolint")
    words = [str(hadolint), "--no-color", "--failure-threshold", "style"]
    linted = subprocess.run(
        [*words, str(root / "deploy" / "Dockerfile")], capture_output=True, text=True, check=False
    )
    assert (linted.returncode, linted.stdout) == (0, "")


def test_every_base_is_pinned_to_a_patch_release(dockerfile: list[Instruction]) -> None:
    (image,) = words_of(dockerfile, "ARG")
    assert re.fullmatch(r"PYTHON_IMAGE=python:3\.\d+\.\d+-slim-\w+", image)
    assert words_of(dockerfile, "FROM") == [
        "${PYTHON_IMAGE} AS builder",
        "${PYTHON_IMAGE} AS runtime",
    ]


def test_packages_come_from_the_lock_with_hashes_and_leave_no_cache(
    dockerfile: list[Instruction],
) -> None:
    installs = [run for run in words_of(dockerfile, "RUN") if "pip install" in run]
    assert "--require-hashes --only-binary=:all: -r requirements/run.txt" in installs[0]
    assert all("--require-hashes" in run or "--no-deps" in run for run in installs)
    assert "PIP_NO_CACHE_DIR=1" in words_of(dockerfile, "ENV")[0]


def test_what_runs_has_no_compiler_no_build_tree_and_no_root(dockerfile: list[Instruction]) -> None:
    last = last_stage(dockerfile)
    assert words_of(dockerfile, "USER", last) == ["10001:10001"]
    copies = words_of(dockerfile, "COPY", last)
    assert copies == ["--from=builder /opt/picqer-bridge /opt/picqer-bridge"]
    commands = " ".join(words_of(dockerfile, "RUN", last))
    assert not re.search(r"apt|curl|wget|pip|sudo|chmod 777", commands)


def test_commands_are_lists_so_that_signals_reach_the_process(
    dockerfile: list[Instruction],
) -> None:
    (command,) = words_of(dockerfile, "CMD", last_stage(dockerfile))
    assert json.loads(command)[:2] == ["uvicorn", "workers.web:app"]
    (check,) = words_of(dockerfile, "HEALTHCHECK")
    folder = re.search(r"BRIDGE_PULSE_FOLDER=(\S+)", " ".join(words_of(dockerfile, "ENV")))
    assert folder
    program = ["python", "-m", "workers.pulse_files", folder[1], "--end-stalled"]
    assert json.loads(check.partition("CMD ")[2]) == program
    assert words_of(dockerfile, "STOPSIGNAL") == ["SIGTERM"]


def test_nothing_is_fetched_unseen_and_no_secret_is_baked_in(
    dockerfile: list[Instruction],
) -> None:
    assert words_of(dockerfile, "ADD") == []
    assert all(words.startswith("/") for words in words_of(dockerfile, "WORKDIR"))
    for kind in ("ARG", "ENV", "LABEL"):
        assert not any(SECRET_NAME.search(words) for words in words_of(dockerfile, kind)), kind


def test_everything_that_is_copied_exists_and_is_let_through(
    root: Path, dockerfile: list[Instruction]
) -> None:
    lines = (root / ".dockerignore").read_text("utf-8").splitlines()
    let_in = [line[1:] for line in lines if line.startswith("!")]
    assert "*" in lines
    for copy in words_of(dockerfile, "COPY", 0):
        for source in shlex.split(copy)[:-1]:
            assert (root / source).exists(), source
            assert any(fnmatch(source.rstrip("/"), one) for one in let_in), source


@pytest.mark.process
def test_the_package_that_the_image_installs_holds_what_is_no_python(
    root: Path, tmp_path: Path
) -> None:
    build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path)]
    subprocess.run(build, cwd=root, check=True, capture_output=True)
    (wheel,) = tmp_path.glob("*.whl")
    packed = set(zipfile.ZipFile(wheel).namelist())
    wanted = {
        str(file.relative_to(root))
        for package in ("integration", "workers")
        for file in (root / package).rglob("*")
        if file.is_file() and file.suffix != ".pyc"
    }
    assert any(name.endswith(".lua") for name in wanted)
    assert wanted - packed == set()
