"""The way to one Picqer account: key, permits, guard, and what an answer means.

Conventions: picqer.com/en/api/basics. The API key is the user name of HTTP Basic, the password is
ignored; a User-Agent with a way to reach its operator is required; every answer carries the rate
limit in two headers.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar
from zoneinfo import ZoneInfo

from pydantic import SecretStr

from integration import __version__
from integration.errors import Ambiguous, BridgeError, LockedOut, NoLimiter, Refused, Unavailable
from integration.http import Answer, BasicAuth, HttpClient
from integration.jobs import Lane
from integration.picqer.mapping.reading import Malformed
from integration.picqer.response_codes import read_error
from integration.ports import CallGuard, Clock, Greeting, Limiter, Permit

DEADLINE_SECONDS = 12.0
PATIENCE_SECONDS = {Lane.ORDERS: 3.0, Lane.SHIPMENTS: 3.0, Lane.STOCK: 3.0, Lane.BULK: 1.0}
"""How long a job waits in place for a permit: bulk just long enough to keep its own pace."""
STAMP = "%Y-%m-%d %H:%M:%S"
LARGEST_LIMIT = 1_000_000
PAUSE_SECONDS = 5.0
WHO_AM_I = "/users/me"
_Value = TypeVar("_Value")
Query = Mapping[str, str | int]


def address_of(subdomain: str) -> str:
    """Where the API of this Picqer subdomain is."""
    return f"https://{subdomain}.picqer.com/api/v1"


@dataclass(frozen=True, slots=True)
class Access:
    """What is needed to reach one account.

    ``contact`` is an e-mail address or site of the operator and goes into the User-Agent;
    ``time_zone`` is the IANA name of the zone that Picqer's stamps are in.
    """

    account: str
    base_url: str
    api_key: SecretStr
    contact: str
    time_zone: str = "Europe/Amsterdam"


class LimitedPassage:
    """One request's permit. A limiter that went away meanwhile does not spoil an answer."""

    def __init__(self, limiter: Limiter, permit: Permit) -> None:
        """Hold this permit."""
        self._limiter = limiter
        self._permit = permit

    def unsent(self) -> None:
        """Give the permit back: nothing was sent."""
        with suppress(NoLimiter):
            self._limiter.give_back(self._permit)

    def unanswered(self) -> None:
        """Free it a minute after the deadline."""
        with suppress(NoLimiter):
            self._limiter.unanswered(self._permit)

    def answered(self, headers: Mapping[str, str]) -> None:
        """Free it in a minute, and pass on what the headers say of the limit."""
        limit = count_of(headers.get("X-RateLimit-Limit"), least=1)
        remaining = count_of(headers.get("X-RateLimit-Remaining"), least=0)
        with suppress(NoLimiter):
            self._limiter.answered(self._permit, limit, remaining)

    def refused(self, seconds: float | None, headers: Mapping[str, str]) -> float | None:
        """Pause the account; returns for how many seconds."""
        limit = count_of(headers.get("X-RateLimit-Limit"), least=1)
        with suppress(NoLimiter):
            return self._limiter.refused(self._permit, seconds, limit)
        return PAUSE_SECONDS if seconds is None else seconds


def count_of(header: str | None, *, least: int) -> int | None:
    """A number of requests out of a header; None when it is none or not believable."""
    words = (header or "").strip()
    if not (words.isascii() and words.isdigit() and len(words) <= 9):
        return None
    return int(words) if least <= int(words) <= LARGEST_LIMIT else None


class Api:
    """Requests of one run to one account, in one lane of its rate limit."""

    def __init__(
        self,
        access: Access,
        *,
        limiter: Limiter,
        guard: CallGuard,
        lane: Lane,
        born: float,
        clock: Clock,
        deadline: float = DEADLINE_SECONDS,
    ) -> None:
        """Take permits of ``limiter``; ``born`` is the epoch second of the job's creation."""
        self._limiter = limiter
        self._lane = lane
        self._born = born
        self._clock = clock
        self._zone = ZoneInfo(access.time_zone)
        self._http = HttpClient(
            name=f"Picqer account {access.account}",
            base_url=access.base_url,
            auth=BasicAuth(access.api_key, SecretStr("X")),
            guard=guard,
            headers={"User-Agent": f"picqer-bridge/{__version__} ({access.contact})"},
            deadline=deadline,
            admit=self._admit,
            read_error=read_error,
        )

    def ask(
        self,
        method: str,
        path: str,
        read: Callable[[Answer], _Value],
        *,
        params: Query | None = None,
        json: object = None,
    ) -> _Value:
        """One request, its answer read by ``read``.

        An answer that cannot be read is Ambiguous for a write and Unavailable for a reading.
        """
        answer = self._request(method, path, params, json)
        try:
            return read(answer)
        except Malformed as trouble:
            kind: type[BridgeError] = Unavailable if method == "GET" else Ambiguous
            raise kind(
                f"{self._http.name}: the answer to {method} {path} could not be read: {trouble}."
            ) from None

    def check_credentials(self) -> Greeting:
        """Ask who we are. Raises LockedOut when the key is refused."""
        try:
            answer = self._http.request("GET", WHO_AM_I)
        except Refused as refusal:
            if refusal.evidence.status == 403:
                raise LockedOut(str(refusal), evidence=refusal.evidence) from None
            raise
        return Greeting(
            count_of(answer.headers.get("X-RateLimit-Limit"), least=1),
            count_of(answer.headers.get("X-RateLimit-Remaining"), least=0),
            answer.date,
        )

    def stamp(self, instant: datetime | None = None) -> str:
        """An instant (None: now) as Picqer writes it: in the account's zone, without naming it."""
        return (instant or self._clock.now()).astimezone(self._zone).strftime(STAMP)

    def _request(self, method: str, path: str, params: Query | None, json: object) -> Answer:
        """Send; on 403 ask whether it is this one thing or the key itself that is refused."""
        try:
            return self._http.request(method, path, params=params, json=json)
        except Refused as refusal:
            if refusal.evidence.status != 403:
                raise
            self.check_credentials()
            raise

    def _admit(self) -> LimitedPassage:
        permit = self._limiter.take(
            self._lane, patience=PATIENCE_SECONDS[self._lane], born=self._born
        )
        return LimitedPassage(self._limiter, permit)
