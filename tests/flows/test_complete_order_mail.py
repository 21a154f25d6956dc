"""Flow 3: the customer is mailed at most once per shipment, by whoever was chosen to."""

from __future__ import annotations

from dataclasses import replace

import pytest

from integration.domain import ShipmentLine
from integration.errors import Ambiguous, Refused, Unavailable
from integration.jobs import Done, Park, Retry
from integration.policy import CustomerMail
from integration.ports import Capabilities, LedgerKey
from integration.store.database import Database
from integration.testing.clock import HandClock
from integration.testing.webshop import FakeWebshop
from tests.flows.warehouse import PARCEL, SECOND, Warehouse, at_picqer, complete, reports
from tests.flows.world import World


def with_mail(warehouse: Warehouse, by: str) -> None:
    world = warehouse.world
    world.set_policy(replace(world.policy, customer_mail=CustomerMail(by)))


def test_nobody_is_mailed_unless_asked_for(warehouse: Warehouse) -> None:
    warehouse.close(PARCEL)

    complete(warehouse)

    assert warehouse.world.mailer.sent == []
    assert warehouse.world.shop.books.mails == []


def test_the_shop_mails_at_the_first_report_and_never_for_a_late_parcel(
    warehouse: Warehouse,
) -> None:
    with_mail(warehouse, "shop")
    picklist = warehouse.close(PARCEL)
    complete(warehouse)
    warehouse.late_parcel(picklist, SECOND)
    complete(warehouse)

    assert warehouse.world.shop.books.mails == [("1042", str(picklist.idpicklist))]
    shipment = warehouse.world.shop.books.shipments["1042", str(picklist.idpicklist)]
    assert shipment.notify_customer is False


def test_a_shop_that_refused_the_report_is_asked_to_mail_the_next_time(
    warehouse: Warehouse,
) -> None:
    with_mail(warehouse, "shop")
    warehouse.close(PARCEL)
    warehouse.world.shop.fail("ship", Unavailable())

    warehouse.world.run_again(complete(warehouse).job)

    assert len(warehouse.world.shop.books.mails) == 1


def test_a_shop_that_may_have_mailed_is_not_asked_to_mail_again(warehouse: Warehouse) -> None:
    with_mail(warehouse, "shop")
    warehouse.close(PARCEL)
    warehouse.world.shop.fail("ship", Ambiguous())

    warehouse.world.run_again(complete(warehouse).job)

    assert warehouse.world.shop.calls == ["ship", "ship"]
    assert warehouse.world.shop.books.mails == []


def test_a_shop_that_cannot_mail_is_not_asked_to(
    memory_database: Database, clock: HandClock
) -> None:
    shop = FakeWebshop(capabilities=Capabilities(shop_can_mail=False))
    warehouse = at_picqer(World(memory_database, clock, shop=shop))
    with_mail(warehouse, "shop")
    warehouse.close(PARCEL)

    complete(warehouse)

    assert shop.books.mails == []


def test_the_bridge_mails_once_for_each_shipment_with_the_address_of_that_moment(
    warehouse: Warehouse,
) -> None:
    with_mail(warehouse, "bridge")
    first = warehouse.close(PARCEL, amounts={"MUG-BLUE": 2})
    complete(warehouse)
    second = warehouse.close(SECOND, amounts={"PLATE": 1})
    complete(warehouse)
    warehouse.late_parcel(first, SECOND)
    complete(warehouse)

    sent = warehouse.world.mailer.sent
    assert [mail.shipment.shipment_key for mail in sent] == [
        str(first.idpicklist),
        str(second.idpicklist),
    ]
    assert (sent[0].to, sent[0].number) == ("a@example.org", "1042")
    assert sent[0].shipment.lines == (ShipmentLine("1", "MUG-BLUE", 2),)


def test_a_mail_that_was_refused_parks_after_everything_else_and_can_be_retried(
    warehouse: Warehouse,
) -> None:
    with_mail(warehouse, "bridge")
    warehouse.close(PARCEL)
    warehouse.tell_status()
    warehouse.world.mailer.fail(Refused("the address was refused"))

    outcome = complete(warehouse)

    assert isinstance(outcome.ending, Park)
    assert warehouse.world.shop.books.completed == {"1042": 1}
    complete(warehouse)
    assert len(warehouse.world.mailer.sent) == 1
    assert warehouse.world.shop.calls == ["ship", "complete", "order", "order"]


def test_a_mail_that_could_not_be_sent_is_sent_later(warehouse: Warehouse) -> None:
    with_mail(warehouse, "bridge")
    warehouse.close(PARCEL)
    warehouse.world.mailer.fail(Unavailable())

    outcome = complete(warehouse)
    assert isinstance(outcome.ending, Retry)
    warehouse.world.run_again(outcome.job)

    assert len(warehouse.world.mailer.sent) == 1


def test_a_mail_that_may_have_gone_out_is_never_sent_again(warehouse: Warehouse) -> None:
    with_mail(warehouse, "bridge")
    picklist = warehouse.close(PARCEL)
    warehouse.world.mailer.fail(Ambiguous())

    ending = complete(warehouse).ending
    complete(warehouse)

    assert isinstance(ending, Done)
    about = f"the mail about shipment {picklist.idpicklist} may or may not have gone out"
    assert about in ending.note
    assert len(warehouse.world.mailer.sent) == 1


def test_a_claim_that_a_killed_run_left_behind_sends_no_mail(warehouse: Warehouse) -> None:
    with_mail(warehouse, "bridge")
    picklist = warehouse.close(PARCEL)
    key = LedgerKey("main", "mail", "nl", f"1042/{picklist.idpicklist}")
    assert warehouse.world.services.ledger.first(key)

    complete(warehouse)

    assert warehouse.world.mailer.sent == []


def test_an_order_without_an_address_is_noted_and_not_mailed(warehouse: Warehouse) -> None:
    with_mail(warehouse, "bridge")
    books = warehouse.world.shop.books
    customer = replace(books.orders["1042"].customer, email=None)
    books.orders["1042"] = replace(books.orders["1042"], customer=customer)
    warehouse.close(PARCEL)

    ending = complete(warehouse).ending

    assert isinstance(ending, Done)
    assert "the order has no e-mail address" in ending.note


@pytest.mark.parametrize("by", ["bridge", "shop"])
def test_what_was_closed_before_the_birth_of_the_store_is_never_mailed(
    warehouse: Warehouse, by: str
) -> None:
    with_mail(warehouse, by)
    picklist = warehouse.close(PARCEL, tell=False)
    before = replace(picklist, closed_at="2026-11-23 12:59:59")  # The store was born at 13:00.
    warehouse.world.services.shipments.record("main", before)

    complete(warehouse)

    assert reports(warehouse, picklist) == 1
    assert warehouse.world.mailer.sent == []
    assert warehouse.world.shop.books.mails == []


def test_switching_mail_on_does_not_mail_what_was_reported_before(warehouse: Warehouse) -> None:
    picklist = warehouse.close(PARCEL)
    complete(warehouse)

    with_mail(warehouse, "bridge")
    warehouse.late_parcel(picklist, SECOND)
    complete(warehouse)

    assert warehouse.world.mailer.sent == []
