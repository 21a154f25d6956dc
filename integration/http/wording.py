"""What may be repeated of another server's words, and what its headers say. Pure."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from urllib.parse import urlsplit

LONGEST_MESSAGE = 200
LONGEST_RETRY_AFTER = 3600.0
_EMAIL = re.compile(r"[^\s@<>\"']+@[^\s@<>\"']+")
_LONG_NUMBER = re.compile(r"\+?\d[\d ().-]{6,}\d")
_ZIPCODE = re.compile(r"\b\d{4}\s?[A-Z]{2}\b")
_QUOTE = re.compile("[\"\u201c\u201d\u201e\u00ab`]|(?:(?<=[\\s(=:])|^)['\u2018\u2019]")


def without_personal_data(text: object) -> str:
    """Another server's error message, fit for a log: at most 200 characters on one line.

    Servers like to repeat what they were sent, mostly in quotes. So everything from the first
    opening quote on is left out, and so are e-mail addresses, numbers as long as a telephone
    number, and Dutch postal codes. A name repeated without quotes cannot be recognised.
    """
    words = " ".join(str(text).split())
    quote = _QUOTE.search(words)
    if quote is not None:
        words = words[: quote.start()] + "…"
    words = _EMAIL.sub("…", words)
    words = _ZIPCODE.sub("…", _LONG_NUMBER.sub("…", words))
    printable = "".join(letter for letter in words if letter.isprintable())
    return printable[:LONGEST_MESSAGE]


def instant_of(header: str | None) -> datetime | None:
    """The instant in a ``Date`` header, in UTC; None when there is none or it is unreadable."""
    if header is None:
        return None
    try:
        instant = parsedate_to_datetime(header)
    except (ValueError, TypeError, IndexError):
        return None
    return instant.replace(tzinfo=UTC) if instant.tzinfo is None else instant.astimezone(UTC)


def retry_after(header: str | None, now: datetime | None) -> float | None:
    """The seconds a ``Retry-After`` header asks for, at most an hour; None when unreadable.

    It is a number of seconds or an HTTP date, which is counted from ``now``, the same answer's
    ``Date``.
    """
    text = (header or "").strip()
    if re.fullmatch(r"\d{1,9}(\.\d{1,6})?", text):
        return min(float(text), LONGEST_RETRY_AFTER)
    until = instant_of(text or None)
    if until is None or now is None:
        return None
    return min(max((until - now).total_seconds(), 0.0), LONGEST_RETRY_AFTER)


def host_of(location: str | None) -> str:
    """The host a redirect points to, without the path and query, which may hold anything."""
    try:
        return urlsplit(location or "").hostname or "another path of the same host"
    except ValueError:
        return "an unreadable address"
