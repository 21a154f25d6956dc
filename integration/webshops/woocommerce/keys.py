"""How requests to a WooCommerce shop prove who they are.

Over https the key goes along as HTTP Basic; plain http, which is for this machine itself only,
takes nothing but OAuth 1.0a. Source: WooCommerce REST v3, authentication; seen in WooCommerce 11.
"""

from __future__ import annotations

from urllib.parse import urlencode, urlsplit

from pydantic import SecretStr
from requests import PreparedRequest
from requests.auth import AuthBase
from requests_oauthlib import OAuth1

from integration.http import BasicAuth
from integration.webshops.woocommerce.settings import WooCommerceSettings


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
