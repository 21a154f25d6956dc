"""THE table: from what happened to a request to the error that decides what happens next. Pure.

::

    nothing was sent (refused connection, DNS, TLS, time-out)  Unavailable
    the address or a header is malformed, nothing was sent     Refused
    sent, no readable answer (time-out, reset, bad body)       write: Ambiguous, read: Unavailable
    429, or error_code 28 on any status                        RateLimited
    401, or error_code 29 on any status                        LockedOut
    error_code 30 on any status                                Busy
    1xx, 5xx, 600 and up, 408, 400 with error_code 1           write: Ambiguous, read: Unavailable
    2xx with any other error_code (it contradicts itself)      write: Ambiguous, read: Unavailable
    2xx                                                        no error
    425 (not looked at yet)                                    Unavailable
    404, 410, 4xx with error_code 7 or 20                      NotFound
    404 with an error_code about what was sent (24 ...)        Refused
    3xx and every other 4xx                                    Refused

Codes are Picqer's (picqer.com/en/api/response-codes), which does not say on which status each
one comes; other servers have none. 403 is Refused here: whether the key itself is refused is
asked by Picqer's client.
"""

from __future__ import annotations

from requests import exceptions

from integration.errors import (
    Ambiguous,
    BridgeError,
    Busy,
    LockedOut,
    NotFound,
    RateLimited,
    Refused,
    Unavailable,
)

_CODES: dict[int, type[BridgeError]] = {28: RateLimited, 29: LockedOut, 30: Busy}
"""What these codes mean, whatever the status."""
_STATUSES: dict[int, type[BridgeError]] = {429: RateLimited, 401: LockedOut, 425: Unavailable}
_UNKNOWN_ERROR = (400, 1)
"""Picqer's "unknown application error" says nothing about what was done."""
_UNCLEAR_STATUSES = frozenset({408})
_ABSENT_CODES = frozenset({7, 20})
_ABSENT_STATUSES = frozenset({404, 410})
_CODES_ABOUT_WHAT_WAS_SENT = frozenset(
    {5, 6, 8, 9, 10, 12, 13, 14, 15, 16, 17, 18, 19, 21, 22, 23, 24, 25, 26, 27, 31, 32, 33}
)
_MISTAKES_OF_OURS = (
    exceptions.InvalidHeader,
    exceptions.InvalidJSONError,
    exceptions.InvalidProxyURL,
    exceptions.InvalidSchema,
    exceptions.InvalidURL,
    exceptions.MissingSchema,
    exceptions.URLRequired,
)
"""Raised before anything is sent, and again each time until the settings are corrected."""


def error_of(
    *, writes: bool, sent: bool, status: int | None, error_code: int | None
) -> type[BridgeError] | None:
    """The error of a request that ended like this; None when it went well.

    ``writes``: it would change something. ``sent``: at least one byte may have left.
    ``status``: None when there was no readable answer.
    """
    if not sent:
        return Unavailable
    unclear = Ambiguous if writes else Unavailable
    if status is None:
        return unclear
    if error_code in _CODES:
        return _CODES[error_code]
    if status in _STATUSES:
        return _STATUSES[status]
    if status in _UNCLEAR_STATUSES or not 200 <= status < 500:
        return unclear
    if (status, error_code) == _UNKNOWN_ERROR:
        return unclear
    if status < 300:
        return None if error_code is None else unclear
    return _of_refusal(status, error_code)


def _of_refusal(status: int, error_code: int | None) -> type[BridgeError]:
    """Between 3xx and 4xx: is it not there, or was it refused?"""
    if error_code in _CODES_ABOUT_WHAT_WAS_SENT or status < 400:
        return Refused
    if status in _ABSENT_STATUSES or error_code in _ABSENT_CODES:
        return NotFound
    return Refused


def error_of_exception(kind: type[BaseException], *, writes: bool, sent: bool) -> type[BridgeError]:
    """The error of a request that ended in this exception instead of an answer.

    Whether anything was sent is known exactly, because our connections watch their first byte;
    the class alone would not tell: an SSLError may come long after the request went out.
    """
    if not sent and issubclass(kind, _MISTAKES_OF_OURS):
        return Refused
    if not sent:
        return Unavailable
    return Ambiguous if writes else Unavailable
