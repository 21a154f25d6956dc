"""The way to a server, short of asking it anything: its name, and its certificate."""

from __future__ import annotations

import socket
import ssl
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlsplit

from requests import Session
from requests.utils import DEFAULT_CA_BUNDLE_PATH

from integration.http.silence import is_untrusted, why_silent
from integration.ports import Reach, Silence

SECONDS = 4.0


def reach(address: str, *, seconds: float = SECONDS) -> Reach | Silence:
    """The way to this address; Silence when there is none, or its certificate is not trusted.

    Certificates are verified by what requests are verified by. Behind a proxy nothing is looked
    at: names are then for the proxy to find.
    """
    parts = urlsplit(address)
    host, port = parts.hostname or "", parts.port or (443 if parts.scheme == "https" else 80)
    around = Session().merge_environment_settings(address, {}, None, None, None)
    if around["proxies"].get(parts.scheme) or around["proxies"].get("all"):
        return Reach(proxy=True)
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        until = _valid_until(host, port, around["verify"], seconds) if _tls(address) else None
    except (OSError, ValueError) as error:
        return Silence(why_silent(error), is_untrusted(error))
    return Reach(tuple(dict.fromkeys(str(row[4][0]) for row in found)), until)


def _tls(address: str) -> bool:
    return urlsplit(address).scheme == "https"


def _valid_until(host: str, port: int, authorities: object, seconds: float) -> datetime:
    """When the certificate of this server ends. Raises OSError when it is not trusted."""
    trusted = authorities if isinstance(authorities, str) else DEFAULT_CA_BUNDLE_PATH
    is_folder = Path(trusted).is_dir()
    context = ssl.create_default_context(
        cafile=None if is_folder else trusted, capath=trusted if is_folder else None
    )
    with (
        socket.create_connection((host, port), timeout=seconds) as plain,
        context.wrap_socket(plain, server_hostname=host) as secure,
    ):
        certificate = secure.getpeercert() or {}
    ends = ssl.cert_time_to_seconds(str(certificate["notAfter"]))
    return datetime.fromtimestamp(ends, UTC)
