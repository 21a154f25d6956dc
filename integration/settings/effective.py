"""The settings as they are in force, for people: secrets masked, each with where it came from."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import Enum

from pydantic import BaseModel, SecretStr

from integration.settings.mistakes import KeyPath

MASK = "********"
DEFAULT = "default"
URLS = frozenset({"database_url", "redis_url"})
"""Secrets of which all but the password is worth showing."""


@dataclass(frozen=True, slots=True)
class Effective:
    """One setting in force. ``origin`` is a file, an environment variable, or ``default``."""

    setting: str
    value: str
    origin: str


def walk(
    model: BaseModel, origin: Callable[[KeyPath], str], above: KeyPath = ()
) -> Iterator[Effective]:
    """Every setting of the model and of the tables in it."""
    connector = getattr(model, "connector", "")
    for name in type(model).model_fields:
        value = getattr(model, name)
        if name == "connector":
            continue
        path = (*above, str(connector) if name == "connector_settings" else name)
        if isinstance(value, BaseModel):
            yield from walk(value, origin, path)
        elif isinstance(value, Mapping) and _holds_tables(value):
            for key, table in value.items():
                yield from walk(table, origin, (*path, key))
        else:
            yield Effective(".".join(path), _shown(name, value), origin(path) or DEFAULT)


def _holds_tables(value: Mapping[str, object]) -> bool:
    return bool(value) and all(isinstance(table, BaseModel) for table in value.values())


def _shown(name: str, value: object) -> str:
    """The value as text, without what is secret."""
    if isinstance(value, SecretStr):
        return without_password(value.get_secret_value()) if name in URLS else MASK
    if isinstance(value, tuple) and value and isinstance(value[0], SecretStr):
        return ", ".join(MASK for _ in value)
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, Enum):
        return str(value.value)
    if value is None or isinstance(value, str):
        return value or ""
    plain = sorted(value) if isinstance(value, frozenset) else value
    return json.dumps(plain, default=str)


def without_password(url: str) -> str:
    """The address with its password masked."""
    url = re.sub(r"(?<=://)([^/@:]*):.*@", rf"\1:{MASK}@", url)
    return re.sub(r"(?i)(password=)[^&]*", rf"\1{MASK}", url)
