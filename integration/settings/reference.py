"""The page docs/reference/settings.md, written from the models: it cannot disagree with them."""

from __future__ import annotations

import json
import types
import typing
from collections.abc import Iterator, Mapping
from enum import Enum

from pydantic import AwareDatetime, BaseModel, SecretStr
from pydantic.fields import FieldInfo

from integration import webshops
from integration.settings import Settings
from integration.settings.checks import SHOP_NAMES
from integration.settings.tables import PicqerAccount, Shop
from integration.settings.values import names_secret

HEAD = """\
# Settings

Settings come from `bridge.toml` (the file that `BRIDGE_CONFIG` names, else the one in the working
directory) and from the environment; the environment wins. The variable of a setting is `BRIDGE_`
and its place, in capitals, with `__` between the levels: `BRIDGE_SHOPS__NL__STOCK_BUFFER`. An empty
variable counts as not set. Lists and tables in a variable are JSON; a list may also be words with
commas between.

Every secret, marked *secret*, may also be kept in a file whose name is given instead:
`api_key_file = "..."` in `bridge.toml`, or `BRIDGE_PICQER__MAIN__API_KEY_FILE`. A relative path
begins at the folder of `bridge.toml`, or at the working directory without one.

Names of accounts (here `main`) and shops (here `nl`) are your own: lower-case letters and digits,
beginning with a letter. A name that is not on this page is refused, with the name that was
probably meant. `picqer-bridge config` prints what is in force and where each value came from.

This page is written by `picqer-bridge config --reference`.
"""
EXAMPLES: Mapping[str, str] = {"picqer": "picqer.main", "shops": "shops.nl"}


def page() -> str:
    """The whole page, in Markdown."""
    top = [name for name in Settings.model_fields if _table_of(name) is None]
    sections = [HEAD, _section("At the top", "", Settings, tuple(top))]
    for name in Settings.model_fields:
        model = _table_of(name)
        if model is None:
            continue
        names = SHOP_NAMES if model is Shop else tuple(model.model_fields)
        in_order = tuple(field for field in model.model_fields if field in names)
        place = EXAMPLES.get(name, name)
        sections.append(_section(f"`[{place}]`", model.__doc__ or "", model, in_order))
    sections += [_connector(name) for name in webshops.names()]
    return "\n".join(sections)


def _table_of(name: str) -> type[BaseModel] | None:
    """The model of the table with this name at the top; None when it is a single setting."""
    if name == "picqer":
        return PicqerAccount
    if name == "shops":
        return Shop
    kind = Settings.model_fields[name].annotation
    return kind if isinstance(kind, type) and issubclass(kind, BaseModel) else None


def _connector(name: str) -> str:
    model = webshops.find(name).settings
    about = f"{(model.__doc__ or '').strip()} A shop has exactly one connector, named by its table."
    return _section(f"`[shops.nl.{name}]`", about, model, tuple(model.model_fields))


def _section(title: str, about: str, model: type[BaseModel], names: tuple[str, ...]) -> str:
    lines = [f"## {title}", ""]
    if about.strip():
        lines += [about.strip(), ""]
    lines += ["| setting | type | default | meaning |", "|---|---|---|---|"]
    lines += [_row(name, model.model_fields[name]) for name in names]
    return "\n".join([*lines, ""])


def _row(name: str, field: FieldInfo) -> str:
    secret = ", *secret*" if names_secret(field.annotation) else ""
    meaning = (field.description or "").replace("|", "\\|")
    return f"| `{name}` | {type_name(field.annotation)}{secret} | {_default(field)} | {meaning} |"


def type_name(annotation: object) -> str:
    """A type in the words of TOML."""
    kinds = [kind for kind in _alternatives(annotation) if kind is not type(None)]
    return " or ".join(dict.fromkeys(_one_type(kind) for kind in kinds))


def _alternatives(annotation: object) -> Iterator[object]:
    origin = typing.get_origin(annotation)
    if origin is typing.Annotated:
        yield from _alternatives(typing.get_args(annotation)[0])
    elif origin in (typing.Union, types.UnionType):
        for part in typing.get_args(annotation):
            yield from _alternatives(part)
    else:
        yield annotation


def _one_type(kind: object) -> str:
    origin, parts = typing.get_origin(kind), typing.get_args(kind)
    if origin is typing.Literal:
        return ", ".join(f"`{part}`" for part in parts)
    if isinstance(kind, type) and issubclass(kind, Enum):
        return ", ".join(f"`{member.value}`" for member in kind)
    if origin is tuple and parts[0] is SecretStr:
        return "text, or list of text"
    if origin in (tuple, frozenset):
        return f"list of {type_name(parts[0])}"
    if isinstance(origin, type) and issubclass(origin, Mapping):
        return "table"
    plain = {bool: "true or false", int: "whole number", AwareDatetime: "date and time"}
    return plain.get(kind, "text") if isinstance(kind, type) else "text"


def _default(field: FieldInfo) -> str:
    if field.is_required():
        return "needed"
    value = field.get_default(call_default_factory=True, validated_data={})
    if isinstance(value, SecretStr):
        value = value.get_secret_value()
    if isinstance(value, Enum):
        value = value.value
    if isinstance(value, frozenset | tuple):
        value = list(value)
    return "" if value is None else f"`{json.dumps(value)}`"
