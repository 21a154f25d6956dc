"""Which crash points there are: read from the source, so that none can be forgotten."""

from __future__ import annotations

import ast
from pathlib import Path

ROOT = Path(__file__).parents[3]
PACKAGES = ("integration", "workers")


def points_in_source() -> set[str]:
    """The names of all crash points; AssertionError for one whose name is not written out."""
    found = set()
    for package in PACKAGES:
        for path in sorted((ROOT / package).rglob("*.py")):
            found |= points_in(ast.parse(path.read_text("utf-8")))
    return found


def points_in(tree: ast.Module) -> set[str]:
    """The names of the crash points in one module."""
    found = set()
    for node in ast.walk(tree):
        if not (isinstance(node, ast.Call) and _is_point(node.func)):
            continue
        name = node.args[0]
        assert isinstance(name, ast.Constant), f"line {node.lineno}: a crash point needs a name"
        found.add(str(name.value))
    return found


def _is_point(called: ast.expr) -> bool:
    name = called.attr if isinstance(called, ast.Attribute) else getattr(called, "id", "")
    return name == "crash_point"
