"""Faults that a person or a test switches on, so that the demo shop misbehaves on command."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from threading import Lock
from typing import Literal, get_args

from pydantic import ConfigDict, with_config

FaultKind = Literal["status", "late", "commit_then_drop", "drop_before_commit", "non_json"]


@with_config(ConfigDict(extra="forbid"))
@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """What happens to the next `count` requests on `method` and `path`.

    A `*` in a path stands for one segment (`/orders/*/complete`), a path of `*` alone for all, and
    so for a method. Kinds: `status` answers `status` (default 503) with an error, `non_json`
    answers `status` (default 200) with a page of HTML, `late` does the work and answers after
    `seconds`; `commit_then_drop` and `drop_before_commit` close the connection without an answer,
    the work done or not. `status` and `non_json` change nothing unless `commit` is set.
    `retry_after` (seconds) becomes a Retry-After header.
    """

    kind: FaultKind
    method: str = "*"
    path: str = "*"
    count: int = 1
    status: int | None = None
    seconds: float = 0.0
    retry_after: int | None = None
    commit: bool = False

    @property
    def commits(self) -> bool:
        """Whether the request still does its work."""
        return self.commit or self.kind in {"late", "commit_then_drop"}

    @property
    def drops(self) -> bool:
        """Whether the connection is closed without an answer."""
        return self.kind in {"commit_then_drop", "drop_before_commit"}

    def fits(self, method: str, path: str) -> bool:
        """Whether a request with that method and path is one of those meant."""
        pattern = ".*" if self.path == "*" else re.escape(self.path).replace(r"\*", "[^/]+")
        return self.method in {"*", method} and re.fullmatch(pattern, path) is not None


class Faults:
    """The faults that are switched on, each with the number of requests it still has to meet."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._left: list[tuple[Fault, int]] = []

    def add(self, fault: Fault) -> None:
        """Switch the fault on; of several that fit a request the oldest goes first.

        Raises ValueError when it could never happen.
        """
        if fault.kind not in get_args(FaultKind):
            raise ValueError(
                f"no such fault: {fault.kind}; known: {', '.join(get_args(FaultKind))}"
            )
        if fault.count < 1:
            raise ValueError(f"count is {fault.count}; a fault happens at least once")
        with self._lock:
            self._left.append((fault, fault.count))

    def clear(self) -> None:
        """Switch every fault off."""
        with self._lock:
            self._left.clear()

    def take(self, method: str, path: str) -> Fault | None:
        """Return the fault that this request meets and count it, None when all goes well."""
        with self._lock:
            for place, (fault, left) in enumerate(self._left):
                if fault.fits(method, path):
                    self._left[place : place + 1] = [(fault, left - 1)] if left > 1 else []
                    return fault
        return None

    def __iter__(self) -> Iterator[tuple[Fault, int]]:
        """Walk over the faults that are on, with how often each will still happen."""
        with self._lock:
            return iter(tuple(self._left))
