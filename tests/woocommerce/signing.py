"""Who may call the WooCommerce server: OAuth 1.0a over plain http, Basic over https."""

from __future__ import annotations

import base64
import binascii
import re
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from hmac import compare_digest, digest
from urllib.parse import unquote

from oauthlib.oauth1.rfc5849.signature import base_string_uri
from oauthlib.oauth1.rfc5849.utils import escape

from tests.woocommerce.refusals import Refusal

WINDOW_SECONDS = 15 * 60
NEEDED = ("oauth_consumer_key", "oauth_timestamp", "oauth_nonce", "oauth_signature",
          "oauth_signature_method")  # fmt: skip
METHODS = {"HMAC-SHA1": "sha1", "HMAC-SHA256": "sha256"}
READING = {"GET", "HEAD", "OPTIONS"}
_HEADER = re.compile(r'(oauth_[a-z_-]*)="?([^",]*)"?')


@dataclass(slots=True)
class ApiKey:
    """A key that the shop's owner made; `permissions` is read, write or read_write."""

    consumer_key: str = "ck_0123456789abcdef0123456789abcdef01234567"
    consumer_secret: str = "cs_76543210fedcba9876543210fedcba9876543210"
    permissions: str = "read_write"
    used_nonces: set[str] = field(default_factory=set)


@dataclass(frozen=True, slots=True)
class Shown:
    """What a caller shows of itself: method, whole address, query and Authorization header."""

    method: str
    url: str
    query: Mapping[str, str]
    authorization: str


class Access:
    """Lets a request in as WooCommerce does; `basic_allowed` is how it behaves over https."""

    def __init__(
        self, key: ApiKey, *, basic_allowed: bool, wall: Callable[[], float] = time.time
    ) -> None:
        self.key = key
        self.basic_allowed = basic_allowed
        self._wall = wall

    def check(self, shown: Shown, anonymous: Refusal) -> None:
        """Raise Refusal unless the caller may do this; `anonymous` answers one without a key."""
        known = self.basic_allowed and self._basic(shown)
        if not known and not self._signed(shown):
            raise anonymous
        permissions = self.key.permissions
        wanted = "read" if shown.method in READING else "write"
        if permissions not in {wanted, "read_write"}:
            raise _refused(f"The API key provided does not have {wanted} permissions.")

    def _basic(self, shown: Shown) -> bool:
        """Key and secret in the query, else in the header; an unknown key is nobody (037)."""
        name, secret = shown.query.get("consumer_key"), shown.query.get("consumer_secret")
        if not (name and secret):
            name, secret = _basic_pair(shown.authorization)
        if name != self.key.consumer_key:
            return False
        if not compare_digest(secret.encode(), self.key.consumer_secret.encode()):
            raise _refused("Consumer secret is invalid.")
        return True

    def _signed(self, shown: Shown) -> bool:
        """Whether it is signed at all; raises Refusal when it is signed wrongly."""
        parameters = dict(shown.query) | _oauth_pairs(shown.authorization)
        missing = [name for name in NEEDED if not parameters.get(name)]
        if len(missing) == len(NEEDED):
            return False
        if missing:
            plural = "s" if len(missing) > 1 else ""
            message = f"Missing OAuth parameter{plural} {', '.join(missing)}"
            raise Refusal(401, "woocommerce_rest_authentication_missing_parameter", message)
        if parameters["oauth_consumer_key"] != self.key.consumer_key:
            raise _refused("Consumer key is invalid.")
        self._check_signature(shown, parameters)
        self._check_moment(parameters["oauth_timestamp"], parameters["oauth_nonce"])
        return True

    def _check_signature(self, shown: Shown, parameters: dict[str, str]) -> None:
        """Sign what is shown with the secret as it is, and compare (RFC 5849, no token)."""
        algorithm = METHODS.get(parameters["oauth_signature_method"])
        if algorithm is None:
            raise _refused("Invalid signature - signature method is invalid.")
        given = parameters.pop("oauth_signature")
        escaped = [(escape(name), escape(value)) for name, value in parameters.items()]
        pairs = "&".join(f"{name}={value}" for name, value in sorted(escaped))
        base = f"{shown.method}&{escape(base_string_uri(shown.url))}&{escape(pairs)}"
        own = digest(f"{self.key.consumer_secret}&".encode(), base.encode(), algorithm)
        if not compare_digest(base64.b64encode(own), given.encode()):
            raise _refused("Invalid signature - provided signature does not match.")

    def _check_moment(self, timestamp: str, nonce: str) -> None:
        age = self._wall() - int(timestamp) if timestamp.isdecimal() else WINDOW_SECONDS + 1
        if abs(age) > WINDOW_SECONDS:
            raise _refused("Invalid timestamp.")
        if nonce in self.key.used_nonces:
            raise _refused("Invalid nonce - nonce has already been used.")
        self.key.used_nonces.add(nonce)


def _refused(message: str) -> Refusal:
    return Refusal(401, "woocommerce_rest_authentication_error", message)


def _basic_pair(header: str) -> tuple[str, str]:
    scheme, _, rest = header.partition(" ")
    if scheme.lower() != "basic":
        return "", ""
    try:
        name, _, secret = base64.b64decode(rest, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        return "", ""
    return name, secret


def _oauth_pairs(header: str) -> dict[str, str]:
    if not header.startswith("OAuth "):
        return {}
    return {name: unquote(value) for name, value in _HEADER.findall(header)}
