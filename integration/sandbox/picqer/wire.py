"""How Picqer's JSON looks on the wire, and how it signs a hook delivery.

Picqer speaks the dialect of PHP's json_encode: slashes are escaped and everything outside ASCII is
written as an escape. A receiver must therefore verify the raw bytes (picqer.com/en/api/webhooks).
"""

import base64
import hashlib
import hmac
import json
from typing import Any

Json = dict[str, Any]


def encode(value: object) -> bytes:
    """Return `value` as JSON in PHP's dialect: no spaces, escaped slashes, ASCII only."""
    text = json.dumps(value, ensure_ascii=True, separators=(",", ":"))
    # A slash can only occur inside a string of JSON text, so replacing all of them is safe.
    return text.replace("/", "\\/").encode("ascii")


def signature(secret: str, raw: bytes) -> str:
    """Return the value of X-Picqer-Signature: base64 of HMAC-SHA256 over the raw body."""
    digest = hmac.new(secret.encode(), raw, hashlib.sha256).digest()
    return base64.b64encode(digest).decode("ascii")
