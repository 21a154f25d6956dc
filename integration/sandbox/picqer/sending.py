"""Bytes on their way to the client: whole, one by one, or not at all."""

import asyncio
from collections.abc import Callable

from starlette.types import Receive, Scope, Send

TRANSPORT = "sandbox.transport"


async def rest(seconds: float) -> None:
    """Let time pass without holding anybody else up."""
    if seconds > 0:
        await asyncio.sleep(seconds)


async def drop(scope: Scope, receive: Receive) -> None:
    """Cut the connection without a single byte of an answer.

    The server puts its transport into the scope; RuntimeError without one, as under a test client.
    """
    transport: asyncio.Transport | None = scope.get("state", {}).get(TRANSPORT)
    if transport is None:
        raise RuntimeError("This server does not let the sandbox cut connections")
    transport.abort()
    # The server must have seen the cut before this request ends, or it would answer 500. The body
    # was read before, so that the next message can only be the end of the connection.
    await receive()


async def answer(
    send: Send,
    status: int,
    headers: dict[str, str],
    body: bytes,
    *,
    drip: float,
    before_last: Callable[[], None],
) -> None:
    """Send an answer at once, or its body byte by byte over `drip` seconds.

    `before_last` is called just before the last byte leaves.
    """
    if status != 204:
        headers["Content-Length"] = str(len(body))
    raw = [(name.lower().encode(), value.encode("latin-1")) for name, value in headers.items()]
    await send({"type": "http.response.start", "status": status, "headers": raw})
    pieces = [body]
    if drip > 0 and len(body) > 1:
        pieces = [body[place : place + 1] for place in range(len(body))]
    for piece in pieces[:-1]:
        await send({"type": "http.response.body", "body": piece, "more_body": True})
        await rest(drip / (len(pieces) - 1))
    before_last()
    await send({"type": "http.response.body", "body": pieces[-1], "more_body": False})
