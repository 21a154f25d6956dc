"""The table ``[shops.x.custom]``: a shop that speaks the custom webshop contract."""

from __future__ import annotations

import base64
import binascii
from typing import Annotated

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    SecretStr,
)

from integration.secure_url import secure_url
from integration.setting_texts import separate_secrets

SECRET_PREFIX = "whsec_"  # noqa: S105 - how every secret of Standard Webhooks begins, no secret
SHORTEST_KEY_BYTES = 24
LONGEST_KEY_BYTES = 64


def _standard(secrets: tuple[SecretStr, ...]) -> tuple[SecretStr, ...]:
    """Refuse what Standard Webhooks would not sign with."""
    if not secrets:
        raise ValueError("must hold at least one secret")
    for secret in secrets:
        text = secret.get_secret_value()
        key = _key(text.removeprefix(SECRET_PREFIX)) if text.startswith(SECRET_PREFIX) else b""
        if not SHORTEST_KEY_BYTES <= len(key) <= LONGEST_KEY_BYTES:
            raise ValueError("must be whsec_ followed by 24 to 64 random bytes in base64")
    return secrets


def _key(text: str) -> bytes:
    try:
        return base64.b64decode(text + "=" * (-len(text) % 4), validate=True)
    except binascii.Error:
        return b""


def _token(token: SecretStr) -> SecretStr:
    text = token.get_secret_value()
    if len(text) < 16 or not text.isascii() or not text.isprintable() or " " in text:
        raise ValueError("must be at least 16 plain characters, without spaces")
    return token


class CustomSettings(BaseModel):
    """What is needed to talk to a custom webshop."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    url: Annotated[str, AfterValidator(secure_url)] = Field(
        description="Where the shop answers; `/orders`, `/products` and `/stock` come after it."
    )
    token: Annotated[SecretStr, AfterValidator(_token)] = Field(
        description="What the bridge shows to the shop: `Authorization: Bearer <token>`."
    )
    secret: Annotated[
        tuple[SecretStr, ...], BeforeValidator(separate_secrets), AfterValidator(_standard)
    ] = Field(
        description="Signs what the shop sends to the door (Standard Webhooks, `whsec_...`). A "
        "list while one is being replaced: all verify."
    )
