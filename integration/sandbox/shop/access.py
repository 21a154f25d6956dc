"""Who may call the demo shop: whoever shows the token that was agreed with the bridge."""

import hmac
from typing import Annotated

from fastapi import Header, HTTPException
from pydantic import SecretStr


class BearerToken:
    """Lets a request in when its Authorization header carries the token, else answers 401."""

    def __init__(self, token: SecretStr) -> None:
        self._expected = f"Bearer {token.get_secret_value()}".encode()

    def __call__(self, authorization: Annotated[str | None, Header()] = None) -> None:
        """Compare in constant time, so that the answer's delay tells nothing about the token."""
        given = (authorization or "").encode("utf-8", "surrogateescape")
        if not hmac.compare_digest(given, self._expected):
            raise HTTPException(
                401, "the bearer token is missing or wrong", {"WWW-Authenticate": "Bearer"}
            )
