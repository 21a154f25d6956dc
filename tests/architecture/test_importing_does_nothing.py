"""Importing a module of `integration` opens no file for writing, no socket and no process."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Protocol

# Runs in an interpreter of its own, because what is imported here already would prove nothing.
IMPORT_EVERYTHING = """
import importlib, json, sys

import urllib3  # tries out IPv6 by binding a socket when it is imported; that is not ours

seen = []
WATCHED = {"socket.connect", "socket.bind", "subprocess.Popen", "os.fork", "sqlite3.connect"}

def watch(event, arguments):
    if event in WATCHED:
        seen.append(event)
    elif event == "open" and isinstance(arguments[1], str) and set(arguments[1]) & set("wax+"):
        seen.append(f"open {arguments[0]} for writing")

sys.addaudithook(watch)
found = {}
for name in json.load(sys.stdin):
    seen.clear()
    importlib.import_module(name)
    if seen:
        found[name] = list(seen)
print(json.dumps(found))
"""


class Module(Protocol):
    """A module as the folder's conftest reads it."""

    name: str


def test_importing_integration_does_nothing_outside(modules: list[Module], root: Path) -> None:
    names = [
        module.name
        for module in modules
        if module.name.startswith("integration")
        and "migrations" not in module.name
        and not module.name.endswith("__main__")
    ]
    found = subprocess.run(
        [sys.executable, "-B", "-c", IMPORT_EVERYTHING],
        input=json.dumps(names),
        cwd=root,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert found.returncode == 0, found.stderr
    assert json.loads(found.stdout.splitlines()[-1]) == {}
