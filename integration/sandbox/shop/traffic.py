"""What passes between the bridge and the demo shop: the request log, latency and faults.

An ASGI layer around the contract's endpoints; the control interface passes through untouched.
"""

import asyncio
import json
import time
from collections.abc import Callable
from datetime import UTC, datetime
from email.utils import format_datetime
from typing import Any

from starlette.datastructures import MutableHeaders
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from integration.sandbox.shop.books import Books, LoggedRequest
from integration.sandbox.shop.faults import Fault, Faults
from integration.sandbox.shop.manners import Manners

MAX_BODY_BYTES = 1024 * 1024
ABORT = "abort_connection"
"""Where the server leaves, in a request's state, the call that cuts its connection."""


class Traffic:
    """Logs every request of the bridge and lets it meet the faults that are switched on."""

    def __init__(
        self,
        app: ASGIApp,
        *,
        books: Books,
        faults: Faults,
        manners: Manners,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._app = app
        self._books = books
        self._faults = faults
        self._manners = manners
        self._monotonic = monotonic

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one request: read it whole, let it happen or go wrong, write it down."""
        if scope["type"] != "http" or scope["path"].startswith("/control"):
            await self._app(scope, receive, send)
            return
        at, began = self._books.clock(), self._monotonic()
        fault = self._faults.take(scope["method"], scope["path"])
        body = await _read_body(receive)
        answer = await self._answer(scope, body, fault)
        await self._be_slow(fault)
        status = None if answer is None else answer[0]["status"]
        self._write_down(
            scope,
            at=at,
            body=_readable(body),
            status=status,
            fault=fault,
            seconds=round(self._monotonic() - began, 6),
        )
        if answer is None:
            await _cut(scope, receive)
        else:
            for message in answer:
                await send(message)

    async def _answer(
        self, scope: Scope, body: bytes | None, fault: Fault | None
    ) -> list[Message] | None:
        """Return the messages of the answer, None when the connection is to be cut."""
        if body is None:
            return await self._collected(_error(413, "a request is at most 1 MiB"), scope, b"")
        if fault is None or fault.kind == "late":
            return await self._collected(self._app, scope, body)
        if fault.commits:
            await self._collected(self._app, scope, body)
        if fault.drops:
            return None
        return await self._collected(_faulty_answer(fault), scope, body)

    async def _collected(self, app: ASGIApp, scope: Scope, body: bytes) -> list[Message]:
        """Let the app answer and return its messages, with the contract's own headers."""
        messages: list[Message] = []

        async def receive() -> Message:
            return {"type": "http.request", "body": body, "more_body": False}

        async def collect(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                headers["bridge-contract"] = "1"
                headers["date"] = format_datetime(self._books.clock().astimezone(UTC), usegmt=True)
            messages.append(message)

        await app(scope, receive, collect)
        return messages

    async def _be_slow(self, fault: Fault | None) -> None:
        seconds = self._manners.answer_seconds + (fault.seconds if fault else 0.0)
        if seconds > 0:
            await asyncio.sleep(seconds)

    def _write_down(
        self,
        scope: Scope,
        *,
        at: datetime,
        body: Any,
        status: int | None,
        fault: Fault | None,
        seconds: float,
    ) -> None:
        self._books.log.append(
            LoggedRequest(
                at=at,
                method=scope["method"],
                path=scope["path"],
                query=scope["query_string"].decode("ascii", "replace"),
                body=body,
                status=status,
                fault=None if fault is None else fault.kind,
                seconds=seconds,
            )
        )


def _error(status: int, sentence: str) -> JSONResponse:
    return JSONResponse({"error": sentence}, status)


def _faulty_answer(fault: Fault) -> Response:
    headers = {} if fault.retry_after is None else {"retry-after": str(fault.retry_after)}
    if fault.kind == "non_json":
        page = "<html><body><h1>Back soon</h1></body></html>"
        return HTMLResponse(page, fault.status or 200, headers)
    sentence = "this request met a fault that was switched on"
    return JSONResponse({"error": sentence}, fault.status or 503, headers)


async def _read_body(receive: Receive) -> bytes | None:
    """Return the whole body, None when it is too large or the caller went away meanwhile."""
    body = bytearray()
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            return None
        body += message.get("body", b"")
        if len(body) > MAX_BODY_BYTES:
            return None
        if not message.get("more_body", False):
            return bytes(body)


async def _cut(scope: Scope, receive: Receive) -> None:
    """Close the connection without an answer, and wait until the server has noticed."""
    scope["state"][ABORT]()
    while (await receive())["type"] != "http.disconnect":
        pass


def _readable(body: bytes | None) -> Any:
    """Return the body as JSON for the log, None when it has none or is not JSON."""
    try:
        return json.loads(body) if body else None
    except ValueError:
        return None
