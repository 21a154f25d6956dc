"""Looking at an address: what answers there, whatever it is."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Sight:
    """One answer as it came; no redirect was followed.

    ``location`` is the header of that name as it stands, which a redirect has. ``body`` is None
    when it was too large or did not come to its end in time. ``date`` is the server's time.
    """

    status: int
    body: bytes | None
    location: str | None = None
    content_type: str = ""
    server: str = ""
    date: datetime | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class Silence:
    """No answer came. ``why`` completes "because …"; ``untrusted``: it is the certificate."""

    why: str
    untrusted: bool = False


Look = Callable[[str], Sight | Silence]
"""Ask an address once, with GET, within seconds; never raises."""
