"""What every store promises about the ledger: each thing is made at Picqer exactly once."""

from __future__ import annotations

import threading
from collections.abc import Callable

import pytest

from integration.errors import Ambiguous, InDoubt, LeaseHeld, Unavailable, Unmappable
from integration.jobs import Flow, Identity, Job
from integration.ports import LedgerKey, LedgerState, Made
from integration.store.database import Database
from integration.store.jobs import SqlJobs
from integration.store.ledger import SqlLedger
from integration.testing.clock import HandClock
from integration.testing.wake_up import RecordedWakeUp

KEY = LedgerKey("main", "order", "nl", "1042")


@pytest.fixture
def ledger(database: Database) -> SqlLedger:
    return SqlLedger(database)


@pytest.fixture
def jobs(database: Database) -> SqlJobs:
    return SqlJobs(database, RecordedWakeUp())


def claimed(jobs: SqlJobs, subject: str = "1042", token: str = "token") -> Job:
    job = jobs.hint(Identity(Flow.CREATE_ORDER, "nl", subject), "main")
    mine = jobs.claim(job.id, token)
    assert mine is not None
    return mine


def claimed_again(jobs: SqlJobs, token: str) -> Job:
    """The same job in the hands of another worker, after the lease of the one before ran out."""
    job = jobs.find_identity(Identity(Flow.CREATE_ORDER, "nl", "1042"))
    assert job is not None
    mine = jobs.claim(job.id, token)
    assert mine is not None
    return mine


def never() -> Made:
    raise AssertionError("this must not be asked")


def absent() -> None:
    return None


def once(
    ledger: SqlLedger,
    owner: Job,
    create: Callable[[], Made] = never,
    find: Callable[[], Made | None] = never,
    *,
    key: LedgerKey = KEY,
    reference: str = "1042",
    look_first: bool = False,
) -> Made:
    return ledger.once(
        key, owner=owner, reference=reference, look_first=look_first, find=find, create=create
    )


def test_it_is_created_without_looking_and_then_known(ledger: SqlLedger, jobs: SqlJobs) -> None:
    owner = claimed(jobs)

    first = once(ledger, owner, lambda: Made(301, {"orderid": "O1"}))
    second = once(ledger, owner)

    assert first == second == Made(301, {"orderid": "O1"})
    entry = ledger.find_by_id("main", "order", 301)
    assert entry is not None
    assert (entry.key, entry.reference, entry.state) == (KEY, "1042", LedgerState.SETTLED)


def test_the_intent_is_committed_before_the_creation(
    ledger: SqlLedger, jobs: SqlJobs, database: Database
) -> None:
    seen: list[LedgerState] = []

    def create() -> Made:
        entry = SqlLedger(database).find(KEY)
        assert entry is not None
        seen.append(entry.state)
        return Made(301)

    once(ledger, claimed(jobs), create)

    assert seen == [LedgerState.INTENT]


def test_looking_first_adopts_what_is_there(ledger: SqlLedger, jobs: SqlJobs) -> None:
    made = once(ledger, claimed(jobs), find=lambda: Made(301), look_first=True)

    assert made.picqer_id == 301


def test_an_error_that_changed_nothing_withdraws_the_intent(
    ledger: SqlLedger, jobs: SqlJobs
) -> None:
    def create() -> Made:
        raise Unavailable

    with pytest.raises(Unavailable):
        once(ledger, claimed(jobs), create)

    assert ledger.find(KEY) is None


def test_a_run_that_was_overtaken_takes_nothing_back_of_the_one_that_overtook_it(
    ledger: SqlLedger, jobs: SqlJobs, clock: HandClock
) -> None:
    frozen = claimed(jobs)

    def create() -> Made:
        clock.advance(21)
        with pytest.raises(InDoubt):
            once(ledger, claimed(jobs, token="thief"), find=lambda: None)
        clock.advance(61)
        once(ledger, claimed_again(jobs, "thief 2"), find=lambda: Made(301))
        raise LeaseHeld

    with pytest.raises(LeaseHeld):
        once(ledger, frozen, create)

    entry = ledger.find(KEY)
    assert entry is not None
    assert entry.picqer_id == 301


@pytest.mark.parametrize("error", [Ambiguous(), ValueError("a bug after sending")])
def test_an_unanswered_write_or_a_bug_leaves_it_in_doubt_for_a_minute(
    ledger: SqlLedger, jobs: SqlJobs, clock: HandClock, error: Exception
) -> None:
    owner = claimed(jobs)

    def create() -> Made:
        raise error

    with pytest.raises(type(error)):
        once(ledger, owner, create)
    with pytest.raises(InDoubt) as early:
        once(ledger, owner)
    clock.advance(60)

    assert early.value.seconds == pytest.approx(60)
    assert once(ledger, owner, find=lambda: Made(301)).picqer_id == 301


def test_absence_is_believed_only_when_it_was_seen_twice(
    ledger: SqlLedger, jobs: SqlJobs, clock: HandClock
) -> None:
    owner = claimed(jobs)

    def lost() -> Made:
        raise Ambiguous

    with pytest.raises(Ambiguous):
        once(ledger, owner, lost)
    clock.advance(61)
    with pytest.raises(InDoubt) as second_look:
        once(ledger, owner, find=absent)
    with pytest.raises(InDoubt):
        once(ledger, owner)
    clock.advance(6)

    assert second_look.value.seconds == 5.0
    assert once(ledger, owner, lambda: Made(302), find=absent).picqer_id == 302


def test_a_living_owner_keeps_its_intent(ledger: SqlLedger, jobs: SqlJobs) -> None:
    key = LedgerKey("main", "product", "", "MUG-BLUE")
    first, second = claimed(jobs, "1", "one"), claimed(jobs, "2", "two")

    def create() -> Made:
        with pytest.raises(LeaseHeld):
            once(ledger, second, key=key, reference="")
        return Made(9)

    assert once(ledger, first, create, key=key, reference="").picqer_id == 9


def test_a_dead_owners_intent_is_taken_over_and_looked_up_not_before_its_last_request_ended(
    ledger: SqlLedger, jobs: SqlJobs, clock: HandClock
) -> None:
    class Death(BaseException):
        pass

    def die() -> Made:
        raise Death

    with pytest.raises(Death):
        once(ledger, claimed(jobs, token="dead"), die)
    clock.advance(50)
    owner = jobs.claim(claimed_id(jobs), "next")
    assert owner is not None

    with pytest.raises(InDoubt) as doubt:
        once(ledger, owner)
    clock.advance(41)

    assert doubt.value.seconds == pytest.approx(40)
    assert once(ledger, owner, find=lambda: Made(301)).picqer_id == 301


def claimed_id(jobs: SqlJobs) -> int:
    job = jobs.find_identity(Identity(Flow.CREATE_ORDER, "nl", "1042"))
    assert job is not None
    return job.id


def test_resolving_looks_and_never_creates(
    ledger: SqlLedger, jobs: SqlJobs, clock: HandClock
) -> None:
    def lost() -> Made:
        raise Ambiguous

    with pytest.raises(Ambiguous):
        once(ledger, claimed(jobs), lost)
    with pytest.raises(InDoubt):
        ledger.resolve(KEY, never)
    clock.advance(61)
    with pytest.raises(InDoubt):
        ledger.resolve(KEY, absent)
    clock.advance(6)

    assert ledger.resolve(KEY, absent) is None
    assert ledger.find(KEY) is None


def test_adopting_what_belongs_to_another_order_is_refused_with_both_named(
    ledger: SqlLedger, jobs: SqlJobs
) -> None:
    once(ledger, claimed(jobs), lambda: Made(301))
    other = LedgerKey("main", "order", "nl", "1043")

    with pytest.raises(Unmappable, match=r"1042.*1043"):
        once(
            ledger,
            claimed(jobs, "1043"),
            find=lambda: Made(301),
            key=other,
            reference="1043",
            look_first=True,
        )


def test_one_reference_belongs_to_one_order_of_an_account(ledger: SqlLedger, jobs: SqlJobs) -> None:
    once(ledger, claimed(jobs), lambda: Made(301))
    other = LedgerKey("main", "order", "be", "1042")
    elsewhere = LedgerKey("second", "order", "be", "1042")

    with pytest.raises(Unmappable, match="reference"):
        once(ledger, claimed(jobs, "9"), lambda: Made(302), key=other)

    assert once(ledger, claimed(jobs, "8"), lambda: Made(301), key=elsewhere).picqer_id == 301


def test_two_shops_may_share_a_customer(ledger: SqlLedger) -> None:
    for shop in ("nl", "be"):
        ledger.adopt(LedgerKey("main", "customer", shop, "77"), Made(5607))

    assert ledger.count("main", "customer") == 2


def test_what_follows_from_settling_is_written_with_it_or_not_at_all(
    ledger: SqlLedger, jobs: SqlJobs
) -> None:
    def fail(_made: Made) -> None:
        raise RuntimeError

    with pytest.raises(RuntimeError):
        ledger.once(
            KEY,
            owner=claimed(jobs),
            reference="1042",
            look_first=False,
            find=never,
            create=lambda: Made(301),
            on_settled=fail,
        )

    entry = ledger.find(KEY)
    assert entry is not None
    assert entry.state is LedgerState.INTENT


def test_a_mail_is_claimed_once_and_given_back_when_it_was_refused(ledger: SqlLedger) -> None:
    mail = LedgerKey("main", "mail", "nl", "1042/501")

    assert ledger.first(mail)
    assert not ledger.first(mail)
    ledger.release(mail)
    assert ledger.first(mail)


def test_the_unknown_productcodes_come_back_in_the_given_order(ledger: SqlLedger) -> None:
    ledger.adopt(LedgerKey("main", "product", "", "B"), Made(2))

    assert ledger.unknown_productcodes("main", ["C", "B", "A", "C"]) == ["C", "A"]


def test_notes_are_added_to_the_details(ledger: SqlLedger) -> None:
    ledger.adopt(KEY, Made(301, {"orderid": "O1"}))

    ledger.note(KEY, {"process_stamp": "2026-11-23 12:00:00"})

    entry = ledger.find(KEY)
    assert entry is not None
    assert entry.details == {"orderid": "O1", "process_stamp": "2026-11-23 12:00:00"}


def test_notes_that_are_written_at_the_same_time_are_all_kept(ledger: SqlLedger) -> None:
    ledger.adopt(KEY, Made(301))

    def write(number: int) -> None:
        for turn in range(10):
            ledger.note(KEY, {f"{number}/{turn}": True})

    threads = [threading.Thread(target=write, args=(number,)) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)

    entry = ledger.find(KEY)
    assert entry is not None
    assert len(entry.details) == 60


def test_eight_threads_that_want_the_same_thing_make_it_once(
    ledger: SqlLedger, jobs: SqlJobs
) -> None:
    key = LedgerKey("main", "product", "", "MUG-BLUE")
    owners = [claimed(jobs, str(number), f"token-{number}") for number in range(8)]
    together = threading.Barrier(len(owners))
    created: list[int] = []
    outcomes: list[object] = []

    def create() -> Made:
        created.append(1)
        return Made(9)

    def want(owner: Job) -> None:
        together.wait()
        try:
            outcomes.append(once(ledger, owner, create, key=key, reference="").picqer_id)
        except LeaseHeld as error:
            outcomes.append(error)

    threads = [threading.Thread(target=want, args=(owner,)) for owner in owners]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)

    assert len(created) == 1
    assert len(outcomes) == len(owners)
    assert all(outcome == 9 or isinstance(outcome, LeaseHeld) for outcome in outcomes)


def test_an_order_is_found_by_picqers_own_number_and_nothing_else_is(ledger: SqlLedger) -> None:
    order, product = LedgerKey("main", "order", "nl", "7"), LedgerKey("main", "product", "", "MUG")
    ledger.adopt(order, Made(301, {"orderid": "O2026-0301"}))
    ledger.adopt(product, Made(302, {"orderid": "O2026-0302"}))
    found = ledger.find_by_orderid("main", "O2026-0301")
    assert found is not None
    assert found.key == order
    assert ledger.find_by_orderid("second", "O2026-0301") is None
    assert ledger.find_by_orderid("main", "O2026-0302") is None
    assert ledger.count("main", "order", "nl") == ledger.count("main", "order") == 1
    assert ledger.count("main", "order", "be") == 0
