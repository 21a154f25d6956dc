"""Messages to a person, over a real SMTP server and a real HTTP server on this machine."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from pydantic import SecretStr
from standardwebhooks import Webhook, WebhookVerificationError

from integration.clock import SystemClock
from integration.errors import Ambiguous, Refused, Unavailable
from integration.http.alarm import WebhookAlarm
from integration.mail import MailAlarm, MailServer, NoAlarm
from integration.ports import Alarm, News
from integration.testing.alarm import FakeAlarm
from integration.testing.alarm_contract import AlarmContract, TellingLine, notice
from tests.postbox import Postbox, serving

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSwMfKQ9r8GKYqrTwjU"


@dataclass
class MailLine:
    alarm: Alarm
    box: Postbox

    def arrived(self) -> list[tuple[str, str]]:
        letters = [self.box.letter(place) for place in range(len(self.box.mails))]
        return [
            (letter["Message-ID"], f"{letter['Subject']}\n{letter.get_content()}")
            for letter in letters
        ]

    def break_down(self) -> None:
        self.box.answers["RCPT"] = "451 later"

    def refuse(self) -> None:
        self.box.answers["RCPT"] = "550 nobody here"

    def lose_answer(self) -> None:
        self.box.hang_up_after = "DATA"


@dataclass
class Receiver:
    """An HTTP server that keeps what is posted; ``status`` None hangs up without an answer."""

    posts: list[tuple[dict[str, str], bytes]] = field(default_factory=list)
    status: int | None = 204


@dataclass
class WebhookLine:
    alarm: Alarm
    receiver: Receiver

    def arrived(self) -> list[tuple[str, str]]:
        return [
            (headers["webhook-id"], json.dumps(json.loads(body)))
            for headers, body in self.receiver.posts
        ]

    def break_down(self) -> None:
        self.receiver.status = 503

    def refuse(self) -> None:
        self.receiver.status = 401

    def lose_answer(self) -> None:
        self.receiver.status = None


@dataclass
class FakeLine:
    alarm: FakeAlarm = field(default_factory=FakeAlarm)

    def arrived(self) -> list[tuple[str, str]]:
        return [(one.message_id, str(one)) for one in self.alarm.told]

    def break_down(self) -> None:
        self.alarm.fail(Unavailable())

    def refuse(self) -> None:
        self.alarm.fail(Refused())

    def lose_answer(self) -> None:
        self.alarm.fail(Ambiguous())


@pytest.fixture
def mail_line() -> Iterator[MailLine]:
    box = Postbox()
    with serving(box) as start:
        server = MailServer("localhost", start(), "none", "Bridge <bridge@example.com>")
        yield MailLine(MailAlarm(server, "ops@example.com"), box)


@pytest.fixture
def webhook_line() -> Iterator[WebhookLine]:
    receiver = Receiver()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            if receiver.status is None or receiver.status < 300:
                receiver.posts.append((dict(self.headers.items()), body))
            if receiver.status is not None:
                self.send_response(receiver.status)
                self.end_headers()

        def log_message(self, *_: object) -> None:
            """Write nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}).start()
    url = f"http://127.0.0.1:{server.server_address[1]}/alarm"
    yield WebhookLine(WebhookAlarm(url, SecretStr(SECRET), SystemClock()), receiver)
    server.shutdown()
    server.server_close()


class TestMailAlarm(AlarmContract):
    @pytest.fixture
    def line(self, mail_line: MailLine) -> TellingLine:
        return mail_line


class TestWebhookAlarm(AlarmContract):
    @pytest.fixture
    def line(self, webhook_line: WebhookLine) -> TellingLine:
        return webhook_line


class TestFakeAlarm(AlarmContract):
    @pytest.fixture
    def line(self) -> TellingLine:
        return FakeLine()


def test_the_receiver_can_verify_that_it_was_us(webhook_line: WebhookLine) -> None:
    webhook_line.alarm.tell(notice())
    ((headers, body),) = webhook_line.receiver.posts
    said = Webhook(SECRET).verify(body, headers)
    assert said["type"] == "alarm.opened"
    with pytest.raises(WebhookVerificationError):
        Webhook(SECRET).verify(body.replace(b"1042", b"1043"), headers)


def test_a_receiver_that_wants_it_later_gets_it_later(webhook_line: WebhookLine) -> None:
    webhook_line.receiver.status = 429
    with pytest.raises(Unavailable, match="429"):
        webhook_line.alarm.tell(notice())


@pytest.mark.parametrize(
    ("news", "subject"),
    [
        (News.OPENED, "[picqer-bridge] create_order of shop nl parked (3)"),
        (News.CHANGED, "[picqer-bridge] create_order of shop nl parked (now 3)"),
        (News.OVER, "[picqer-bridge] Over: create_order of shop nl parked"),
    ],
)
def test_the_subject_alone_says_what_is_the_matter(
    mail_line: MailLine, news: News, subject: str
) -> None:
    mail_line.alarm.tell(notice(news))
    letter = mail_line.box.letter()
    assert (letter["Subject"], letter["To"]) == (subject, "ops@example.com")
    assert letter["Auto-Submitted"] == "auto-generated"


def test_without_anybody_to_tell_a_sentence_says_which_settings_are_missing() -> None:
    with pytest.raises(Refused, match=r"alarm\.mail_to or alarm\.webhook_url"):
        NoAlarm().tell(notice())
