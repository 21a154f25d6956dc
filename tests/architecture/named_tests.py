"""The tests that a page names, and the tests that there are."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

NAMED = re.compile(r"`(test_\w+)`")


def functions(root: Path) -> Iterator[ast.FunctionDef]:
    """Every test of the repository, as Python reads it."""
    for path in (root / "tests").rglob("test_*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.FunctionDef) and node.name.startswith("test_"):
                yield node


def rows_of(page: Path, heading: str) -> list[list[str]]:
    """The cells of every line of a page's tables whose first column is called ``heading``."""
    found: list[list[str]] = []
    current = ""
    for line in page.read_text("utf-8").splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")] if line[:1] == "|" else []
        if not cells:
            current = ""
        elif not current:
            current = cells[0]
        elif current == heading and set(cells[0]) != {"-"}:
            found.append(cells)
    return found
