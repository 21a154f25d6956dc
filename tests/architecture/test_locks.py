"""The lock files: every package pinned and hashed, and nothing that says where from."""

from __future__ import annotations

import re
import tomllib
from itertools import chain
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

PIN = re.compile(
    r"^(?P<name>[a-z0-9][a-z0-9.-]*)(?P<extras>\[[a-z0-9, -]+\])?==(?P<version>[^\s;\\]+)"
)
PLACE = re.compile(r"://|--index|--extra-index|--find-links|--trusted-host|\bfile:| @ ")
LOCKS = ("requirements/run.txt", "requirements/dev.txt")


def pins(text: str) -> dict[str, str]:
    return {found["name"]: found["version"] for found in map(PIN.match, blocks(text)) if found}


def blocks(text: str) -> list[str]:
    """One string per requirement: its line and the hash lines that continue it."""
    lines = (line for line in text.splitlines() if line and not line.lstrip().startswith("#"))
    return "\n".join(lines).replace("\\\n", " ").splitlines()


@pytest.mark.parametrize("lock", LOCKS)
def test_every_requirement_is_pinned_and_hashed(root: Path, lock: str) -> None:
    requirements = blocks((root / lock).read_text("utf-8"))
    loose = [line for line in requirements if not PIN.match(line) or "--hash=sha256:" not in line]
    assert requirements
    assert loose == []


@pytest.mark.parametrize("lock", LOCKS)
def test_a_lock_names_no_place_to_fetch_from(root: Path, lock: str) -> None:
    lines = (root / lock).read_text("utf-8").splitlines()
    assert [line for line in lines if PLACE.search(line)] == []


def test_tests_run_the_versions_that_the_service_runs(root: Path) -> None:
    run, dev = (pins((root / lock).read_text("utf-8")) for lock in LOCKS)
    assert {name: version for name, version in run.items() if dev.get(name) != version} == {}


def test_the_locks_satisfy_what_the_project_asks_for(root: Path) -> None:
    project = tomllib.loads((root / "pyproject.toml").read_text("utf-8"))
    groups = project["dependency-groups"]
    extras = project["project"]["optional-dependencies"]
    service = [*project["project"]["dependencies"], *chain(*extras.values()), *groups["build"]]
    for lock, wanted in zip(LOCKS, (service, [*service, *groups["dev"]]), strict=True):
        locked = pins((root / lock).read_text("utf-8"))
        stale = [text for text in wanted if not satisfied(Requirement(text), locked)]
        assert stale == [], f"{lock} is older than pyproject.toml: run `make lock`"


def test_what_is_wanted_with_extras_is_pinned_with_them(root: Path) -> None:
    """Otherwise pip 23 takes the newest version of it, and refuses that for having no pin."""
    text = (root / "requirements/dev.txt").read_text("utf-8")
    with_extras = {
        found["name"] for found in map(PIN.match, blocks(text)) if found and found["extras"]
    }
    assert {"coverage", "psycopg"} <= with_extras


def satisfied(wanted: Requirement, locked: dict[str, str]) -> bool:
    version = locked.get(canonicalize_name(wanted.name))
    return version is not None and wanted.specifier.contains(version, prereleases=True)
