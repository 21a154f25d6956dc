"""Handing a mail to an SMTP server, and knowing afterwards whether it may have gone out.

Source: RFC 5321 (the dialogue; only the answer after the message body says that a mail was taken).
"""

from __future__ import annotations

import smtplib
import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from email.message import EmailMessage
from email.utils import parseaddr
from typing import Literal

from pydantic import SecretStr

from integration.errors import Ambiguous, BridgeError, Refused, Unavailable

CONNECT_SECONDS = 5.0
DIALOGUE_SECONDS = 7.0
"""For all that follows; both together are shorter than the lease of a job."""


@dataclass(frozen=True, slots=True)
class MailServer:
    """Where mail is handed in. ``security`` none is for a server on this machine only."""

    host: str
    port: int
    security: Literal["starttls", "tls", "none"]
    sender: str
    user: str | None = None
    password: SecretStr | None = None


class Handover:
    """Hands mails to one SMTP server, each on a connection of its own."""

    def __init__(
        self,
        server: MailServer,
        *,
        tls: ssl.SSLContext | None = None,
        dialogue_seconds: float = DIALOGUE_SECONDS,
    ) -> None:
        """Keep the address; ``tls`` None verifies against this machine's certificates."""
        self._server = server
        self._tls = tls or ssl.create_default_context()
        self._seconds = dialogue_seconds

    @property
    def sender(self) -> str:
        """From whom the mails come."""
        return self._server.sender

    def hand_in(self, letter: EmailMessage, to: str, about: str, whose: str) -> None:
        """Hand one mail in. Messages begin with ``about``, and call ``to`` ``whose`` address.

        Raises Refused or Unavailable when nothing was sent, Ambiguous when it may have been.
        """
        with self._connected(about) as connection:
            with _trouble(about, Unavailable, "was not sent"):
                self._envelope(connection, about, to, whose)
            with _trouble(about, Ambiguous, "may have been sent"):
                self._body(connection, about, letter)

    @contextmanager
    def _connected(self, about: str) -> Iterator[smtplib.SMTP]:
        """A connection that is encrypted and logged in, cut off at the deadline."""
        with _trouble(about, Unavailable, "was not sent"):
            connection = self._dial()
        watchdog = threading.Timer(self._seconds, _cut, [connection])
        watchdog.daemon = True
        watchdog.start()
        try:
            with _trouble(about, Unavailable, "was not sent"):
                self._enter(connection)
            yield connection
        finally:
            watchdog.cancel()
            connection.close()

    def _dial(self) -> smtplib.SMTP:
        """Connect and read the greeting; whoever greets as who is not worth a look-up."""
        server = self._server
        us = parseaddr(server.sender)[1].rpartition("@")[2]
        if server.security == "tls":
            return smtplib.SMTP_SSL(
                server.host, server.port, us, timeout=CONNECT_SECONDS, context=self._tls
            )
        return smtplib.SMTP(server.host, server.port, us, timeout=CONNECT_SECONDS)

    def _enter(self, connection: smtplib.SMTP) -> None:
        """Encrypt and log in, as far as is set."""
        if self._server.security == "starttls":
            connection.starttls(context=self._tls)
        if connection.sock is not None:
            connection.sock.settimeout(self._seconds)
        if self._server.user is not None and self._server.password is not None:
            connection.login(self._server.user, self._server.password.get_secret_value())

    def _envelope(self, connection: smtplib.SMTP, about: str, to: str, whose: str) -> None:
        """From whom, to whom, and may I: until here nothing is sent."""
        connection.ehlo_or_helo_if_needed()
        code, _ = connection.mail(parseaddr(self._server.sender)[1])
        _accepted(code, f"{about} was not sent: the mail server refuses the sender")
        code, _ = connection.rcpt(to)
        _accepted(code, f"{about} was not sent: the mail server refuses {whose} address")
        code, _ = connection.docmd("DATA")
        if code != 354:
            _accepted(code, f"{about} was not sent: the mail server refuses it")

    def _body(self, connection: smtplib.SMTP, about: str, letter: EmailMessage) -> None:
        """The mail itself; a clear refusal afterwards says that it did not go out."""
        lines = letter.as_bytes().split(b"\r\n")
        dotted = [b"." + line if line.startswith(b".") else line for line in lines]
        connection.send(b"\r\n".join(dotted).removesuffix(b"\r\n") + b"\r\n.\r\n")
        code, _ = connection.getreply()
        _accepted(code, f"{about} was not sent: the mail server refuses it")


def _accepted(code: int, sentence: str) -> None:
    """Go on at a yes. Raises Refused for a lasting no, Unavailable for a passing one.

    The server's words are left out: they mostly repeat the customer's address.
    """
    if 200 <= code < 300:
        return
    if 500 <= code < 600:
        raise Refused(f"{sentence} (it answered {code}).")
    raise Unavailable(f"{sentence} for now (it answered {code}).")


@contextmanager
def _trouble(about: str, kind: type[BridgeError], what: str) -> Iterator[None]:
    """Turn what goes wrong on the connection into an error of this kind."""
    try:
        yield
    except smtplib.SMTPAuthenticationError:
        raise kind(f"{about} {what}: the mail server refuses mail.user or its password.") from None
    except smtplib.SMTPNotSupportedError:
        raise kind(f"{about} {what}: the mail server offers no STARTTLS or login.") from None
    except ssl.SSLCertVerificationError:
        raise kind(f"{about} {what}: the mail server's certificate is not valid.") from None
    except (smtplib.SMTPException, OSError, ValueError) as error:
        raise kind(
            f"{about} {what}: the connection to the mail server failed ({type(error).__name__})."
        ) from None


def _cut(connection: smtplib.SMTP) -> None:
    """End a dialogue that takes too long: whoever reads or writes there is woken by an error."""
    if isinstance(connection.sock, socket.socket):
        with suppress(OSError):
            # Not the TLS socket's own method, which would first wait for the other side.
            socket.socket.shutdown(connection.sock, socket.SHUT_RDWR)
