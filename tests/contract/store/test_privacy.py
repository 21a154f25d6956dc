"""What was erased is in no byte of the store's files, while other processes have it open."""

from __future__ import annotations

from pathlib import Path

import pytest

from integration.jobs import Delivery, Flow, Identity, Job, Park
from integration.ports import Act, AuditEntry, OrderTraces
from integration.store.audit import SqlAudit
from integration.store.database import Database
from integration.store.gate import SqlGate
from integration.store.inbox import SqlInbox
from integration.store.jobs import SqlJobs
from integration.store.migrate import migrate
from integration.store.privacy import SqlPrivacy
from integration.store.schema import audit as audit_table
from integration.testing.clock import HandClock
from integration.testing.wake_up import RecordedWakeUp

NUMBER = "CANARY-1042-NUMBER"
EMAIL = "canary@example.org"


@pytest.fixture
def privacy(database: Database, clock: HandClock) -> SqlPrivacy:
    return SqlPrivacy(database, SqlGate(database, clock=clock).installation)


def traces(job: Job) -> OrderTraces:
    identity = job.identity
    return OrderTraces(
        identity.shop,
        identity.subject,
        identity.subject,
        "main",
        None,
        301,
        "P1",
        (501,),
        (job.id,),
    )


def test_an_erased_order_is_known_by_its_digest_only(
    privacy: SqlPrivacy, parked: Job, jobs: SqlJobs
) -> None:
    assert not privacy.is_erased("shops/nl", "1042")
    privacy.erase_order(traces(parked))
    privacy.erase_order(traces(parked))
    assert privacy.is_erased("shops/nl", "1042")
    assert privacy.is_erased("picqer/main", "order:301")
    assert privacy.is_erased("picqer/main", "picklist:501")
    assert not privacy.is_erased("shops/be", "1042")
    assert not privacy.is_erased("shops/nl", "104")
    assert jobs.job(parked.id) is None


def test_the_content_of_an_erased_delivery_does_not_come_back_with_a_copy(
    privacy: SqlPrivacy, database: Database
) -> None:
    inbox, delivery = SqlInbox(database), Delivery("shops/nl", {"user-agent": "x"}, EMAIL.encode())
    first, _ = inbox.add(delivery, "routed", None)
    assert privacy.erase_deliveries([first]) == 1
    again, is_new = inbox.add(delivery, "ignored", "erased", erased=True)
    assert (again, is_new) == (first, False)
    record = inbox.delivery(first)
    assert record is not None
    assert (record.body, record.headers, record.copies) == (None, {}, 1)


def test_sentences_lose_the_words_and_keep_the_rest(
    privacy: SqlPrivacy, database: Database, jobs: SqlJobs, parked: Job
) -> None:
    audit = SqlAudit(database)
    audit.write(AuditEntry("ann", Act.NOTE, "x", f"of {EMAIL.upper()}, not x{EMAIL}"))
    audit.write(AuditEntry("ann", Act.NOTE, "y", data={"asked": [EMAIL, 7], "more": None}))
    # The capitals, and the list: what is part of a longer word is no mention of it.
    assert privacy.erase_texts([EMAIL]) == 2
    with database.begin() as connection:
        rows = connection.execute(audit_table.select().order_by(audit_table.c.id)).all()
    assert rows[0].note == f"of [erased], not x{EMAIL}"
    assert rows[1].data == {"asked": ["[erased]", 7], "more": None}


def test_the_database_gives_up_what_was_deleted(privacy: SqlPrivacy) -> None:
    assert privacy.compact()


def held(folder: Path) -> list[str]:
    """The store's files that hold one of the values."""
    return [
        file.name
        for file in sorted(folder.iterdir())
        if NUMBER.encode() in file.read_bytes() or EMAIL.encode() in file.read_bytes()
    ]


def test_no_file_of_a_sqlite_store_holds_what_was_erased(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path / 'bridge.db'}")
    migrate(database)
    another_process = Database(f"sqlite:///{tmp_path / 'bridge.db'}")
    jobs, inbox = SqlJobs(database, RecordedWakeUp()), SqlInbox(database)
    for number in range(200):  # Enough that pages are split and moved.
        body = f'{{"number": "{NUMBER}", "email": "{EMAIL}", "{number}": "{"x" * 900}"}}'
        inbox.add(Delivery("shops/nl", {}, body.encode()), "routed", f"about {NUMBER}")
    jobs.hint(Identity(Flow.CREATE_ORDER, "nl", NUMBER), "main", why=f"told by {EMAIL}")
    claimed = jobs.claim(1, "worker")
    assert claimed is not None
    parked = jobs.end(claimed, Park(f"{EMAIL} is refused", "Refused"))
    assert another_process.now()
    assert held(tmp_path)
    privacy = SqlPrivacy(database, lambda: "abc123")
    found = privacy.mentions([EMAIL], ["shops/nl"])
    privacy.erase_deliveries(one.id for one in found)
    privacy.erase_order(traces(parked))
    privacy.erase_texts([NUMBER, EMAIL])
    assert privacy.compact()
    assert held(tmp_path) == []
    database.dispose()
    another_process.dispose()


def test_a_store_that_others_read_all_the_time_says_that_it_was_too_busy(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path / 'bridge.db'}", patience=0.05)
    migrate(database)
    with Database(f"sqlite:///{tmp_path / 'bridge.db'}").begin():
        assert not SqlPrivacy(database, lambda: "abc123").compact()
    database.dispose()
