"""Things that go wrong on the way to Picqer, and a plan of which request they happen to."""

import json
import re
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import count as numbers
from random import Random
from typing import Any, Literal, get_args

FaultKind = Literal[
    "status",
    "late",
    "commit_then_drop",
    "drop_before_commit",
    "non_json",
    "truncated_json",
    "drip",
    "lagging_list",
    "storm",
]
# These go on until they are taken away; the others happen once unless a count says otherwise.
LASTING = {"lagging_list", "storm"}


@dataclass(slots=True)
class Fault:
    """One thing that goes wrong, and for whom.

    `method` and `path` choose the endpoint: `*` in a path stands for one segment, a path of `*`
    alone for all; paths begin after `/api/v1`. `match` chooses by top-level keys of the request's
    JSON body, such as `{"reference": "1042"}`. The first `after` matching requests are spared.
    `count` is how often it happens (default once; None with a `probability`: without end).
    `status`, `error_code`, `body` and `headers` word the answer of the kind `status`, which changes
    nothing in the books unless `commit` is set. `seconds` is the lateness of `late` and `drip`, the
    age at which rows appear with `lagging_list`, and the length of a `storm`.
    """

    kind: FaultKind
    method: str = "*"
    path: str = "*"
    count: int | None = None
    probability: float | None = None
    after: int = 0
    match: dict[str, Any] = field(default_factory=dict)
    status: int = 500
    error_code: int | None = None
    error_message: str = ""
    body: str | None = None
    headers: dict[str, str] = field(default_factory=dict)
    seconds: float = 0.0
    commit: bool | None = None
    idfault: int = 0
    happened: int = 0
    until: float | None = None

    def __post_init__(self) -> None:
        """Refuse a kind that does not exist, and give a count to what happens once."""
        if self.kind not in get_args(FaultKind):
            known = ", ".join(get_args(FaultKind))
            raise ValueError(f"no such fault: {self.kind}; known: {known}")
        if self.count is None and self.probability is None and self.kind not in LASTING:
            self.count = 1

    @property
    def commits(self) -> bool:
        """Whether the request still does its work in the books."""
        if self.commit is not None:
            return self.commit
        return self.kind not in {"status", "drop_before_commit", "storm"}

    def fits(self, method: str, path: str, body: bytes) -> bool:
        """Say whether a request is one that this fault is meant for."""
        if self.method not in {"*", method}:
            return False
        return _pattern(self.path).fullmatch(path) is not None and _body_fits(self.match, body)

    @property
    def spent(self) -> bool:
        """Whether it has happened as often as it was to."""
        return self.count is not None and self.happened >= self.count


@lru_cache(maxsize=256)
def _pattern(path: str) -> re.Pattern[str]:
    if path == "*":
        return re.compile(".*")
    return re.compile(re.escape("/" + path.strip("/")).replace(r"\*", "[^/]+"))


def _body_fits(match: dict[str, Any], body: bytes) -> bool:
    if not match:
        return True
    try:
        value = json.loads(body)
    except ValueError:
        return False
    return isinstance(value, dict) and all(
        str(value.get(key)) == str(wanted) for key, wanted in match.items()
    )


class FaultPlan:
    """The faults that are switched on, asked once for every request."""

    def __init__(self, random: Random) -> None:
        self._random = random
        self._faults: list[Fault] = []
        self._numbers = numbers(1)

    def add(self, fault: Fault, now: float) -> int:
        """Switch a fault on; return its number. A storm begins now."""
        fault.idfault = next(self._numbers)
        if fault.kind == "storm":
            fault.until = now + fault.seconds
        self._faults.append(fault)
        return fault.idfault

    def clear(self) -> None:
        """Switch every fault off."""
        self._faults.clear()

    def remove(self, idfault: int) -> bool:
        """Switch one fault off; say whether it was there."""
        before = len(self._faults)
        self._faults = [fault for fault in self._faults if fault.idfault != idfault]
        return len(self._faults) < before

    def all(self) -> list[Fault]:
        """Return the faults that are switched on, those that are used up included."""
        return list(self._faults)

    def storm(self, now: float, method: str, path: str, body: bytes) -> Fault | None:
        """Return the 429 storm that this request runs into, if there is one."""
        for fault in self._faults:
            raging = fault.kind == "storm" and fault.until is not None and now < fault.until
            if raging and fault.fits(method, path, body):
                fault.happened += 1
                return fault
        return None

    def lag(self, method: str, path: str, body: bytes) -> float:
        """Return the age in seconds that a row must have to be seen in this list."""
        return max(
            (
                fault.seconds
                for fault in self._faults
                if fault.kind == "lagging_list" and fault.fits(method, path, body)
            ),
            default=0.0,
        )

    def choose(self, method: str, path: str, body: bytes) -> Fault | None:
        """Return the first fault that happens to this request, and count it."""
        for fault in self._faults:
            if fault.kind in LASTING or fault.spent or not fault.fits(method, path, body):
                continue
            if fault.after > 0:
                fault.after -= 1
                continue
            if fault.probability is not None and self._random.random() >= fault.probability:
                continue
            fault.happened += 1
            return fault
        return None
