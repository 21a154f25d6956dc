"""Scenarios of the fault matrix: each with an installation of its own, and a verdict."""

from __future__ import annotations

import os
from collections.abc import Generator, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from xdist.remote import Producer

from tests.acceptance.conftest import new_postgres_database
from tests.acceptance.installation import with_logs
from tests.acceptance.processes import FOREIGN
from tests.faults.beside_each_other import BesideEachOther, long_ones_first
from tests.faults.scenario import Scenario
from tests.faults.verdicts import figures_of, note, verdicts


def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> BesideEachOther:
    """Several scenarios run at the same time; see there which."""
    return BesideEachOther(config, log)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """No long one is left to the end."""
    long_ones_first(items)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item,
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Add the verdict, and to a failure the end of every process' log."""
    report = yield
    note(item, report)
    return with_logs(report)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Close with the verdicts, also with --quiet."""
    reports = [
        one for kind in ("passed", "failed", "error") for one in terminalreporter.getreports(kind)
    ]
    if found := verdicts(one for one in reports if isinstance(one, pytest.TestReport)):
        terminalreporter.section("verdicts", sep="-")
        for verdict in found:
            terminalreporter.write_line(str(verdict), red=not verdict.held)


@pytest.fixture
def figures(request: pytest.FixtureRequest) -> list[str]:
    """What the verdict of this test is to tell."""
    return figures_of(request.node)


@pytest.fixture
def store(request: pytest.FixtureRequest) -> str:
    """The kind of store: SQLite, unless the test is marked ``on_both_stores``."""
    return str(getattr(request, "param", "sqlite"))


@pytest.fixture
def database_url(store: str, request: pytest.FixtureRequest) -> Iterator[str | None]:
    """An empty database of this kind; None: the installation makes a SQLite file of its own."""
    if store == "sqlite":
        yield None
        return
    with new_postgres_database(request.getfixturevalue("postgres_url")) as url:
        yield url


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    """That of somebody whose real service has a store and a broker."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith((*FOREIGN, "COVERAGE_"))}
    return {
        **kept,
        "TMPDIR": str(tmp_path),
        "DATABASE_URL": f"sqlite:///{tmp_path / 'real.db'}",
        "REDIS_URL": "redis://127.0.0.1:1/0",
    }


@pytest.fixture
def scenario(figures: list[str], database_url: str | None, tmp_path: Path) -> Iterator[Scenario]:
    """The stage of one scenario; whatever it started is stopped afterwards."""
    with ExitStack() as stack:
        yield Scenario(tmp_path, database_url, figures, stack)
