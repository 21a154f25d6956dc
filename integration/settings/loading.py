"""Reading settings from ``bridge.toml``, the environment and secret files; remembers from where.

This is the only module that reads the environment. A *layer* holds single values by their place in
the tree; layers are laid over one another before anything is checked.
"""

from __future__ import annotations

import os
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from integration.settings.mistakes import KeyPath, Mistake

PREFIX = "BRIDGE_"
CONFIG = "BRIDGE_CONFIG"
DEFAULT_FILE = "bridge.toml"
FILE_SUFFIX = "_file"
OTHER_NAMES: Mapping[str, KeyPath] = {
    "DATABASE_URL": ("database_url",),
    "REDIS_URL": ("redis_url",),
    "SENTRY_DSN": ("sentry_dsn",),
    "NOTIFY_SOCKET": ("notify_socket",),
}
"""Names that platforms set by themselves; the same names with BRIDGE_ before them win."""
MAX_SECRET_BYTES = 64 * 1024


@dataclass(frozen=True, slots=True)
class Found:
    """A value and the file or environment variable that it came from."""

    value: object
    origin: str


Layer = dict[KeyPath, Found]


@dataclass(frozen=True, slots=True)
class Gathered:
    """All that was found, and ``folder``, which relative paths are relative to."""

    layer: Layer
    folder: Path
    mistakes: tuple[Mistake, ...]

    def origin(self, path: KeyPath) -> str:
        """Where the value at this place came from; a part of it counts too; else empty."""
        for length in range(len(path), 0, -1):
            if path[:length] in self.layer:
                return self.layer[path[:length]].origin
        inside = (f.origin for p, f in self.layer.items() if p[: len(path)] == path)
        return next(inside, "")

    def tree(self) -> dict[str, object]:
        """The values as nested tables."""
        root: dict[str, object] = {}
        for path, found in self.layer.items():
            table = root
            for part in path[:-1]:
                below = table.setdefault(part, {})
                if not isinstance(below, dict):
                    break
                table = below
            else:
                table[path[-1]] = found.value
        return root


def gather(
    env: Mapping[str, str] | None, path: Path | None, is_secret: Callable[[KeyPath], bool]
) -> Gathered:
    """Read everything. ``env`` None is this process' environment; ``path`` None: BRIDGE_CONFIG,
    else ``bridge.toml`` in the working directory when it is there.

    ``is_secret`` says which settings may also be given as the name of a file.
    """
    env = os.environ if env is None else env
    named = path or (Path(env[CONFIG]) if env.get(CONFIG) else None)
    file = named or Path(DEFAULT_FILE)
    mistakes: list[Mistake] = []
    toml: Layer = {}
    if named is not None or file.exists():
        toml = _read_toml(file, mistakes)
    folder = file.absolute().parent
    lower = _with_secret_files(toml, folder, is_secret, mistakes)
    upper = _with_secret_files(_read_environment(env, mistakes), folder, is_secret, mistakes)
    return Gathered(_over(lower, upper), folder, tuple(mistakes))


def _read_toml(file: Path, mistakes: list[Mistake]) -> Layer:
    try:
        with file.open("rb") as stream:
            document = tomllib.load(stream)
    except OSError as wrong:
        mistakes.append(Mistake("", f"cannot read {file}: {wrong.strerror}"))
        return {}
    except ValueError as wrong:
        mistakes.append(Mistake("", f"{file} is not valid TOML: {wrong}"))
        return {}
    layer: Layer = {}
    _flatten(document, (), str(file), layer)
    return layer


def _flatten(table: Mapping[str, object], above: KeyPath, origin: str, layer: Layer) -> None:
    """Write the single values of a table into the layer; an empty table is a value."""
    for key, value in table.items():
        if isinstance(value, dict) and value:
            _flatten(value, (*above, key), origin, layer)
        else:
            layer[*above, key] = Found(value, origin)


def _read_environment(env: Mapping[str, str], mistakes: list[Mistake]) -> Layer:
    """The settings in the environment. An empty variable counts as not set."""
    layer: Layer = {}
    for name, value in sorted(env.items()):
        plain = name.removesuffix(FILE_SUFFIX.upper())
        suffix = FILE_SUFFIX if plain != name else ""
        if not value or plain not in OTHER_NAMES:
            continue
        top = OTHER_NAMES[plain][0]
        layer[(top + suffix,)] = Found(value, name)
    for name, value in sorted(env.items()):
        if not value or not name.startswith(PREFIX) or name == CONFIG:
            continue
        path = tuple(name.removeprefix(PREFIX).lower().split("__"))
        _forget_other_form(layer, path)
        whole = next((path[:n] for n in range(1, len(path)) if path[:n] in layer), None)
        if whole is not None:
            both = f"is already set as a whole by {layer[whole].origin}; keep one of the two"
            mistakes.append(Mistake(".".join(path), both, name))
            continue
        layer[path] = Found(value, name)
    return layer


def _forget_other_form(layer: Layer, path: KeyPath) -> None:
    """BRIDGE_DATABASE_URL wins from DATABASE_URL, also when one of them names a file."""
    plain = path[-1].removesuffix(FILE_SUFFIX)
    for form in (plain, plain + FILE_SUFFIX):
        found = layer.get((*path[:-1], form))
        if found is not None and not found.origin.startswith(PREFIX):
            del layer[*path[:-1], form]


def _with_secret_files(
    layer: Layer, folder: Path, is_secret: Callable[[KeyPath], bool], mistakes: list[Mistake]
) -> Layer:
    """The layer with the content of files in place of their names."""
    result = dict(layer)
    for path, found in layer.items():
        plain = (*path[:-1], path[-1].removesuffix(FILE_SUFFIX))
        if plain == path or not is_secret(plain):
            continue
        del result[path]
        if plain in layer:
            both = f"is set here and also as {layer[plain].origin}; keep one of the two"
            mistakes.append(Mistake(".".join(path), both, found.origin))
            continue
        content = _secret_in(found, path, folder, mistakes)
        result[plain] = Found(content, f"{found.value}, named by {found.origin}")
    return result


def _secret_in(found: Found, path: KeyPath, folder: Path, mistakes: list[Mistake]) -> str:
    """The content of a secret file without the white space around it."""
    content, wrong = "", ""
    try:
        with (folder / str(found.value)).open("rb") as stream:
            content = stream.read(MAX_SECRET_BYTES).decode().strip()
        wrong = "" if content else f"{found.value} is empty"
    except OSError as error:
        wrong = f"cannot read {found.value}: {error.strerror}"
    except ValueError:
        wrong = f"{found.value} is not the name of a file with UTF-8 text"
    if wrong:
        mistakes.append(Mistake(".".join(path), wrong, found.origin))
    return content


def _over(lower: Layer, upper: Layer) -> Layer:
    """Both layers; where they meet the upper one counts, for a whole table too."""

    def covered(path: KeyPath) -> bool:
        above = any(path[:length] in upper for length in range(1, len(path) + 1))
        below = any(other[: len(path)] == path for other in upper)
        return above or below

    return {path: found for path, found in lower.items() if not covered(path)} | upper
