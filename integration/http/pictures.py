"""Product pictures of a webshop: from its own host, of the kinds and size that Picqer takes."""

from __future__ import annotations

from urllib.parse import parse_qsl, urlsplit

from integration.errors import NotFound, Refused, Unavailable
from integration.http.auth import NoAuth
from integration.http.client import DEADLINE_SECONDS, HttpClient
from integration.ports import CallGuard

LARGEST_PICTURE = 5 * 1024 * 1024
PICTURE_BEGINNINGS = (b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n")


def fetch_picture(
    url: str, *, shop_url: str, name: str, guard: CallGuard, deadline: float = DEADLINE_SECONDS
) -> bytes | None:
    """A picture at the host of ``shop_url``; None when there is none that Picqer would take.

    No secret goes along. A redirect is not followed: it could lead anywhere. ``name`` is how
    messages call the shop, ``deadline`` in seconds. Raises what a read of the shop raises.
    """
    if _origin(url) is None or _origin(url) != _origin(shop_url):
        return None
    parts = urlsplit(url)
    pictures = HttpClient(
        name=name,
        base_url=f"{parts.scheme}://{parts.netloc}",
        auth=NoAuth(),
        guard=guard,
        headers={"Accept": "image/jpeg, image/png"},
        deadline=deadline,
        largest_answer=LARGEST_PICTURE,
    )
    query = dict(parse_qsl(parts.query))
    try:
        answer = pictures.request("GET", parts.path or "/", params=query, expect_json=False)
    except (NotFound, Refused):
        return None
    except Unavailable as error:
        # A good status with an unusable body: too large, or it broke off.
        if error.evidence.status == 200:
            return None
        raise
    return answer.body if answer.body.startswith(PICTURE_BEGINNINGS) else None


def _origin(url: str) -> tuple[str, str, int | None] | None:
    """Scheme, host and port; None when the address cannot be read."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return None
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.username is not None:
        return None
    return parts.scheme, parts.hostname, port or (443 if parts.scheme == "https" else 80)
