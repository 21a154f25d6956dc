"""Procfile, Docker Compose and systemd start the same processes, and only what exists."""

from __future__ import annotations

import importlib.util
import json
import re
import shlex
from collections.abc import Mapping
from pathlib import Path

import pytest
import yaml

from workers.local import WEB_MANNERS

PROCESSES = ("web", "worker", "bulk", "mover", "beat", "flower")
QUEUES = {"worker": "orders,events", "bulk": "bulk", "mover": "mover"}
POOLS = {"worker": "threads", "bulk": "threads", "mover": "solo"}
MODULE = re.compile(r"\bworkers(?:\.\w+)+")


@pytest.fixture(scope="module")
def procfile(root: Path) -> dict[str, str]:
    lines = (root / "Procfile").read_text("utf-8").splitlines()
    return dict(line.split(": ", 1) for line in lines if line)


@pytest.fixture(scope="module")
def services(root: Path) -> dict[str, dict[str, object]]:
    text = (root / "deploy" / "compose.yaml").read_text("utf-8")
    compose = yaml.safe_load(text)
    assert isinstance(compose, dict)
    return dict(compose["services"])


@pytest.fixture(scope="module")
def units(root: Path) -> dict[str, str]:
    folder = root / "deploy" / "systemd"
    return {name: (folder / f"picqer-bridge-{name}.service").read_text() for name in PROCESSES}


@pytest.fixture(scope="module")
def commands(
    procfile: dict[str, str], services: dict[str, dict[str, object]], units: dict[str, str]
) -> dict[str, dict[str, str]]:
    """The command of every process, by the place that starts it."""
    return {
        "Procfile": procfile,
        "compose.yaml": {n: joined(services[n]) for n in PROCESSES if "command" in services[n]},
        "systemd": {name: executed(unit) for name, unit in units.items()},
    }


def joined(service: Mapping[str, object]) -> str:
    words = service["command"]
    assert isinstance(words, list)
    return shlex.join(words)


def executed(unit: str) -> str:
    found = re.search(r"^ExecStart=(.*)$", unit, re.MULTILINE)
    assert found
    return found[1]


def option(command: str, name: str) -> str:
    words = shlex.split(command)
    return words[words.index(name) + 1]


def test_the_procfile_has_the_six_processes(procfile: dict[str, str]) -> None:
    assert tuple(procfile) == PROCESSES


def test_every_command_names_a_module_that_exists(commands: dict[str, dict[str, str]]) -> None:
    named = {
        m for place in commands.values() for line in place.values() for m in MODULE.findall(line)
    }
    assert named == {"workers.app", "workers.web", "workers.bounded_http"}
    for module in named:
        assert importlib.util.find_spec(module), f"{module} does not exist"


def test_the_door_is_served_in_one_manner_everywhere(
    root: Path, procfile: dict[str, str], units: dict[str, str]
) -> None:
    (image,) = re.findall(r"^CMD (\[.*\])$", (root / "deploy/Dockerfile").read_text(), re.MULTILINE)
    pod = yaml.safe_load((root / "deploy/kubernetes/web.yaml").read_text().split("\n---\n")[0])
    (container,) = pod["spec"]["template"]["spec"]["containers"]
    places = [
        shlex.split(procfile["web"]),
        shlex.split(executed(units["web"])),
        json.loads(image),
        container["command"],
    ]
    for words in places:
        assert tuple(words[-len(WEB_MANNERS) :]) == WEB_MANNERS


@pytest.mark.parametrize("process", QUEUES)
def test_each_worker_serves_its_queues_with_its_pool_everywhere(
    commands: dict[str, dict[str, str]], process: str
) -> None:
    for place, lines in commands.items():
        assert option(lines[process], "-Q") == QUEUES[process], place
        assert option(lines[process], "-P") == POOLS[process], place


def test_nobody_starts_prefork(commands: dict[str, dict[str, str]]) -> None:
    for place, lines in commands.items():
        for line in lines.values():
            assert "prefork" not in line, place
            assert (" worker " in line) == (" -P " in line), f"{place}: a worker without a pool"


def test_flower_never_starts_without_a_password(
    procfile: dict[str, str], services: dict[str, dict[str, object]], units: dict[str, str]
) -> None:
    assert "${FLOWER_BASIC_AUTH:?" in procfile["flower"]
    environment = services["flower"]["environment"]
    assert isinstance(environment, dict)
    assert str(environment["FLOWER_BASIC_AUTH"]).startswith("${FLOWER_BASIC_AUTH:?")
    assert re.search(r"^ExecCondition=.*FLOWER_BASIC_AUTH", units["flower"], re.MULTILINE)


def test_compose_publishes_on_loopback_only(services: dict[str, dict[str, object]]) -> None:
    ports = [port for service in services.values() for port in as_list(service.get("ports"))]
    assert ports
    assert [port for port in ports if not str(port).startswith("127.0.0.1:")] == []


def as_list(value: object) -> list[object]:
    return list(value) if isinstance(value, list) else []


def test_every_service_has_time_to_stop_and_says_how_it_is(
    services: dict[str, dict[str, object]],
) -> None:
    for name, service in services.items():
        assert service.get("stop_grace_period"), name
        # The image brings the check of our own processes.
        assert name in PROCESSES or service.get("healthcheck"), name


def test_the_broker_keeps_what_it_holds_and_evicts_nothing(root: Path) -> None:
    settings = (root / "deploy" / "redis.conf").read_text("utf-8").splitlines()
    assert {"appendonly yes", "maxmemory-policy noeviction", "protected-mode yes"} <= set(settings)


def test_the_image_runs_without_root_and_from_a_pinned_base(root: Path) -> None:
    dockerfile = (root / "deploy" / "Dockerfile").read_text("utf-8")
    assert re.search(r"^ARG PYTHON_IMAGE=python:3\.\d+\.\d+-slim-\w+$", dockerfile, re.MULTILINE)
    assert re.search(r"^USER 10001:10001$", dockerfile, re.MULTILINE)
    assert "--require-hashes" in dockerfile
