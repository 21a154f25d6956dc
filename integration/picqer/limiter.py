"""The rate limit of a Picqer API key, shared by all workers and machines through Redis.

Picqer allows a number of requests per minute and key, says so in ``X-RateLimit-Limit`` and
``X-RateLimit-Remaining``, and answers 429 beyond it (picqer.com/en/api/basics). It does not say
how it counts, so a permit stays taken until 60 s after the response: then no 60 s at Picqer can
hold more requests than the limit, whatever window it keeps. The rules are in ``limiter*.lua``,
one atomic step per call.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime

import redis

from integration.clock import SystemClock
from integration.errors import NoLimiter, OverBudget, RateLimited
from integration.jobs import Lane
from integration.picqer.limit_answers import believable, view_of
from integration.picqer.limit_numbers import HOLD_MARGIN, LEAST_PAUSE, numbers
from integration.picqer.limit_state import (
    LimitState,
    Reply,
    connect,
    milliseconds,
    number_of,
    seconds_of,
)
from integration.ports import Clock, LimitView, Permit

LONGEST_RETRY_AFTER = 900.0
"""Seconds; a longer Retry-After is cut, because a probe costs one request only."""


@dataclass(frozen=True, slots=True)
class Delay:
    """No permit now. ``wait``: seconds until there is room; ``poll``: seconds to look again after.

    ``cause``: wait (``ticket`` is the place in the queue), full, young, lost or paused.
    """

    cause: str
    wait: float
    poll: float
    ticket: str | None = None


class RedisLimiter:
    """The ``Limiter`` of one API key. All durations are seconds; safe for threads.

    ``api_key_digest`` is a hash of the key: processes with the same digest share one limit.
    ``window`` is the minute of the limit and ``deadline`` the longest a request can take.
    ``most_in_flight`` bounds requests under way at once; bulk may use a little more than half of
    them. ``redis_time`` replaces Redis' clock (epoch seconds) and is meant for tests only.
    ``recent_calls`` asks the store how many requests the last window may have seen; it is asked
    when Redis lost the state, because a process that died cannot give its own back.
    """

    def __init__(
        self,
        redis_client: redis.Redis | str,
        account: str,
        api_key_digest: str,
        *,
        clock: Clock | None = None,
        default_limit: int = 500,
        window: float = 60.0,
        deadline: float = 12.0,
        most_in_flight: int = 10,
        redis_time: Callable[[], float] | None = None,
        recent_calls: Callable[[], int] | None = None,
    ) -> None:
        """Connect lazily; a client that is handed in must decode responses."""
        client = connect(redis_client) if isinstance(redis_client, str) else redis_client
        self.account = account
        self._clock: Clock = clock or SystemClock()
        self._hold = window + HOLD_MARGIN
        self._deadline = deadline
        config = numbers(default_limit, window, deadline, most_in_flight)
        self._state = LimitState(
            client,
            api_key_digest,
            clock=self._clock,
            config=config,
            redis_time=redis_time,
            recent_calls=recent_calls,
        )

    # --- Permits ---------------------------------------------------------------------------------

    def take(self, lane: Lane, *, patience: float, born: float | None = None) -> Permit:
        """Take a permit, waiting in place at most ``patience`` seconds; see ``ports.Limiter``."""
        until = self._clock.monotonic() + max(0.0, patience)
        ticket: str | None = None
        while True:
            left = max(0.0, until - self._clock.monotonic())
            answer = self.ask(lane, patience=left, born=born, ticket=ticket)
            if isinstance(answer, Permit):
                return answer
            if answer.cause == "paused":
                raise RateLimited(
                    f"Picqer's rate limit of account {self.account} was exceeded; all its "
                    f"requests pause for {answer.wait:.0f} s and go on by themselves.",
                    seconds=answer.wait,
                )
            if answer.ticket is None:
                raise OverBudget(_over_budget(self.account, lane, answer), seconds=answer.wait)
            ticket = answer.ticket
            self._clock.sleep(answer.poll)

    def ask(
        self, lane: Lane, *, patience: float, born: float | None = None, ticket: str | None = None
    ) -> Permit | Delay:
        """Ask once, without sleeping: a permit, or how long to wait.

        A ``ticket`` is handed out when the wait fits in ``patience``; it keeps the caller's place
        until a second after ``poll``. Raises NoLimiter.
        """
        asked_at = self._clock.monotonic()
        reply = self._state.call(
            "take", lane=lane.value, patience=milliseconds(patience), born=born, ticket=ticket
        )
        token = reply.get("token")
        if not isinstance(token, str):
            return Delay(
                cause=str(reply["cause"]),
                wait=seconds_of(reply["wait"]),
                poll=seconds_of(reply["poll"]),
                ticket=str(reply["ticket"]) if "ticket" in reply else None,
            )
        flight_until = asked_at + self._deadline
        self._state.remember(token, free_at=flight_until + self._hold, flight_until=flight_until)
        return Permit(token=token, number=_number_of(token), account=self.account, lane=lane)

    def answered(self, permit: Permit, limit: int | None, remaining: int | None) -> None:
        """The response came now: free the permit a window from now and apply the headers."""
        self._close(permit, answered=True)
        limit, remaining = believable(limit, remaining)
        if limit is not None:
            self._state.remember_limit(limit)
        with suppress(NoLimiter):
            self._state.tell("answered", token=permit.token, limit=limit, remaining=remaining)

    def refused(self, permit: Permit, retry_after: float | None, limit: int | None = None) -> float:
        """A 429 came: pause the whole account; returns for how many seconds.

        ``limit`` is its ``X-RateLimit-Limit``, so that a limit that fell is known at once.
        """
        self._close(permit, answered=True)
        limit, _ = believable(limit, None)
        hint = min(max(retry_after or 0.0, 0.0), LONGEST_RETRY_AFTER)
        reply = self._tell(
            "refused", token=permit.token, retry_after=milliseconds(hint), limit=limit
        )
        pause = seconds_of(reply["wait"]) if reply else max(hint, LEAST_PAUSE)
        self._state.remember_pause(pause, heard=reply is not None)
        return pause

    def unanswered(self, permit: Permit) -> None:
        """No response will come: the permit is freed a window after the request's deadline."""
        self._close(permit, answered=False)
        self._tell("unanswered", token=permit.token)

    def give_back(self, permit: Permit) -> None:
        """The permit was not used: free it at once."""
        self._state.forget(permit.token)
        self._tell("give_back", token=permit.token)

    # --- For the mover, a starting process and people --------------------------------------------

    def start(self, last_call_at: datetime | None) -> None:
        """Tell a limiter without a past when the store saw this account's last request.

        A call in the last window is waited out, unless Redis still knows of it. What the first
        process says of a new state counts: later ones would take its own runs for calls before.
        Raises NoLimiter.
        """
        left = 0.0
        if last_call_at is not None:
            age = max(0.0, (self._clock.now() - last_call_at).total_seconds())
            left = max(0.0, self._hold - age)
        self._state.call("vouch", left=milliseconds(left))

    def publish_horizon(self, lane: Lane, born: float | None, seconds: float) -> None:
        """For ``seconds`` give no permit of a lane to jobs created after the epoch second ``born``.

        None lifts it. The mover says so while it meters a backlog. Raises NoLimiter.
        """
        self._state.call("horizon", lane=lane.value, born=born, left=milliseconds(seconds))

    def budget(self, seconds: float, lane: Lane = Lane.ORDERS) -> int:
        """How many permits this lane can be given within that many seconds. Raises NoLimiter."""
        reply = self._state.call("budget", lane=lane.value, left=milliseconds(seconds))
        return int(number_of(reply["permits"]))

    def view(self) -> LimitView:
        """How things stand, for people and metrics; changes nothing. Raises NoLimiter."""
        return view_of(self.account, self._state.call("view"))

    def _close(self, permit: Permit, *, answered: bool) -> None:
        """Remember that the request is over."""
        now = self._clock.monotonic()
        free_at = now + self._hold
        if not answered:
            free_at = max(free_at, self._state.free_at(permit.token))
        self._state.remember(permit.token, free_at=free_at, flight_until=now)

    def _tell(self, command: str, **arguments: object) -> Reply | None:
        """Call, where Redis being away does no harm: what it holds is freed later, never sooner."""
        try:
            return self._state.call(command, **arguments)
        except NoLimiter:
            return None


def _over_budget(account: str, lane: Lane, delay: Delay) -> str:
    """Say why there is no permit, to a person."""
    reasons = {
        "young": f"older {lane.value} jobs go first",
        "lost": "the requests of the last minute are waited out after a restart",
    }
    reason = reasons.get(delay.cause, "the rate limit is in use")
    return f"Picqer account {account}: {reason}; there is room in {delay.wait:.1f} s."


def _number_of(token: str) -> int:
    """A token carries its number: epoch, number, lane, permits in use."""
    return int(token.split(":")[1])
