"""The state of a rate limit that all processes share in Redis, and this process' part in it.

Every call is one run of the script. What the process remembers of its own last minute is given
back to a state that was lost: emptied, replaced by a new Redis, or restored from an older copy. The
state's time is bounded by this process' monotonic clock, so that a clock of Redis' machine that
steps forward frees nothing.
"""

from __future__ import annotations

import itertools
import json
import secrets
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib.resources import files

import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from integration.errors import NoLimiter, StoreAway
from integration.picqer.permit_memory import PermitMemory
from integration.picqer.script_lines import Script, lines_of
from integration.ports import Clock

SOCKET_SECONDS = 1.0
HEALTH_CHECK_SECONDS = 15
CLOCK_SLACK = 0.05
"""Seconds that Redis' time may run ahead of this process between two calls: network jitter."""
MOST_SEEDINGS = 3

_KEYS = ("record", "log", "flight", "queue", "leases")
_PARTS = ("limiter_state.lua", "limiter_room.lua", "limiter.lua")
_SCRIPT = "\n".join(
    files("integration.picqer").joinpath(part).read_text(encoding="utf-8") for part in _PARTS
)

Reply = dict[str, object]


@dataclass(frozen=True, slots=True)
class _Heard:
    """What this process heard last: the state's epoch, its highest permit number, and its time.

    ``time`` is in the state's milliseconds, heard in answer to a question of ``asked_at``
    (monotonic seconds); both None before the first answer of an epoch.
    """

    epoch: str = ""
    number: int = 0
    time: float | None = None
    asked_at: float = 0.0

    def latest(self, now: float) -> float | None:
        """The latest time, in the state's milliseconds, that it can be at monotonic ``now``."""
        if self.time is None:
            return None
        return self.time + milliseconds(now - self.asked_at + CLOCK_SLACK)


def connect(url: str) -> redis.Redis:
    """A client whose every call ends within about two seconds, so that a dead Redis stops us."""
    return redis.Redis.from_url(
        url,
        decode_responses=True,
        socket_timeout=SOCKET_SECONDS,
        socket_connect_timeout=SOCKET_SECONDS,
        health_check_interval=HEALTH_CHECK_SECONDS,
        retry=Retry(NoBackoff(), 1, supported_errors=(redis.ConnectionError,)),
    )


class LimitState:
    """One API key's state in Redis. Safe for threads.

    ``digest`` names the key's state; ``config`` are the numbers of the script; ``redis_time``
    replaces Redis' clock (epoch seconds) in tests; ``recent_calls`` asks the store how many
    requests the last window may have seen, those of dead processes included.
    """

    def __init__(
        self,
        client: redis.Redis,
        digest: str,
        *,
        clock: Clock,
        config: Mapping[str, float],
        redis_time: Callable[[], float] | None = None,
        recent_calls: Callable[[], int] | None = None,
    ) -> None:
        """Connect lazily; the client must decode responses."""
        self._recent_calls = recent_calls
        keys = [f"picqer-bridge:limit:{{{digest}}}:{name}" for name in _KEYS]
        self._script = Script(_numbers(config) + _SCRIPT, keys)
        self._lines = lines_of(client)
        self._clock = clock
        self._redis_time = redis_time
        self._origin = secrets.token_hex(6)
        self._births = itertools.count()
        self._lock = threading.RLock()
        self._heard = _Heard()
        self._memory = PermitMemory()
        self._limit: int | None = None
        self._paused_until = 0.0

    # --- What a lost state is given back ---------------------------------------------------------

    def remember(self, token: str, *, free_at: float, flight_until: float) -> None:
        """Keep a permit of ours; a permit's end only moves when it was answered. Monotonic."""
        with self._lock:
            now = self._clock.monotonic()
            self._memory.remember(token, free_at=free_at, flight_until=flight_until, now=now)

    def free_at(self, token: str) -> float:
        """When this permit of ours is freed, in monotonic seconds; 0.0 when unknown."""
        with self._lock:
            return self._memory.free_at(token)

    def forget(self, token: str) -> None:
        """The permit was given back."""
        with self._lock:
            self._memory.forget(token)

    def remember_limit(self, limit: int) -> None:
        """Keep the limit that a header named."""
        self._limit = limit

    def remember_pause(self, seconds: float, *, heard: bool) -> None:
        """Keep a pause; when Redis has not ``heard`` of it, it is told at the next call."""
        with self._lock:
            self._paused_until = max(self._paused_until, self._clock.monotonic() + seconds)
            if not heard:
                self._heard = _Heard(epoch="unheard")

    # --- Calls -----------------------------------------------------------------------------------

    def call(self, command: str, **arguments: object) -> Reply:
        """Run a sub-command, seeding the state first when it was lost. Raises NoLimiter."""
        for _ in range(MOST_SEEDINGS):
            heard = self._heard
            asked_at = self._clock.monotonic()
            reply = self._evaluate(command, heard, asked_at, arguments)
            if "lost" in reply:
                self._seed(str(reply["epoch"]))
                continue
            if command != "view":
                self._learn(reply, asked_at)
            return reply
        raise NoLimiter("Redis loses the rate limit again and again, so nothing is sent to Picqer.")

    def tell(self, command: str, **arguments: object) -> None:
        """Run a sub-command without waiting for its answer. Raises NoLimiter.

        When the state was lost it changes nothing; the next call learns of the loss and gives back
        what this process remembers.
        """
        asked_at = self._clock.monotonic()
        asked = self._arguments(command, self._heard, asked_at, arguments)
        if not self._lines.tell(self._script, asked):
            self.call(command, **arguments)

    def _seed(self, epoch: str) -> None:
        """Give a state without a past what this process remembers of its last minute."""
        with self._lock:
            if self._heard.epoch == epoch:
                return
            now = self._clock.monotonic()
            permits = [
                (token, milliseconds(left), milliseconds(flight))
                for token, left, flight in self._memory.recent(now)
            ]
            pause = milliseconds(max(0.0, self._paused_until - now))
            arguments = {
                "permits": permits,
                "limit": self._limit,
                "pause": pause,
                "at_least": self._counted(),
            }
            reply = self._evaluate("seed", _Heard(epoch=epoch), now, arguments)
            # Somebody may have emptied Redis once more: then the next call seeds again.
            if reply["epoch"] == epoch:
                self._heard = _Heard(epoch)
                self._learn(reply, now)

    def _counted(self) -> int:
        """How many requests the last window saw at the most. Raises NoLimiter."""
        if self._recent_calls is None:
            return 0
        try:
            return self._recent_calls()
        except StoreAway as error:
            raise NoLimiter(
                "Redis lost the rate limit, and the store, which counted the requests of the last "
                "minute, is away; nothing is sent to Picqer until it is back."
            ) from error

    def _learn(self, reply: Reply, asked_at: float) -> None:
        """Keep the epoch, the highest number and the time, unless they are of another epoch."""
        epoch, time = str(reply["epoch"]), number_of(reply["time"])
        with self._lock:
            heard = self._heard
            if heard.epoch not in ("", epoch):
                return
            highest = max(heard.number, int(number_of(reply["number"])))
            if heard.time is not None and heard.time > time:
                time, asked_at = heard.time, heard.asked_at
            self._heard = _Heard(epoch, highest, time, asked_at)

    def _evaluate(
        self, command: str, heard: _Heard, asked_at: float, arguments: Mapping[str, object]
    ) -> Reply:
        """One run of the script. Raises NoLimiter when Redis cannot answer."""
        try:
            answer = self._lines.run(
                self._script, self._arguments(command, heard, asked_at, arguments)
            )
        except redis.RedisError as error:
            raise NoLimiter(
                f"Redis, which keeps the rate limit, does not answer ({type(error).__name__}); "
                f"nothing is sent to Picqer until it is back."
            ) from error
        reply: Reply = json.loads(answer)
        return reply

    def _arguments(
        self, command: str, heard: _Heard, asked_at: float, arguments: Mapping[str, object]
    ) -> tuple[str, str]:
        """What the script is given beside its keys."""
        everything = {
            "epoch": heard.epoch,
            "number": heard.number,
            "candidate": f"e{self._origin}{next(self._births):x}",
            "latest": heard.latest(asked_at),
            "redis_time": milliseconds(self._redis_time()) if self._redis_time else None,
            **arguments,
        }
        known = {name: value for name, value in everything.items() if value is not None}
        return command, json.dumps(known)


def _numbers(config: Mapping[str, float]) -> str:
    """The numbers of the script as its first line."""
    pairs = ", ".join(f"{name} = {value!r}" for name, value in sorted(config.items()))
    return f"local c = {{ {pairs} }}\n"


def milliseconds(seconds: float) -> int:
    """Whole milliseconds, rounded to the nearest."""
    return round(seconds * 1000)


def seconds_of(value: object) -> float:
    """Seconds of a number of milliseconds in a reply."""
    return number_of(value) / 1000


def number_of(value: object) -> float:
    """A number in a reply. Raises NoLimiter when it is none."""
    if not isinstance(value, int | float):
        raise NoLimiter(f"The rate limit answered {value!r} where a number belongs.")
    return float(value)
