"""What stands before every API request: log, credentials, rate limit, faults and slowness."""

import asyncio
import base64
import binascii
import hmac
import json
from collections.abc import MutableMapping
from dataclasses import dataclass, field
from email.utils import formatdate
from typing import Any

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from integration.sandbox.picqer import sending
from integration.sandbox.picqer.api import LAG, PREFIX
from integration.sandbox.picqer.books import Books
from integration.sandbox.picqer.faults import Fault
from integration.sandbox.picqer.rate_windows import Permit
from integration.sandbox.picqer.refusals import MESSAGES, Refusal, error_body
from integration.sandbox.picqer.request_log import Entry
from integration.sandbox.picqer.wire import encode

TOO_LARGE = 16 * 1024 * 1024


@dataclass(slots=True)
class Reply:
    """An answer before it is sent."""

    status: int
    body: bytes
    headers: dict[str, str] = field(default_factory=dict)


@dataclass(slots=True)
class Verdict:
    """What becomes of a request: a reply at once, or a fault, or neither."""

    entry: Entry
    permit: Permit
    reply: Reply | None = None
    fault: Fault | None = None
    lag: float = 0.0


class Front:
    """Wraps the API; everything outside /api passes untouched and unlogged."""

    def __init__(self, books: Books, api: ASGIApp, rest: ASGIApp) -> None:
        self._books = books
        self._api = api
        self._rest = rest

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http" or not scope["path"].startswith("/api/"):
            await self._rest(scope, receive, send)
            return
        scope["path"] = scope["path"].rstrip("/")
        body = await _read(receive)
        with self._books.lock:
            verdict = self._judge(scope, body)
        await self._serve(scope, receive, send, verdict, body)

    def _judge(self, scope: Scope, body: bytes) -> Verdict:
        """Log a request and decide on it; the lock is held."""
        books = self._books
        books.agenda.run_due()
        now = books.clock()
        method, path = scope["method"], scope["path"]
        query = scope["query_string"].decode("latin-1")
        entry = books.log.arrive(now, method, path, query)
        if (method, path) == ("POST", f"{PREFIX}/orders"):
            entry.reference = _reference(body)
        headers = Headers(scope=scope)
        if not _knows_key(headers.get("authorization", ""), books.api_key):
            return self._turned_down(entry, books.rate.look(now), Refusal(5, _KEY, status=401))
        verdict = self._judge_known(entry, now, method, path.removeprefix(PREFIX), body)
        no_agent = books.tuning.require_user_agent and not headers.get("user-agent")
        if no_agent and verdict.reply is None:
            return self._turned_down(entry, verdict.permit, Refusal(5, _AGENT))
        return verdict

    def _judge_known(
        self, entry: Entry, now: float, method: str, path: str, body: bytes
    ) -> Verdict:
        books = self._books
        storm = books.faults.storm(now, method, path, body)
        permit = books.rate.admit(now) if storm is None else books.rate.refuse(now)
        entry.limit, entry.remaining = permit.limit, permit.remaining
        entry.fault = None if storm is None else "storm"
        books.log.count(entry, allowed=permit.allowed)
        if not permit.allowed:
            return self._turned_down(entry, permit, Refusal(28), storm)
        fault = books.faults.choose(method, path, body)
        lag = books.faults.lag(method, path, body)
        entry.fault = fault.kind if fault else ("lagging_list" if lag else None)
        return Verdict(entry, permit, fault=fault, lag=lag)

    def _turned_down(
        self, entry: Entry, permit: Permit, refusal: Refusal, storm: Fault | None = None
    ) -> Verdict:
        entry.limit, entry.remaining = permit.limit, permit.remaining
        entry.error_code = refusal.error_code
        reply = Reply(refusal.status, encode(refusal.body()))
        if refusal.status == 429 and self._books.tuning.retry_after is not None:
            reply.headers["Retry-After"] = str(self._books.tuning.retry_after)
        if storm is not None:
            reply.headers |= storm.headers
        return Verdict(entry, permit, reply=reply)

    async def _serve(
        self, scope: Scope, receive: Receive, send: Send, verdict: Verdict, body: bytes
    ) -> None:
        half = self._books.tuning.answer_seconds / 2
        fault = verdict.fault
        await sending.rest(half)
        reply = verdict.reply
        if reply is None:
            reply = await self._work(scope, verdict, body)
        # Half of the time passes before the books change and half after, as on a real road.
        await sending.rest(half + (fault.seconds if fault and fault.kind == "late" else 0.0))
        if fault is not None and fault.kind in {"commit_then_drop", "drop_before_commit"}:
            verdict.entry.answered = self._books.clock()
            await sending.drop(scope, receive)
            return
        if fault is not None:
            _spoil(reply, fault)
        await self._send(send, reply, verdict)

    async def _work(self, scope: Scope, verdict: Verdict, body: bytes) -> Reply:
        """Let the API do its work, unless the fault forbids it."""
        fault = verdict.fault
        reply = Reply(200, b"")
        if fault is None or fault.commits:
            scope[LAG] = verdict.lag
            reply = await _capture(self._api, scope, body)
            if reply.status == 405:
                reply.body = encode(error_body(8, MESSAGES[8]))
            verdict.entry.error_code = _error_code(reply)
        if fault is not None and fault.kind == "status":
            verdict.entry.error_code = fault.error_code
            return Reply(fault.status, _fault_body(fault), dict(fault.headers))
        return reply

    async def _send(self, send: Send, reply: Reply, verdict: Verdict) -> None:
        fault, entry, permit = verdict.fault, verdict.entry, verdict.permit
        drip = fault.seconds if fault is not None and fault.kind == "drip" else 0.0
        headers = {
            "Content-Type": "application/json",
            "X-RateLimit-Limit": str(permit.limit),
            "X-RateLimit-Remaining": str(permit.remaining),
            "Date": formatdate(self._books.clock(), usegmt=True),
            **reply.headers,
        }

        def written() -> None:
            # Before the last byte leaves, so that who has the answer finds it in the log.
            entry.status, entry.answered = reply.status, self._books.clock()

        await sending.answer(
            send, reply.status, headers, reply.body, drip=drip, before_last=written
        )


_KEY = "Invalid API key"
_AGENT = "A User-Agent with the name of the application is required"


async def _read(receive: Receive) -> bytes:
    body = bytearray()
    more = True
    while more and len(body) <= TOO_LARGE:
        message = await receive()
        if message["type"] == "http.disconnect":
            break
        body += message.get("body", b"")
        more = message.get("more_body", False)
    return bytes(body)


def _knows_key(authorization: str, api_key: str) -> bool:
    scheme, _, encoded = authorization.partition(" ")
    if scheme.lower() != "basic":
        return False
    try:
        name = base64.b64decode(encoded).decode().partition(":")[0]
    except (binascii.Error, UnicodeDecodeError):
        return False
    return hmac.compare_digest(name.encode(), api_key.encode())


def _reference(body: bytes) -> str | None:
    try:
        reference = json.loads(body).get("reference")
    except (ValueError, AttributeError):
        return None
    return None if reference is None else str(reference)


def _error_code(reply: Reply) -> int | None:
    if reply.status < 400:
        return None
    return int(json.loads(reply.body)["error_code"])


def _fault_body(fault: Fault) -> bytes:
    if fault.body is not None:
        return fault.body.encode()
    code = fault.error_code or 1
    message = fault.error_message or "Switched-on fault of the sandbox"
    return encode({"error": True, "error_code": code, "error_message": message})


def _spoil(reply: Reply, fault: Fault) -> None:
    """Make an answer unreadable, as the fault wants."""
    if fault.kind == "non_json":
        page = fault.body or "<html><body><h1>502 Bad Gateway</h1></body></html>"
        reply.body = page.encode()
        reply.headers["Content-Type"] = "text/html"
    elif fault.kind == "truncated_json":
        reply.body = reply.body[: max(1, len(reply.body) // 2)]


async def _capture(app: ASGIApp, scope: Scope, body: bytes) -> Reply:
    """Run the API over a body that was read already, and keep its answer."""
    reply = Reply(500, b"")

    async def receive() -> Message:
        await asyncio.sleep(0)
        return {"type": "http.request", "body": body, "more_body": False}

    async def send(message: MutableMapping[str, Any]) -> None:
        if message["type"] == "http.response.start":
            reply.status = message["status"]
        else:
            reply.body += message.get("body", b"")

    await app(scope, receive, send)
    return reply
