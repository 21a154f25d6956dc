"""WooCommerce's REST API over HTTP: who we are, and what its refusals mean.

Over https the key goes along as HTTP Basic; plain http, which is for this machine itself only,
takes nothing but OAuth 1.0a. A refusal is ``{code, message, data: {status}}``. WordPress answers
404 for a thing that is not there and for a route that is not there, and a page of HTML where the
permalinks are plain. Sources: WooCommerce REST v3, authentication; seen in WooCommerce 11.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NoReturn
from urllib.parse import urlencode, urlsplit

from pydantic import SecretStr
from requests import PreparedRequest
from requests.auth import AuthBase
from requests_oauthlib import OAuth1

from integration.errors import BridgeError, Evidence, LockedOut, NotFound, Refused, Unavailable
from integration.http import (
    Answer,
    BasicAuth,
    ErrorBody,
    HttpClient,
    ServerClock,
    read_error_body,
    without_personal_data,
)
from integration.ports import CallGuard, Clock
from integration.webshops.woocommerce.settings import WooCommerceSettings

ROOT = "/wp-json/wc/v3"
NO_ROUTE = "rest_no_route"
OWN_CODES = ("woocommerce_", "product_", "rest_post_invalid_id")
"""How the codes begin with which WooCommerce itself says that a thing is not there."""
Query = Mapping[str, str | int]


class NoRoute(Unavailable):
    """The shop's WooCommerce does not know this address of the REST API."""


class KeyInQuery(AuthBase):
    """The key in the address, for hosts that drop the Authorization header."""

    def __init__(self, key: SecretStr, secret: SecretStr) -> None:
        """Keep both as secrets."""
        self._key = key
        self._secret = secret

    def __call__(self, request: PreparedRequest) -> PreparedRequest:
        """Add the key to the address, which stands in no log of ours."""
        pair = {
            "consumer_key": self._key.get_secret_value(),
            "consumer_secret": self._secret.get_secret_value(),
        }
        url = request.url or ""
        request.url = f"{url}{'&' if urlsplit(url).query else '?'}{urlencode(pair)}"
        return request


def auth_of(settings: WooCommerceSettings) -> AuthBase:
    """How requests to this shop prove who they are."""
    key, secret = settings.consumer_key, settings.consumer_secret
    if urlsplit(settings.url).scheme == "http":
        # In the query, because PHP does not always see the Authorization header.
        return OAuth1(
            key.get_secret_value(),
            client_secret=secret.get_secret_value(),
            signature_method="HMAC-SHA256",
            signature_type="query",
        )
    return KeyInQuery(key, secret) if settings.key_in_query else BasicAuth(key, secret)


class _Said:
    """What one answer's body says: ``code`` is WordPress' word for a refusal."""

    def __init__(self) -> None:
        self.code: str | None = None

    def read(self, data: object) -> ErrorBody:
        """Remember the code; the message begins with it."""
        body = read_error_body(data)
        if not isinstance(data, dict) or not isinstance(data.get("code"), str):
            return body
        self.code = without_personal_data(data["code"])
        return ErrorBody(message=f"{body.message}{_about_parameters(data)} ({self.code})")


def _about_parameters(data: Mapping[str, object]) -> str:
    """What is wrong with the parameters that were refused."""
    about = data.get("data")
    parameters = about.get("params") if isinstance(about, dict) else None
    if not isinstance(parameters, dict):
        return ""
    return "".join(f": {without_personal_data(text)}" for text in parameters.values())


class ShopRest:
    """The REST API of one shop under one guard; ``clock`` is the shop's.

    Paths begin after ``/wp-json/wc/v3``. Every method raises NotFound for what WooCommerce says
    is not there, LockedOut when the key is refused, NoRoute when the shop knows no such address,
    and what ``HttpClient`` raises.
    """

    def __init__(
        self, settings: WooCommerceSettings, shop: str, guard: CallGuard, clock: Clock
    ) -> None:
        """Talk to the shop of these settings; ``shop`` is its name in the settings."""
        self.shop = shop
        self.name = f"shop {shop}"
        self.url = settings.url
        self.deadline = float(settings.timeout_seconds)
        self.guard = guard
        self.clock = ServerClock(clock)
        self._auth = auth_of(settings)

    def get(self, path: str, query: Query | None = None) -> Answer:
        """Read."""
        return self.send("GET", path, query=query)

    def post(self, path: str, body: object) -> Answer:
        """Create, or write a batch."""
        return self.send("POST", path, body=body)

    def put(self, path: str, body: object) -> Answer:
        """Change."""
        return self.send("PUT", path, body=body)

    def send(
        self,
        method: str,
        path: str,
        *,
        query: Query | None = None,
        body: object = None,
        writes: bool | None = None,
    ) -> Answer:
        """One request. ``writes`` False says that it changes nothing whatever its method."""
        said = _Said()
        client = HttpClient(
            name=self.name,
            base_url=self.url,
            auth=self._auth,
            guard=self.guard,
            deadline=self.deadline,
            read_error=said.read,
        )
        try:
            answer = client.request(method, ROOT + path, params=query, json=body, writes=writes)
        except (LockedOut, NotFound, Refused, Unavailable) as error:
            self._reworded(error, said.code)
        self.clock.heard(answer)
        return answer

    def document(self, path: str, query: Query | None = None) -> dict[str, object]:
        """Read one object."""
        return self.document_in(self.get(path, query), path)

    def document_in(self, answer: Answer, path: str) -> dict[str, object]:
        """The object of an answer. Raises Unavailable when it is none."""
        if not isinstance(answer.data, dict):
            raise Unavailable(f"{self.name}: {path}: the answer is no JSON object")
        return answer.data

    def rows(self, path: str, query: Query | None = None) -> list[object]:
        """Read one list."""
        return self.rows_in(self.get(path, query), path)

    def rows_in(self, answer: Answer, path: str) -> list[object]:
        """The list of an answer. Raises Unavailable when it is none."""
        if not isinstance(answer.data, list):
            raise Unavailable(f"{self.name}: {path}: the answer is no JSON list")
        return answer.data

    def _reworded(self, error: BridgeError, code: str | None) -> NoReturn:
        """The same error, or the one that fits WordPress better."""
        evidence = error.evidence
        if evidence.status in (401, 403):
            raise LockedOut(self._locked_out(evidence.status, code), evidence=evidence) from None
        if evidence.status == 404 and code == NO_ROUTE:
            raise NoRoute(self._no_route(evidence), evidence=evidence) from None
        if isinstance(error, NotFound) and not _is_own(code):
            raise Unavailable(self._no_rest(evidence), evidence=evidence) from None
        if isinstance(error, Unavailable) and evidence.status == 200:
            raise Unavailable(self._no_json(evidence), evidence=evidence) from None
        raise error

    def _locked_out(self, status: int, code: str | None) -> str:
        if code is None:
            return (
                f"{self.name} answered {status}, and not by WooCommerce itself: a firewall or "
                f"security plugin keeps the bridge out; allow its requests to {ROOT}"
            )
        return (
            f"{self.name} refuses the key ({status}, {code}): it is wrong, or it may not do this; "
            f"make a key with the permission Read/Write for a user who may manage the shop, and "
            f"put it in shops.{self.shop}.woocommerce"
        )

    def _no_route(self, evidence: Evidence) -> str:
        return (
            f"{self.name}: {evidence.method} {evidence.path}: the shop knows no such address; "
            f"check that WooCommerce is active and not older than version 5.8"
        )

    def _no_rest(self, evidence: Evidence) -> str:
        return (
            f"{self.name}: {evidence.method} {evidence.path}: answered 404, and not by WooCommerce "
            f"itself; set the permalinks in WordPress to anything but Plain, check the address in "
            f"the settings, and look for a plugin that switches the REST API off"
        )

    def _no_json(self, evidence: Evidence) -> str:
        return (
            f"{self.name}: {evidence.method} {evidence.path}: the answer is no JSON (or too "
            f"large): a maintenance page, or a plugin that prints into answers"
        )


def _is_own(code: str | None) -> bool:
    return code is not None and code.startswith(OWN_CODES)
