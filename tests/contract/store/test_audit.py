"""Who did what is kept, found again, and part of the transaction of the act."""

from __future__ import annotations

from datetime import timedelta

import pytest

from integration.ports import Act, AuditEntry, AuditFilter
from integration.store.audit import SqlAudit
from integration.store.database import Database
from integration.testing.clock import NOON, HandClock


@pytest.fixture
def audit(database: Database) -> SqlAudit:
    return SqlAudit(database)


@pytest.fixture
def three(audit: SqlAudit, clock: HandClock) -> None:
    """Ann retried an order at noon, Bob paused a shop a minute later, Ann revealed a delivery."""
    order = {"job_id": 7, "shop": "nl", "order_id": "1042"}
    audit.write(AuditEntry("ann", Act.RETRY, "create_order nl 1042", "SKU added", **order))
    clock.advance(60)
    audit.write(AuditEntry("bob", Act.PAUSE, "every flow of shop be", shop="be"))
    clock.advance(60)
    audit.write(AuditEntry("ann", Act.REVEAL, "delivery 3 of shops/nl", delivery_id=3))


def test_an_act_is_kept_with_its_instant_and_everything_that_was_said(audit: SqlAudit) -> None:
    given = AuditEntry("ann", Act.REPLAY, "deliveries", "after the fix", data={"routed": 3})
    kept = audit.write(given)
    assert (kept.at, kept.who, kept.act, kept.note) == (NOON, "ann", Act.REPLAY, "after the fix")
    assert audit.find(AuditFilter()) == [kept]
    assert kept.data == {"routed": 3}


@pytest.mark.usefixtures("three")
@pytest.mark.parametrize(
    ("which", "acts"),
    [
        (AuditFilter(), ["reveal", "pause", "retry"]),
        (AuditFilter(limit=1, offset=1), ["pause"]),
        (AuditFilter(act=Act.PAUSE), ["pause"]),
        (AuditFilter(who="ann"), ["reveal", "retry"]),
        (AuditFilter(job_id=7), ["retry"]),
        (AuditFilter(shop="nl", order_id="1042"), ["retry"]),
        (AuditFilter(shop="be"), ["pause"]),
        (AuditFilter(delivery_id=3), ["reveal"]),
        (AuditFilter(since=NOON + timedelta(seconds=60)), ["reveal", "pause"]),
        (AuditFilter(until=NOON + timedelta(seconds=60)), ["retry"]),
        (AuditFilter(text="sku ADDED"), ["retry"]),
        (AuditFilter(text="every flow"), ["pause"]),
        (AuditFilter(text="%"), []),
    ],
)
def test_acts_are_found_by_what_is_asked_latest_first(
    audit: SqlAudit, which: AuditFilter, acts: list[str]
) -> None:
    assert [one.act.value for one in audit.find(which)] == acts


def test_an_act_that_failed_was_never_done(audit: SqlAudit, database: Database) -> None:
    with pytest.raises(RuntimeError), database.transaction():
        audit.write(AuditEntry("ann", Act.NOTE, "create_order nl 1042"))
        raise RuntimeError
    assert audit.find(AuditFilter()) == []


def test_text_that_a_database_would_refuse_is_kept_without_it(audit: SqlAudit) -> None:
    kept = audit.write(AuditEntry("a\x00nn", Act.NOTE, "x" * 900, "half \ud800 pair"))
    assert (kept.who, len(kept.about), kept.note) == ("ann", 400, "half ? pair")
