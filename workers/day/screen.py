"""What a person sees of the demo day: lines as things happen, and both books as tables.

On a terminal the tables stay at the bottom and change in place; elsewhere there are plain lines,
and the tables once, at the end.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping
from types import TracebackType
from typing import Self

from rich.box import SIMPLE_HEAD
from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.table import Table
from rich.text import Text

from workers.day.books import NO_BOOKS, BothBooks, OrderPage
from workers.day.news import Line
from workers.day.words import pieces_in_words

PLAIN_WIDTH = 110
WIDE = 100
REFRESHES_PER_SECOND = 4.0


class Screen:
    """Prints the day; safe for threads. ``notes`` says in a word what is odd about an order."""

    def __init__(self, console: Console | None = None) -> None:
        """Print nothing yet."""
        plain = Console()
        self._console = console or (plain if plain.is_terminal else Console(width=PLAIN_WIDTH))
        self._began = time.monotonic()
        self._printing = threading.Lock()
        self._live: Live | None = None
        self._books = NO_BOOKS
        self.notes: Mapping[str, str] = {}

    @property
    def seconds(self) -> float:
        """Seconds since the command began."""
        return time.monotonic() - self._began

    def line(self, line: Line) -> None:
        """Print what happened, with the moment."""
        text = Text.assemble(
            (f"{self.seconds:6.1f} s  ", "dim"), f"{line.who:<7} ", (line.text, line.style)
        )
        with self._printing:
            self._console.print(text, soft_wrap=True)

    def tell(self, sentence: str) -> None:
        """Print a sentence of the service's, such as that a process is started again."""
        self.line(Line("bridge", sentence, "yellow"))

    def show(self, books: BothBooks) -> None:
        """Bring the tables up to date; seen at once on a terminal only."""
        self._books = books
        if self._live is not None:
            self._live.update(self._tables())

    def print(self, *things: RenderableType) -> None:
        """Print something of the report."""
        with self._printing:
            for thing in things:
                self._console.print(thing, soft_wrap=isinstance(thing, str | Text))

    def __enter__(self) -> Self:
        """Begin to show the tables, where there is a terminal."""
        if self._console.is_terminal:
            self._live = Live(
                self._tables(),
                console=self._console,
                refresh_per_second=REFRESHES_PER_SECOND,
                redirect_stdout=False,
                redirect_stderr=False,
            )
            self._live.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Print the tables for the last time."""
        live, self._live = self._live, None
        if live is not None:
            live.stop()
        elif self._books is not NO_BOOKS:
            self.print("", self._tables())

    def _tables(self) -> RenderableType:
        box = SIMPLE_HEAD if self._console.is_terminal else None
        wide = self._console.width >= WIDE
        orders = orders_table(self._books, self.notes, wide=wide)
        stock = stock_table(self._books, wide=wide)
        for table in (orders, stock):
            table.box = box
        return Group(orders, "", stock)


def orders_table(books: BothBooks, notes: Mapping[str, str], *, wide: bool) -> Table:
    """Every order in both books; unless ``wide``, each tracking code has a line of its own."""
    table = Table(pad_edge=False)
    whole = {"order", "at Picqer", "status"} | (set() if wide else {"tracking"})
    for heading in ("order", "goods", "at Picqer", "status", "tracking", "note"):
        table.add_column(heading, no_wrap=heading in whole, overflow="fold")
    for page in books.orders.values():
        tracking = (", " if wide else "\n").join(page.tracking)
        table.add_row(*_order_cells(page), tracking, notes.get(page.number, ""))
    return table


def _order_cells(page: OrderPage) -> tuple[str, ...]:
    numbers = ", ".join(order.orderid for order in page.at_picqer) or "-"
    statuses = ", ".join(order.status for order in page.at_picqer) or "-"
    return page.number, pieces_in_words(page.pieces), numbers, statuses


def stock_table(books: BothBooks, *, wide: bool) -> Table:
    """Every product's stock in both books, in pieces; ``wide``: a column each, else a row."""
    table = Table(pad_edge=False)
    pages = list(books.stock.values())
    figures = {
        "free at Picqer": [_figure(page.free) for page in pages],
        "in flight": [_figure(page.in_flight) for page in pages],
        "shop shows": [_figure(page.shown) for page in pages],
    }
    table.add_column("stock", no_wrap=True)
    for heading in [page.productcode for page in pages] if wide else figures:
        table.add_column(heading, justify="right", no_wrap=True)
    if wide:
        for name, row in figures.items():
            table.add_row(name, *row)
    else:
        for page, *row in zip(pages, *figures.values(), strict=True):
            table.add_row(page.productcode, *row)
    return table


def _figure(pieces: int | None) -> str:
    return "-" if pieces is None else str(pieces)
