"""One side of the outside world over HTTP: requests in, answers or errors out.

Around every request stand, in this order: the passage (a permit of a rate limit), the guard
(lease, breaker, stop), the transport with its total deadline, and the table of errors.
"""

from __future__ import annotations

import json as json_format
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from decimal import Decimal
from typing import NoReturn

from requests.auth import AuthBase

from integration import __version__
from integration.errors import BridgeError, Deferred, Evidence, RateLimited
from integration.http.error_body import ErrorBody, read_error_body
from integration.http.passage import FreePassage, Passage
from integration.http.repeated import without_what_was_sent
from integration.http.table import error_of, error_of_exception
from integration.http.transport import NoAnswer, Prepared, RawAnswer, send
from integration.http.wording import host_of, instant_of, retry_after
from integration.ports import Call, CallGuard

LARGEST_ANSWER = 16 * 1024 * 1024
DEADLINE_SECONDS = 12.0
READING_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
USER_AGENT = f"picqer-bridge/{__version__}"
Query = Mapping[str, str | int]


@dataclass(frozen=True, slots=True)
class Answer:
    """A good answer. ``data`` is its JSON with decimals as Decimal, None when it is empty.

    ``body`` are its bytes, ``date`` the instant in its ``Date`` header.
    """

    status: int
    data: object
    headers: Mapping[str, str]
    date: datetime | None
    body: bytes = b""


@dataclass(frozen=True, slots=True)
class _Sending:
    """One request on its way, for the wording and the evidence."""

    call: Call
    passage: Passage
    begun: float
    body: bytes | None


@dataclass(frozen=True, kw_only=True)
class HttpClient:
    """One server, reached under one guard.

    ``name`` is how messages call it ("Picqer account main", "shop nl"); ``deadline`` is the total
    of seconds per request; ``admit`` takes a permit and may raise; ``read_error`` understands
    the server's error bodies; ``listen`` is told the headers of every answer, also of a bad one.
    """

    name: str
    base_url: str
    auth: AuthBase
    guard: CallGuard
    headers: Mapping[str, str] = field(default_factory=dict)
    deadline: float = DEADLINE_SECONDS
    admit: Callable[[], Passage] = FreePassage
    read_error: Callable[[object], ErrorBody] = read_error_body
    listen: Callable[[Mapping[str, str]], None] = lambda _headers: None
    largest_answer: int = LARGEST_ANSWER

    def request(
        self,
        method: str,
        path: str,
        *,
        params: Query | None = None,
        json: object = None,
        expect_json: bool = True,
        writes: bool | None = None,
    ) -> Answer:
        """Send one request and return its good answer, or raise an error of the table.

        ``path`` begins with a slash, holds no personal data, and stands in logs; ``params`` may
        hold some and do not. ``json`` None sends no body. ``writes`` False says that a POST only
        reads. Raises what ``admit`` and the guard raise, too.
        """
        request = self._prepare(method, path, params, json)
        sending = self._begin(method, path, writes, request.body)
        try:
            raw = send(request, deadline=self.deadline, largest=self.largest_answer)
        except NoAnswer as trouble:
            self._no_answer(sending, trouble)
        except BaseException:
            sending.passage.unanswered()
            self._after(sending, None, None)
            raise
        return self._answer(sending, raw, expect_json=expect_json)

    def _begin(self, method: str, path: str, writes: bool | None, body: bytes | None) -> _Sending:
        """Take the permit, then let the guard look right before sending."""
        changes = method not in READING_METHODS if writes is None else writes
        call = Call(method, path, changes)
        passage = self.admit()
        try:
            self.guard.before(call, self.deadline)
        except BaseException:
            passage.unsent()
            raise
        return _Sending(call, passage, time.monotonic(), body)

    def _prepare(self, method: str, path: str, params: Query | None, json: object) -> Prepared:
        headers = {"Accept": "application/json", "User-Agent": USER_AGENT, **self.headers}
        body = None
        if json is not None:
            body = json_format.dumps(json, ensure_ascii=True, allow_nan=False).encode()
            headers["Content-Type"] = "application/json"
        query = {key: str(value) for key, value in (params or {}).items()}
        url = self.base_url.rstrip("/") + path
        return Prepared(method, url, self.auth, headers, query, body)

    def _after(self, sending: _Sending, status: int | None, error_code: int | None) -> None:
        seconds = time.monotonic() - sending.begun
        self.guard.after(sending.call, status, seconds, error_code)

    def _no_answer(self, sending: _Sending, trouble: NoAnswer) -> NoReturn:
        if trouble.sent:
            sending.passage.unanswered()
        else:
            sending.passage.unsent()
        self._after(sending, None, None)
        kind = error_of_exception(trouble.kind, writes=sending.call.writes, sent=trouble.sent)
        raise self._error(kind, sending, _silence(trouble), None, None) from None

    def _answer(self, sending: _Sending, raw: RawAnswer, *, expect_json: bool) -> Answer:
        """A good answer, or the error that the table gives for it."""
        self.listen(raw.headers)
        data, trouble = _parse(raw) if expect_json or raw.status >= 300 else (None, raw.trouble)
        said = self._clean(self.read_error(data), sending)
        writes = sending.call.writes
        kind = error_of(writes=writes, sent=True, status=raw.status, error_code=said.code)
        if kind is None and trouble:
            kind = error_of(writes=writes, sent=True, status=None, error_code=None)
        date = instant_of(raw.headers.get("Date"))
        seconds = self._passed(sending, raw, kind, date)
        self._after(sending, raw.status, said.code)
        if kind is None:
            return Answer(raw.status, data, raw.headers, date, raw.body or b"")
        raise self._error(kind, sending, _what(raw, said, trouble), (raw.status, said), seconds)

    def _clean(self, said: ErrorBody, sending: _Sending) -> ErrorBody:
        """What the answer says, without the people and the key that the request named."""
        message = without_what_was_sent(said.message, sending.body, self.auth)
        return replace(said, message=message)

    def _passed(
        self,
        sending: _Sending,
        raw: RawAnswer,
        kind: type[BridgeError] | None,
        date: datetime | None,
    ) -> float | None:
        """Tell the passage; returns how long to wait."""
        wish = retry_after(raw.headers.get("Retry-After"), date)
        if kind is RateLimited:
            return sending.passage.refused(wish, raw.headers)
        sending.passage.answered(raw.headers)
        return None

    def _error(
        self,
        kind: type[BridgeError],
        sending: _Sending,
        what: str,
        answer: tuple[int, ErrorBody] | None,
        seconds: float | None,
    ) -> BridgeError:
        call = sending.call
        status, code = (answer[0], answer[1].code) if answer else (None, None)
        evidence = Evidence(call.method, call.path, status, code)
        message = f"{self.name}: {call.method} {call.path}: {what}"
        if issubclass(kind, Deferred):
            return kind(message, seconds=seconds, evidence=evidence)
        return kind(message, evidence=evidence)


def _parse(raw: RawAnswer) -> tuple[object, str]:
    """The JSON, and what is wrong with it; an empty body is None."""
    if raw.body is None:
        return None, raw.trouble
    if not raw.body.strip():
        return None, ""
    try:
        return json_format.loads(raw.body, parse_float=Decimal, parse_constant=_no_constant), ""
    except (ValueError, RecursionError, ArithmeticError):
        return None, "the answer is no JSON"


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is no JSON")


def _silence(trouble: NoAnswer) -> str:
    """Why no answer came, for a person."""
    why = "the deadline passed" if trouble.late else trouble.why
    if trouble.sent:
        return f"no answer came, because {why}"
    return f"nothing was sent, because {why}; check the address in the settings and the network"


def _what(raw: RawAnswer, said: ErrorBody, trouble: str) -> str:
    """What the answer says, for a person."""
    if 300 <= raw.status < 400:
        host = host_of(raw.headers.get("Location"))
        return f"it redirects ({raw.status}) to {host}; put the final address in the settings"
    code = "" if said.code is None else f", error_code {said.code}"
    words = said.message or trouble or "no message"
    return f"answered {raw.status}{code}: {words}"
