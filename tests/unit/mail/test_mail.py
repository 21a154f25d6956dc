"""Mail to customers, handed to a real SMTP server on this machine."""

from __future__ import annotations

import smtplib
import ssl
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session
from pydantic import SecretStr

from integration.errors import Ambiguous, BridgeError, Refused, Unavailable
from integration.mail import MailServer, NoMailer, SmtpMailer
from integration.ports import Mailer
from integration.testing.clock import HandClock
from integration.testing.mailer import FakeMailer
from integration.testing.mailer_contract import TO, MailerContract, Post, shipment
from tests.postbox import Postbox, serving

HERE = Path(__file__).parent
SENDER = "Voorbeeldwinkel é <orders@example.com>"


def server_tls() -> ssl.SSLContext:
    tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    tls.load_cert_chain(HERE / "localhost.pem", HERE / "localhost.key.pem")
    return tls


def client_tls() -> ssl.SSLContext:
    return ssl.create_default_context(cafile=str(HERE / "localhost.pem"))


@pytest.fixture
def box() -> Postbox:
    return Postbox()


@pytest.fixture
def serve(box: Postbox) -> Iterator[Callable[..., int]]:
    """Start the SMTP server with these options; returns its port."""
    with serving(box) as start:
        yield start


def mailer_to(port: int, **other: Any) -> SmtpMailer:
    values: dict[str, Any] = {"host": "localhost", "security": "none", "sender": SENDER}
    server = MailServer(port=port, **(values | other))
    return SmtpMailer(server, HandClock(), tls=client_tls())


@dataclass
class RealPost:
    """A mailer and the SMTP server behind it."""

    mailer: Mailer
    box: Postbox

    def arrived(self) -> list[tuple[str, str]]:
        letters = [self.box.letter(place) for place in range(len(self.box.mails))]
        return [
            (envelope.rcpt_tos[0], letter.get_body(("plain",)).get_content())
            for envelope, letter in zip(self.box.mails, letters, strict=True)
        ]

    def break_down(self) -> None:
        self.box.hang_up_after = "RCPT"

    def lose_answer(self) -> None:
        self.box.hang_up_after = "DATA"


@dataclass
class FakePost:
    """The fake mailer and what it kept."""

    fake: FakeMailer = field(default_factory=FakeMailer)

    @property
    def mailer(self) -> Mailer:
        return self.fake

    def arrived(self) -> list[tuple[str, str]]:
        return [(mail.to, f"{mail.number} {mail.shipment.parcels}") for mail in self.fake.sent]

    def break_down(self) -> None:
        self.fake.fail(Unavailable())

    def lose_answer(self) -> None:
        self.fake.fail(Ambiguous())


class TestSmtpMailer(MailerContract):
    @pytest.fixture
    def post(self, serve: Callable[..., int], box: Postbox) -> Post:
        return RealPost(mailer_to(serve()), box)


class TestFakeMailer(MailerContract):
    @pytest.fixture
    def post(self) -> Post:
        return FakePost()


def test_the_letter_is_complete_and_has_an_id_made_of_the_shipment(
    serve: Callable[..., int], box: Postbox
) -> None:
    mailer = mailer_to(serve())
    mailer.shipped(TO, "nl-BE", "NL-1042", shipment("3S1"))
    mailer.shipped(TO, "nl", "NL-1042", shipment("3S1"))
    mailer.shipped(TO, "nl", "NL-1042", shipment("3S1", key="502"))
    first, again, other = (box.letter(place) for place in range(3))
    assert first["Subject"] == "Bestelling NL-1042 is onderweg"
    assert first["From"] == SENDER
    assert first["Auto-Submitted"] == "auto-generated"
    assert first["Date"].datetime == HandClock().now()
    assert first["Message-ID"] == again["Message-ID"] != other["Message-ID"]
    assert first["Message-ID"].endswith("@example.com>")
    assert box.mails[0].mail_from == "orders@example.com"


@pytest.mark.parametrize(
    ("language", "subject"),
    [
        ("nl", "Bestelling 1042 is onderweg"),
        ("NL_be", "Bestelling 1042 is onderweg"),
        (None, "Bestelling 1042 is onderweg"),
        ("en-GB", "Order 1042 is on its way"),
        ("fi", "Order 1042 is on its way"),
    ],
)
def test_the_customer_is_written_to_in_a_language_we_speak(
    serve: Callable[..., int], box: Postbox, language: str | None, subject: str
) -> None:
    mailer_to(serve()).shipped(TO, language, "1042", shipment("3S1"))
    assert box.letter()["Subject"] == subject


def test_nothing_from_a_shop_becomes_markup_or_a_header(
    serve: Callable[..., int], box: Postbox
) -> None:
    mailer_to(serve()).shipped(TO, "en", "1\r\nBcc: x@example.org <b>", shipment("<i>3S1</i>"))
    letter = box.letter()
    assert letter["Bcc"] is None
    html = letter.get_body(("html",)).get_content()
    assert "<b>" not in html
    assert "&lt;i&gt;3S1" in html


def test_a_link_that_a_browser_should_not_follow_is_left_out(
    serve: Callable[..., int], box: Postbox
) -> None:
    sent = shipment("3S1")
    parcel = type(sent.parcels[0])("3S1", "javascript:alert(1)", None)
    bad = type(sent)(sent.shipment_key, sent.shipped_at, (), (parcel,))
    mailer_to(serve()).shipped(TO, "en", "1042", bad)
    assert "javascript" not in box.letter().as_string()


def test_a_line_that_is_a_single_dot_arrives_as_it_is(
    serve: Callable[..., int], box: Postbox
) -> None:
    mailer_to(serve()).shipped(TO, "en", "1042", shipment("\n.\n.hidden"))
    assert "\n.\n.hidden" in box.letter().get_body(("plain",)).get_content().replace("\r\n", "\n")


@pytest.mark.parametrize(
    "address",
    ["", "a@", "@example.org", "a b@example.org", "a@example.org\r\nBcc: b@example.org", "é@x.nl"],
)
def test_an_odd_address_is_refused_before_anything_is_sent(address: str) -> None:
    with pytest.raises(Refused):
        mailer_to(1).shipped(address, "nl", "1042", shipment())


@pytest.mark.parametrize(
    ("command", "answer", "error"),
    [
        ("MAIL", "550 no", Refused),
        ("MAIL", "451 later", Unavailable),
        ("RCPT", "550 canary@example.org unknown", Refused),
        ("RCPT", "450 later", Unavailable),
        ("DATA", "554 spam", Refused),
        ("DATA", "452 full", Unavailable),
    ],
)
def test_a_clear_refusal_says_that_nothing_was_sent(
    serve: Callable[..., int], box: Postbox, command: str, answer: str, error: type[BridgeError]
) -> None:
    box.answers[command] = answer
    with pytest.raises(error, match="shipment 501 of order 1042 was not sent") as caught:
        mailer_to(serve()).shipped(TO, "nl", "1042", shipment())
    assert "canary" not in str(caught.value)
    assert box.mails == []


def test_nobody_listening_is_unavailable() -> None:
    with pytest.raises(Unavailable, match="connection to the mail server failed"):
        mailer_to(1).shipped(TO, "nl", "1042", shipment())


def test_starttls_encrypts_and_logs_in(serve: Callable[..., int], box: Postbox) -> None:
    def login(
        server: SMTP, session: Session, envelope: Envelope, mechanism: str, data: object
    ) -> AuthResult:
        assert isinstance(data, LoginPassword)
        box.logins.append(data.login)
        return AuthResult(success=data.password == b"secret-of-the-mail", handled=False)

    port = serve(tls_context=server_tls(), require_starttls=True, authenticator=login)
    given = {"security": "starttls", "user": "bridge"}
    mailer_to(port, password=SecretStr("secret-of-the-mail"), **given).shipped(
        TO, "nl", "1042", shipment()
    )
    assert len(box.mails) == 1
    assert box.logins == [b"bridge"]
    with pytest.raises(Unavailable, match=r"refuses mail\.user or its password"):
        mailer_to(port, password=SecretStr("wrong"), **given).shipped(TO, "nl", "1043", shipment())


def test_tls_from_the_first_byte_works_too(serve: Callable[..., int], box: Postbox) -> None:
    # aiosmtpd's own first connection trusts nobody's certificate unless it is told whom.
    port = serve(ssl_context=server_tls())
    mailer_to(port, security="tls").shipped(TO, "nl", "1042", shipment())
    assert len(box.mails) == 1


def test_a_server_without_starttls_gets_nothing(serve: Callable[..., int], box: Postbox) -> None:
    with pytest.raises(Unavailable, match="offers no STARTTLS"):
        mailer_to(serve(), security="starttls").shipped(TO, "nl", "1042", shipment())
    assert box.mails == []


def test_a_certificate_that_nobody_signed_gets_nothing(
    serve: Callable[..., int], box: Postbox
) -> None:
    port = serve(tls_context=server_tls())
    server = MailServer("localhost", port, "starttls", SENDER)
    with pytest.raises(Unavailable, match="certificate is not valid"):
        SmtpMailer(server, HandClock()).shipped(TO, "nl", "1042", shipment())
    assert box.mails == []


def test_a_server_that_falls_silent_is_left_at_the_deadline(
    serve: Callable[..., int], box: Postbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    def silent(connection: smtplib.SMTP, *words: str) -> None:
        """The command never leaves."""

    port = serve()
    monkeypatch.setattr(smtplib.SMTP, "putcmd", silent)
    server = MailServer("localhost", port, "none", SENDER)
    with pytest.raises(Unavailable):
        SmtpMailer(server, HandClock(), dialogue_seconds=0.1).shipped(TO, "nl", "1042", shipment())


def test_without_a_mail_server_a_mail_is_refused_with_what_to_set() -> None:
    with pytest.raises(Refused, match=r"order 1042 .*set mail\.host"):
        NoMailer().shipped(TO, "nl", "1042", shipment())
