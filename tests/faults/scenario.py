"""The stage of one scenario: an installation of its own, orders, a fault, and the judgement.

@fault("F09 broker emptied")
@representative
@on_both_stores
def test_an_emptied_broker_delays_work_but_loses_nothing(scenario: Scenario) -> None:
    bridge = scenario.start()
    scenario.buy(12)
    bridge.flush_redis()
    scenario.measure("all at Picqer", lambda: bridge.oracle.orders() == [], within=25)
    scenario.judge()
"""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable
from contextlib import ExitStack, closing
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy.engine import make_url

from tests.acceptance.installation import Installation, Ware, until
from tests.acceptance.secrets_kept import canaries, leaks_of
from tests.acceptance.sentry_sink import SentrySink

fault = pytest.mark.fault
"""``@fault("F09 broker emptied")``: the number in the catalogue, and what is done."""
representative = pytest.mark.representative
"""One of the dozen that ``make test`` runs: seconds, and a promise of its own."""
alone = pytest.mark.alone
"""A measurement against the clock: it runs after the others, beside nothing."""
soak = pytest.mark.soak
"""Too long for ``make test-faults``; ``make soak`` runs it."""
on_both_stores = pytest.mark.parametrize("store", ["sqlite", "postgresql"], indirect=True)
"""Run on SQLite and on PostgreSQL; without it a scenario runs on SQLite."""

WARES = tuple(Ware(f"MUG-{number}", f"Mug number {number}", 1000) for number in range(1, 41))
"""So many that each order is of goods of its own: a product in doubt is read once a minute."""
LIMIT = 500
REST_SECONDS = 120.0
"""An order in doubt is looked up after a minute, and a product in doubt is read once a minute."""


class Scenario:
    """Starts installations in ``folder``, and keeps the figures of the verdict.

    ``sentry`` hears what their processes report.
    """

    sentry: SentrySink

    def __init__(
        self, folder: Path, database_url: str | None, figures: list[str], stack: ExitStack
    ) -> None:
        self.folder = folder
        self._database_url = database_url
        self._figures = figures
        self._stack = stack
        self._bridge: Installation | None = None
        self._ordered = 0

    @property
    def bridge(self) -> Installation:
        """The installation, once it was started."""
        assert self._bridge is not None, "the scenario has not started its installation"
        return self._bridge

    def prepare(self, **options: Any) -> Installation:
        """An installation that is not started yet, so that a test may turn it first."""
        options = {"wares": WARES, "database_url": self._database_url} | options
        self.sentry = self._stack.enter_context(SentrySink())
        told = {"SENTRY_DSN": self.sentry.dsn}
        options["environment"] = told | dict(options.get("environment") or {})
        self._bridge = Installation(self.folder / "bridge", **options)
        return self._bridge

    def start(self, **options: Any) -> Installation:
        """A started installation at rest; ``options`` are those of ``Installation``."""
        if self._bridge is None:
            self.prepare(**options)
        self.bridge.folder.mkdir()
        self._stack.enter_context(self.bridge)
        self.bridge.wait_until_settled()
        return self.bridge

    # --- What is done ----------------------------------------------------------------------------

    def buy(self, orders: int = 1) -> list[str]:
        """Paid orders, of every ware in turn; returns their ids at the shop."""
        ids = []
        for number in range(self._ordered, self._ordered + orders):
            ware = WARES[number % len(WARES)]
            ids.append(self.bridge.shop.place_order([(ware.sku, 1 + number % 2)]))
        self._ordered += orders
        return ids

    def kill(self, *names: str) -> float:
        """SIGKILL these processes at once; returns the monotonic moment."""
        for name in names:
            self.bridge.kill(name)
        return time.monotonic()

    def start_again(self, *names: str) -> None:
        """Start these again, as a supervisor does."""
        for name in names:
            self.bridge.start(name)

    def until_processed(self, orders: int, seconds: float = 30.0) -> None:
        """Return when so many orders are processing at Picqer."""
        oracle = self.bridge.oracle
        until(lambda: oracle.processed() >= orders, seconds, f"{orders} orders are processing")

    # --- What is seen ----------------------------------------------------------------------------

    def tell(self, figure: str) -> None:
        """Add a figure to the verdict."""
        self._figures.append(figure)

    def measure(
        self, what: str, look: Callable[[], object], *, within: float, since: float | None = None
    ) -> float:
        """Wait until ``look`` finds something, and tell after how many seconds.

        ``since`` is the monotonic moment from which is counted. ``within`` is the promise; a guard
        against hanging is all that is asserted, because other work may load the machine.
        """
        began = time.monotonic() if since is None else since
        until(look, within, what)
        seconds = time.monotonic() - began
        self.tell(f"{what} after {seconds:.1f} s")
        return seconds

    def until_work_resumes(
        self, before: int, *, within: float, since: float | None = None
    ) -> float:
        """Wait until more orders than before are at Picqer, and tell after how many seconds."""
        return self.measure(
            "work resumed",
            lambda: self.bridge.oracle.processed() > before,
            within=within,
            since=since,
        )

    def until_at_picqer(self, *, within: float, since: float | None = None) -> float:
        """Wait until every order is processed once at Picqer, and tell after how many seconds."""
        return self.measure("all at Picqer", self._all_at_picqer, within=within, since=since)

    def _all_at_picqer(self) -> bool:
        return self.bridge.oracle.processed() >= self._ordered

    def judge(
        self, *, limit: int = LIMIT, parked: int = 0, refused: int = 0, forgot: bool = False
    ) -> None:
        """Wait for rest, and ask the oracle for every promise.

        ``parked`` jobs and ``refused`` requests (429) belong to the fault; ``forgot``: the store
        is an older one, which never saw every delivery.
        """
        self.judge_all_but_the_rate(parked=parked, forgot=forgot)
        oracle = self.bridge.oracle
        assert len(oracle.rate(limit)) == (1 if refused else 0), oracle.rate(limit)

    def judge_all_but_the_rate(self, *, parked: int = 0, forgot: bool = False) -> None:
        """The same where the limit itself is what changes."""
        bridge, oracle = self.bridge, self.bridge.oracle
        self.tell(f"{len(bridge.shop.books.orders)} orders")
        bridge.wait_until_at_rest(REST_SECONDS)
        bridge.wait_until_stock_agrees(REST_SECONDS)
        complaints = [*oracle.orders(), *oracle.next_steps()]
        complaints += [] if forgot else oracle.deliveries()
        assert complaints == [], "\n".join(complaints)
        assert [*oracle.stock(), *self.leaks(), *self.damage()] == []
        assert len(oracle.parked()) == parked, oracle.parked()

    def damage(self) -> list[str]:
        """What SQLite finds wrong in its file; PostgreSQL would not have started with less."""
        url = make_url(self.bridge.database_url)
        if url.get_backend_name() != "sqlite":
            return []
        with closing(sqlite3.connect(str(url.database))) as connection:
            found = [str(row[0]) for row in connection.execute("PRAGMA integrity_check")]
        return [one for one in found if one != "ok"]

    def leaks(self) -> list[str]:
        """Names, addresses and secrets in Redis, in any log, in the metrics, or told to Sentry."""
        secret = canaries(self.bridge.shop, self.bridge.secrets)
        return leaks_of(self.bridge, self.sentry, secret)
