"""The table of errors, walked completely: every status, every code, every exception."""

from __future__ import annotations

import inspect

import pytest
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
from integration.http import error_of, error_of_exception

STATUSES = range(100, 600)
CODES = (None, *range(1, 41))
EXCEPTIONS = sorted(
    {
        kind
        for _, kind in inspect.getmembers(exceptions, inspect.isclass)
        if issubclass(kind, BaseException)
    },
    key=lambda kind: kind.__name__,
)


def of(status: int, code: int | None, *, writes: bool) -> type[BridgeError] | None:
    return error_of(writes=writes, sent=True, status=status, error_code=code)


@pytest.mark.parametrize("writes", [True, False])
@pytest.mark.parametrize("code", CODES)
def test_every_status_with_every_code_has_one_clear_consequence(
    code: int | None, writes: bool
) -> None:
    for status in STATUSES:
        assert of(status, code, writes=writes) is expected(status, code, writes=writes), status


def expected(status: int, code: int | None, *, writes: bool) -> type[BridgeError] | None:
    """Written apart from the table, as design section 4 says it."""
    unclear = Ambiguous if writes else Unavailable
    by_code: dict[int | None, type[BridgeError]] = {28: RateLimited, 29: LockedOut, 30: Busy}
    by_status: dict[int, type[BridgeError]] = {429: RateLimited, 401: LockedOut, 425: Unavailable}
    absent = {7, 20}
    unknown = {None, 1, 2, 3, 4, 11, *absent, *range(34, 41)}
    if code in by_code:
        return by_code[code]
    if status in by_status:
        return by_status[status]
    if status < 200 or status >= 500 or status == 408 or (status, code) == (400, 1):
        return unclear
    if status < 300:
        return None if code is None else unclear
    if status >= 400 and (code in absent or (status in {404, 410} and code in unknown)):
        return NotFound
    return Refused


def test_a_reading_never_leaves_doubt_and_a_write_always_does_without_a_clear_answer() -> None:
    for status in STATUSES:
        for code in CODES:
            assert of(status, code, writes=False) is not Ambiguous
            if status >= 500 and code not in {28, 29, 30}:
                assert of(status, code, writes=True) is Ambiguous


@pytest.mark.parametrize(
    ("status", "code", "kind"),
    [
        (429, 28, RateLimited),
        (200, 28, RateLimited),
        (401, None, LockedOut),
        (400, 29, LockedOut),
        (400, 30, Busy),
        (404, 20, NotFound),
        (400, 24, Refused),
        (404, 24, Refused),
        (400, 32, Refused),
        (403, None, Refused),
        (409, None, Refused),
        (302, None, Refused),
        (500, None, Ambiguous),
        (503, None, Ambiguous),
        (200, 24, Ambiguous),
        (101, None, Ambiguous),
        (999, None, Ambiguous),
    ],
)
def test_what_a_write_means_by_example(
    status: int, code: int | None, kind: type[BridgeError]
) -> None:
    assert of(status, code, writes=True) is kind


@pytest.mark.parametrize("status", [200, 201, 202, 204, 206])
def test_a_good_answer_is_no_error(status: int) -> None:
    assert of(status, None, writes=True) is None


@pytest.mark.parametrize("kind", EXCEPTIONS)
def test_what_was_sent_leaves_doubt_for_a_write_whatever_the_exception(
    kind: type[BaseException],
) -> None:
    assert error_of_exception(kind, writes=True, sent=True) is Ambiguous
    assert error_of_exception(kind, writes=False, sent=True) is Unavailable


@pytest.mark.parametrize("kind", EXCEPTIONS)
def test_what_was_not_sent_changed_nothing(kind: type[BaseException]) -> None:
    hopeless = {
        exceptions.InvalidHeader,
        exceptions.InvalidJSONError,
        exceptions.InvalidProxyURL,
        exceptions.InvalidSchema,
        exceptions.InvalidURL,
        exceptions.JSONDecodeError,
        exceptions.MissingSchema,
        exceptions.URLRequired,
    }
    wanted = Refused if kind in hopeless else Unavailable
    for writes in (True, False):
        assert error_of_exception(kind, writes=writes, sent=False) is wanted


def test_the_exceptions_of_requests_were_found() -> None:
    assert {"ConnectTimeout", "ReadTimeout", "SSLError", "ChunkedEncodingError"} <= {
        kind.__name__ for kind in EXCEPTIONS
    }


def test_silence_is_judged_by_whether_anything_was_sent() -> None:
    def silence(*, writes: bool, sent: bool) -> type[BridgeError] | None:
        return error_of(writes=writes, sent=sent, status=None, error_code=None)

    assert silence(writes=True, sent=True) is Ambiguous
    assert silence(writes=False, sent=True) is Unavailable
    assert silence(writes=True, sent=False) is Unavailable
