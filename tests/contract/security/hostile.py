"""Documents that no honest system sends: good ones with one place spoilt, and plain nonsense."""

from __future__ import annotations

import copy
import gzip
import json
import zlib
from typing import Any

from hypothesis import strategies as st

DIGITS = "9" * 5000
"""More than Python turns into a whole number."""
DEEP: Any = None
for _ in range(400):
    DEEP = [DEEP]
SPOILT: tuple[Any, ...] = (
    None, True, False, 0, -1, 1.5, 10**30, -(10**30), 2**63, 1e300, float("nan"), float("inf"),
    "", " ", "\x00", "a\x00b", "\ud800", "\udfff\ud800", "\u202e", "\n\r\t", "A" * 70_000,
    "1e999999", "-0", "NaN", DIGITS, "0x10", "١٢", "½", "2026-02-30 25:61:61",
    "9999-12-31 23:59:60", "0000-00-00 00:00:00", "'; DROP TABLE jobs; --", "{{7*7}}",
    "<script>alert(1)</script>", "../../etc/passwd", "%s%n", [], [[]], [None], [{}], {},
    {"": ""}, {"id": {"id": {}}}, DEEP,
)  # fmt: skip
"""What one place of a good document is replaced by."""
BODIES: dict[str, bytes] = {
    "nothing": b"",
    "one NUL": b"\0",
    "bytes that are no text": b"\xff\xfe\xfd",
    "a byte order mark": b"\xef\xbb\xbf{}",
    "UTF-16": '{"id": 1}'.encode("utf-16"),
    "a hundred thousand brackets": b"[" * 100_000,
    "brackets that close": b"[" * 50_000 + b"]" * 50_000,
    "objects in objects": b'{"id":' * 20_000 + b"1" + b"}" * 20_000,
    "a number with a huge exponent": b'{"id": 1e999999999}',
    "a number with a huge negative exponent": b'{"id": 1e-999999999}',
    "a number of 5,000 digits": b'{"id": ' + DIGITS.encode() + b"}",
    "an id of 900,000 digits": b'{"id": ' + b"9" * 900_000 + b"}",
    "not a number": b'{"id": NaN, "data": Infinity, "event": -Infinity}',
    "the same key twice": b'{"id": 1, "id": 2, "data": {}, "data": {"id": "3"}}',
    "a lone surrogate": b'{"id": "\\ud800", "type": "order.paid", "data": {"id": "\\udfff"}}',
    "an escaped NUL": b'{"event": "a\\u0000b", "data": {"id": "\\u0000"}, "type": "order\\u0000"}',
    "a NUL in the middle": b'{"id": 1\0}',
    "a text that never ends": b'{"id": "' + b"a" * 500_000,
    "only a number": b"1",
    "only a text": b'"order.created"',
    "an empty list": b"[]",
    "a list of ids": b"[1, 2, 3]",
    "two documents": b'{"id": 1}{"id": 2}',
    "compressed": gzip.compress(b'{"id": 1}'),
    "a bomb": gzip.compress(b"[" * 20_000_000),
    "deflated": zlib.compress(b'{"id": 1}'),
    "XML": b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]><a>&b;</a>',
    "a form": b"id=1&event=picklists.closed",
    "forty thousand keys": json.dumps({f"k{i}": i for i in range(40_000)}).encode(),
    "spaces": b" " * 1_000_000,
}


def places(document: Any) -> list[tuple[Any, ...]]:
    """The path of every place in a document, its top included."""
    found: list[tuple[Any, ...]] = [()]
    items: Any = ()
    if isinstance(document, dict):
        items = document.items()
    elif isinstance(document, list):
        items = enumerate(document)
    for key, value in items:
        found += [(key, *path) for path in places(value)]
    return found


def with_place(document: Any, path: tuple[Any, ...], value: Any) -> Any:
    """A copy with something else at that place."""
    if not path:
        return value
    changed = copy.copy(document)
    changed[path[0]] = with_place(document[path[0]], path[1:], value)
    return changed


def without_place(document: Any, path: tuple[Any, ...]) -> Any:
    """A copy that lacks that place."""
    *above, last = path
    whole = copy.deepcopy(document)
    inside = whole
    for key in above:
        inside = inside[key]
    del inside[last]
    return whole


@st.composite
def spoilt(draw: st.DrawFn, document: Any) -> Any:
    """A good document with one or two places spoilt or missing."""
    for _ in range(draw(st.integers(1, 2))):
        path = draw(st.sampled_from(places(document)))
        if path and draw(st.integers(0, 4)) == 0:
            document = without_place(document, path)
        else:
            document = with_place(document, path, draw(st.sampled_from(SPOILT)))
    return document
