"""Every way in which something can go wrong with a person's data at hand."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from types import SimpleNamespace
from typing import Any, NoReturn
from unittest.mock import patch

from celery.app.trace import build_tracer
from pydantic import BaseModel
from sqlalchemy.exc import IntegrityError

from integration import wiring
from integration.errors import BridgeError, Retryable, StoreAway
from integration.jobs import MAX_ATTEMPTS, Hint
from integration.settings import Settings
from tests.contract.security.canaries import (
    EMAIL,
    EVERYTHING,
    KEY,
    NAME,
    Path,
    Scene,
    foreign,
)
from tests.contract.security.refused_alarms import refused_alarms
from tests.contract.security.refusing_sides import other_sides
from tests.contract.security.senders import SENDERS, Sender, is_text
from workers import tasks
from workers.alarm_watch import AlarmThread
from workers.app import app

assert wiring.FLOWS, "importing the wiring has every connector define its errors"


# --- The endings of a run ------------------------------------------------------------------------


def kinds(kind: type[BridgeError] = BridgeError) -> Iterator[type[BridgeError]]:
    """Every class of error of the service, the connectors' own too."""
    yield kind
    for below in kind.__subclasses__():
        if below.__module__.partition(".")[0] in {"integration", "workers"}:
            yield from kinds(below)


def ending(kind: type[BridgeError]) -> Path:
    """A run ends so, as often as it takes to use up its attempts."""
    times = MAX_ATTEMPTS + 1 if issubclass(kind, Retryable) else 1
    return lambda scene: scene.fails(foreign(kind()), times=times)


class Form(BaseModel):
    """What a library reads data with; its errors quote the data."""

    amount: int


def bugs() -> dict[str, Callable[[], BaseException]]:
    """Errors of Python and of libraries whose words are the data they stumbled over."""
    return {
        "value": lambda: ValueError(EVERYTHING),
        "key": lambda: KeyError(EMAIL),
        "caused": lambda: foreign(RuntimeError(NAME)),
        "noted": lambda: _noted(ValueError(NAME)),
        "group": lambda: ExceptionGroup(EVERYTHING, [KeyError(NAME), ValueError(KEY)]),
        "store": lambda: IntegrityError("INSERT", {"email": EMAIL}, Exception(EVERYTHING)),
        "form": lambda: _caught(lambda: Form.model_validate({"amount": EVERYTHING})),
        "json": lambda: _caught(lambda: json.loads(EVERYTHING)),
        "bytes": lambda: _caught(lambda: (EVERYTHING + "\u00e9").encode().decode("ascii")),
    }


def _noted(error: BaseException) -> BaseException:
    error.add_note(EVERYTHING)
    return error


def _caught(act: Callable[[], object]) -> BaseException:
    try:
        act()
    except ValueError as error:
        return error
    raise AssertionError("it was to fail")


def bug(make: Callable[[], BaseException]) -> Path:
    """A fault of ours in the run of a job."""
    return lambda scene: scene.fails(make())


# --- Celery --------------------------------------------------------------------------------------


def in_task(name: str, error: BaseException) -> Path:
    """A task fails outside the run of a job, in Celery's own hands."""

    def walk(scene: Scene) -> None:
        def away(*_: object) -> NoReturn:
            raise error

        broken = SimpleNamespace(run=away, tick=away)
        services = SimpleNamespace(store=SimpleNamespace(now=away), jobs=None)
        process = SimpleNamespace(
            runner=broken, mover=broken, services=services, settings=Settings.load({})
        )
        task: Any = getattr(tasks, name)
        traced = build_tracer(task.name, task, app=app, propagate=False)
        arguments = [1, "nl 1042"] if name == "create_order" else []
        with patch.object(app, "process", process):
            result: Any = traced("7", arguments, {}, {"id": "7", "is_eager": False})
        # What Flower is told, by way of Redis.
        scene.written.write(json.dumps({"event": "to flower", "told": repr(result)}) + "\n")

    return walk


# --- The door ------------------------------------------------------------------------------------

BODIES = {
    "no JSON": EVERYTHING.encode(),
    "cut off": json.dumps({"name": NAME, "email": EMAIL}).encode()[:-9],
    "no text": EVERYTHING.encode() + b"\xff\xfe",
    "a list": json.dumps([NAME, EMAIL, KEY]).encode(),
    "texts for numbers": json.dumps(
        {"id": EVERYTHING, "event": NAME, "type": NAME, "idhook": EMAIL, "data": EVERYTHING}
    ).encode(),
    "an order of nobody": json.dumps(
        {"event": "orders.created", "data": {"idorder": NAME, "status": EMAIL}}
    ).encode(),
}


def delivered(sender: Sender, body: bytes) -> Path:
    """A delivery with a good signature that cannot be read."""
    return lambda scene: _knocked(scene, sender, body)


def _knocked(scene: Scene, sender: Sender, body: bytes, **headers: str) -> None:
    answer = scene.door.knock(sender, body, **{"user-agent": NAME, **headers})
    scene.written.write(json.dumps({"event": "answered", "text": answer.text}) + "\n")


def unsigned(sender: Sender) -> Path:
    """A delivery whose signature is wrong."""
    return lambda scene: _knocked(scene, sender, BODIES["a list"], **{sender.header: KEY})


def too_large(sender: Sender) -> Path:
    """A delivery that is longer than the door takes."""
    return lambda scene: _knocked(scene, sender, EVERYTHING.encode() * 20_000)


def misread(error: BaseException) -> Path:
    """A delivery that a fault of ours stumbles over."""

    def walk(scene: Scene) -> None:
        def hints(_delivery: object) -> list[Hint]:
            raise error

        broken = {name: _with(shop, hints) for name, shop in scene.door.services.shops.items()}
        scene.door.services.shops.update(broken)
        _knocked(scene, SENDERS[2], BODIES["a list"])

    return walk


def _with(shop: Any, hints: Callable[..., list[Hint]]) -> Any:
    object.__setattr__(shop, "hints", hints)
    return shop


# --- What looks by itself ------------------------------------------------------------------------


def alarm_stumbles(scene: Scene) -> None:
    """Looking for what a person has to be told comes upon a fault of ours."""
    thread = AlarmThread(scene.world.services, Settings.load({}))
    error = foreign(LookupError(EVERYTHING))
    with patch("integration.alarms.troubles", side_effect=error):
        thread.look()


def paths() -> dict[str, Path]:
    """All of them, by a name for people."""
    found: dict[str, Path] = {f"ending {kind.__name__}": ending(kind) for kind in kinds()}
    found |= {f"bug {name}": bug(make) for name, make in bugs().items()}
    for name in ("create_order", "move", "plan", "purge"):
        for make in (lambda: foreign(ValueError(EVERYTHING)), lambda: foreign(StoreAway())):
            error = make()
            found[f"task {name} {type(error).__name__}"] = in_task(name, error)
    for sender in SENDERS:
        for name, body in BODIES.items():
            if sender.name != "custom" or is_text(body):
                found[f"{sender.name} delivers {name}"] = delivered(sender, body)
        found[f"{sender.name} is not signed"] = unsigned(sender)
        found[f"{sender.name} delivers too much"] = too_large(sender)
    found["the alarm stumbles"] = alarm_stumbles
    found["the door misreads"] = misread(foreign(LookupError(EVERYTHING)))
    return found | other_sides() | refused_alarms()
