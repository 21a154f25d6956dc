"""The manifests for Kubernetes: valid, careful, and starting the same processes as the Procfile."""

from __future__ import annotations

import base64
import re
import shlex
import shutil
import subprocess
from pathlib import Path
from typing import Any

import kubernetes_validate
import pytest
import yaml

from integration.settings import Settings, SettingsError

VERSIONS = ("1.28", "1.32")
PROCESSES = ("web", "worker", "bulk", "mover", "beat", "flower")
WITH_PULSE = ("worker", "bulk", "mover", "beat")
CONFIG = "/etc/picqer-bridge"
SECRETS = "/run/secrets/picqer-bridge"

CHECK = ["python", "-m", "workers.pulse_files"]
"""Followed by the folder that the image sets as BRIDGE_PULSE_FOLDER."""

Manifest = dict[str, Any]


@pytest.fixture(scope="module")
def folder(root: Path) -> Path:
    return root / "deploy" / "kubernetes"


@pytest.fixture(scope="module")
def manifests(folder: Path) -> list[Manifest]:
    files = [file for file in sorted(folder.glob("*.yaml")) if file.name != "kustomization.yaml"]
    return [one for file in files for one in yaml.safe_load_all(file.read_text("utf-8"))]


@pytest.fixture(scope="module")
def deployments(manifests: list[Manifest]) -> dict[str, Manifest]:
    """The Deployment of each process, by the process' name."""
    return {
        one["metadata"]["name"].removeprefix("picqer-bridge-"): one
        for one in manifests
        if one["kind"] == "Deployment"
    }


def pod(manifest: Manifest) -> Manifest:
    spec: Manifest = manifest["spec"]["template"]["spec"]
    return spec


def container(manifest: Manifest) -> Manifest:
    (one,) = pod(manifest)["containers"]
    return dict(one)


@pytest.mark.parametrize("version", VERSIONS)
def test_every_manifest_is_valid(manifests: list[Manifest], version: str) -> None:
    assert len(manifests) > 15
    for manifest in manifests:
        kubernetes_validate.validate(manifest, version, strict=True)


def test_every_file_is_applied_or_said_to_be_optional(folder: Path) -> None:
    text = (folder / "kustomization.yaml").read_text("utf-8")
    applied = set(yaml.safe_load(text)["resources"])
    files = {file.name for file in folder.glob("*.yaml")} - {"kustomization.yaml"}
    assert applied <= files
    # The example of a Secret is no Secret: config.yaml's reader makes one.
    assert all(name in text for name in files - applied)


def test_kubectl_makes_one_installation_of_them(folder: Path) -> None:
    if shutil.which("kubectl") is None:
        pytest.skip("kubectl is not installed here; the manifests' content is tested without it")
    made = subprocess.run(
        ["kubectl", "kustomize", str(folder)], check=True, capture_output=True, text=True
    )
    images = {
        one["image"]
        for manifest in yaml.safe_load_all(made.stdout)
        if manifest["kind"] == "Deployment"
        for one in (*pod(manifest)["containers"], *pod(manifest)["initContainers"])
    }
    assert len(images) == 1
    assert ":" in images.pop()


def test_the_processes_are_those_of_the_procfile(
    root: Path, deployments: dict[str, Manifest]
) -> None:
    lines = (root / "Procfile").read_text("utf-8").splitlines()
    procfile = dict(line.split(": ", 1) for line in lines if line)
    assert set(deployments) == set(PROCESSES) == set(procfile)
    for name in ("worker", "bulk", "mover", "beat"):
        words = shlex.split(procfile[name])
        mine = container(deployments[name])["command"]
        assert [word for word in words if not word.startswith("${")] == [
            word for word in mine if not word.isdecimal()
        ]


def test_nothing_runs_as_root_or_may_become_it(manifests: list[Manifest]) -> None:
    for manifest in manifests:
        if manifest["kind"] not in ("Deployment", "StatefulSet"):
            continue
        spec = pod(manifest)
        assert spec["securityContext"]["runAsNonRoot"] is True
        assert spec["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
        assert spec["automountServiceAccountToken"] is False
        # A Service's variables would otherwise be taken for settings.
        assert spec["enableServiceLinks"] is False
        for one in (*spec["containers"], *spec.get("initContainers", [])):
            assert one["securityContext"] == {
                "allowPrivilegeEscalation": False,
                "readOnlyRootFilesystem": True,
                "capabilities": {"drop": ["ALL"]},
            }, one["name"]
            assert {"requests", "limits"} <= set(one["resources"])


def test_a_stalled_process_is_seen_by_the_command_that_reads_its_pulse(
    root: Path, deployments: dict[str, Manifest]
) -> None:
    dockerfile = (root / "deploy" / "Dockerfile").read_text("utf-8")
    (pulse_folder,) = re.findall(r"BRIDGE_PULSE_FOLDER=(\S+)", dockerfile)
    for name in WITH_PULSE:
        for probe in ("startupProbe", "livenessProbe"):
            asked = container(deployments[name])[probe]["exec"]["command"]
            assert asked == [*CHECK, pulse_folder], name
    web = container(deployments["web"])
    assert web["livenessProbe"]["httpGet"]["path"] == "/health/live"
    assert web["readinessProbe"]["httpGet"]["path"] == "/health/ready"


def test_the_door_is_never_closed_by_an_update_and_beat_is_never_two(
    manifests: list[Manifest], deployments: dict[str, Manifest]
) -> None:
    web = deployments["web"]["spec"]
    assert web["replicas"] >= 2
    assert web["strategy"]["rollingUpdate"]["maxUnavailable"] == 0
    assert container(deployments["web"])["lifecycle"]["preStop"]
    beat = deployments["beat"]["spec"]
    assert (beat["replicas"], beat["strategy"]["type"]) == (1, "Recreate")
    budgets = {one["metadata"]["name"] for one in manifests if one["kind"].endswith("Budget")}
    assert budgets == {"picqer-bridge-web", "picqer-bridge-worker"}
    # More workers cannot beat the rate limit of a key.
    assert not [one for one in manifests if one["kind"] == "HorizontalPodAutoscaler"]


def test_every_process_brings_the_store_up_to_date_first(deployments: dict[str, Manifest]) -> None:
    for name, manifest in deployments.items():
        (migrate,) = pod(manifest)["initContainers"]
        assert migrate["command"] == ["picqer-bridge", "migrate"], name


def test_the_settings_and_secrets_of_the_manifests_are_settings_of_the_bridge(
    manifests: list[Manifest], deployments: dict[str, Manifest], tmp_path: Path
) -> None:
    (config,) = [
        one
        for one in manifests
        if one["kind"] == "ConfigMap" and one["metadata"]["name"] == "picqer-bridge"
    ]
    (secret,) = [one for one in manifests if one["kind"] == "Secret"]
    (tmp_path / "bridge.toml").write_text(config["data"]["bridge.toml"])
    real = base64.b64encode(bytes(range(32))).decode()
    for name, example in secret["stringData"].items():
        (tmp_path / name).write_text(example if "_url" in name else f"whsec_{real}")
    for manifest in deployments.values():
        environment = {
            one["name"]: str(one["value"])
            .replace(SECRETS, str(tmp_path))
            .replace(CONFIG, str(tmp_path))
            for one in container(manifest)["env"]
            if "value" in one
        }
        settings = Settings.load(environment)
        assert settings.configured
        assert settings.database_url.get_secret_value().startswith("postgresql+psycopg://")


def test_the_examples_of_secrets_are_refused(manifests: list[Manifest], tmp_path: Path) -> None:
    (secret,) = [one for one in manifests if one["kind"] == "Secret"]
    for name, example in secret["stringData"].items():
        (tmp_path / name).write_text(example)
    key = {"BRIDGE_PICQER__MAIN__API_KEY_FILE": str(tmp_path / "picqer_api_key")}
    with pytest.raises(SettingsError, match="api_key"):
        Settings.load(key)


def test_only_the_door_and_the_broker_may_be_reached(manifests: list[Manifest]) -> None:
    policies = {
        one["metadata"]["name"]: one["spec"] for one in manifests if one["kind"] == "NetworkPolicy"
    }
    assert policies["picqer-bridge"]["ingress"] == []
    assert policies["picqer-bridge-redis"]["egress"] == []
    assert {
        port["port"] for one in policies["picqer-bridge-web"]["ingress"] for port in one["ports"]
    } == {"http"}
    (ingress,) = [one for one in manifests if one["kind"] == "Ingress"]
    paths = [path["path"] for rule in ingress["spec"]["rules"] for path in rule["http"]["paths"]]
    assert paths == ["/webhooks/", "/health/"]


def test_the_broker_is_set_up_as_everywhere(root: Path, manifests: list[Manifest]) -> None:
    (config,) = [
        one["data"]["redis.conf"].splitlines()
        for one in manifests
        if one["kind"] == "ConfigMap" and "redis.conf" in one["data"]
    ]
    lines = (root / "deploy" / "redis.conf").read_text("utf-8").splitlines()
    wanted = {line for line in lines if line and not line.startswith(("#", "bind"))}
    assert set(config) == wanted | {"bind * -::*", "dir /data"}
