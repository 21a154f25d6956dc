"""Flow 2, when an answer is lost or an owner dies: looked up before anything is made again."""

from __future__ import annotations

import pytest

from integration.domain import (
    PicqerStatus,
)
from integration.errors import (
    Ambiguous,
    BridgeError,
    Busy,
    Evidence,
    LockedOut,
    OverBudget,
    RateLimited,
    Refused,
    Unavailable,
)
from integration.jobs import Done, Flow, Park, Retry, Wait
from tests.flows.world import World, statuses


def _die_after_post(world: World, job_id: int) -> None:
    """The worker dies between Picqer's commit and our writing it down."""

    class Death(KeyboardInterrupt):
        pass

    world.picqer.faults = type(world.picqer.faults)()
    original = world.picqer.books.add_order
    made = world.picqer.books

    def add_and_die(*args: object, **kwargs: object) -> object:
        original(*args, **kwargs)  # type: ignore[arg-type]  # passed through as it came
        made.add_order = original  # type: ignore[method-assign]  # the next one lives
        raise Death

    made.add_order = add_and_die  # type: ignore[method-assign,assignment]  # a death, once
    world.runner.run(job_id)


def test_a_lost_answer_is_looked_up_after_a_minute_and_the_order_adopted(stocked: World) -> None:
    stocked.order()
    stocked.picqer.fail("create_order", Ambiguous("the answer was lost"), committed=True)

    first = stocked.run_order()
    second = stocked.run_again(first.job)
    third = stocked.run_again(second.job)

    assert isinstance(first.ending, Retry)
    assert isinstance(second.ending, Wait)
    assert second.ending.code == "InDoubt"
    assert isinstance(third.ending, Done)
    assert stocked.picqer.calls.count("create_order") == 1
    assert statuses(stocked) == [PicqerStatus.PROCESSING]


def test_nothing_is_looked_up_within_a_minute_of_the_unanswered_write(stocked: World) -> None:
    stocked.order()
    stocked.picqer.fail("create_order", Ambiguous(), committed=True)
    first = stocked.run_order()
    sent_at = stocked.clock.now()

    second = stocked.run_again(first.job)
    stocked.run_again(second.job)

    assert (stocked.clock.now() - sent_at).total_seconds() >= 60


def test_a_write_lost_on_its_way_is_created_after_two_looks_five_seconds_apart(
    stocked: World,
) -> None:
    stocked.order()
    stocked.picqer.fail("create_order", Ambiguous())

    job = stocked.run_order().job
    while not isinstance((outcome := stocked.run_again(job)).ending, Done):
        job = outcome.job

    assert stocked.picqer.calls == [
        "create_order",
        "orders_with_reference",
        "orders_with_reference",
        "create_order",
        "process_order",
    ]
    assert statuses(stocked) == [PicqerStatus.PROCESSING]


@pytest.mark.parametrize(
    "error",
    [
        Unavailable(),
        OverBudget(seconds=2),
        RateLimited(seconds=5),
        LockedOut(),
        Refused("no", evidence=Evidence(status=400, error_code=9)),
    ],
)
def test_a_write_that_provably_changed_nothing_leaves_no_doubt(
    stocked: World, error: BridgeError
) -> None:
    stocked.order()
    stocked.picqer.fail("create_order", error)

    stocked.run_order()

    assert stocked.entry() is None


def test_a_500_on_process_reads_the_order_once_and_goes_by_its_status(stocked: World) -> None:
    stocked.order()
    stocked.picqer.fail("process_order", Ambiguous(), committed=True)

    outcome = stocked.run_order()

    assert isinstance(outcome.ending, Done)
    assert stocked.picqer.calls == ["create_order", "process_order", "order"]
    assert statuses(stocked) == [PicqerStatus.PROCESSING]


def test_a_process_that_did_not_arrive_is_sent_again(stocked: World) -> None:
    stocked.order()
    stocked.picqer.fail("process_order", Busy())

    first = stocked.run_order()
    second = stocked.run_again(first.job)

    assert isinstance(first.ending, Retry)
    assert isinstance(second.ending, Done)
    assert stocked.picqer.calls.count("create_order") == 1
    assert statuses(stocked) == [PicqerStatus.PROCESSING]


def test_a_late_order_is_looked_up_and_one_typed_in_by_hand_is_adopted(stocked: World) -> None:
    paid = stocked.clock.now()
    by_hand = stocked.picqer.books.add_order("1042", {"MUG-BLUE": 2})
    stocked.clock.advance(3600)
    stocked.order(placed_at=paid, paid_at=paid)

    stocked.run_order()

    assert "create_order" not in stocked.picqer.calls
    assert statuses(stocked) == [PicqerStatus.PROCESSING]
    entry = stocked.entry()
    assert entry is not None
    assert entry.picqer_id == by_hand.idorder


def test_an_order_that_exists_only_cancelled_at_picqer_parks_with_the_sentence(
    stocked: World,
) -> None:
    paid = stocked.clock.now()
    gone = stocked.picqer.books.add_order("1042", {"MUG-BLUE": 2})
    stocked.picqer.books.set_status(gone.idorder, PicqerStatus.CANCELLED)
    stocked.clock.advance(3600)
    stocked.order(placed_at=paid, paid_at=paid)

    outcome = stocked.run_order()

    assert isinstance(outcome.ending, Park)
    assert gone.orderid in outcome.ending.reason


def test_two_shop_orders_can_never_share_one_picqer_order(stocked: World) -> None:
    stocked.order(number="7")
    stocked.order("1043", number="7")

    stocked.run_order()
    outcome = stocked.run_order("1043")

    assert isinstance(outcome.ending, Park)
    assert "1042" in outcome.ending.reason
    assert len(stocked.picqer.books.orders) == 1


def test_a_dead_owners_intent_is_taken_over_after_a_minute_and_looked_up(stocked: World) -> None:
    stocked.order()
    stocked.picqer.fail("create_order", Ambiguous(), committed=True)
    job = stocked.hint(Flow.CREATE_ORDER, "1042")
    with pytest.raises(KeyboardInterrupt):
        _die_after_post(stocked, job.id)
    stocked.clock.advance(21)

    first = stocked.runner.run(job.id)
    assert first is not None
    second = stocked.run_again(first.job)

    assert isinstance(first.ending, Wait)
    assert first.ending.code == "InDoubt"
    assert isinstance(second.ending, Done)
    assert stocked.picqer.calls.count("create_order") == 1
    assert statuses(stocked) == [PicqerStatus.PROCESSING]


def test_while_its_owner_lives_an_intent_is_left_alone(stocked: World) -> None:
    stocked.order()
    job = stocked.hint(Flow.CREATE_ORDER, "1042")
    with pytest.raises(KeyboardInterrupt):
        _die_after_post(stocked, job.id)

    assert stocked.runner.run(job.id) is None, "the lease still belongs to the other worker"
    assert len(stocked.picqer.books.orders) == 1
