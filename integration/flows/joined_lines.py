"""Which line of a shop order each line of its Picqer order stands for. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from integration.domain import Order, OrderLine, ShipmentLine
from integration.errors import Unmappable
from integration.exact_prices import exact_lines
from integration.ports import Made

Row = tuple[Any, ...]
"""idorder_product, productcode and amount, as the ledger keeps them."""


def join_lines(order: Order, made: Made) -> dict[int, ShipmentLine]:
    """Which shop line each idorder_product stands for.

    By position, checked by productcode and amount; what is left over, as in an order that a
    person typed in, by productcode and amount alone. Lines that need no shipping were never sent;
    a line that matches nothing is left unjoined. A line that was sent as two has two.
    """
    kept = made.details.get("lines")
    rows = [tuple(row) for row in kept] if isinstance(kept, list) else []
    sent, as_ordered = _join(_lines_sent(order), rows), _join(order.lines_to_ship, rows)
    return sent if len(sent) >= len(as_ordered) else as_ordered


def _lines_sent(order: Order) -> Sequence[OrderLine]:
    try:
        return exact_lines(order)
    except Unmappable:
        return order.lines_to_ship


def _join(ordered: Sequence[OrderLine], found: Sequence[Row]) -> dict[int, ShipmentLine]:
    lines, rows = list(ordered), list(found)
    pairs = [pair for pair in zip(lines, rows, strict=False) if _is_same(*pair)]
    for line, row in pairs:
        lines.remove(line)
        rows.remove(row)
    for line in lines:
        alike = [row for row in rows if _is_same(line, row)]
        if alike:
            rows.remove(alike[0])
            pairs.append((line, alike[0]))
    return {int(row[0]): ShipmentLine(line.id, str(row[1]), int(row[2])) for line, row in pairs}


def _is_same(line: OrderLine, row: Row) -> bool:
    return (line.sku, line.quantity) == (row[1], row[2])
