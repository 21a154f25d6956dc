"""The mail that tells a person what is wrong, or that it is over; plain text, ids only."""

from __future__ import annotations

import ssl
from datetime import datetime
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, parseaddr

from integration.errors import Refused
from integration.mail.handing_in import DIALOGUE_SECONDS, Handover, MailServer
from integration.ports import News, Notice

SUBJECTS = {
    News.OPENED: "{sentence} ({count})",
    News.CHANGED: "{sentence} (now {count})",
    News.OVER: "Over: {sentence}",
    News.TEST: "{sentence}",
}


class MailAlarm:
    """The ``Alarm`` that mails one address."""

    def __init__(
        self,
        server: MailServer,
        to: str,
        *,
        tls: ssl.SSLContext | None = None,
        dialogue_seconds: float = DIALOGUE_SECONDS,
    ) -> None:
        """Mail to this address through this server."""
        self._post = Handover(server, tls=tls, dialogue_seconds=dialogue_seconds)
        self._to = to

    def tell(self, notice: Notice) -> None:
        """Send this message.

        Raises Refused or Unavailable when nothing was sent, Ambiguous when it may have been.
        """
        letter = letter_of(notice, sender=self._post.sender, to=self._to)
        about = f"The alarm mail about {notice.cause}"
        self._post.hand_in(letter, self._to, about, "that")


class NoAlarm:
    """The ``Alarm`` while the settings name nobody to be told."""

    def tell(self, notice: Notice) -> None:
        """Refuse, because nobody would be told."""
        raise Refused(
            f"Nobody was told of {notice.cause}, because the settings name nobody: set "
            f"alarm.mail_to or alarm.webhook_url."
        )


def letter_of(notice: Notice, *, sender: str, to: str) -> EmailMessage:
    """The mail of this message; the same message has the same Message-ID."""
    letter = EmailMessage(policy=SMTP.clone(cte_type="7bit"))
    subject = SUBJECTS[notice.news].format(sentence=notice.sentence, count=notice.count)
    letter["From"] = sender
    letter["To"] = to
    letter["Subject"] = f"[picqer-bridge] {subject}"
    letter["Date"] = format_datetime(notice.at)
    domain = parseaddr(sender)[1].rpartition("@")[2]
    letter["Message-ID"] = f"<alarm.{notice.message_id}@{domain}>"
    letter["Auto-Submitted"] = "auto-generated"
    letter.set_content(_text(notice))
    return letter


def _text(notice: Notice) -> str:
    lines = [
        notice.sentence + ".",
        "",
        f"How many: {notice.count}",
        f"Since: {_shown(notice.since)}",
    ]
    if notice.news is News.OVER:
        lines[0] = f"Over since {_shown(notice.at)}: {notice.sentence}."
        lines[2] = f"How many there were at last count: {notice.count}"
    if notice.examples:
        lines.append(f"For example: {'; '.join(notice.examples)}")
    lines += ["", f"What to do: {notice.todo}"]
    lines += [f"Command: {notice.command}"] if notice.command else []
    lines += [f"Console: {notice.link}"] if notice.link else []
    return "\n".join([*lines, "", f"This is installation {notice.installation}.", ""])


def _shown(instant: datetime) -> str:
    return f"{instant:%Y-%m-%d %H:%M} UTC"
