"""Beat and the web process watch one another: when one dies, the other one tells a person.

Real processes, a real broker, and a receiver that checks the signatures; no supervisor.
"""

from __future__ import annotations

import json
import sys
import time
from base64 import b64encode
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest
from standardwebhooks import Webhook

from integration.embedded_broker import EmbeddedBroker, find_free_port
from integration.liveness import STALE_SECONDS
from integration.settings import Settings
from integration.store.gate import SqlGate
from integration.troubles import PATIENCE_SECONDS
from integration.wiring import migrate_store, open_database
from tests.acceptance.installation import until
from tests.faults.scenario import fault
from workers.alarm_watch import LOOK_SECONDS
from workers.children import Child, Command

pytestmark = pytest.mark.process

SECRET = f"whsec_{b64encode(bytes(range(32))).decode()}"
START_SECONDS = 60.0
TOLD_SECONDS = STALE_SECONDS + PATIENCE_SECONDS + 2 * LOOK_SECONDS + 60.0
"""Silent for a minute, and for a minute more; the last minute is for a busy machine."""
COMMANDS = {
    "beat": ["celery", "-A", "workers.app", "beat"],
    "web": ["uvicorn", "workers.web:app", "--port"],
}


@dataclass
class Person:
    """Whoever is told: the causes of the signed messages that arrived, by their type."""

    told: list[tuple[str, str]] = field(default_factory=list)

    def hear(self, body: bytes, headers: dict[str, str]) -> None:
        """Keep it when it is signed; else the test fails in the receiver."""
        Webhook(SECRET).verify(body, headers)
        message = json.loads(body)
        self.told.append((message["type"], message["data"]["cause"]))

    def knows(self, kind: str) -> bool:
        """Whether it was told that this kind of process is missing."""
        return ("alarm.opened", f"silent missing {kind}") in self.told


@contextmanager
def listening(person: Person) -> Iterator[str]:
    class Visit(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            person.hear(body, {name.lower(): value for name, value in self.headers.items()})
            self.send_response(204)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Write nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Visit)
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/alarm"
    server.shutdown()
    server.server_close()
    thread.join()


class Pair:
    """Beat and web of one installation, and the person that they tell."""

    def __init__(self, folder: Path, stack: ExitStack) -> None:
        folder.mkdir()
        self.person = Person()
        broker = stack.enter_context(EmbeddedBroker(folder / "broker"))
        address = stack.enter_context(listening(self.person))
        file = folder / "bridge.toml"
        file.write_text(
            f'database_url = "sqlite:///{folder / "bridge.db"}"\nredis_url = "{broker.url}"\n'
            f"[console]\nport = {find_free_port()}\n"
            f'[alarm]\nwebhook_url = "{address}"\nwebhook_secret = "{SECRET}"\n'
        )
        self.settings = Settings.load({}, file)
        migrate_store(self.settings)
        self._children = {name: self._started(folder, name, stack) for name in COMMANDS}

    def _started(self, folder: Path, name: str, stack: ExitStack) -> Child:
        program, *words = COMMANDS[name]
        port = [str(find_free_port())] if name == "web" else []
        command = Command(name, [str(Path(sys.executable).parent / program), *words, *port])
        environment = {"PATH": "/usr/bin:/bin", "BRIDGE_CONFIG": str(folder / "bridge.toml")}
        child = Child(command, environment, folder / f"{name}.log")
        stack.callback(child.kill)
        child.start()
        return child

    def is_seen(self, name: str) -> bool:
        """Whether this process has said in the store that it lives."""
        database = open_database(self.settings)
        beats = SqlGate(database).heartbeats()
        database.dispose()
        return any(process.startswith(f"{name}@") for process in beats)

    def kill(self, name: str) -> None:
        """SIGKILL; nobody starts it again."""
        self._children[name].kill()


@fault("F23 beat or the door is gone, and nobody starts it again")
def test_beat_and_the_door_tell_a_person_of_one_another(tmp_path: Path, figures: list[str]) -> None:
    with ExitStack() as stack:
        pairs = {name: Pair(tmp_path / name, stack) for name in COMMANDS}
        for pair in pairs.values():
            for name in COMMANDS:
                until(partial(pair.is_seen, name), START_SECONDS, f"{name} lives")
        for name, pair in pairs.items():
            pair.kill(name)
        began = time.monotonic()
        for name, pair in pairs.items():
            until(partial(pair.person.knows, name), TOLD_SECONDS, f"a person is told of {name}")
            figures.append(f"told of {name} {time.monotonic() - began:.0f} s after it was killed")

        for name, pair in pairs.items():
            (other,) = set(COMMANDS) - {name}
            assert not pair.person.knows(other)
            assert len(set(pair.person.told)) == len(pair.person.told)
