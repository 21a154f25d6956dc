"""What commands print: text for people, or one JSON document for programs.

Colour and drawn tables only on a terminal, and no colour when NO_COLOR is set; elsewhere plain
lines that other programs can cut. Text of others is printed without control characters, so that
nobody can steer the terminal.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping, Sequence
from dataclasses import fields, is_dataclass
from datetime import datetime
from decimal import Decimal
from enum import Enum
from typing import Annotated, Any

import typer
from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table
from rich.text import Text

JsonFlag = Annotated[bool, typer.Option("--json", help="Print JSON instead of text.")]
INSTANT = "%Y-%m-%d %H:%M:%S"


def show_json(value: object) -> None:
    """Print one JSON document: dataclasses as objects, instants as ISO 8601.

    In ASCII: a terminal obeys some characters that JSON would leave as they are.
    """
    sys.stdout.write(json.dumps(as_json(value), indent=2) + "\n")
    sys.stdout.flush()


def as_json(value: object) -> Any:
    """The value in JSON's own kinds."""
    if is_dataclass(value) and not isinstance(value, type):
        return {field.name: as_json(getattr(value, field.name)) for field in fields(value)}
    match value:
        case Enum():
            return value.value
        case datetime():
            return value.isoformat()
        case Decimal():
            return str(value)
        case Mapping():
            return {str(key): as_json(one) for key, one in value.items()}
        case list() | tuple():
            return [as_json(one) for one in value]
        case _:
            return value


def show(text: str = "", style: str = "") -> None:
    """Print a line; ``style`` (``bold``, ``red``) is seen on a terminal only."""
    if sys.stdout.isatty():
        Console().print(Text(printable(text), style=style), soft_wrap=True)
    else:
        sys.stdout.write(f"{printable(text)}\n")
        sys.stdout.flush()  # Commands that stay are read through a pipe.


def complain(text: str) -> None:
    """Print a line to standard error."""
    for line in text.splitlines() or [""]:
        sys.stderr.write(f"{printable(line)}\n")


def show_table(headings: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    """Print rows under headings; away from a terminal as columns with two spaces between."""
    if sys.stdout.isatty():
        Console().print(table_of(headings, rows))
        return
    cells = [[cell(one) for one in row] for row in rows]
    lines = [list(headings), *cells]
    widths = [max(len(line[column]) for line in lines) for column in range(len(headings))]
    for line in lines:
        padded = (text.ljust(width) for text, width in zip(line, widths, strict=True))
        sys.stdout.write("  ".join(padded).rstrip() + "\n")


def table_of(headings: Sequence[str], rows: Sequence[Sequence[object]]) -> Table:
    """The rows under headings as a drawn table, for a terminal."""
    table = Table(box=SIMPLE_HEAD, pad_edge=False)
    for number, heading in enumerate(headings):
        table.add_column(heading, overflow="fold", no_wrap=number == 0)
    for row in rows:
        table.add_row(*(Text(cell(one)) for one in row))
    return table


def cell(value: object) -> str:
    """A value as it stands in a table."""
    if value is None:
        return "-"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, datetime):
        return value.strftime(INSTANT)
    return printable(str(value)) or "-"


def printable(text: str) -> str:
    """The text without anything that a terminal would obey."""
    return "".join(letter if letter.isprintable() else " " for letter in text)
