"""Settings that came as one text where a list is wanted: from the environment, or from a file."""

from __future__ import annotations

import base64
import binascii
import json

from pydantic import SecretStr

SIGNING_PREFIX = "whsec_"
SHORTEST_KEY_BYTES = 24
LONGEST_KEY_BYTES = 64
UNFIT_FOR_SIGNING = "must be whsec_ followed by 24 to 64 random bytes in base64"


def parsed_json(value: object) -> object:
    """Text that holds a JSON list or object (from the environment) as that; all else unchanged."""
    if isinstance(value, str) and value.lstrip()[:1] in ("[", "{"):
        try:
            return json.loads(value)
        except json.JSONDecodeError as wrong:
            raise ValueError(f"is not valid JSON: {wrong.msg} at character {wrong.pos}") from None
    return value


def separate(value: object) -> object:
    """Text from the environment as a list: JSON, or names with commas between."""
    value = parsed_json(value)
    if isinstance(value, str):
        return [part.strip() for part in value.split(",") if part.strip()]
    return value


def is_signing_secret(secret: SecretStr) -> bool:
    """Whether Standard Webhooks would sign with this: ``whsec_`` and enough bytes in base64."""
    text = secret.get_secret_value()
    key = text.removeprefix(SIGNING_PREFIX)
    try:
        bare = base64.b64decode(key + "=" * (-len(key) % 4), validate=True)
    except binascii.Error:
        return False
    return text != key and SHORTEST_KEY_BYTES <= len(bare) <= LONGEST_KEY_BYTES


def separate_secrets(value: object) -> object:
    """One secret as a list of one; a file may hold one secret a line."""
    value = parsed_json(value)
    if isinstance(value, SecretStr):
        return [value]
    return value.split() if isinstance(value, str) else value
