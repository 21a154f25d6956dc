"""What is known of a person or an order is told, or erased without anything being done twice."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from integration.domain import PicqerStatus
from integration.errors import NoLimiter, Refused
from integration.jobs import Delivery, Done, Flow, Hint, Identity, OrderStatusFact, State
from integration.operate import note, retry
from integration.ports import Act, AuditFilter, JobFilter
from integration.privacy import Traces, erase, export, trace_email, trace_order, unfinished
from integration.store.schema import metadata
from integration.web.routing import Accepted, accept
from tests.flows.warehouse import PARCEL, Warehouse, at_picqer, complete
from tests.flows.world import World

EMAIL = "canary.person@example.org"
BODY = json.dumps({"id": "1042", "email": EMAIL}).encode()


@pytest.fixture
def warehouse(world: World) -> Warehouse:
    """Order 1042 is at Picqer; a delivery with the customer's address told of it."""
    there = at_picqer(world)
    deliver(world, BODY)
    world.settle_all()
    return there


def deliver(world: World, body: bytes) -> Accepted:
    """Let the shop send this; it is about the order whose id it names."""
    shop = replace(
        world.services.shops["nl"],
        hints=lambda one: [Hint(Flow.CREATE_ORDER, str(json.loads(one.body)["id"]))],
    )
    return accept(world.services, shop, Delivery("shops/nl", {"user-agent": EMAIL}, body))


def from_picqer(world: World, fact: OrderStatusFact) -> Accepted:
    """Let Picqer tell this."""
    account = replace(
        world.services.accounts["main"], hints=lambda _: [Hint(Flow.COMPLETE_ORDER, fact=fact)]
    )
    delivery = Delivery("picqer/main", {}, f"{EMAIL} {fact.stamp}".encode())
    return accept(world.services, account, delivery)


def everything(world: World) -> str:
    """Every cell of every table, bytes too."""
    with world.database.begin() as connection:
        tables = metadata.sorted_tables
        rows = [row for table in tables for row in connection.execute(table.select())]
    return "\n".join(map(str, rows))


def by_order(world: World) -> Traces:
    return trace_order(world.services, "1042")


# --- finding -------------------------------------------------------------------------------------


def test_an_address_is_found_however_it_is_written_and_not_inside_another(world: World) -> None:
    written = [
        b'{"id": "1", "email": "CANARY.person@Example.org"}',
        b"email=canary.person%40example.org",
        b'{"id": "2", "email": "not-canary.person@example.organic"}',
    ]
    for body in written:
        world.services.inbox.add(Delivery("shops/nl", {}, body), "ignored", None)
    assert [one.body for one in trace_email(world.services, EMAIL).deliveries] == written[:2]


def test_an_address_leads_to_the_orders_its_deliveries_are_about(warehouse: Warehouse) -> None:
    traces = trace_email(warehouse.world.services, EMAIL)
    assert [(one.shop, one.order_id) for one in traces.orders] == [("nl", "1042")]
    assert len(traces.deliveries) == 1


def test_an_account_that_cannot_be_asked_is_a_remark(world: World) -> None:
    world.picqer.fail("customers_with_email", NoLimiter())
    (remark,) = trace_email(world.services, EMAIL).remarks
    assert remark.startswith("Picqer account main could not be asked for the customer: Redis")


def test_nothing_is_found_of_nobody(world: World) -> None:
    assert not trace_email(world.services, EMAIL).anything
    assert not by_order(world).anything


# --- telling -------------------------------------------------------------------------------------


def test_an_export_tells_the_order_its_jobs_and_the_content_of_its_deliveries(
    warehouse: Warehouse,
) -> None:
    services = warehouse.world.services
    note(services, 1, "ann", "asked for by phone")
    found = export(services, by_order(warehouse.world), "ann")
    assert [one.number for one in found.orders] == ["1042"]
    assert [one.body for one in found.deliveries] == [BODY.decode()]
    assert [one.note for one in found.acts] == ["asked for by phone"]


def test_an_export_is_written_down_without_whose_it_was(warehouse: Warehouse) -> None:
    services = warehouse.world.services
    export(services, trace_email(services, EMAIL), "ann")
    (entry,) = services.audit.find(AuditFilter(act=Act.EXPORT))
    assert entry.about == "what is known of one e-mail address"
    assert entry.data == {"orders": 1, "deliveries": 1}


def test_a_delivery_that_only_mentions_the_number_is_not_told(warehouse: Warehouse) -> None:
    services = warehouse.world.services
    other = Delivery("shops/nl", {}, b'{"id": "7", "note": "like order 1042", "email": "b@x.nl"}')
    services.inbox.add(other, "ignored", None)
    traces = by_order(warehouse.world)
    assert len(traces.deliveries) == 2
    assert len(export(services, traces, "ann").deliveries) == 1


# --- erasing -------------------------------------------------------------------------------------


def test_after_erasing_an_order_nothing_in_the_store_names_it(warehouse: Warehouse) -> None:
    world = warehouse.world
    warehouse.close(PARCEL)
    complete(warehouse)
    note(world.services, 1, "ann", f"order 1042 of {EMAIL}")
    orderid = warehouse.books.orders[warehouse.idorder].orderid
    before = everything(world)
    secrets = ("'1042'", EMAIL, orderid, PARCEL.tracking_code or "")
    assert all(secret in before for secret in secrets)
    done = erase(world.services, by_order(world), "ann")
    assert (done.orders, done.compacted) == (1, True)
    after = everything(world)
    assert [secret for secret in secrets if secret in after] == []
    (entry,) = world.services.audit.find(AuditFilter(act=Act.ERASE))
    assert (entry.who, entry.about) == ("ann", "one order")


def test_after_erasing_an_address_nothing_in_the_store_holds_it(warehouse: Warehouse) -> None:
    world = warehouse.world
    job = world.hint(Flow.CREATE_PRODUCT, "9")
    note(world.services, job.id, "ann", f"{EMAIL.upper()} asked for it")
    erase(world.services, trace_email(world.services, EMAIL), "ann")
    assert EMAIL not in everything(world).lower()
    (entry,) = world.services.audit.find(AuditFilter(job_id=job.id))
    assert entry.note == "[erased] asked for it"


def test_a_late_webhook_about_an_erased_order_neither_creates_it_nor_keeps_its_content(
    warehouse: Warehouse,
) -> None:
    world = warehouse.world
    erase(world.services, by_order(world), "ann")
    world.picqer.calls.clear()
    for body in (BODY, json.dumps({"id": "1042", "email": EMAIL, "late": True}).encode()):
        accepted = deliver(world, body)
        assert accepted.state in ("ignored", "routed")
        assert accepted.jobs == ()
    world.settle_all()
    assert world.picqer.calls == []
    assert EMAIL not in everything(world)
    assert world.services.jobs.count(JobFilter(flow=Flow.CREATE_ORDER)) == 0
    assert len(world.picqer.books.live_orders("1042")) == 1


def test_late_news_of_picqer_about_an_erased_order_is_not_kept(warehouse: Warehouse) -> None:
    world = warehouse.world
    erase(world.services, by_order(world), "ann")
    fact = OrderStatusFact(warehouse.idorder, PicqerStatus.COMPLETED, "2026-11-23 14:00:00")
    accepted = from_picqer(world, fact)
    assert (accepted.state, accepted.reason) == (
        "ignored",
        "what it is about was erased on request",
    )
    assert world.services.shipments.status("main", warehouse.idorder) is None
    assert EMAIL not in everything(world)


def test_polling_does_not_bring_an_erased_order_back(warehouse: Warehouse) -> None:
    world = warehouse.world
    erase(world.services, by_order(world), "ann")
    world.picqer.calls.clear()
    world.run(Flow.RECONCILE, "orders")
    world.settle_all()
    assert world.services.jobs.find_identity(Identity(Flow.CREATE_ORDER, "nl", "1042")) is None
    assert world.picqer.calls == []


def test_even_a_job_of_an_erased_order_does_nothing(warehouse: Warehouse) -> None:
    world = warehouse.world
    erase(world.services, by_order(world), "ann")
    assert world.run_order("1042").ending == Done("nothing to do: it was erased on request")


def test_an_order_of_another_shop_with_the_same_number_is_left_alone(
    warehouse: Warehouse,
) -> None:
    world = warehouse.world
    other = replace(world.policy, name="be", reference="BE-{number}")
    world.services.stock.book_order(other, world.shop.books.orders["1042"], counts=True)
    erase(world.services, trace_order(world.services, "1042", "nl"), "ann")
    assert world.services.stock.booking("nl", "1042") is None
    kept = world.services.stock.booking("be", "1042")
    assert kept is not None
    assert kept.number == "1042"


def test_what_an_erased_order_held_in_flight_is_offered_again(world: World) -> None:
    world.picqer.books.add_product("MUG-BLUE", 40)
    world.order(release=False)
    world.run_order()
    assert world.services.stock.in_flight("main", "MUG-BLUE") == 2
    erase(world.services, by_order(world), "ann")
    assert world.services.stock.in_flight("main", "MUG-BLUE") == 0
    job = world.services.jobs.find_identity(Identity(Flow.PUSH_STOCK, "nl", "stock"))
    assert job is not None
    assert job.state is State.OPEN


def test_orders_that_are_under_way_are_named_before_they_are_erased(warehouse: Warehouse) -> None:
    world = warehouse.world
    assert len(unfinished(by_order(world))) == 1
    warehouse.close(PARCEL)
    warehouse.tell_status(PicqerStatus.COMPLETED)
    complete(warehouse)
    assert unfinished(by_order(world)) == []
    retry(world.services, [1], "ann")
    assert len(unfinished(by_order(world))) == 1


def test_nothing_is_erased_while_a_worker_is_busy_with_it(warehouse: Warehouse) -> None:
    world = warehouse.world
    job = world.hint(Flow.CREATE_ORDER, "1042")
    assert world.services.jobs.claim(job.id, "worker")
    with pytest.raises(Refused, match=f"a worker is busy with job {job.id}"):
        erase(world.services, by_order(world), "ann")
    assert EMAIL in everything(world)


def test_a_customer_that_the_ledger_knows_is_found_and_forgotten(world: World) -> None:
    world.picqer.books.add_product("MUG-BLUE", 40)
    order = world.order()
    world.order(customer=replace(order.customer, id="77", email=EMAIL))
    assert isinstance(world.run_order().ending, Done)
    traces = trace_email(world.services, EMAIL)
    assert [(one.shop, one.customer_id) for one in traces.customers] == [("nl", "77")]
    assert erase(world.services, traces, "ann").customers == 1
    assert trace_email(world.services, EMAIL).customers == ()


def test_erasing_twice_does_no_harm(warehouse: Warehouse) -> None:
    world = warehouse.world
    traces = by_order(world)
    erase(world.services, traces, "ann")
    assert erase(world.services, traces, "ann").orders == 1
    assert not by_order(world).orders
