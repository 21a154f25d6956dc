"""Games about orders: whatever dies, freezes, is lost or restored, a paid order is there once."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from hypothesis import strategies as st
from hypothesis.stateful import initialize, invariant, precondition, rule

from integration import operate
from integration.domain import Order, PaymentStatus, PicqerStatus
from integration.errors import (
    Ambiguous,
    BridgeError,
    Busy,
    Evidence,
    LockedOut,
    RateLimited,
    Unavailable,
)
from integration.flows.eligibility import Fate, judge
from integration.jobs import Flow, Hint, Job, State
from integration.policy import AccountPolicy, OnCancel, ShopPolicy
from integration.ports import JobFilter
from tests.flows.world import line
from tests.states.game import Game
from tests.states.games import games
from tests.states.outside import Way
from tests.states.peril import Act
from tests.states.realm import GONE, SHOP, Place, paid, places

FLOWS = frozenset({Flow.CREATE_ORDER.value})
MOST_ORDERS = 3
LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC)
OF_ORDERS = JobFilter(flow=Flow.CREATE_ORDER)
WRITES = ("create_order", "process_order", "cancel_order")
READS = ("orders_with_reference", "order")
REFUSALS: dict[str, BridgeError] = {
    "down": Unavailable("down"),
    "429": RateLimited("too many requests", evidence=Evidence(status=429)),
    "locked out": LockedOut("the key is refused", evidence=Evidence(status=401)),
    "busy": Busy("working on it", evidence=Evidence(status=400, error_code=30)),
}
NO_TROUBLE = ["none"] * 4
TROUBLES = st.sampled_from(
    [*NO_TROUBLE, "late", "late and dead", "lost answer", "lost answer", "lost request", *REFUSALS]
)
CHANGES = ("pay", "pay", "edit", "refund", "cancel", "nothing")
DEEDS = (
    *("retry", "dismiss", "pause", "resume", "reconcile", "purge", "type it in"),
    "cancel it in Picqer",
)
ACTS = st.sampled_from([Act.NOTHING, Act.NOTHING, Act.DIE, Act.DIE, Act.FREEZE])
PLACES = places("create_order", "process_order", "once", "claim", "end")
WHICH = st.integers(0, 2)
AGO = st.sampled_from([0.0, 0.0, 0.0, 30.0, 3600.0])
WAYS = st.sampled_from([Way.AT_ONCE, Way.AT_ONCE, Way.AT_ONCE, Way.LATER, Way.LOST])


class Orders(Game):
    """Orders are placed, paid and cancelled while workers, Picqer and people do what they may."""

    def __init__(self) -> None:
        super().__init__()
        self.placed = 0
        self.stopped_by_people: set[str] = set()

    @initialize(on_cancel=st.sampled_from(OnCancel), lag=st.sampled_from([0.0, 20.0]))
    def open_shop(self, on_cancel: OnCancel, lag: float) -> None:
        self.realm = self.realm_kind(
            ShopPolicy("nl", AccountPolicy("main"), FLOWS, on_cancel=on_cancel)
        )
        self.realm.lag = lag
        self.world = self.realm.world
        self.books = self.world.picqer.books
        self.books.add_product("MUG-BLUE", 40)
        group = {"idvatgroup": 18, "name": "BTW Hoog", "percentage": "21"}
        self.world.services.bookmarks.set("picqer/main", "vat_groups", [group])

    # --- The shop --------------------------------------------------------------------------------

    @precondition(lambda self: self.placed < MOST_ORDERS)
    @rule(is_paid=st.sampled_from([True, True, False]), ago=AGO, way=WAYS)
    def place(self, is_paid: bool, ago: float, way: Way) -> None:
        self.placed += 1
        order = self.world.order(str(1000 + self.placed), lines=(line(quantity=1),))
        if is_paid:
            order = replace(order, paid_at=order.placed_at - timedelta(seconds=ago))
        else:
            order = replace(order, payment_status=PaymentStatus.UNPAID, release=False, paid_at=None)
        self._keep(order, way)

    @precondition(lambda self: self.placed)
    @rule(which=WHICH, what=st.sampled_from(CHANGES), way=WAYS)
    def change(self, which: int, what: str, way: Way) -> None:
        order = self._order(which)
        match what:
            case "cancel":
                order = replace(order, cancelled=True, release=False)
            case "refund":
                none_left = (line(quantity=0),)
                order = replace(
                    order, lines=none_left, payment_status=PaymentStatus.REFUNDED, release=False
                )
            case "edit" if order.lines_to_ship:
                order = replace(order, lines=(line(quantity=3),))
            case "pay" if order.lines_to_ship and not order.cancelled:
                order = paid(order, self.realm.clock.now())
        self._keep(order, way)

    # --- Workers and Picqer ----------------------------------------------------------------------

    @rule(act=ACTS, place=PLACES, long=st.booleans(), trouble=TROUBLES, skip=st.integers(0, 2))
    def work(self, act: Act, place: Place, long: bool, trouble: str, skip: int) -> None:
        """A worker takes what is due, and meets this; others take the rest."""
        self._get_into(trouble, skip)
        self.realm.work(act, place, long=long)

    @rule(act=ACTS, place=PLACES, long=st.booleans(), trouble=TROUBLES)
    def go_on(self, act: Act, place: Place, long: bool, trouble: str) -> None:
        """Some job that waits gets its turn."""
        self.realm.until_something_is_due()
        self.work(act, place, long, trouble, 0)

    @rule(seconds=st.sampled_from([1.0, 21.0, 61.0, 900.0]))
    def time_passes(self, seconds: float) -> None:
        self.realm.pass_time(seconds)

    def _get_into(self, trouble: str, skip: int) -> None:
        picqer = self.world.picqer
        match trouble:
            case "late":
                self.realm.plan_late(Act.FREEZE)
            case "late and dead":
                self.realm.plan_late(Act.DIE)
            case "lost answer":
                picqer.fail(WRITES[skip], Ambiguous("no answer"), committed=True)
            case "lost request":
                picqer.fail(WRITES[skip], Ambiguous("no answer"))
            case _ if trouble in REFUSALS:
                picqer.fail((*WRITES, *READS)[skip], REFUSALS[trouble], times=1 + 2 * skip)

    # --- People ----------------------------------------------------------------------------------

    @precondition(lambda self: self.placed)
    @rule(which=WHICH, what=st.sampled_from(DEEDS))
    def a_person_does(self, which: int, what: str) -> None:
        order, services = self._order(which), self.realm.services
        job = self.realm.job(Flow.CREATE_ORDER, order.id)
        ids = [] if job is None else [job.id]
        match what:
            case "retry":
                operate.retry(services, ids, "a person")
            case "dismiss":
                operate.dismiss(services, ids, "a person")
            case "pause":
                services.gate.pause(Flow.CREATE_ORDER, None, "a person")
            case "resume":
                services.gate.resume(Flow.CREATE_ORDER, None, "a person")
            case "reconcile":
                self.realm.reconcile()
            case "purge":
                self.realm.purge()
            case "type it in":
                self._type_in(order, job)
            case "cancel it in Picqer":
                for live in self.books.live_orders(order.number):
                    self.stopped_by_people.add(order.id)
                    self.books.set_status(live.idorder, PicqerStatus.CANCELLED)

    def _type_in(self, order: Order, job: Job | None) -> None:
        """A person helps an order along that has been waiting for a person."""
        parked = job is not None and job.state is State.PARKED
        if parked and order.lines_to_ship and not self.books.live_orders(order.number):
            self.books.add_order(order.number, [("MUG-BLUE", 1)])

    # --- What must hold --------------------------------------------------------------------------

    @invariant()
    def no_order_is_there_twice(self) -> None:
        for order in self._orders():
            live = self.books.live_orders(order.number)
            assert len(live) <= 1, f"order {order.number} is {len(live)} live orders"

    def teardown(self) -> None:
        """After everything was mended and came to rest, both sides agree."""
        if not self.has_begun:
            return
        self.realm.heal()
        self.come_to_rest()
        self.no_order_is_there_twice()
        assert [wrong for order in self._orders() for wrong in self._disagreements(order)] == []

    def _disagreements(self, order: Order) -> Iterator[str]:
        job = self.realm.job(Flow.CREATE_ORDER, order.id)
        live = self.books.live_orders(order.number)
        if job is None:
            yield f"nobody looked at order {order.number}"
        elif job.state is State.PARKED:
            yield from self._parked_for_no_reason(order, job)
        elif job.state is State.DONE and order.id not in self.stopped_by_people:
            fate = judge(order, LONG_AGO, timedelta(0)).fate
            gone = [one for one in live if one.status in GONE]
            if fate is Fate.SHIP and not gone:
                yield f"order {order.number} is to be shipped and is not processing: {job.reason}"
            if fate is Fate.CANCEL and any(one.status not in GONE for one in live):
                yield f"order {order.number} is cancelled, and a concept of it is live"

    def _parked_for_no_reason(self, order: Order, job: Job) -> Iterator[str]:
        """A person is needed only where the shop and Picqer were told different things."""
        if not order.cancelled and order.id not in self.stopped_by_people:
            yield f"order {order.number} is parked: {job.reason}"

    def _orders(self) -> list[Order]:
        return list(self.world.shop.books.orders.values()) if hasattr(self, "world") else []

    def _order(self, which: int) -> Order:
        orders = self._orders()
        return orders[which % len(orders)]

    def _keep(self, order: Order, way: Way) -> None:
        order = replace(order, updated_at=self.realm.clock.now())
        self.world.shop.books.orders[order.id] = order
        self.realm.tell(SHOP, Hint(Flow.CREATE_ORDER, order.id), way)


TestOrders = Orders.TestCase
TestOrders.settings = games(160, 16)
