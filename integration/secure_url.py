"""Which addresses this service may send a secret to: https, or http towards this machine itself."""

from __future__ import annotations

from ipaddress import ip_address
from urllib.parse import urlsplit


def secure_url(text: str) -> str:
    """The address without a trailing slash; ValueError says what is wrong with it."""
    address = text.strip().rstrip("/")
    try:
        parts = urlsplit(address)
        host, _ = parts.hostname, parts.port
    except ValueError as wrong:
        raise ValueError(f"is not an address: {wrong}") from None
    if parts.scheme not in ("http", "https") or not host:
        raise ValueError("must be an address that begins with https://")
    if parts.scheme == "http" and not is_loopback(host):
        raise ValueError("must begin with https://; http:// is for this machine itself only")
    if parts.username or parts.password:
        raise ValueError("must not carry a user name or password")
    if parts.query or parts.fragment:
        raise ValueError("must end before any ? or #")
    return address


def is_loopback(host: str) -> bool:
    """Whether this host name or IP address is this machine itself."""
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def is_every_address(host: str) -> bool:
    """Whether listening there means listening on every address of this machine."""
    try:
        return ip_address(host).is_unspecified
    except ValueError:
        return False
