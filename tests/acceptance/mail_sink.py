"""A mail server on a real port that keeps what it takes, and refuses when it is told to."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from email import message_from_bytes, policy
from typing import Self

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

from integration.embedded_broker import find_free_port


@dataclass(frozen=True, slots=True)
class Taken:
    """A mail that was taken: to whom, and which one it is."""

    to: str
    message_id: str
    subject: str


class MailSink:
    """``taken`` are the mails, oldest first; ``refuse_next`` answers so many with "try later"."""

    def __init__(self) -> None:
        self.taken: list[Taken] = []
        self.refuse_next = 0
        self.port = find_free_port()
        self._server = Controller(self, hostname="127.0.0.1", port=self.port)

    async def handle_DATA(  # noqa: N802 - the name is aiosmtpd's
        self, _server: SMTP, _session: Session, envelope: Envelope
    ) -> str:
        """Take a mail or refuse it for now."""
        if self.refuse_next > 0:
            self.refuse_next -= 1
            return "451 try again later"
        content = envelope.content
        letter = message_from_bytes(
            content if isinstance(content, bytes) else b"", policy=policy.default
        )
        to = ", ".join(envelope.rcpt_tos)
        self.taken.append(Taken(to, str(letter["Message-ID"]), str(letter["Subject"])))
        return "250 OK"

    def doubled(self) -> list[str]:
        """Each mail went out at most once; it is named by its Message-ID, which holds no name."""
        times = Counter((one.to, one.message_id) for one in self.taken)
        return [
            f"mail {one} went out {count} times" for (_, one), count in times.items() if count > 1
        ]

    @property
    def environment(self) -> dict[str, str]:
        """What lets a service hand its mail in here."""
        return {
            "BRIDGE_MAIL__HOST": "127.0.0.1",
            "BRIDGE_MAIL__PORT": str(self.port),
            "BRIDGE_MAIL__SECURITY": "none",
            "BRIDGE_MAIL__SENDER": "Example shop <orders@example.com>",
        }

    def __enter__(self) -> Self:
        self._server.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.stop()
