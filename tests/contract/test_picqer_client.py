"""The real Picqer client does what the contract says, over HTTP to the sandbox."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from pydantic import SecretStr

from integration.errors import Ambiguous, LockedOut, RateLimited, Refused, Unavailable
from integration.http import forget_session
from integration.jobs import Lane
from integration.picqer.access import Access
from integration.picqer.client import PicqerClient
from integration.sandbox.picqer import products as sandbox_products
from integration.sandbox.picqer import shipping, stock
from integration.sandbox.picqer.faults import Fault
from integration.sandbox.picqer.server import SandboxPicqer
from integration.testing.open_doors import OpenGuard, OpenLimiter
from integration.testing.picqer_contract import PicqerContract
from integration.testing.samples import ORDER, order_draft


@dataclass
class HttpWorld:
    sandbox: SandboxPicqer
    limiter: OpenLimiter
    guard: OpenGuard
    picqer: PicqerClient
    idwarehouse: int = 18

    def add_product(self, productcode: str, amount: int, *, active: bool = True) -> None:
        books = self.sandbox.books
        with books.lock:
            wanted = {"productcode": productcode, "name": productcode, "price": 8.22}
            row = sandbox_products.create(books, {**wanted, "idvatgroup": 18, "active": active})
            if amount:
                stock.set_stock(books, row, 18, amount=amount, reason="test")

    def make_picklist(self, idorder: int) -> int:
        self.sandbox.finish_processing(idorder)
        (row,) = self.picqer.order(idorder).picklists
        return row.idpicklist

    def close_picklist(self, idorder: int, *, parcels: int) -> int:
        idpicklist = self.make_picklist(idorder)
        self.sandbox.pick_and_close(idpicklist, parcels=parcels)
        return idpicklist

    def cancel_shipments(self, idpicklist: int) -> None:
        books = self.sandbox.books
        with books.lock:
            for row in shipping.of_picklist(books, books.picklists[idpicklist]):
                shipping.cancel(books, row)

    def close_return(self) -> int:
        return self.sandbox.make_return("MUG-BLUE").idpicklist


def connect(
    sandbox: SandboxPicqer, *, key: str = "sandbox-key", deadline: float = 12.0
) -> HttpWorld:
    limiter, guard = OpenLimiter(), OpenGuard()
    access = Access("main", f"{sandbox.url}/api/v1", SecretStr(key), "ops@example.com")
    client = PicqerClient(
        access, limiter=limiter, guard=guard, lane=Lane.ORDERS, born=1.5, deadline=deadline
    )
    return HttpWorld(sandbox, limiter, guard, client)


@pytest.fixture
def sandbox() -> Iterator[SandboxPicqer]:
    with SandboxPicqer(limit=100_000) as running:
        yield running
    forget_session()


@pytest.fixture
def world(sandbox: SandboxPicqer) -> HttpWorld:
    world = connect(sandbox)
    world.add_product("MUG-BLUE", 40)
    return world


class TestPicqerClient(PicqerContract):
    @pytest.fixture
    def world(self, sandbox: SandboxPicqer) -> HttpWorld:
        world = connect(sandbox)
        world.add_product("MUG-BLUE", 40)
        return world


def test_the_whole_order_arrives_as_it_was_mapped(world: HttpWorld) -> None:
    made = world.picqer.create_order(order_draft())
    row = world.sandbox.books.orders[made.idorder]
    assert row.fields["deliveryname"] == "A. Jansen"
    assert row.fields["deliveryzipcode"] == "1234 AB"
    assert row.fields["emailaddress"] == "a@example.org"
    assert (row.lines[0].price, row.lines[0].idvatgroup) == (8.22, 18)


def test_each_request_takes_one_permit_and_passes_the_headers_on(world: HttpWorld) -> None:
    world.picqer.create_order(order_draft())
    assert world.limiter.log == ["take 1", "answered 1"]
    assert world.limiter.taken == [(Lane.ORDERS, 3.0, 1.5)]
    assert world.limiter.headers == [(100_000, 99_999)]
    assert world.guard.calls[0].path == "/orders"
    assert world.guard.calls[0].writes
    assert world.guard.endings == [(201, None)]


def test_a_429_pauses_the_account_for_what_the_server_asks(world: HttpWorld) -> None:
    world.sandbox.add_fault(
        Fault("status", status=429, error_code=28, headers={"Retry-After": "7"})
    )
    with pytest.raises(RateLimited) as caught:
        world.picqer.create_order(order_draft())
    assert caught.value.seconds == 7.0
    assert world.limiter.log == ["take 1", "refused 1"]
    assert world.guard.endings == [(429, 28)]


@pytest.mark.parametrize("kind", ["commit_then_drop", "drop_before_commit"])
def test_a_dropped_write_is_ambiguous_and_is_never_sent_again(world: HttpWorld, kind: str) -> None:
    world.sandbox.add_fault(Fault(kind, method="POST"))  # type: ignore[arg-type]  # from a list
    with pytest.raises(Ambiguous):
        world.picqer.create_order(order_draft())
    assert world.limiter.log == ["take 1", "unanswered 1"]
    committed = 1 if kind == "commit_then_drop" else 0
    assert len(world.sandbox.orders_of("1042")) == committed


@pytest.mark.parametrize("kind", ["non_json", "truncated_json"])
def test_an_unreadable_answer_is_ambiguous_for_a_write_only(world: HttpWorld, kind: str) -> None:
    world.sandbox.add_fault(Fault(kind, count=2))  # type: ignore[arg-type]  # from a list
    with pytest.raises(Ambiguous):
        world.picqer.create_order(order_draft())
    with pytest.raises(Unavailable):
        world.picqer.orders_with_reference("1042")


def test_a_late_answer_ends_at_the_deadline(sandbox: SandboxPicqer) -> None:
    world = connect(sandbox, deadline=0.3)
    world.add_product("MUG-BLUE", 40)
    sandbox.add_fault(Fault("late", seconds=1.0))
    with pytest.raises(Ambiguous, match="deadline"):
        world.picqer.create_order(order_draft())
    assert world.guard.deadlines == [0.3]


def test_a_wrong_key_locks_the_account_out(sandbox: SandboxPicqer) -> None:
    world = connect(sandbox, key="wrong")
    with pytest.raises(LockedOut):
        world.picqer.create_order(order_draft())
    with pytest.raises(LockedOut):
        world.picqer.check_credentials()
    assert sandbox.books.orders == {}


def test_403_on_one_thing_is_refused_when_the_key_is_good(world: HttpWorld) -> None:
    world.sandbox.add_fault(Fault("status", path="/customers", status=403))
    with pytest.raises(Refused) as caught:
        world.picqer.create_customer(ORDER)
    assert caught.value.evidence.status == 403
    assert [call.path for call in world.guard.calls] == ["/customers", "/users/me"]
    assert world.limiter.log == ["take 1", "answered 1", "take 2", "answered 2"]


def test_403_on_everything_locks_the_account_out(world: HttpWorld) -> None:
    world.sandbox.add_fault(Fault("status", status=403, count=2))
    with pytest.raises(LockedOut):
        world.picqer.create_customer(ORDER)


def test_a_server_that_is_away_is_unavailable_and_gives_the_permit_back(
    sandbox: SandboxPicqer,
) -> None:
    world = connect(sandbox)
    sandbox.stop()
    with pytest.raises(Unavailable):
        world.picqer.create_order(order_draft())
    assert world.limiter.log == ["take 1", "give_back 1"]


def test_tags_may_be_a_list_an_object_or_filled(world: HttpWorld) -> None:
    for tags in ("list", "object", "filled"):
        world.sandbox.tune(tags=tags)
        assert world.picqer.create_order(order_draft()).reference == "1042"


def test_messages_and_evidence_hold_no_personal_data(world: HttpWorld) -> None:
    message = 'Invalid address "Dorpsstraat 1" of a@example.org'
    world.sandbox.add_fault(Fault("status", status=400, error_code=10, error_message=message))
    with pytest.raises(Refused) as caught:
        world.picqer.create_order(order_draft())
    assert "invalid address" in str(caught.value)
    for personal in ("Dorpsstraat", "example.org"):
        assert personal not in str(caught.value)
    assert caught.value.evidence.error_code == 10


@pytest.mark.parametrize("body", ["{}", "[]", '{"idorder": "x"}', "null", ""])
def test_an_answer_without_what_matters_is_ambiguous_for_a_write(
    world: HttpWorld, body: str
) -> None:
    world.sandbox.add_fault(Fault("status", status=200, body=body, commit=True))
    with pytest.raises(Ambiguous, match="could not be read"):
        world.picqer.create_order(order_draft())
    assert len(world.sandbox.orders_of("1042")) == 1


def test_a_list_that_is_none_is_unavailable(world: HttpWorld) -> None:
    world.sandbox.add_fault(Fault("status", status=200, body='"x"'))
    with pytest.raises(Unavailable, match="could not be read"):
        world.picqer.orders_with_reference("1042")


def test_the_user_agent_names_the_service_and_its_operator(world: HttpWorld) -> None:
    world.sandbox.tune(require_user_agent=True)
    world.picqer.check_credentials()
    assert world.guard.endings == [(200, None)]


def test_bulk_work_waits_a_second_at_most_to_keep_its_own_pace(sandbox: SandboxPicqer) -> None:
    limiter = OpenLimiter()
    access = Access("main", f"{sandbox.url}/api/v1", SecretStr("sandbox-key"), "ops@example.com")
    client = PicqerClient(access, limiter=limiter, guard=OpenGuard(), lane=Lane.BULK, born=0.0)
    client.vat_groups()
    assert limiter.taken == [(Lane.BULK, 1.0, 0.0)]


def test_the_limit_is_told_as_the_headers_have_it(world: HttpWorld) -> None:
    world.sandbox.set_limit(500)
    greeting = world.picqer.check_credentials()
    assert (greeting.limit, greeting.remaining) == (500, 499)
