"""Sending one request within a total deadline, and knowing exactly whether any byte left.

``requests`` has time-outs per read only: a server that drips a byte now and then keeps it busy
for ever. Here a watchdog shuts the socket down at the deadline. Each thread has a session of its
own; nothing is repeated, redirected, or kept in cookies.
"""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from http.cookiejar import DefaultCookiePolicy
from types import TracebackType
from typing import Any, Self

from requests import Response, Session, exceptions
from requests.adapters import HTTPAdapter
from requests.auth import AuthBase
from urllib3 import HTTPConnectionPool, HTTPSConnectionPool, PoolManager, Retry
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import ConnectTimeoutError, HTTPError

from integration.http.silence import is_untrusted, why_silent

CONNECT_SECONDS = 5.0
KEEP_ALIVE_SECONDS = 4.0
"""A connection that was idle for longer is not used again: a server that closes it at that very
moment would leave a write without answer. Common servers close after 5 seconds."""
CHUNK = 65536


@dataclass(frozen=True, slots=True)
class Prepared:
    """One request, ready to be sent."""

    method: str
    url: str
    auth: AuthBase
    headers: Mapping[str, str]
    params: Mapping[str, str]
    body: bytes | None


@dataclass(frozen=True, slots=True)
class RawAnswer:
    """What came back. ``body`` is None when it could not be read to its end."""

    status: int
    headers: Mapping[str, str]
    body: bytes | None
    trouble: str = ""


class NoAnswer(Exception):
    """No answer came. ``sent``: a byte may have left; ``kind``: the exception's class.

    ``why`` completes "because …"; ``untrusted``: it is the other side's certificate.
    """

    def __init__(self, error: BaseException, *, sent: bool, late: bool) -> None:
        """Keep what the table asks for, and no message: it may hold the query."""
        super().__init__(type(error).__name__)
        self.kind = type(error)
        self.sent = sent
        self.late = late
        self.why = why_silent(error)
        self.untrusted = is_untrusted(error)


class Exchange:
    """One request under way: its deadline, its socket, and whether anything was sent."""

    def __init__(self, seconds: float) -> None:
        """Allow that many seconds in all, counted from now."""
        self.sent = False
        self.late = False
        self._ends = time.monotonic() + seconds
        self._socket: object = None
        self._finished = False
        self._lock = threading.Lock()
        self._watchdog = threading.Timer(seconds, self._time_is_up)
        self._watchdog.daemon = True

    def __enter__(self) -> Self:
        """Start the watchdog."""
        _thread.exchange = self
        self._watchdog.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Call the watchdog off: from here the connection may serve another request."""
        with self._lock:
            self._finished = True
        self._watchdog.cancel()
        _thread.exchange = None

    def watch(self, connecting: socket.socket) -> None:
        """This is the socket to shut down while the connection is being made."""
        with self._lock:
            self._socket = connecting

    def use(self, connection: HTTPConnection) -> None:
        """This is the socket to shut down from now on. Raises ConnectTimeoutError when late."""
        with self._lock:
            self._socket = connection.sock
            self.late = self.late or time.monotonic() >= self._ends
            if self.late:
                connection.close()
                raise ConnectTimeoutError(connection, "the deadline passed before sending")

    def _time_is_up(self) -> None:
        with self._lock:
            if self._finished:
                return
            self.late = True
            if isinstance(self._socket, socket.socket):
                with suppress(OSError):
                    socket.socket.shutdown(self._socket, socket.SHUT_RDWR)


class _ThreadState(threading.local):
    """What each thread has of its own."""

    session: Session | None = None
    exchange: Exchange | None = None


_thread = _ThreadState()


class _Watched(HTTPConnection):
    """A connection that tells the exchange of its thread when the first byte leaves."""

    _opening = False
    _used_at = 0.0

    def connect(self) -> None:
        """Connect, and do not go on when that took until the deadline."""
        self._opening = True
        try:
            super().connect()
        finally:
            self._opening = False
        self._used_at = time.monotonic()
        if _thread.exchange is not None:
            _thread.exchange.use(self)

    def _new_conn(self) -> socket.socket:
        made = super()._new_conn()
        if _thread.exchange is not None:
            _thread.exchange.watch(made)
        return made

    def send(self, data: Any) -> None:
        """Send; what a proxy is told while connecting does not count."""
        exchange = _thread.exchange
        if exchange is not None and not self._opening:
            if self.sock is None:
                self.connect()
            exchange.use(self)
            exchange.sent = True
            self._used_at = time.monotonic()
        super().send(data)

    @property
    def is_connected(self) -> bool:
        """Whether the pool may use it again."""
        return super().is_connected and time.monotonic() - self._used_at < KEEP_ALIVE_SECONDS


class _WatchedTls(_Watched, HTTPSConnection):
    """The same over TLS."""


class _Pool(HTTPConnectionPool):
    ConnectionCls = _Watched


class _TlsPool(HTTPSConnectionPool):
    ConnectionCls = _WatchedTls


class _Adapter(HTTPAdapter):
    """Watched connections, directly and through proxies; never a second try."""

    def __init__(self) -> None:
        retries = Retry(total=0, read=False, redirect=False, respect_retry_after_header=False)
        super().__init__(pool_connections=8, pool_maxsize=2, max_retries=retries)

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        super().init_poolmanager(*args, **kwargs)
        _watch(self.poolmanager)

    def proxy_manager_for(self, *args: Any, **kwargs: Any) -> Any:
        manager = super().proxy_manager_for(*args, **kwargs)
        _watch(manager)
        return manager


def _watch(manager: PoolManager) -> None:
    manager.pool_classes_by_scheme = {"http": _Pool, "https": _TlsPool}


def _session() -> Session:
    """This thread's session; proxies and CA bundles of the environment are honoured."""
    if _thread.session is None:
        session = Session()
        session.mount("http://", _Adapter())
        session.mount("https://", _Adapter())
        session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
        _thread.session = session
    return _thread.session


def forget_session() -> None:
    """Close the connections of this thread."""
    if _thread.session is not None:
        _thread.session.close()
        _thread.session = None


def send(request: Prepared, *, deadline: float, largest: int) -> RawAnswer:
    """Send it and read the answer, at most ``largest`` bytes, in ``deadline`` seconds in all.

    Raises NoAnswer when not even status and headers came.
    """
    with Exchange(deadline) as exchange:
        try:
            response = _open(request, deadline)
            with response:
                return _read(response, exchange, largest)
        except (exceptions.RequestException, HTTPError, OSError, ValueError) as error:
            # The cause is left out: its message holds the query, where an e-mail address may be.
            raise NoAnswer(error, sent=exchange.sent, late=exchange.late) from None


def _open(request: Prepared, deadline: float) -> Response:
    return _session().request(
        request.method,
        request.url,
        params=dict(request.params),
        data=request.body,
        headers=dict(request.headers),
        auth=request.auth,
        timeout=(min(CONNECT_SECONDS, deadline), deadline),
        allow_redirects=False,
        verify=True,
        stream=True,
    )


def _read(response: Response, exchange: Exchange, largest: int) -> RawAnswer:
    """The body; status and headers count even when the body breaks off."""
    parts: list[bytes] = []
    size = 0
    trouble = ""
    try:
        for part in response.iter_content(CHUNK):
            parts.append(part)
            size += len(part)
            if size > largest:
                trouble = f"the answer is larger than {largest} bytes"
                break
    except (exceptions.RequestException, HTTPError, OSError) as error:
        trouble = f"the answer broke off ({type(error).__name__})"
    if exchange.late:
        trouble = "the answer did not end within the deadline"
    body = None if trouble else b"".join(parts)
    return RawAnswer(response.status_code, response.headers, body, trouble)
