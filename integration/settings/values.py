"""Kinds of values in settings, each refused with a sentence that says what would be right."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from string import Formatter
from typing import Annotated, Literal, get_args
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AfterValidator, BeforeValidator, SecretStr

from integration.secure_url import secure_url
from integration.setting_texts import (
    UNFIT_FOR_SIGNING,
    is_signing_secret,
    parsed_json,
    separate,
    separate_secrets,
)

SHORTEST_SECRET = 16
SHORTEST_PASSWORD = 10
TEMPLATE_NAMES = frozenset({"number", "id", "shop"})
FlowName = Literal["create_product", "create_order", "complete_order", "push_stock"]
"""The flows that a shop may choose; reconciliation is not a choice."""
OWNED_ORDER_FIELDS = frozenset({"reference", "products", "idcustomer"})


def names_secret(annotation: object) -> bool:
    """Whether a setting of this type holds a secret, alone or in a list."""
    return annotation is SecretStr or any(names_secret(part) for part in get_args(annotation))


def _name(text: str) -> str:
    if not re.fullmatch(r"[a-z][a-z0-9]*", text):
        raise ValueError("a name is lower-case letters and digits and begins with a letter")
    return text


def _subdomain(text: str) -> str:
    if not re.fullmatch(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?", text):
        raise ValueError("must be the part before .picqer.com, in lower case: 'example'")
    return text


def _contact(text: str) -> str:
    if not re.fullmatch(r"[!-'*-~][ !-'*-~]{2,99}", text):
        raise ValueError("must be 3 to 100 plain characters without brackets: an e-mail address")
    return text


def _time_zone(text: str) -> str:
    try:
        ZoneInfo(text)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise ValueError("must be an IANA time zone, for example Europe/Amsterdam") from None
    return text


def _folder(path: Path) -> Path:
    if not path.is_absolute():
        raise ValueError("must be an absolute path: processes and watchers may start elsewhere")
    return path


def _currency(text: str) -> str:
    if not re.fullmatch(r"[A-Z]{3}", text):
        raise ValueError("must be three capitals, for example EUR")
    return text


def _secrets(secrets: tuple[SecretStr, ...]) -> tuple[SecretStr, ...]:
    if not secrets:
        raise ValueError("must hold at least one secret")
    for secret in secrets:
        text = secret.get_secret_value()
        if len(text) < SHORTEST_SECRET or not text.isascii() or not text.isprintable():
            raise ValueError(f"must be at least {SHORTEST_SECRET} plain characters, without spaces")
    return secrets


def _filled(secret: SecretStr) -> SecretStr:
    text = secret.get_secret_value()
    if not text or not text.isprintable() or text != text.strip():
        raise ValueError("must not be empty, and hold no line ends or spaces around it")
    return secret


def _signing(secret: SecretStr) -> SecretStr:
    if not is_signing_secret(secret):
        raise ValueError(UNFIT_FOR_SIGNING)
    return secret


def _password(secret: SecretStr) -> SecretStr:
    if len(_filled(secret).get_secret_value()) < SHORTEST_PASSWORD:
        raise ValueError(f"must be at least {SHORTEST_PASSWORD} characters")
    return secret


def _database(secret: SecretStr) -> SecretStr:
    url = re.sub(r"\Apostgres(ql)?://", "postgresql+psycopg://", secret.get_secret_value())
    if not url.startswith(("sqlite:", "postgresql+psycopg://")):
        raise ValueError("must begin with sqlite:/// or postgresql+psycopg://")
    return SecretStr(url)


def _redis(secret: SecretStr) -> SecretStr:
    if not secret.get_secret_value().startswith(("redis://", "rediss://", "unix://")):
        raise ValueError("must begin with redis://, rediss:// or unix://")
    return secret


def _template(text: str) -> str:
    try:
        parts = list(Formatter().parse(text))
    except ValueError as wrong:
        raise ValueError(f"is not a template: {wrong}") from None
    fields = {name for _, name, _, _ in parts if name is not None}
    if any(form or conversion for _, _, form, conversion in parts) or fields - TEMPLATE_NAMES:
        raise ValueError("may hold {number}, {id} and {shop}, and plain text around them")
    if not fields & {"number", "id"}:
        raise ValueError("must hold {number} or {id}, or all orders would have one reference")
    return text


def _flows(flows: tuple[FlowName, ...]) -> tuple[FlowName, ...]:
    if not flows:
        raise ValueError("must name at least one flow: " + ", ".join(get_args(FlowName)))
    return tuple(dict.fromkeys(flows))


def _order_defaults(defaults: Mapping[str, object]) -> Mapping[str, object]:
    owned = sorted(OWNED_ORDER_FIELDS & defaults.keys())
    if owned:
        raise ValueError(f"must not hold {', '.join(owned)}: the bridge fills that in itself")
    return defaults


Name = Annotated[str, AfterValidator(_name)]
Subdomain = Annotated[str, AfterValidator(_subdomain)]
SecureUrl = Annotated[str, AfterValidator(secure_url)]
Contact = Annotated[str, AfterValidator(_contact)]
TimeZone = Annotated[str, AfterValidator(_time_zone)]
Currency = Annotated[str, AfterValidator(_currency)]
Secret = Annotated[SecretStr, AfterValidator(_filled)]
Password = Annotated[SecretStr, AfterValidator(_password)]
SigningSecret = Annotated[SecretStr, AfterValidator(_signing)]
Secrets = Annotated[
    tuple[SecretStr, ...], BeforeValidator(separate_secrets), AfterValidator(_secrets)
]
Folder = Annotated[Path, AfterValidator(_folder)]
DatabaseUrl = Annotated[SecretStr, AfterValidator(_database)]
RedisUrl = Annotated[SecretStr, AfterValidator(_redis)]
Template = Annotated[str, AfterValidator(_template)]
Flows = Annotated[tuple[FlowName, ...], BeforeValidator(separate), AfterValidator(_flows)]
OrderDefaults = Annotated[
    Mapping[str, object], BeforeValidator(parsed_json), AfterValidator(_order_defaults)
]
ShippingProfiles = Annotated[Mapping[str, int], BeforeValidator(parsed_json)]
Ids = Annotated[frozenset[int], BeforeValidator(separate)]
