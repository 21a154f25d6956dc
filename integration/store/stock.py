"""The stock book: free stock, orders in flight, and what the shops show, as one port.

Each part is a module of its own: ``free_stock`` (what Picqer says), ``bookings`` and
``in_flight`` (what is ordered and not held by Picqer yet), ``shown`` (what shops show and ought
to show), ``stock_marks`` (what is to be compared again).
"""

from __future__ import annotations

from integration.store.bookings import Bookings
from integration.store.free_stock import FreeStockRows
from integration.store.shown import ShownRows


class SqlStockBook(FreeStockRows, Bookings, ShownRows):
    """``StockBook`` over SQL; the constructor is that of ``StockMarks``."""
