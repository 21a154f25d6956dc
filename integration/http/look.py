"""Looking at an address of ours from outside, to see what stands there. The ``Look`` port.

Unlike ``HttpClient`` this makes no errors of answers: a redirect, an error page or a stranger's
answer is what the one who looks wants to see.
"""

from __future__ import annotations

from collections.abc import Mapping

from integration.http.auth import NoAuth
from integration.http.client import USER_AGENT
from integration.http.transport import NoAnswer, Prepared, send
from integration.http.wording import instant_of
from integration.ports import Sight, Silence

DEADLINE_SECONDS = 5.0
LARGEST_ANSWER = 64 * 1024


def look(address: str, *, deadline: float = DEADLINE_SECONDS) -> Sight | Silence:
    """What answers a GET of this address within ``deadline`` seconds in all; never raises.

    TLS is verified, no redirect is followed, and no credentials go along.
    """
    return _exchange("GET", address, {}, None, deadline)


def knock(
    address: str, headers: Mapping[str, str], body: bytes, *, deadline: float = DEADLINE_SECONDS
) -> Sight | Silence:
    """What answers when this is posted to the address, as ``look``; never raises."""
    return _exchange("POST", address, headers, body, deadline)


def _exchange(
    method: str, address: str, more: Mapping[str, str], body: bytes | None, deadline: float
) -> Sight | Silence:
    headers = {"Accept": "application/json", "User-Agent": USER_AGENT, **more}
    request = Prepared(method, address, NoAuth(), headers, {}, body)
    try:
        raw = send(request, deadline=deadline, largest=LARGEST_ANSWER)
    except NoAnswer as trouble:
        late = f"it did not answer within {deadline:g} seconds"
        return Silence(late if trouble.late else trouble.why, trouble.untrusted)
    return Sight(
        raw.status,
        raw.body,
        location=raw.headers.get("Location"),
        content_type=raw.headers.get("Content-Type", ""),
        server=raw.headers.get("Server", "").strip(),
        date=instant_of(raw.headers.get("Date")),
    )
