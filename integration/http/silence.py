"""Why no answer came, in words, from the exceptions that a connection ends in. Pure.

The messages of those exceptions are left out, because they hold the query, where an e-mail
address may be; only what TLS says about a certificate is repeated, which names hosts alone.
"""

from __future__ import annotations

import errno
import socket
import ssl
from collections.abc import Iterator

from urllib3.exceptions import ConnectTimeoutError, ReadTimeoutError

_KINDS: tuple[tuple[type[BaseException], str], ...] = (
    (ssl.SSLError, "what answers there does not speak TLS as we do"),
    (socket.gaierror, "nobody knows that host name"),
    (ConnectionRefusedError, "nothing listens there"),
    (ConnectTimeoutError, "it did not let us connect in time"),
    (ReadTimeoutError, "it did not answer in time"),
    (TimeoutError, "it did not answer in time"),
    (ConnectionError, "it closed the connection without an answer"),
)
_NO_WAY = frozenset({errno.ENETUNREACH, errno.EHOSTUNREACH, errno.ENETDOWN, errno.EHOSTDOWN})


def why_silent(error: BaseException) -> str:
    """Why no answer came, completing "because …"; the class of the error when nothing else fits."""
    causes = list(_causes(error))
    for cause in causes:
        if isinstance(cause, ssl.SSLCertVerificationError):
            return f"its certificate is not trusted: {cause.verify_message.rstrip('.')}"
        if isinstance(cause, OSError) and cause.errno in _NO_WAY:
            return "there is no way to that host"
    for kind, words in _KINDS:
        if any(isinstance(cause, kind) for cause in causes):
            return words
    return f"of an error ({type(error).__name__})"


def is_untrusted(error: BaseException) -> bool:
    """Whether it was the certificate of the other side."""
    return any(isinstance(cause, ssl.SSLCertVerificationError) for cause in _causes(error))


def _causes(error: BaseException) -> Iterator[BaseException]:
    """The error and what it came from, each once."""
    seen: set[int] = set()
    current: BaseException | None = error
    while current is not None and id(current) not in seen:
        seen.add(id(current))
        yield current
        current = current.__cause__ or current.__context__
