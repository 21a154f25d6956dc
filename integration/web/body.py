"""Reading the body of a webhook request within bounds."""

from __future__ import annotations

import asyncio
import re

from starlette.requests import Request

MAX_BYTES = 1024 * 1024
MAX_SECONDS = 5.0
_LENGTH = re.compile("[0-9]{1,15}")


class TooLarge(Exception):
    """The body is larger than 1 MiB."""


class TooSlow(Exception):
    """The body did not arrive within 5 seconds."""


async def read_body(request: Request) -> bytes:
    """The raw body. Raises TooLarge by its announced and by its counted size, and TooSlow."""
    announced = request.headers.get("content-length", "0")
    if not _LENGTH.fullmatch(announced) or int(announced) > MAX_BYTES:
        raise TooLarge
    try:
        async with asyncio.timeout(MAX_SECONDS):
            return await _read(request)
    except TimeoutError as error:
        raise TooSlow from error


async def _read(request: Request) -> bytes:
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > MAX_BYTES:
            raise TooLarge
    return bytes(body)
