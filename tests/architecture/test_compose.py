"""The Compose file: understood by Compose where it is at hand, careful everywhere."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

OURS = ("migrate", "web", "worker", "bulk", "mover", "beat", "flower")
KEYS = {
    "build", "cap_drop", "command", "depends_on", "env_file", "environment", "healthcheck", "image",
    "init", "logging", "networks", "ports", "read_only", "restart", "security_opt", "shm_size",
    "stop_grace_period", "tmpfs", "user", "volumes",
}  # fmt: skip
"""What a service here may say: a misspelt word would be refused by Compose only on a server."""

Service = dict[str, Any]


@pytest.fixture(scope="module")
def file(root: Path) -> Path:
    return root / "deploy" / "compose.yaml"


@pytest.fixture(scope="module")
def services(file: Path) -> dict[str, Service]:
    return dict(yaml.safe_load(file.read_text("utf-8"))["services"])


def seconds(text: str) -> int:
    assert text.endswith("s")
    return int(text[:-1])


def has_compose() -> bool:
    if shutil.which("docker") is None:
        return False
    asked = subprocess.run(["docker", "compose", "version"], capture_output=True, check=False)
    return asked.returncode == 0


def test_compose_itself_understands_the_file(file: Path, tmp_path: Path) -> None:
    if not has_compose():
        pytest.skip("docker compose is not installed here; its rules are tested below without it")
    folder = tmp_path / "bridge"
    shutil.copytree(file.parent, folder / "deploy")
    (folder / ".env").touch()
    (folder / "bridge.toml").touch()
    secrets = dict.fromkeys(("POSTGRES_PASSWORD", "REDIS_PASSWORD", "FLOWER_BASIC_AUTH"), "word")
    words = ["docker", "compose", "-f", str(folder / "deploy" / "compose.yaml"), "config", "-q"]
    read = subprocess.run(
        words, env=os.environ | secrets, capture_output=True, text=True, check=False
    )
    assert (read.returncode, read.stderr) == (0, "")


def test_every_word_is_one_that_compose_knows(services: dict[str, Service]) -> None:
    assert {name: set(service) - KEYS for name, service in services.items()} == {
        name: set() for name in services
    }


def test_what_a_service_needs_exists(file: Path, services: dict[str, Service]) -> None:
    whole = yaml.safe_load(file.read_text("utf-8"))
    for name, service in services.items():
        assert set(service.get("depends_on", {})) <= set(services), name
        assert set(service.get("networks", [])) <= set(whole["networks"]), name
        for volume in service.get("volumes", []):
            source = volume.partition(":")[0]
            assert source in whole["volumes"] or source.startswith("."), name


def test_nothing_of_ours_may_write_become_root_or_gain_rights(
    services: dict[str, Service],
) -> None:
    for name in (*OURS, "redis"):
        service = services[name]
        assert service["read_only"] is True, name
        assert service["cap_drop"] == ["ALL"], name
        assert service["security_opt"] == ["no-new-privileges:true"], name


def test_every_process_starts_after_the_store_was_brought_up_to_date(
    services: dict[str, Service],
) -> None:
    for name in OURS[1:]:
        needs = services[name]["depends_on"]
        assert needs["migrate"] == {"condition": "service_completed_successfully"}, name
        assert needs["redis"] == {"condition": "service_healthy"}, name


def test_what_stalls_or_ends_is_started_again_and_has_time_to_stop(
    services: dict[str, Service],
) -> None:
    for name in OURS[1:]:
        assert services[name]["restart"] == "unless-stopped", name
        assert seconds(services[name]["stop_grace_period"]) > 13, name
    # The health check of the image, which ends a stalled process; flower alone has no pulse.
    own = [name for name in OURS[1:] if "healthcheck" in services[name]]
    assert own == ["flower"]


def test_every_image_is_pinned_and_the_broker_and_store_reach_nobody(
    file: Path, services: dict[str, Service]
) -> None:
    foreign = {name: one["image"] for name, one in services.items() if name not in OURS}
    assert set(foreign) == {"redis", "postgres"}
    assert all(re.search(r":\d+\.\d+", image) for image in foreign.values())
    assert all(services[name]["networks"] == ["inside"] for name in foreign)
    networks = yaml.safe_load(file.read_text("utf-8"))["networks"]
    assert networks["inside"] == {"internal": True}
