"""Sentry's library as this service sets it up, with a transport that keeps what would be sent."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from unittest.mock import patch

import sentry_sdk
from sentry_sdk.envelope import Envelope
from sentry_sdk.transport import Transport

from integration.settings import Settings
from workers import faults


class Outbox(Transport):
    """Keeps what would be sent: ``raw`` as it would go over the line."""

    def __init__(self) -> None:
        super().__init__({})
        self.raw: list[str] = []
        self.events: list[dict[str, Any]] = []
        self.check_ins: list[Any] = []

    def capture_envelope(self, envelope: Envelope) -> None:
        self.raw.append(envelope.serialize().decode(errors="replace"))
        self.check_ins += [one.payload.json for one in envelope if one.type == "check_in"]
        event = envelope.get_event()
        if event is not None:
            self.events.append(json.loads(json.dumps(event, default=str)))


@contextmanager
def sentry_started() -> Iterator[Outbox]:
    """Report to an outbox, and to nobody afterwards."""
    box = Outbox()
    init = sentry_sdk.init
    settings = Settings.load({"SENTRY_DSN": "https://key@sentry.example.com/1"})
    with patch.object(sentry_sdk, "init", lambda **options: init(transport=box, **options)):
        faults.start(settings)
    yield box
    sentry_sdk.get_client().close()
    init(default_integrations=False)  # The usual ones would add headers to whatever is sent.
