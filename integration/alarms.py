"""Telling a person once what is wrong, and once that it is over.

Several processes look (web and beat, which so watch one another); a claim in the store lets one of
them tell. A message that was sent, and not written down as sent because the process died, goes out
once more with the same id. What changes meanwhile is told at most once an hour.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog

from integration.errors import Ambiguous, BridgeError
from integration.ports import News, Notice, OpenCause
from integration.services import Services
from integration.troubles import Trouble, examples_of, troubles

CHANGED_AFTER = timedelta(hours=1)
OVER_AFTER = timedelta(minutes=5)
"""What comes back sooner was never over: a breaker that opens and closes is one cause."""
CLAIM_SECONDS = 60.0
"""Longer than sending takes; after it, a message that could not be sent is tried again."""
log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class AlarmWatch:
    """Looks and tells. ``console`` is the address under which the console's pages are."""

    services: Services
    console: str

    def look(self) -> int:
        """Look once, and tell what is new; returns how many messages went out. Raises StoreAway.

        When one cannot be sent the rest waits for the next look: the way there is the same.
        """
        services = self.services
        present = {trouble.cause: trouble for trouble in troubles(services)}
        for trouble in present.values():
            services.open_causes.seen(trouble.cause, trouble.sentence)
        told = 0
        now = services.store.now()
        for known in services.open_causes.all():
            news = self._news(known, present, now)
            if news is None or not services.open_causes.claim(known, CLAIM_SECONDS):
                continue
            if not self._send(known, news, present.get(known.cause), now):
                break
            told += 1
        return told

    def test(self) -> None:
        """Send a message that says it is only a test. Raises what the alarm raises."""
        now = self.services.store.now()
        kept = OpenCause("test", "This is a test of picqer-bridge", now, None, 0, None, 0)
        trouble = Trouble(
            kept.cause, kept.sentence, 1, "Nothing: you would be told.", "picqer-bridge alarm list"
        )
        self.services.alarm.tell(self._notice(kept, News.TEST, trouble, now))

    def _news(self, known: OpenCause, present: Mapping[str, Trouble], now: datetime) -> News | None:
        trouble = present.get(known.cause)
        if trouble is None:
            return self._news_of_what_went(known, now)
        if known.told_at is None:
            waited = (now - known.seen_at).total_seconds()
            return News.OPENED if waited >= trouble.patience else None
        changed = trouble.count != known.told_count and now - known.told_at >= CHANGED_AFTER
        return News.CHANGED if changed else None

    def _news_of_what_went(self, known: OpenCause, now: datetime) -> News | None:
        """It is over when it stayed away; of what nobody was told, nobody is told that."""
        causes = self.services.open_causes
        causes.gone(known.cause)
        if known.gone_at is None or now - known.gone_at < OVER_AFTER:
            return None
        if known.messages == 0:
            causes.forget(known.cause)
            return None
        return News.OVER

    def _send(self, known: OpenCause, news: News, trouble: Trouble | None, now: datetime) -> bool:
        notice = self._notice(known, news, trouble, now)
        about = log.bind(alarm=known.cause, examples=list(notice.examples))
        try:
            self.services.alarm.tell(notice)
        except Ambiguous as error:
            # Sent once more it would have the same id; but most likely it arrived.
            about.warning("alarm.in_doubt", cause=error.code)
        except BridgeError as error:
            about.warning("alarm.not_told", cause=error.code, text=str(error))
            return False
        if trouble is None:
            self.services.open_causes.forget(known.cause)
        else:
            self.services.open_causes.told(known, trouble.count)
        about.info("alarm.told", news=news.value)
        return True

    def _notice(
        self, known: OpenCause, news: News, trouble: Trouble | None, now: datetime
    ) -> Notice:
        installation = self.services.gate.installation()
        named = f"{installation}\n{known.cause}\n{known.seen_at.isoformat()}\n{known.messages}"
        over = Trouble(known.cause, known.sentence, known.told_count, "Nothing: it is over.", "")
        about = trouble or over
        return Notice(
            message_id=hashlib.sha256(named.encode()).hexdigest()[:32],
            news=news,
            cause=known.cause,
            sentence=known.sentence,
            count=about.count,
            since=known.seen_at,
            at=now,
            examples=examples_of(self.services, about),
            todo=about.todo,
            command=about.command,
            link=f"{self.console}{about.page}",
            installation=installation,
        )
