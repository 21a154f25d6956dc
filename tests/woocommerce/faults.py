"""Faults that a test switches on, so that the server fails as shops and their hosts do."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from threading import Lock

UPDATING = (
    "<!DOCTYPE html><html><head><title>Maintenance</title></head><body><h1>Briefly unavailable "
    "for scheduled maintenance. Check back in a minute.</h1></body></html>"
)
"""The page of WordPress while it is being updated."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """What happens to the next `count` requests on `method` and `path`.

    A path is what comes after `/wp-json/wc/v3/`, with `*` for any text, for example `orders/*`.
    The request is answered with `status` and `body`; with `drop` the connection is closed instead.
    It does nothing in the shop unless `commit` is set.
    """

    status: int = 503
    body: str = UPDATING
    content_type: str = "text/html; charset=UTF-8"
    headers: dict[str, str] = field(default_factory=dict)
    method: str = "*"
    path: str = "*"
    count: int = 1
    commit: bool = False
    drop: bool = False

    def fits(self, method: str, path: str) -> bool:
        """Whether a request is one of those meant."""
        pattern = re.escape(self.path).replace(r"\*", ".*")
        return self.method in {"*", method} and re.fullmatch(pattern, path) is not None


class Faults:
    """The faults that are on, each with the number of requests it still has to meet."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._left: list[tuple[Fault, int]] = []

    def add(self, fault: Fault) -> None:
        """Switch the fault on; of several that fit a request the oldest goes first."""
        with self._lock:
            self._left.append((fault, fault.count))

    def clear(self) -> None:
        """Switch every fault off."""
        with self._lock:
            self._left.clear()

    def take(self, method: str, path: str) -> Fault | None:
        """The fault that this request meets, counted; None when all goes well."""
        with self._lock:
            for place, (fault, left) in enumerate(self._left):
                if fault.fits(method, path):
                    self._left[place : place + 1] = [(fault, left - 1)] if left > 1 else []
                    return fault
        return None
