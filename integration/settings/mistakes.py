"""Mistakes in settings, worded for the person who made them: where, what, and what was meant."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from difflib import get_close_matches

from pydantic import ValidationError
from pydantic_core import ErrorDetails

KeyPath = tuple[str, ...]
"""A setting's place in the tree: ``("shops", "nl", "flows")``."""

_PLAIN = {
    "missing": "is missing",
    "timezone_aware": "must say its time zone, for example 2026-11-23T00:00:00Z",
    "timezone_naive": "must say its time zone, for example 2026-11-23T00:00:00Z",
    "bool_parsing": "must be true or false",
    "bool_type": "must be true or false",
    "int_parsing": "must be a whole number",
    "int_type": "must be a whole number",
    "int_from_float": "must be a whole number",
    "string_type": "must be text, in quotes",
    "model_type": "must be a table",
    "model_attributes_type": "must be a table",
    "dict_type": "must be a table",
    "mapping_type": "must be a table",
}


@dataclass(frozen=True, slots=True, order=True)
class Mistake:
    """One mistake. ``origin`` is the file or environment variable, empty when it is not set."""

    setting: str
    text: str
    origin: str = ""

    def __str__(self) -> str:
        """Read like ``shops.nl.flws (bridge.toml): there is no such setting; ...``."""
        place = f"{self.setting} ({self.origin})" if self.origin else self.setting
        return f"{place}: {self.text}" if place else self.text


class SettingsError(Exception):
    """The settings hold mistakes; all of them are listed."""

    def __init__(self, mistakes: Iterable[Mistake]) -> None:
        self.mistakes = tuple(sorted(set(mistakes)))
        count = len(self.mistakes)
        head = "There is a mistake" if count == 1 else f"There are {count} mistakes"
        lines = [f"{head} in the settings:", *(f"  {mistake}" for mistake in self.mistakes)]
        super().__init__("\n".join(lines))


def suggestion(name: str, known: Sequence[str]) -> str:
    """``; did you mean x?``, or nothing when no known name is near."""
    near = get_close_matches(name.lower(), known, n=1, cutoff=0.6)
    return f"; did you mean {near[0]}?" if near else ""


def environment_name(path: KeyPath) -> str:
    """The environment variable of a setting."""
    return "BRIDGE_" + "__".join(path).upper()


def of_validation(
    error: ValidationError,
    above: KeyPath,
    origin: Callable[[KeyPath], str],
    known: Callable[[KeyPath], Sequence[str]],
) -> list[Mistake]:
    """The mistakes that pydantic found in the part of the tree ``above`` leads to.

    ``origin`` says where a value came from, ``known`` which names a table may hold. Values are
    never repeated: they may be secrets.
    """
    found = []
    for detail in error.errors(include_input=False, include_url=False):
        path = above + tuple(str(part) for part in detail["loc"] if part != "[key]")
        text = _sentence(detail, path, known)
        found.append(Mistake(".".join(path), text, origin(path)))
    return found


def _sentence(
    detail: ErrorDetails, path: KeyPath, known: Callable[[KeyPath], Sequence[str]]
) -> str:
    if detail["type"] == "extra_forbidden":
        return "there is no such setting" + suggestion(path[-1], known(path[:-1]))
    if detail["type"] == "missing":
        return f"is missing; it may also be set as {environment_name(path)}"
    plain = _PLAIN.get(detail["type"])
    text = detail["msg"].removeprefix("Value error, ").replace("Input should be", "must be")
    return plain or text
