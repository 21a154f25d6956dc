"""Caches in front of a shop, which answer in its place with what was true a while ago.

Page caches and content delivery networks keep ``/wp-json`` too, unless they are told not to. An
order read from one has its old status: it is not released, or dragged back. So each reading has an
address of its own, and an answer that says it comes from a cache is not believed.
Source: RFC 9111 (``Age``); the headers that the common caches add.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Mapping

from integration.errors import Unavailable

ROOT = "/wp-json/wc/"
FRESH_HEADERS = {"Cache-Control": "no-cache", "Pragma": "no-cache"}
"""Asks caches to pass the question on; many do not listen."""
FRESH_PARAMETER = "_"
"""Makes the address of a reading its own. WordPress ignores parameters that it does not know."""
CACHE_HEADERS = (
    "X-Cache",
    "X-LiteSpeed-Cache",
    "CF-Cache-Status",
    "X-Cache-Status",
    "X-Proxy-Cache",
    "X-FastCGI-Cache",
    "X-Kinsta-Cache",
)
EXCLUDE = f"exclude addresses that begin with {ROOT} from the cache"
_KEPT = re.compile(r"(?:^|[\s,_])(?:hit|stale|updating)\b", re.IGNORECASE)
_SECONDS = re.compile(r"\s*0*([1-9][0-9]*)\s*", re.ASCII)


class Cached(Unavailable):
    """A cache answered in place of the shop, with what was true a while ago."""


def fresh_token() -> str:
    """What makes an address like no other."""
    return secrets.token_hex(8)


def cache_named(headers: Mapping[str, str]) -> str | None:
    """The header by which a cache says that it answered; None when none does.

    ``headers`` are looked up by names in any case.
    """
    if _SECONDS.fullmatch(headers.get("Age", "")):
        return "Age"
    return next((name for name in CACHE_HEADERS if _KEPT.search(headers.get(name, ""))), None)
