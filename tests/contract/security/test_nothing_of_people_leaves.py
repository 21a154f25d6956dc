"""No name, address or key gets into logs, reports, figures or reasons."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from integration.store.database import Database
from integration.testing.clock import HandClock
from tests.contract.security.canaries import CANARIES, EVERYTHING, Scene
from tests.contract.security.failure_paths import paths
from tests.flows.world import World
from tests.sentry_outbox import sentry_started
from tests.written_lines import kept_lines
from workers import faults, tracebacks

PATHS = paths()


@pytest.fixture
def scene(memory_database: Database, clock: HandClock) -> Iterator[Scene]:
    with kept_lines() as written, sentry_started() as outbox:
        written.configure({})
        yield Scene(World(memory_database, clock), written, outbox)


@pytest.mark.parametrize("path", PATHS)
def test_no_canary_gets_out(scene: Scene, path: str) -> None:
    PATHS[path](scene)
    assert scene.written.lines(), "each way leaves a line, or nothing was walked"
    assert scene.leaked() == []


def test_the_walk_hears_a_canary_in_a_log(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tracebacks, "_told", repr)
    PATHS["the door misreads"](scene)
    assert {leak.partition(":")[0] for leak in scene.leaked()} == {"logs"}


def test_the_walk_hears_a_canary_in_a_report(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(faults, "_scrub_exception", lambda _: None)
    PATHS["bug value"](scene)
    leaks = scene.leaked()
    assert {leak.partition(":")[0] for leak in leaks} == {"sentry"}
    assert len(leaks) == len([one for one in CANARIES if one in EVERYTHING])
