"""Rules about imports that hold for the whole tree, beside the contracts of import-linter."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Protocol

import pytest

FORBIDDEN_NAMES = {"base", "common", "helpers", "managers", "utils"}
ENVIRONMENT = ("os.environ", "os.getenv", "os.putenv", "os.unsetenv")
# They do not read it for themselves: they hand their own to the processes that they start.
HANDS_ON_ITS_ENVIRONMENT = {"workers.day.stage", "workers.local"}
ONLY_IN_WORKERS = {"celery", "kombu"}


class Module(Protocol):
    """A module as the folder's conftest reads it."""

    name: str
    path: Path

    def imported(self) -> list[tuple[int, str]]: ...
    def names_used(self) -> list[tuple[int, str]]: ...


def environment_reads(module: Module) -> list[str]:
    seen = [name for _, name in [*module.imported(), *module.names_used()]]
    return [name for name in seen if name.startswith(ENVIRONMENT)]


def test_only_settings_reads_the_environment(modules: list[Module]) -> None:
    readers = {module.name for module in modules if environment_reads(module)}
    readers -= HANDS_ON_ITS_ENVIRONMENT
    assert {name for name in readers if not name.startswith("integration.settings")} == set()


@pytest.mark.parametrize(
    "text",
    [
        "import os\nos.environ['A']",
        "import os as system\nsystem.getenv('A')",
        "from os import environ",
        "from os import getenv as read\nread('A')",
    ],
)
def test_reading_the_environment_is_recognised(
    module_of: Callable[[str], Module], text: str
) -> None:
    assert environment_reads(module_of(text))


def test_only_workers_import_celery(modules: list[Module]) -> None:
    users = {
        module.name
        for module in modules
        for _, name in module.imported()
        if name.split(".")[0] in ONLY_IN_WORKERS
    }
    assert "workers.app" in users
    assert {name for name in users if not name.startswith("workers.")} == set()


def test_no_module_is_named_after_nothing(root: Path) -> None:
    offenders = [
        str(path.relative_to(root))
        for package in ("integration", "workers", "tests")
        for path in (root / package).rglob("*")
        if path.suffix in {"", ".py"} and path.stem in FORBIDDEN_NAMES
    ]
    assert offenders == []


def test_every_module_says_what_it_is_about(modules: list[Module]) -> None:
    silent = [
        module.name
        for module in modules
        if module.path.read_text("utf-8").strip()
        and not module.path.read_text("utf-8").lstrip().startswith('"""')
        and "migrations" not in module.name
    ]
    assert silent == []
