"""Old orders and products are brought to Picqer: each once, behind the daily work, in steps."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from integration.domain import FulfillmentStatus, PicqerStatus
from integration.errors import Refused, Stopping
from integration.flows import backfill_orders as flow
from integration.jobs import Done, Flow, Identity, Job, Lane, Queue, State
from integration.operate import Backfill, BackfillView, begin_backfill, survey_orders, view_backfill
from integration.ports import Act, AuditFilter
from integration.privacy import erase, trace_order
from integration.testing.clock import NOON
from tests.flows.world import World, statuses

SINCE = NOON - timedelta(days=30)


@pytest.fixture
def old(world: World) -> World:
    """Five orders from before our first sight of the shop, of which the third is shipped."""
    world.picqer.books.add_product("MUG-BLUE", 400)
    for day in range(5):
        placed = NOON - timedelta(days=20 - day)
        changes: dict[str, object] = {"placed_at": placed, "paid_at": placed, "updated_at": placed}
        if day == 2:
            changes["fulfillment_status"] = FulfillmentStatus.FULFILLED
        world.order(str(1001 + day), **changes)
    return world


def begin(world: World, kind: Backfill = Backfill.ORDERS) -> BackfillView:
    return begin_backfill(world.services, kind, world.services.shops["nl"], SINCE, "ann")


def view(world: World, kind: Backfill = Backfill.ORDERS) -> BackfillView:
    found = view_backfill(world.services, kind, "nl")
    assert found is not None
    return found


def job_of(world: World, number: str) -> Job | None:
    return world.services.jobs.find_identity(Identity(Flow.CREATE_ORDER, "nl", number))


def references(world: World) -> list[str]:
    return sorted(str(order.reference) for order in world.picqer.books.orders.values())


def test_without_a_backfill_old_orders_are_never_imported(old: World) -> None:
    for number in ("1001", "1002"):
        old.run_order(number)
    assert references(old) == []


def test_a_backfill_brings_what_nobody_shipped_each_once(old: World) -> None:
    begin(old)
    old.settle_all()
    assert references(old) == ["1001", "1002", "1004", "1005"]
    assert statuses(old, "1001") == [PicqerStatus.PROCESSING]
    now = view(old)
    assert now.over
    assert now.outcome.startswith("orders since 2026-10-24 12:00 UTC: 5 looked at, 4 asked for")


def test_asked_for_again_it_makes_nothing_twice(old: World) -> None:
    for _ in range(2):
        begin(old)
        old.settle_all()
    assert references(old) == ["1001", "1002", "1004", "1005"]
    assert view(old).record.raised == 0


def test_each_is_looked_up_before_it_is_created(old: World) -> None:
    begin(old)
    old.settle_all()
    assert old.picqer.calls.count("orders_with_reference") == 4
    assert old.picqer.calls.index("orders_with_reference") < old.picqer.calls.index("create_order")


def test_one_that_is_there_under_our_reference_is_taken_over(old: World) -> None:
    there = old.picqer.books.add_order("1002", {"MUG-BLUE": 2})
    old.clock.advance(60)
    begin(old)
    old.settle_all()
    assert len(old.picqer.books.live_orders("1002")) == 1
    entry = old.entry("1002")
    assert entry is not None
    assert entry.picqer_id == there.idorder
    assert "1 of them at Picqer already" in view(old).outcome


def test_one_that_only_looks_like_it_is_left_out_now_and_later(old: World) -> None:
    old.picqer.books.add_order("WEB-1002", {"MUG-BLUE": 2})
    old.clock.advance(60)
    begin(old)
    old.settle_all()
    assert references(old) == ["1001", "1004", "1005", "WEB-1002"]
    assert "1 left out because Picqer has one that looks like it: 1002 (Picqer has WEB-1002)" in (
        view(old).outcome
    )
    old.run_order("1002")
    assert references(old) == ["1001", "1004", "1005", "WEB-1002"]


def test_an_unpaid_order_is_imported_when_it_is_paid(old: World) -> None:
    unpaid = old.shop.books.orders["1005"]
    old.shop.books.orders["1005"] = replace(unpaid, release=False)
    begin(old)
    old.settle_all()
    assert "1005" not in references(old)
    old.shop.books.orders["1005"] = unpaid
    old.run_order("1005")
    assert "1005" in references(old)


def test_old_orders_go_with_the_bulk_work_until_they_have_news(
    old: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    begin(old)
    old.runner.run(view(old).job.id)
    job = job_of(old, "1001")
    assert job is not None
    assert (job.queue, job.backfilled) == (Queue.BULK, True)
    lanes = []
    connect = old.services.accounts["main"].connect
    account = replace(
        old.services.accounts["main"],
        connect=lambda lane, guard, born: lanes.append(lane) or connect(lane, guard, born),  # type: ignore[func-returns-value]  # append is meant
    )
    monkeypatch.setitem(old.services.accounts, "main", account)  # type: ignore[arg-type]  # a dict, here
    old.clock.advance(1)
    old.runner.run(job.id)
    assert set(lanes) == {Lane.BULK}
    hinted = old.hint(Flow.CREATE_ORDER, "1001")
    assert (hinted.queue, hinted.backfilled) == (Queue.ORDERS, True)


def test_a_dismissed_order_stays_aside_and_an_erased_one_stays_away(old: World) -> None:
    job = old.run_order("1001").job
    old.services.jobs.dismiss(job.id, "ann")
    old.run_order("1002")
    erase(old.services, trace_order(old.services, "1002"), "ann")
    begin(old)
    old.settle_all()
    assert references(old) == ["1004", "1005"]


# --- goes on where it stopped --------------------------------------------------------------------


def test_a_stopped_run_goes_on_with_the_orders_it_had_not_read(
    old: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(flow, "SAVED_EVERY", 1)
    begin(old)
    real = type(old.shop).order
    reads: list[str] = []

    def order(shop: object, order_id: str) -> object:
        if order_id == "1004" and "1004" not in reads:
            reads.append(order_id)
            raise Stopping
        reads.append(order_id)
        return real(shop, order_id)  # type: ignore[arg-type]  # the fake itself

    monkeypatch.setattr(type(old.shop), "order", order)
    old.runner.run(view(old).job.id)
    assert view(old).record.seen == 3
    old.runner.run(view(old).job.id)
    assert reads == ["1001", "1002", "1003", "1004", "1004", "1005"]
    assert view(old).record.raised == 4


def test_a_run_that_was_stopped_at_picqer_asks_the_shop_nothing_again(old: World) -> None:
    begin(old)
    old.picqer.fail("orders_since", Stopping())
    old.runner.run(view(old).job.id)
    assert view(old).record.stage == "picqer"
    old.shop.calls.clear()
    old.runner.run(view(old).job.id)
    assert old.shop.calls == []
    assert view(old).record.raised == 4


def test_what_was_raised_is_not_raised_again(old: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(flow, "RAISED_AT_ONCE", 1)
    begin(old)
    with monkeypatch.context() as patched:
        hint, asked = old.services.jobs.hint, []

        def limited(identity: Identity, account: str, **more: object) -> Job:
            asked.append(identity)
            if len(asked) == 3:
                raise Stopping
            return hint(identity, account, **more)  # type: ignore[arg-type]  # as it came

        patched.setattr(old.services.jobs, "hint", limited)
        old.runner.run(view(old).job.id)
    assert view(old).record.raised == 2
    old.runner.run(view(old).job.id)
    jobs = [job_of(old, number) for number in ("1001", "1002", "1004", "1005")]
    assert [job.revision for job in jobs if job] == [1, 1, 1, 1]


# --- asking for it -------------------------------------------------------------------------------


def test_who_asked_is_written_down_once(old: World) -> None:
    begin(old)
    begin(old)
    (entry,) = old.services.audit.find(AuditFilter(act=Act.BACKFILL))
    assert entry.about == "orders of shop nl since 2026-10-24 12:00 UTC"


def test_two_different_ones_at_once_are_refused(old: World) -> None:
    begin(old)
    with pytest.raises(Refused, match="since 2026-10-24T12:00:00Z is under way"):
        begin_backfill(old.services, Backfill.ORDERS, old.services.shops["nl"], NOON, "ann")


def test_a_shop_without_the_flow_is_refused(old: World) -> None:
    old.set_policy(replace(old.policy, flows=frozenset({"push_stock"})))
    for kind in Backfill:
        with pytest.raises(Refused, match=f"does not use {kind.flow}"):
            begin(old, kind)


def test_an_order_that_a_person_put_aside_is_told_as_left_out(old: World) -> None:
    old.run_order("1001")
    job = job_of(old, "1001")
    assert job is not None
    old.services.jobs.dismiss(job.id, "ann")
    survey = survey_orders(old.services, old.services.shops["nl"], SINCE)
    assert [one.number for one in survey.to_bring] == ["1002", "1004", "1005"]
    assert survey.left_out["a person put it aside"] == 1
    begin(old)
    old.settle_all()
    assert references(old) == ["1002", "1004", "1005"]
    assert "3 asked for" in view(old).outcome


def test_a_survey_asks_and_writes_nothing(old: World) -> None:
    old.picqer.books.add_order("WEB-1002", {"MUG-BLUE": 2})
    old.clock.advance(60)
    survey = survey_orders(old.services, old.services.shops["nl"], SINCE)
    assert [one.number for one in survey.to_bring] == ["1001", "1004", "1005"]
    assert [one.number for one, _ in survey.doubtful] == ["1002"]
    assert set(old.picqer.calls) == {"orders_since"}
    assert view_backfill(old.services, Backfill.ORDERS, "nl") is None


def test_nothing_to_bring_costs_no_call_to_picqer(world: World) -> None:
    begin(world)
    world.settle_all()
    assert world.picqer.calls == []
    assert view(world).over


def test_a_job_that_nobody_asked_for_does_nothing(world: World) -> None:
    for subject in ("backfill_orders", "backfill_products"):
        ending = world.run(Flow.RECONCILE, subject).ending
        assert isinstance(ending, Done)
        assert ending.note.startswith("nobody asked")


# --- products ------------------------------------------------------------------------------------


@pytest.fixture
def catalogue(world: World) -> World:
    """Three products in the shop; Picqer's own were listed before."""
    now = world.clock.now().isoformat()
    world.services.bookmarks.set("picqer/main", "catalogue_listed", now)
    for number in range(3):
        world.product(f"CUP-{number}", id=str(number), updated_at=NOON + timedelta(seconds=number))
    return world


def test_the_whole_catalogue_is_brought(catalogue: World) -> None:
    begin(catalogue, Backfill.PRODUCTS)
    catalogue.settle_all()
    codes = {product.productcode for product in catalogue.picqer.books.products.values()}
    assert codes == {"CUP-0", "CUP-1", "CUP-2"}
    now = view(catalogue, Backfill.PRODUCTS)
    assert (now.over, now.record.raised) == (True, 3)
    assert now.job.state is State.DONE


def test_products_that_are_there_as_they_are_cost_nothing(catalogue: World) -> None:
    for _ in range(2):
        begin(catalogue, Backfill.PRODUCTS)
        catalogue.settle_all()
    assert view(catalogue, Backfill.PRODUCTS).record.raised == 0


def test_a_stopped_pass_over_the_catalogue_goes_on(
    catalogue: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("integration.flows.backfill_products.SAVED_EVERY", 1)
    begin(catalogue, Backfill.PRODUCTS)
    found = catalogue.services.ledger.find
    looked: list[str] = []

    def find(key: object) -> object:
        looked.append(str(key))
        if len(looked) == 2:
            raise Stopping
        return found(key)  # type: ignore[arg-type]  # as it came

    with monkeypatch.context() as patched:
        patched.setattr(catalogue.services.ledger, "find", find)
        catalogue.runner.run(view(catalogue, Backfill.PRODUCTS).job.id)
    assert view(catalogue, Backfill.PRODUCTS).record.seen == 1
    catalogue.settle_all()
    now = view(catalogue, Backfill.PRODUCTS)
    assert (now.record.seen, now.record.raised) == (3, 3)
