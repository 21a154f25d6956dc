"""The table ``[shops.x.woocommerce]``: a shop that runs WooCommerce."""

from __future__ import annotations

import re
from difflib import get_close_matches
from string import Formatter
from typing import Annotated, Self

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    SecretStr,
    model_validator,
)

from integration.secure_url import secure_url
from integration.setting_texts import separate, separate_secrets

SHORTEST_SECRET = 16
NOTE_NAMES = ("carrier", "tracking_code", "tracking_url", "number")
"""What the note of a shipment may name: of a parcel the first three, of the order the last."""
VAT_NUMBER_KEYS = (
    "_billing_vat_number",
    "_vat_number",
    "vat_number",
    "VAT Number",
    "_billing_eu_vat_number",
    "billing_eu_vat_number",
    "yweu_billing_vat",
    "billing_vat",
    "_billing_vat_id",
    "_billing_dic",
)
"""Where the common plugins for VAT numbers keep them at an order."""
_STATUS = re.compile(r"[a-z0-9][a-z0-9_-]{0,19}")
_KEY = re.compile(r"(ck|cs)_[0-9A-Za-z_]{16,100}")


def _key(prefix: str, secret: SecretStr) -> SecretStr:
    text = secret.get_secret_value()
    if not text.startswith(prefix) or not _KEY.fullmatch(text):
        raise ValueError(f"must be the whole key as WooCommerce showed it; it begins with {prefix}")
    return secret


def _consumer_key(secret: SecretStr) -> SecretStr:
    return _key("ck_", secret)


def _consumer_secret(secret: SecretStr) -> SecretStr:
    return _key("cs_", secret)


def _webhook_secrets(secrets: tuple[SecretStr, ...]) -> tuple[SecretStr, ...]:
    if not secrets:
        raise ValueError("must hold at least one secret")
    for secret in secrets:
        text = secret.get_secret_value()
        # WooCommerce decodes HTML entities in a secret before it signs with it.
        plain = text.isascii() and text.isprintable() and not set(text) & set(" &<>\"'\\")
        if len(text) < SHORTEST_SECRET or not plain:
            raise ValueError(
                f"must be at least {SHORTEST_SECRET} plain characters, without spaces, quotes, "
                "backslashes and & < >"
            )
    return secrets


def _status(text: str) -> str:
    if text.startswith("wc-"):
        raise ValueError(f"must be written without wc-: {text.removeprefix('wc-')}")
    if not _STATUS.fullmatch(text):
        raise ValueError("must be a status as the REST API writes it, for example processing")
    if text in ("any", "trash"):
        raise ValueError("must be a status that an order may be given, for example processing")
    return text


def _note(text: str) -> str:
    try:
        parts = list(Formatter().parse(text))
    except ValueError as wrong:
        raise ValueError(f"is not a template: {wrong}") from None
    for _, name, form, conversion in parts:
        if name is not None and (name not in NOTE_NAMES or form or conversion):
            near = get_close_matches(name, NOTE_NAMES, n=1)
            meant = f"did you mean {{{near[0]}}}?" if near else "it may hold " + _braced()
            raise ValueError(f"cannot fill in {{{name}}}; {meant}")
    if len(text) > 1000:
        raise ValueError("must be at most 1000 characters")
    return text


def _braced() -> str:
    return ", ".join(f"{{{name}}}" for name in NOTE_NAMES)


Status = Annotated[str, AfterValidator(_status)]
Statuses = Annotated[tuple[Status, ...], BeforeValidator(separate)]
MetaKeys = Annotated[tuple[str, ...], BeforeValidator(separate)]


class WooCommerceSettings(BaseModel):
    """What is needed to talk to a WooCommerce shop."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    url: Annotated[str, AfterValidator(secure_url)] = Field(
        description="The shop's address as WordPress has it; `/wp-json/wc/v3` comes after it."
    )
    consumer_key: Annotated[SecretStr, AfterValidator(_consumer_key)] = Field(
        description="The REST key (`ck_...`), made in WooCommerce with the permission Read/Write."
    )
    consumer_secret: Annotated[SecretStr, AfterValidator(_consumer_secret)] = Field(
        description="The secret that WooCommerce shows once, with the key (`cs_...`)."
    )
    webhook_secret: Annotated[
        tuple[SecretStr, ...], BeforeValidator(separate_secrets), AfterValidator(_webhook_secrets)
    ] = Field(
        description="Signs what the shop sends to the door; the bridge sets it at its webhooks. A "
        "list while one is being replaced: the first signs new webhooks, all verify."
    )
    release_statuses: Statuses = Field(
        default=("processing",),
        description="The order statuses in which an order is to be shipped.",
    )
    shipped_status: Status = Field(
        default="completed",
        description="The status that an order gets when all of it was shipped.",
    )
    shipment_note: Annotated[str, AfterValidator(_note)] = Field(
        default="{carrier} {tracking_code} {tracking_url}",
        description="The order note of a shipment, with " + _braced() + ". A line that names "
        "something of a parcel is repeated for each parcel.",
    )
    tracking_meta: bool = Field(
        default=False,
        description="Whether shipments are also written where the shipment-tracking plugins look "
        "(`_wc_shipment_tracking_items`).",
    )
    vat_number_meta: MetaKeys = Field(
        default=VAT_NUMBER_KEYS,
        description="The order's meta keys that may hold the customer's VAT number; the first that "
        "is filled counts.",
    )
    barcode_meta: str | None = Field(
        default=None,
        description="The product's meta key of the barcode; without one it is WooCommerce's own "
        "field (GTIN, UPC, EAN, or ISBN).",
    )
    key_in_query: bool = Field(
        default=False,
        description="Send the key in the address instead of in the Authorization header, for hosts "
        "that drop that header; only over https.",
    )
    timeout_seconds: int = Field(
        default=12,
        ge=1,
        le=12,
        description="How long one answer of the shop may take, in seconds.",
    )

    @model_validator(mode="after")
    def _shipped_is_not_released(self) -> Self:
        """An order would be released again by the very status that says it was shipped."""
        if self.shipped_status in self.release_statuses:
            raise ValueError("release_statuses must not hold the shipped_status")
        return self
