"""The table ``[shops.x.custom]``: a shop that speaks the custom webshop contract."""

from __future__ import annotations

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
from integration.setting_texts import UNFIT_FOR_SIGNING, is_signing_secret, separate_secrets


def _standard(secrets: tuple[SecretStr, ...]) -> tuple[SecretStr, ...]:
    """Refuse what Standard Webhooks would not sign with."""
    if not secrets:
        raise ValueError("must hold at least one secret")
    if not all(is_signing_secret(secret) for secret in secrets):
        raise ValueError(UNFIT_FOR_SIGNING)
    return secrets


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
