"""How requests prove who they are.

Each is set on the request itself, also when there is nothing to prove: ``requests`` would else
look into a ``.netrc`` file, and overwrite the Authorization header with what it finds there.
"""

from __future__ import annotations

import base64

from pydantic import SecretStr
from requests import PreparedRequest
from requests.auth import AuthBase


class NoAuth(AuthBase):
    """Nothing to prove."""

    def __call__(self, request: PreparedRequest) -> PreparedRequest:
        """Leave the request as it is."""
        return request


class BasicAuth(AuthBase):
    """HTTP Basic, in UTF-8."""

    def __init__(self, user: SecretStr, password: SecretStr) -> None:
        """Keep both as secrets."""
        self._user = user
        self._password = password

    @property
    def secrets(self) -> tuple[str, ...]:
        """What no message may repeat."""
        return self._user.get_secret_value(), self._password.get_secret_value()

    def __call__(self, request: PreparedRequest) -> PreparedRequest:
        """Set the Authorization header."""
        pair = f"{self._user.get_secret_value()}:{self._password.get_secret_value()}"
        request.headers["Authorization"] = f"Basic {base64.b64encode(pair.encode()).decode()}"
        return request


class BearerAuth(AuthBase):
    """A bearer token."""

    def __init__(self, token: SecretStr) -> None:
        """Keep the token as a secret."""
        self._token = token

    @property
    def secrets(self) -> tuple[str, ...]:
        """What no message may repeat."""
        return (self._token.get_secret_value(),)

    def __call__(self, request: PreparedRequest) -> PreparedRequest:
        """Set the Authorization header."""
        request.headers["Authorization"] = f"Bearer {self._token.get_secret_value()}"
        return request
