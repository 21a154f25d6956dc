"""A ``Mailer`` that keeps what it would have sent, with faults to switch on.

The suite ``integration.testing.mailer_contract`` holds it and the real mailer to one behaviour.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass

from integration.domain import Shipment
from integration.errors import Ambiguous, BridgeError, Refused


@dataclass(frozen=True, slots=True)
class SentMail:
    """One mail that went out."""

    to: str
    language: str | None
    number: str
    shipment: Shipment


class FakeMailer:
    """Keeps every mail in ``sent``."""

    def __init__(self) -> None:
        """Have sent nothing."""
        self.sent: list[SentMail] = []
        self._faults: deque[BridgeError] = deque()

    def fail(self, error: BridgeError, *, times: int = 1) -> None:
        """Let the next mails raise ``error``; an Ambiguous one is sent all the same."""
        self._faults.extend([error] * times)

    def shipped(self, to: str, language: str | None, number: str, shipment: Shipment) -> None:
        """Keep the mail. Raises Refused for an address without an @, and what ``fail`` was told."""
        if "@" not in to:
            raise Refused("the customer's e-mail address cannot be used")
        fault = self._faults.popleft() if self._faults else None
        if fault is None or isinstance(fault, Ambiguous):
            self.sent.append(SentMail(to, language, number, shipment))
        if fault is not None:
            raise fault
