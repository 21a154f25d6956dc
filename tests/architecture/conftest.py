"""The source tree as data, for the tests that hold it to the rules of CONTRIBUTING."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("integration", "workers")


@dataclass(frozen=True, slots=True)
class Module:
    """One Python module of the project: its dotted name, its file and its syntax tree."""

    name: str
    path: Path
    tree: ast.Module

    def imported(self) -> Iterator[tuple[int, str]]:
        """The line and the full dotted name of everything this module imports, anywhere in it."""
        for node in ast.walk(self.tree):
            if isinstance(node, ast.Import):
                yield from ((node.lineno, alias.name) for alias in node.names)
            elif isinstance(node, ast.ImportFrom) and node.module:
                yield from ((node.lineno, f"{node.module}.{alias.name}") for alias in node.names)

    def names_used(self) -> Iterator[tuple[int, str]]:
        """The line and the dotted name of every attribute chain, import aliases resolved."""
        aliases = self._aliases()
        for node in ast.walk(self.tree):
            if isinstance(node, ast.Attribute | ast.Name):
                first, _, rest = ast.unparse(node).partition(".")
                full = aliases.get(first, first)
                yield node.lineno, f"{full}.{rest}" if rest else full

    def _aliases(self) -> dict[str, str]:
        aliases = {}
        for node in ast.walk(self.tree):
            if isinstance(node, ast.Import):
                aliases |= {name.asname: name.name for name in node.names if name.asname}
            elif isinstance(node, ast.ImportFrom) and node.module:
                aliases |= {n.asname or n.name: f"{node.module}.{n.name}" for n in node.names}
        return aliases


@pytest.fixture(scope="session")
def root() -> Path:
    """The repository's root."""
    return ROOT


@pytest.fixture(scope="session")
def modules() -> list[Module]:
    """Every module of the packages that are shipped."""
    return [_read(path) for package in PACKAGES for path in sorted((ROOT / package).rglob("*.py"))]


@pytest.fixture(scope="session")
def module_of() -> Callable[[str], Module]:
    """Makes a module of a text, to show that a rule sees what it looks for."""
    return lambda text: Module("sample", ROOT / "sample.py", ast.parse(text))


@pytest.fixture(scope="session")
def pure_modules(modules: list[Module]) -> list[Module]:
    """The modules that read no clock, no randomness, no network, no store and no settings."""
    return [module for module in modules if _is_pure(module.name)]


def _read(path: Path) -> Module:
    parts = path.relative_to(ROOT).with_suffix("").parts
    name = ".".join(parts[:-1] if parts[-1] == "__init__" else parts)
    return Module(name, path, ast.parse(path.read_text("utf-8"), str(path)))


def _is_pure(name: str) -> bool:
    core = {f"integration.{stem}" for stem in ("domain", "errors", "jobs", "policy", "ports")}
    in_flows = name == "integration.flows" or name.startswith("integration.flows.")
    adapter = name.startswith(("integration.picqer.", "integration.webshops."))
    return name in core or in_flows or (adapter and name.endswith((".mapping", ".webhook")))
