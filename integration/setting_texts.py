"""Settings that came as one text where a list is wanted: from the environment, or from a file."""

from __future__ import annotations

import json

from pydantic import SecretStr


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


def separate_secrets(value: object) -> object:
    """One secret as a list of one; a file may hold one secret a line."""
    value = parsed_json(value)
    if isinstance(value, SecretStr):
        return [value]
    return value.split() if isinstance(value, str) else value
