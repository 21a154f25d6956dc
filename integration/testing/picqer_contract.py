"""What every ``Picqer`` does, whether it speaks HTTP or is a fake: subclass and give a ``world``.

::

    class TestMyPicqer(PicqerContract):
        @pytest.fixture
        def world(self) -> PicqerWorld: ...
"""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Protocol

import pytest

from integration.domain import PicqerStatus
from integration.errors import NotFound, Refused, Unmappable
from integration.ports import Picqer
from integration.testing.samples import MUG, ORDER, PRODUCT, order_draft, product_draft


class PicqerWorld(Protocol):
    """A Picqer account with MUG-BLUE (40 pieces) in it, and what its people can do."""

    picqer: Picqer
    idwarehouse: int

    def add_product(self, productcode: str, amount: int, *, active: bool = True) -> None:
        """Enter a product with stock."""

    def make_picklist(self, idorder: int) -> int:
        """Let the picklist of a processed order be made; its id."""

    def close_picklist(self, idorder: int, *, parcels: int) -> int:
        """Let the picklist of a processed order be made, picked, shipped and closed; its id."""

    def cancel_shipments(self, idpicklist: int) -> None:
        """Cancel the shipments of a picklist."""

    def close_return(self) -> int:
        """Close a picklist that belongs to a return; its id."""


def an_hour_ago() -> datetime:
    """An hour ago, by the clock of this machine."""
    return datetime.now(UTC) - timedelta(hours=1)


class OrderContract:
    """Orders and customers."""

    def test_an_order_begins_as_a_concept_with_its_lines(self, world: PicqerWorld) -> None:
        """POST /orders."""
        made = world.picqer.create_order(order_draft())
        assert made.status is PicqerStatus.CONCEPT
        assert made.reference == "1042"
        assert [(line.productcode, line.amount) for line in made.lines] == [("MUG-BLUE", 2)]
        assert world.picqer.order(made.idorder) == made

    def test_processing_takes_a_second_call_and_is_refused_the_third_time(
        self, world: PicqerWorld
    ) -> None:
        """Error_code 32 says that it was processed before."""
        made = world.picqer.create_order(order_draft())
        processed = world.picqer.process_order(made.idorder)
        assert processed.status is PicqerStatus.PROCESSING
        assert processed.updated >= made.created
        with pytest.raises(Refused) as caught:
            world.picqer.process_order(made.idorder)
        assert caught.value.evidence.error_code == 32

    def test_processing_lowers_the_free_stock(self, world: PicqerWorld) -> None:
        """The pieces are reserved."""
        made = world.picqer.create_order(order_draft())
        world.picqer.process_order(made.idorder)
        world.make_picklist(made.idorder)
        mug = world.picqer.product_with_code("MUG-BLUE")
        assert mug is not None
        assert mug.free_stock.by_warehouse[world.idwarehouse] == 38

    def test_orders_are_found_by_their_exact_reference_oldest_first(
        self, world: PicqerWorld
    ) -> None:
        """Cancelled ones included."""
        first = world.picqer.create_order(order_draft())
        second = world.picqer.create_order(order_draft())
        world.picqer.create_order(order_draft(reference="10420"))
        world.picqer.cancel_order(first.idorder)
        found = world.picqer.orders_with_reference("1042")
        assert [order.idorder for order in found] == [first.idorder, second.idorder]
        assert found[0].status is PicqerStatus.CANCELLED
        assert world.picqer.orders_with_reference("104") == []

    def test_an_unknown_product_in_an_order_is_refused_with_code_24(
        self, world: PicqerWorld
    ) -> None:
        """And no order is made."""
        order = replace(ORDER, lines=(replace(MUG, sku="NO-SUCH"),))
        with pytest.raises(Refused) as caught:
            world.picqer.create_order(order_draft(order))
        assert caught.value.evidence.error_code == 24
        assert world.picqer.orders_with_reference("1042") == []

    def test_an_inactive_product_in_an_order_is_refused_just_so(self, world: PicqerWorld) -> None:
        """Picqer's pages do not say; of the two possible answers this one needs an answer of ours.

        (An order that Picqer takes is an order like any other.)
        """
        world.add_product("OLD", 5, active=False)
        order = replace(ORDER, lines=(replace(MUG, sku="OLD"),))
        with pytest.raises(Refused) as caught:
            world.picqer.create_order(order_draft(order))
        assert caught.value.evidence.error_code == 24
        assert world.picqer.orders_with_reference("1042") == []

    def test_an_order_that_cannot_be_mapped_is_never_sent(self, world: PicqerWorld) -> None:
        """Another currency, here."""
        with pytest.raises(Unmappable):
            world.picqer.create_order(order_draft(replace(ORDER, currency="USD")))
        assert world.picqer.orders_with_reference("1042") == []

    def test_a_processing_order_is_cancelled_only_by_force(self, world: PicqerWorld) -> None:
        """DELETE /orders/{idorder}?force=true."""
        made = world.picqer.create_order(order_draft())
        world.picqer.process_order(made.idorder)
        world.make_picklist(made.idorder)
        with pytest.raises(Refused):
            world.picqer.cancel_order(made.idorder)
        world.picqer.cancel_order(made.idorder, force=True)
        assert world.picqer.order(made.idorder).status is PicqerStatus.CANCELLED

    def test_orders_since_an_instant_are_all_there_once(self, world: PicqerWorld) -> None:
        """Over more than one page."""
        made = {world.picqer.create_order(order_draft()).idorder for _ in range(130)}
        pages = list(world.picqer.orders_since(an_hour_ago()))
        found = [order.idorder for page in pages for order in page.rows]
        assert sorted(found) == sorted(made)
        assert [page.next is None for page in pages] == [False] * (len(pages) - 1) + [True]

    def test_a_list_is_read_on_from_where_it_was_left(self, world: PicqerWorld) -> None:
        """``next`` of a page is the ``start`` of a later reading."""
        made = {world.picqer.create_order(order_draft()).idorder for _ in range(130)}
        page = next(iter(world.picqer.orders_since(an_hour_ago())))
        assert page.next is not None
        later = world.picqer.orders_since(an_hour_ago(), start=page.next)
        found = {order.idorder for part in (page, *later) for order in part.rows}
        assert found == made

    def test_what_is_not_there_is_not_found(self, world: PicqerWorld) -> None:
        """404, or error_code 20."""
        with pytest.raises(NotFound):
            world.picqer.order(987654)
        with pytest.raises(NotFound):
            world.picqer.product(987654)
        with pytest.raises(NotFound):
            world.picqer.picklist(987654)

    def test_a_customer_is_found_by_e_mail_whatever_its_case(self, world: PicqerWorld) -> None:
        """And only by all of it."""
        made = world.picqer.create_customer(ORDER)
        assert world.picqer.customers_with_email("A@Example.org") == [made]
        assert world.picqer.customers_with_email("a@example.or") == []

    def test_an_order_of_a_customer_carries_its_idcustomer(self, world: PicqerWorld) -> None:
        """A customer that does not exist is code 25."""
        customer = world.picqer.create_customer(ORDER)
        made = world.picqer.create_order(order_draft(idcustomer=customer.idcustomer))
        assert made.idcustomer == customer.idcustomer
        with pytest.raises(Refused) as caught:
            world.picqer.create_order(order_draft(idcustomer=987654))
        assert caught.value.evidence.error_code == 25


class ProductContract:
    """Products and stock."""

    def test_a_created_product_is_found_by_its_exact_code(self, world: PicqerWorld) -> None:
        """POST /products."""
        made = world.picqer.create_product(product_draft(replace(PRODUCT, sku="CUP")))
        found = world.picqer.product_with_code("CUP")
        assert found is not None
        assert found.idproduct == made.idproduct
        assert found.active
        assert world.picqer.product_with_code("CU") is None

    def test_a_productcode_is_taken_once(self, world: PicqerWorld) -> None:
        """Some 4xx; which code is not documented."""
        with pytest.raises(Refused):
            world.picqer.create_product(product_draft())

    def test_inactive_products_are_found_apart(self, world: PicqerWorld) -> None:
        """``inactive`` lists only those."""
        world.add_product("OLD", 0, active=False)
        assert world.picqer.product_with_code("OLD") is None
        found = world.picqer.product_with_code("OLD", inactive=True)
        assert found is not None
        assert not found.active
        listed = [row.productcode for page in world.picqer.products() for row in page.rows]
        gone = world.picqer.products(inactive=True)
        assert listed == ["MUG-BLUE"]
        assert [row.productcode for page in gone for row in page.rows] == ["OLD"]

    def test_a_product_is_changed_and_keeps_its_id(self, world: PicqerWorld) -> None:
        """PUT /products/{idproduct}."""
        mug = world.picqer.product_with_code("MUG-BLUE")
        assert mug is not None
        changed = world.picqer.update_product(
            mug.idproduct, product_draft(replace(PRODUCT, name="Bluer mug"))
        )
        assert changed.idproduct == mug.idproduct
        assert changed.free_stock.by_warehouse == mug.free_stock.by_warehouse

    def test_a_picture_is_added(self, world: PicqerWorld) -> None:
        """POST /products/{idproduct}/images."""
        mug = world.picqer.product_with_code("MUG-BLUE")
        assert mug is not None
        world.picqer.add_image(mug.idproduct, b"\x89PNG\r\n\x1a\n" + bytes(64))

    def test_free_stock_is_read_per_warehouse_with_a_stamp(self, world: PicqerWorld) -> None:
        """The stamp is that of the answer, in the account's time zone."""
        mug = world.picqer.product_with_code("MUG-BLUE")
        assert mug is not None
        assert mug.free_stock.by_warehouse[world.idwarehouse] == 40
        assert world.picqer.product(mug.idproduct).productcode == "MUG-BLUE"
        assert re.fullmatch(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d", mug.free_stock.stamp)


class PicklistContract:
    """Picklists and shipments."""

    def test_a_closed_picklist_joins_its_lines_to_the_order(self, world: PicqerWorld) -> None:
        """By ``idorder_product``."""
        made = world.picqer.create_order(order_draft())
        world.picqer.process_order(made.idorder)
        picklist = world.picqer.picklist(world.close_picklist(made.idorder, parcels=1))
        assert picklist.idorder == made.idorder
        assert picklist.closed_at is not None
        joined = [(line.idorder_product, line.amount_picked) for line in picklist.lines]
        assert joined == [(made.lines[0].idorder_product, 2)]
        done = world.picqer.order(made.idorder)
        assert done.status is PicqerStatus.COMPLETED
        assert [row.idpicklist for row in done.picklists] == [picklist.idpicklist]

    def test_closed_picklists_are_listed_and_returns_have_no_order(
        self, world: PicqerWorld
    ) -> None:
        """``status=closed&closed_after=...``."""
        made = world.picqer.create_order(order_draft())
        world.picqer.process_order(made.idorder)
        of_order = world.close_picklist(made.idorder, parcels=1)
        of_return = world.close_return()
        pages = world.picqer.picklists_closed_since(an_hour_ago())
        found = {row.idpicklist: row.idorder for page in pages for row in page.rows}
        assert found == {of_order: made.idorder, of_return: None}

    def test_shipments_carry_every_parcel_and_say_when_cancelled(self, world: PicqerWorld) -> None:
        """GET /picklists/{idpicklist}/shipments."""
        made = world.picqer.create_order(order_draft())
        world.picqer.process_order(made.idorder)
        idpicklist = world.close_picklist(made.idorder, parcels=2)
        (shipment,) = world.picqer.shipments(idpicklist)
        assert len({parcel.tracking_code for parcel in shipment.parcels}) == 2
        assert not shipment.cancelled
        world.cancel_shipments(idpicklist)
        (cancelled,) = world.picqer.shipments(idpicklist)
        assert cancelled.cancelled


class AccountContract:
    """What belongs to the account."""

    def test_the_account_has_warehouses_and_vat_groups(self, world: PicqerWorld) -> None:
        """The rates of the Netherlands."""
        assert world.idwarehouse in {row.idwarehouse for row in world.picqer.warehouses()}
        rates = {group.percentage for group in world.picqer.vat_groups()}
        assert rates == {Decimal(0), Decimal(9), Decimal(21)}

    def test_a_hook_is_made_switched_off_and_on_again(self, world: PicqerWorld) -> None:
        """Its record stays, and says that it is signed."""
        address = "https://bridge.example.com/webhooks/picqer/main"
        hook = world.picqer.create_hook("ours", "picklists.closed", address, "hook-secret")
        assert (hook.name, hook.event, hook.address) == ("ours", "picklists.closed", address)
        assert (hook.active, hook.signed) == (True, True)
        world.picqer.deactivate_hook(hook.idhook)
        assert [row.active for row in world.picqer.hooks()] == [False]
        world.picqer.reactivate_hook(hook.idhook)
        assert [row.active for row in world.picqer.hooks()] == [True]

    def test_an_address_is_taken_once_per_event(self, world: PicqerWorld) -> None:
        """Among active hooks."""
        address = "https://bridge.example.com/webhooks/picqer/main"
        world.picqer.create_hook("ours", "picklists.closed", address, "hook-secret")
        with pytest.raises(Refused):
            world.picqer.create_hook("theirs", "picklists.closed", address, "hook-secret")

    def test_a_good_key_passes(self, world: PicqerWorld) -> None:
        """GET /users/me, which also tells Picqer's time."""
        greeting = world.picqer.check_credentials()
        assert greeting.date is not None

    def test_shipping_profiles_are_told_by_their_id(self, world: PicqerWorld) -> None:
        """Of all shipping providers: GET /shippingproviders."""
        assert world.picqer.shipping_profiles() == {12: "Standaard", 13: "Standaard"}


class PicqerContract(OrderContract, ProductContract, PicklistContract, AccountContract):
    """The whole suite."""
