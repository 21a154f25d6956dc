"""The machines refute services that are naive in one thing each: so they can fail, and do."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import pytest
from hypothesis.stateful import RuleBasedStateMachine, run_state_machine_as_test
from sqlalchemy import update

from integration.domain import FreeStock
from integration.jobs import Ending, Job, JobEvent
from integration.ports import LedgerKey, Made
from integration.services import Services
from integration.store.jobs import SqlJobs
from integration.store.ledger import SqlLedger
from integration.store.schema import jobs
from integration.store.stock import SqlStockBook
from integration.testing.picqer_books import WAREHOUSE
from tests.states.games import until_refuted
from tests.states.realm import Realm
from tests.states.test_orders_machine import Orders
from tests.states.test_shipments_machine import Shipments
from tests.states.test_stock_machine import Stock

NEWEST = "9999-12-31 23:59:59"


class WithoutIntent(SqlLedger):
    """Creates, and writes down afterwards: what most scripts do."""

    def once(
        self,
        key: LedgerKey,
        *,
        owner: Job,
        reference: str | None,
        look_first: bool,
        find: Callable[[], Made | None],
        create: Callable[[], Made],
        on_settled: Callable[[Made], None] | None = None,
    ) -> Made:
        return self._settle(key, create(), reference, on_settled)


class NeverLooking(SqlLedger):
    """Keeps intents, but does not look up at Picqer what is new to itself."""

    def once(self, key: LedgerKey, *, look_first: bool, **words: Any) -> Made:  # type: ignore[override]  # passed on as it came
        return super().once(key, look_first=False, **words)


class Impatient(SqlLedger):
    """Looks up what is in doubt at once, although Picqer may still be carrying it out."""

    def _doubt(self, key: LedgerKey, look_after: float) -> None:
        super()._doubt(key, self._database.now().timestamp())


class Believing(SqlStockBook):
    """Takes every figure that is told for the newest, whatever its stamp."""

    def apply(self, account: str, stock: FreeStock) -> bool:
        self.observe(account, replace(stock, stamp=NEWEST))
        return False


class Forgetful(SqlLedger):
    """Does not write down that a mail goes out before it does."""

    def first(self, key: LedgerKey) -> bool:
        return True


class Deaf(SqlJobs):
    """Ends a run without noticing what was told while it ran."""

    def end(self, job: Job, ending: Ending, events: Sequence[JobEvent] = ()) -> Job:
        self._take_for_seen(job.id)
        return super().end(job, ending, events)

    def _take_for_seen(self, job_id: int) -> None:
        with self._database.begin() as connection:
            row = update(jobs).where(jobs.c.id == job_id).values(claimed_revision=jobs.c.revision)
            connection.execute(row)


def naive(**ports: Callable[[Realm], Any]) -> type[Realm]:
    """A realm whose service has these ports instead of its own."""

    class Naive(Realm):
        def _services(self, services: Services) -> Services:
            made = super()._services(services)
            return replace(made, **{name: make(self) for name, make in ports.items()})

    return Naive


def refuted(machine: type[RuleBasedStateMachine], realm: type[Realm], examples: int = 300) -> str:
    """What the machine says is wrong with it."""
    made = type("Naive", (machine,), {"realm_kind": realm})
    with pytest.raises(AssertionError) as caught:
        run_state_machine_as_test(made, settings=until_refuted(examples, 16))
    return str(caught.value)


@pytest.mark.parametrize(
    "ledger",
    [
        WithoutIntent,
        pytest.param(NeverLooking, marks=pytest.mark.soak),
        pytest.param(Impatient, marks=pytest.mark.soak),
    ],
)
def test_a_naive_ledger_doubles_an_order(ledger: type[SqlLedger]) -> None:
    realm = naive(ledger=lambda realm: ledger(realm.database))
    assert "2 live orders" in refuted(Orders, realm)


def test_a_stock_book_that_believes_old_news_shows_the_wrong_figure() -> None:
    assert "ought to show" in refuted(Stock, naive(stock=believing))


def test_a_mail_that_is_not_claimed_first_goes_out_twice() -> None:
    realm = naive(ledger=lambda realm: Forgetful(realm.database))
    assert "== []" in refuted(Shipments, realm)


@pytest.mark.soak
def test_a_run_that_does_not_notice_news_loses_it() -> None:
    realm = naive(jobs=lambda realm: Deaf(realm.database, realm.world.wake_up))
    assert "order" in refuted(Orders, realm)


def believing(realm: Realm) -> SqlStockBook:
    """The naive stock book, wired as the world wires its own."""
    return Believing(
        realm.database, shops=lambda _account: ["nl"], counting=lambda _account: {WAREHOUSE}
    )
