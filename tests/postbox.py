"""A real SMTP server on this machine that keeps mails, and misbehaves when told to."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from typing import Any, cast

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session


@dataclass
class Postbox:
    """The handler of the SMTP server: keeps mails, and misbehaves when told to."""

    mails: list[Envelope] = field(default_factory=list)
    answers: dict[str, str] = field(default_factory=dict)
    hang_up_after: str = ""
    logins: list[bytes] = field(default_factory=list)

    async def handle_MAIL(  # noqa: N802 - the name is aiosmtpd's
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        envelope.mail_from = address
        return self.answers.get("MAIL", "250 OK")

    async def handle_RCPT(  # noqa: N802
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        envelope.rcpt_tos.append(address)
        self._hang_up("RCPT", server)
        return self.answers.get("RCPT", "250 OK")

    async def handle_DATA(  # noqa: N802
        self, server: SMTP, session: Session, envelope: Envelope
    ) -> str:
        answer = self.answers.get("DATA", "250 OK")
        if answer.startswith("250"):
            self.mails.append(envelope)
        self._hang_up("DATA", server)
        return answer

    def _hang_up(self, command: str, server: SMTP) -> None:
        if self.hang_up_after == command:
            cast("asyncio.Transport", server.transport).abort()

    def letter(self, place: int = 0) -> Any:
        content = self.mails[place].content
        assert isinstance(content, bytes)
        return message_from_bytes(content, policy=policy.default)


@contextmanager
def serving(box: Postbox) -> Iterator[Callable[..., int]]:
    """Gives what starts the server with these options and returns its port; ends them all."""
    running: list[Controller] = []

    def started(**options: Any) -> int:
        with socket.create_server(("127.0.0.1", 0)) as free:
            port: int = free.getsockname()[1]
        controller = Controller(box, hostname="127.0.0.1", port=port, **options)
        controller.start()
        running.append(controller)
        return port

    yield started
    for controller in running:
        controller.stop()
