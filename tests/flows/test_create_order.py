"""Flow 2: one shop order to be shipped is exactly one processing Picqer order."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from integration.domain import (
    Customer,
    FulfillmentStatus,
    PaymentStatus,
    Picklist,
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
from integration.jobs import Done, Flow, Identity, Park, Retry, State, Wait
from integration.policy import OnCancel
from tests.flows.world import World, line


@pytest.fixture
def stocked(world: World) -> World:
    """A world whose Picqer knows the blue mug and whose VAT groups were read before."""
    world.picqer.books.add_product("MUG-BLUE", 40)
    world.services.bookmarks.set(
        "picqer/main",
        "vat_groups",
        [{"idvatgroup": 18, "name": "BTW Hoog", "percentage": "21"}],
    )
    return world


def statuses(world: World, reference: str = "1042") -> list[PicqerStatus]:
    return [order.status for order in world.picqer.books.live_orders(reference)]


def test_a_paid_guest_order_is_created_and_processed_with_two_calls(stocked: World) -> None:
    stocked.order()

    outcome = stocked.run_order()

    assert isinstance(outcome.ending, Done)
    assert statuses(stocked) == [PicqerStatus.PROCESSING]
    assert stocked.picqer.calls == ["create_order", "process_order"]


def test_running_it_again_makes_no_call_and_no_second_order(stocked: World) -> None:
    stocked.order()
    stocked.run_order()
    stocked.picqer.calls.clear()

    outcome = stocked.run_order()

    assert isinstance(outcome.ending, Done)
    assert stocked.picqer.calls == []
    assert len(stocked.picqer.books.orders) == 1


def test_a_new_customer_of_the_shop_costs_three_calls_and_a_known_one_two(stocked: World) -> None:
    customer = Customer(id="77", created_at=stocked.clock.now(), email="a@example.org", name="A")
    stocked.order(customer=customer)
    stocked.order("1043", customer=customer)

    stocked.run_order()
    first = list(stocked.picqer.calls)
    stocked.picqer.calls.clear()
    stocked.run_order("1043")

    assert first == ["create_customer", "create_order", "process_order"]
    assert stocked.picqer.calls == ["create_order", "process_order"]
    idcustomers = {order.idcustomer for order in stocked.picqer.books.orders.values()}
    assert idcustomers == set(stocked.picqer.books.customers)


def test_an_old_shop_account_is_searched_by_email_and_adopted(stocked: World) -> None:
    known = stocked.picqer.books.add_customer("a@example.org")
    old = stocked.clock.now() - timedelta(days=400)
    stocked.order(customer=Customer(id="77", created_at=old, email="a@example.org", name="A"))

    stocked.run_order()

    assert stocked.picqer.calls == ["customers_with_email", "create_order", "process_order"]
    (order,) = stocked.picqer.books.orders.values()
    assert order.idcustomer == known.idcustomer
    body = stocked.picqer.books.bodies[order.idorder]
    assert "deliveryaddress2" in body, "an adopted customer's own address must not fill a gap"


def test_an_old_shop_account_that_picqer_does_not_know_costs_four_calls(stocked: World) -> None:
    old = stocked.clock.now() - timedelta(days=400)
    stocked.order(customer=Customer(id="77", created_at=old, email="a@example.org", name="A"))

    stocked.run_order()

    assert stocked.picqer.calls == [
        "customers_with_email",
        "create_customer",
        "create_order",
        "process_order",
    ]


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"release": False, "payment_status": PaymentStatus.UNPAID}, "not released"),
        ({"test": True}, "test order"),
        ({"fulfillment_status": FulfillmentStatus.FULFILLED}, "shipped already"),
        ({"cancelled": True}, "cancelled"),
    ],
)
def test_an_order_that_is_not_to_be_shipped_costs_no_call_and_says_why(
    stocked: World, changes: dict[str, object], reason: str
) -> None:
    stocked.order(**changes)

    outcome = stocked.run_order()

    assert isinstance(outcome.ending, Done)
    assert reason in outcome.ending.note
    assert stocked.picqer.calls == []


def test_an_order_placed_before_the_shop_was_connected_is_not_imported(stocked: World) -> None:
    placed = stocked.clock.now() - timedelta(days=3)
    stocked.order(placed_at=placed, paid_at=placed)

    outcome = stocked.run_order()

    assert "orders_since" in str(outcome.ending)
    assert stocked.picqer.calls == []


def test_an_unpaid_order_on_account_is_shipped_when_the_shop_releases_it(stocked: World) -> None:
    stocked.order(payment_status=PaymentStatus.UNPAID, paid_at=None, release=True)

    stocked.run_order()

    assert statuses(stocked) == [PicqerStatus.PROCESSING]


def test_an_order_in_another_currency_parks_and_names_it(stocked: World) -> None:
    stocked.order(currency="USD")

    outcome = stocked.run_order()

    assert isinstance(outcome.ending, Park)
    assert "USD" in outcome.ending.reason
    assert stocked.picqer.books.orders == {}


def test_a_missing_vat_group_parks_with_the_rate_named_after_reading_the_groups_once(
    stocked: World,
) -> None:
    stocked.order(lines=(line(tax_rate=Decimal(19)),))
    stocked.clock.advance(3600)
    stocked.order(lines=(line(tax_rate=Decimal(19)),))

    outcome = stocked.run_order()

    assert isinstance(outcome.ending, Park)
    assert "19" in outcome.ending.reason
    assert stocked.picqer.calls == ["vat_groups"]


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


def test_an_order_cancelled_in_picqer_before_it_was_processed_parks(stocked: World) -> None:
    stocked.order()
    stocked.picqer.fail("process_order", Unavailable())
    first = stocked.run_order()
    (idorder,) = stocked.picqer.books.orders
    stocked.picqer.books.set_status(idorder, PicqerStatus.CANCELLED)

    outcome = stocked.run_again(first.job)

    assert isinstance(outcome.ending, Park)
    assert "cancelled" in outcome.ending.reason


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


def test_an_unknown_product_is_made_from_the_shops_and_the_order_tried_again(
    stocked: World,
) -> None:
    stocked.product("MUG-RED", id="10", name="Red mug")
    stocked.order(lines=(line("MUG-RED", product_id="10"),))

    outcome = stocked.run_order()

    assert isinstance(outcome.ending, Done)
    assert stocked.picqer.calls == [
        "create_order",
        "product_with_code",
        "product_with_code",
        "create_product",
        "create_order",
        "process_order",
    ]
    assert statuses(stocked) == [PicqerStatus.PROCESSING]


def test_an_unknown_product_that_the_shop_lost_parks_the_order_until_it_is_created(
    stocked: World,
) -> None:
    stocked.order(lines=(line("MUG-RED", product_id="10"),))
    parked = stocked.run_order()

    stocked.product("MUG-RED", id="11")
    stocked.services.bookmarks.set(
        "picqer/main", "catalogue_listed", stocked.clock.now().isoformat()
    )
    stocked.run(Flow.CREATE_PRODUCT, "11")
    stocked.settle_all()

    assert isinstance(parked.ending, Park)
    assert parked.ending.blocked_on == "MUG-RED"
    assert statuses(stocked) == [PicqerStatus.PROCESSING]


def test_a_shop_that_writes_no_products_parks_the_order_naming_the_product(stocked: World) -> None:
    stocked.set_policy(replace(stocked.policy, catalogue=False))
    stocked.product("MUG-RED", id="10")
    stocked.order(lines=(line("MUG-RED", product_id="10"),))

    outcome = stocked.run_order()

    assert isinstance(outcome.ending, Park)
    assert "MUG-RED" in outcome.ending.reason
    assert "create_product" not in stocked.picqer.calls


def test_a_line_without_sku_parks_before_any_call(stocked: World) -> None:
    stocked.order(lines=(line(None),))

    outcome = stocked.run_order()

    assert isinstance(outcome.ending, Park)
    assert stocked.picqer.calls == []


def test_an_order_left_as_concept_is_not_processed(stocked: World) -> None:
    stocked.set_policy(replace(stocked.policy, process_orders=False))
    stocked.order()

    stocked.run_order()

    assert statuses(stocked) == [PicqerStatus.CONCEPT]


def test_a_cancelled_concept_is_deleted_without_force(stocked: World) -> None:
    stocked.set_policy(replace(stocked.policy, process_orders=False))
    order = stocked.order()
    stocked.run_order()
    stocked.shop.books.orders["1042"] = replace(order, cancelled=True)

    outcome = stocked.run_order()
    again = stocked.run_order()

    assert isinstance(outcome.ending, Done)
    assert isinstance(again.ending, Done)
    assert stocked.picqer.calls == ["create_order", "order", "cancel_order"]
    assert statuses(stocked) == []


def test_an_order_cancelled_while_processing_parks_by_default(stocked: World) -> None:
    order = stocked.order()
    stocked.run_order()
    stocked.shop.books.orders["1042"] = replace(order, cancelled=True)

    outcome = stocked.run_order()

    assert isinstance(outcome.ending, Park)
    assert "cancelled in the shop" in outcome.ending.reason
    assert statuses(stocked) == [PicqerStatus.PROCESSING]


def test_with_on_cancel_cancel_it_is_cancelled_while_no_picklist_is_closed(stocked: World) -> None:
    stocked.set_policy(replace(stocked.policy, on_cancel=OnCancel.CANCEL))
    order = stocked.order()
    stocked.run_order()
    stocked.shop.books.orders["1042"] = replace(order, cancelled=True)

    outcome = stocked.run_order()

    assert isinstance(outcome.ending, Done)
    assert statuses(stocked) == []


def test_an_order_in_doubt_that_is_cancelled_is_looked_up_first_and_never_created(
    stocked: World,
) -> None:
    order = stocked.order()
    stocked.picqer.fail("create_order", Ambiguous())
    job = stocked.run_order().job
    stocked.shop.books.orders["1042"] = replace(order, cancelled=True)

    while not isinstance((outcome := stocked.run_again(job)).ending, Done):
        job = outcome.job

    assert stocked.picqer.calls.count("create_order") == 1
    assert statuses(stocked) == []


def test_an_order_that_vanished_from_the_shop_is_never_created(stocked: World) -> None:
    outcome = stocked.run_order()

    assert isinstance(outcome.ending, Done)
    assert stocked.picqer.calls == []


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


def test_while_its_owner_lives_an_intent_is_left_alone(stocked: World) -> None:
    stocked.order()
    job = stocked.hint(Flow.CREATE_ORDER, "1042")
    with pytest.raises(KeyboardInterrupt):
        _die_after_post(stocked, job.id)

    assert stocked.runner.run(job.id) is None, "the lease still belongs to the other worker"
    assert len(stocked.picqer.books.orders) == 1


def test_facts_that_came_before_the_order_was_known_raise_complete_order_at_settling(
    stocked: World,
) -> None:
    by_hand = stocked.picqer.books.add_order("1042", {"MUG-BLUE": 2})
    stamp = stocked.picqer.books.stamp()
    picklist = Picklist(501, "P501", by_hand.idorder, None, "closed", stamp, stamp)
    stocked.services.shipments.record("main", picklist)
    paid = stocked.clock.now()
    stocked.clock.advance(3600)
    stocked.order(placed_at=paid, paid_at=paid)

    stocked.run_order()

    job = stocked.services.jobs.find_identity(Identity(Flow.COMPLETE_ORDER, "nl", "1042"))
    assert job is not None
    assert job.state is State.OPEN


def test_lines_are_in_flight_from_the_first_reading_until_picqer_holds_them(
    stocked: World,
) -> None:
    stocked.services.stock.observe("main", stocked.picqer.books.set_stock("MUG-BLUE", 40))
    stocked.order()
    stocked.picqer.fail("create_order", OverBudget(seconds=5))
    stocked.clock.advance(2)

    first = stocked.run_order()
    waiting = stocked.services.stock.in_flight("main", "MUG-BLUE")
    stocked.run_again(first.job)
    held = stocked.services.stock.in_flight("main", "MUG-BLUE")
    stocked.clock.advance(2)
    stocked.services.stock.apply("main", stocked.picqer.books.set_stock("MUG-BLUE", 38))

    assert waiting == 2
    assert held == 2, "Picqer's stock event has not come yet"
    assert stocked.services.stock.in_flight("main", "MUG-BLUE") == 0


def seconds_until_read(world: World, kind: str) -> float | None:
    """In how many seconds the blue mug is read at Picqer; None: not planned."""
    identity = Identity(Flow.RECONCILE, "", f"{kind}:main:MUG-BLUE")
    job = world.services.jobs.find_identity(identity)
    return None if job is None else (job.due_at - world.clock.now()).total_seconds()


def test_a_product_is_read_ten_minutes_after_processing_when_no_stock_event_comes(
    stocked: World,
) -> None:
    stocked.services.stock.observe("main", stocked.picqer.books.set_stock("MUG-BLUE", 40))
    stocked.clock.advance(2)
    stocked.order()

    stocked.run_order()

    assert seconds_until_read(stocked, "unheld") == pytest.approx(600)
    assert seconds_until_read(stocked, "product") is None


def test_a_figure_of_the_very_second_of_processing_is_read_again_ten_seconds_later(
    stocked: World,
) -> None:
    stocked.order("1041")
    stocked.run_order("1041")
    stocked.services.stock.observe("main", stocked.picqer.books.set_stock("MUG-BLUE", 38))
    stocked.order()

    stocked.run_order()

    assert seconds_until_read(stocked, "product") == pytest.approx(10)


def test_while_paused_the_lines_are_booked_but_nothing_is_sent_and_it_is_looked_up_later(
    stocked: World,
) -> None:
    stocked.order()
    stocked.services.gate.pause(Flow.CREATE_ORDER, None, "tester")

    paused = stocked.run_order()
    stocked.services.gate.resume(Flow.CREATE_ORDER, None, "tester")
    stocked.run_again(paused.job)

    assert isinstance(paused.ending, Wait)
    assert paused.ending.code == "Paused"
    assert stocked.services.stock.booking("nl", "1042") is not None
    assert stocked.picqer.calls[0] == "orders_with_reference"
    assert statuses(stocked) == [PicqerStatus.PROCESSING]


def test_a_stopping_worker_ends_the_job_before_its_next_call(stocked: World) -> None:
    stocked.order()
    stocked.stopping = True

    outcome = stocked.run_order()

    assert isinstance(outcome.ending, Wait)
    assert outcome.ending.code == "Stopping"
    assert outcome.job.attempts == 0
    assert stocked.picqer.calls == []
