"""The webhook that tells a person, or their chat and paging services, what is wrong.

Signed with Standard Webhooks (www.standardwebhooks.com): ``webhook-id`` is the same when a message
goes out once more, so that the receiver can leave the second out.
"""

from __future__ import annotations

import json

from pydantic import SecretStr
from standardwebhooks import Webhook

from integration.errors import Ambiguous, Refused, Unavailable
from integration.http.auth import NoAuth
from integration.http.client import USER_AGENT
from integration.http.look import LARGEST_ANSWER
from integration.http.transport import NoAnswer, Prepared, send
from integration.ports import Clock, Notice

DEADLINE_SECONDS = 10.0


class WebhookAlarm:
    """The ``Alarm`` that posts JSON to one address."""

    def __init__(
        self, url: str, secret: SecretStr, clock: Clock, *, deadline: float = DEADLINE_SECONDS
    ) -> None:
        """Post to this address, signed with this secret (``whsec_...``)."""
        self._url = url
        self._signer = Webhook(secret.get_secret_value())
        self._clock = clock
        self._deadline = deadline

    def tell(self, notice: Notice) -> None:
        """Send this message.

        Raises Refused or Unavailable when nothing was sent, Ambiguous when it may have been.
        """
        body = json.dumps(document_of(notice))
        now = self._clock.now()
        headers = {
            "Content-Type": "application/json",
            "User-Agent": USER_AGENT,
            "webhook-id": notice.message_id,
            "webhook-timestamp": str(int(now.timestamp())),
            "webhook-signature": self._signer.sign(notice.message_id, now, body),
        }
        about = f"The alarm webhook about {notice.cause}"
        request = Prepared("POST", self._url, NoAuth(), headers, {}, body.encode())
        try:
            answer = send(request, deadline=self._deadline, largest=LARGEST_ANSWER)
        except NoAnswer as trouble:
            kind, what = (Ambiguous, "may have been") if trouble.sent else (Unavailable, "was not")
            raise kind(f"{about} {what} received: {trouble.why}.") from None
        _judge(answer.status, about)


def document_of(notice: Notice) -> dict[str, object]:
    """What is posted: ``type`` is ``alarm.opened``, ``alarm.changed``, ``alarm.over`` or a test."""
    return {
        "type": f"alarm.{notice.news}",
        "timestamp": notice.at.isoformat(),
        "data": {
            "installation": notice.installation,
            "cause": notice.cause,
            "sentence": notice.sentence,
            "count": notice.count,
            "since": notice.since.isoformat(),
            "examples": list(notice.examples),
            "todo": notice.todo,
            "command": notice.command,
            "link": notice.link,
        },
    }


def _judge(status: int, about: str) -> None:
    if 200 <= status < 300:
        return
    sentence = f"{about} was not taken: the receiver answered {status}"
    if 300 <= status < 500 and status not in (408, 425, 429):
        raise Refused(f"{sentence}; see that alarm.webhook_url and alarm.webhook_secret are right.")
    raise Unavailable(f"{sentence}.")
