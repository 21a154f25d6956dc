"""Mail to customers: one about each shipment."""

from __future__ import annotations

import ssl

from integration.domain import Shipment
from integration.errors import Refused
from integration.mail.handing_in import DIALOGUE_SECONDS, Handover, MailServer
from integration.mail.letter import letter_about
from integration.ports import Clock


class NoMailer:
    """The ``Mailer`` while no mail server is set."""

    def shipped(
        self,
        to: str,  # noqa: ARG002 - the signature is the port's
        language: str | None,  # noqa: ARG002
        number: str,
        shipment: Shipment,  # noqa: ARG002
    ) -> None:
        """Refuse, because nothing would go out."""
        raise Refused(
            f"No mail about order {number} was sent, because no mail server is set: set mail.host "
            f"and mail.sender, or customer_mail to another word, then retry."
        )


class SmtpMailer:
    """The ``Mailer`` that hands each mail to an SMTP server, on a connection of its own."""

    def __init__(
        self,
        server: MailServer,
        clock: Clock,
        *,
        tls: ssl.SSLContext | None = None,
        dialogue_seconds: float = DIALOGUE_SECONDS,
    ) -> None:
        """Keep the address; ``tls`` None verifies against this machine's certificates."""
        self._post = Handover(server, tls=tls, dialogue_seconds=dialogue_seconds)
        self._clock = clock

    def shipped(self, to: str, language: str | None, number: str, shipment: Shipment) -> None:
        """Tell the customer that a shipment is under way.

        Raises Refused or Unavailable when nothing was sent, Ambiguous when it may have been.
        """
        letter = letter_about(
            shipment,
            sender=self._post.sender,
            to=to,
            language=language,
            number=number,
            at=self._clock.now(),
        )
        about = f"The mail about shipment {shipment.shipment_key} of order {number}"
        self._post.hand_in(letter, to.strip(), about, "the customer's")
