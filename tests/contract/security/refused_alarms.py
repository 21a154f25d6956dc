"""Whoever is to be told of a trouble refuses the message, with a person in the words."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import replace
from unittest.mock import patch

from pydantic import SecretStr

from integration.clock import SystemClock
from integration.errors import Refused
from integration.http.alarm import WebhookAlarm
from integration.mail import MailAlarm, MailServer
from integration.others_words import quoted
from integration.ports import Alarm
from integration.settings import Settings
from tests.contract.security.canaries import EVERYTHING, Path, Scene
from tests.contract.security.refusing_sides import BODIES, SAID, refusing
from tests.postbox import Postbox, serving
from workers.alarm_watch import AlarmThread

Way = Callable[[], AbstractContextManager[Alarm]]


def not_told(way: Way) -> Path:
    """A job parked for what a shop said, and the message about it does not get through."""

    def walk(scene: Scene) -> None:
        scene.fails(Refused(f"shop nl: answered 422: {quoted(SAID)}"))
        scene.world.clock.advance(7200)
        with way() as alarm:
            services = replace(scene.world.services, alarm=alarm)
            for _ in range(2):
                AlarmThread(services, Settings.load({})).look()
                scene.world.clock.advance(7200)
        events = {line["event"] for line in scene.written.lines()}
        assert events & {"alarm.not_told", "alarm.in_doubt"}

    return walk


def by_mail(command: str, answer: str) -> Way:
    """The mail server says so at this command, or hangs up after it."""

    @contextmanager
    def open_way() -> Iterator[Alarm]:
        box = Postbox(answers={command: f"{answer} {EVERYTHING}"} if answer else {})
        box.hang_up_after = "" if answer else command
        quiet = patch.object(logging.getLogger("mail.log"), "disabled", True)
        with quiet, serving(box) as serve:
            server = MailServer("localhost", serve(), "none", "Shop <shop@example.com>")
            yield MailAlarm(server, "ops@example.com")

    return open_way


def by_webhook(status: str, body: bytes) -> Way:
    """The receiver answers so."""

    @contextmanager
    def open_way() -> Iterator[Alarm]:
        with refusing(status, body) as url:
            yield WebhookAlarm(url, SecretStr("whsec_" + "MDEy" * 10), SystemClock())

    return open_way


def refused_alarms() -> dict[str, Path]:
    """All of them, by a name for people."""
    ways = {"mail hangs up": by_mail("DATA", "")}
    ways |= {f"mail {code}": by_mail("RCPT", code) for code in ("450", "550")}
    for status in ("401 Unauthorized", "422 Unprocessable", "503 Service Unavailable", "no HTTP"):
        ways[f"webhook {status}"] = by_webhook(status, BODIES["fields"])
    return {f"alarm by {name}": not_told(way) for name, way in ways.items()}
