"""Games about stock: at rest the shop shows what is free at Picqer less what is in flight."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace

from hypothesis import strategies as st
from hypothesis.stateful import initialize, precondition, rule

from integration.domain import Order, PaymentStatus
from integration.errors import Ambiguous, BridgeError, RateLimited, Unavailable
from integration.jobs import Flow, Hint
from integration.policy import AccountPolicy, ShopPolicy
from tests.flows.world import line
from tests.states.game import Game
from tests.states.games import games
from tests.states.outside import Way
from tests.states.peril import Act
from tests.states.realm import GONE, PICQER, SHOP, Place, paid, places

FLOWS = frozenset({Flow.CREATE_ORDER.value, Flow.PUSH_STOCK.value})
CODES = ("MUG-BLUE", "PLATE")
MOST_ORDERS = 3
ACTS = st.sampled_from([Act.NOTHING, Act.NOTHING, Act.DIE, Act.DIE, Act.FREEZE])
PLACES = places("set_stock", "shows", "processed", "claim", "end")
WAYS = st.sampled_from([Way.AT_ONCE, Way.AT_ONCE, Way.LATER, Way.LATER, Way.LOST])
WHICH = st.integers(0, 5)
FAILURES: list[BridgeError] = [
    Unavailable("down"), RateLimited("too many requests"), Ambiguous("no answer"),
]  # fmt: skip


class Stock(Game):
    """Two products are counted and ordered; what Picqer tells of it comes in any order."""

    def __init__(self) -> None:
        super().__init__()
        self.placed = 0
        self.told: dict[str, object] = {}

    @initialize()
    def open_shop(self) -> None:
        self.realm = self.realm_kind(ShopPolicy("nl", AccountPolicy("main"), FLOWS))
        self.world, self.books = self.realm.world, self.realm.world.picqer.books
        for code in CODES:
            self.books.add_product(code, 10)
            self.world.shop.books.stock[code] = 10
        group = {"idvatgroup": 18, "name": "BTW Hoog", "percentage": "21"}
        self.world.services.bookmarks.set("picqer/main", "vat_groups", [group])
        for product in self.books.products.values():
            self.world.services.stock.observe("main", product.free_stock)
        self._note_figures()

    # --- The shop --------------------------------------------------------------------------------

    @precondition(lambda self: self.placed < MOST_ORDERS)
    @rule(code=st.sampled_from(CODES), is_paid=st.booleans(), quantity=st.integers(1, 3), way=WAYS)
    def place(self, code: str, is_paid: bool, quantity: int, way: Way) -> None:
        self.placed += 1
        order = self.world.order(str(1000 + self.placed), lines=(line(code, quantity),))
        if not is_paid:
            order = replace(order, payment_status=PaymentStatus.UNPAID, release=False, paid_at=None)
        self.world.shop.books.stock[code] -= quantity
        self._keep(order, way)

    @precondition(lambda self: self.placed)
    @rule(which=WHICH, cancels=st.booleans(), way=WAYS)
    def pay_or_cancel(self, which: int, cancels: bool, way: Way) -> None:
        orders = list(self.world.shop.books.orders.values())
        order = orders[which % len(orders)]
        if order.cancelled:
            return
        if cancels:
            ordered = order.lines[0]
            self.world.shop.books.stock[str(ordered.sku)] += ordered.quantity
            changed = replace(order, cancelled=True, release=False, holds_stock=False)
        else:
            changed = paid(order, self.realm.clock.now())
        self._keep(changed, way)

    def _keep(self, order: Order, way: Way) -> None:
        order = replace(order, updated_at=self.realm.clock.now())
        self.world.shop.books.orders[order.id] = order
        self.realm.tell(SHOP, Hint(Flow.CREATE_ORDER, order.id), way)

    # --- The warehouse ---------------------------------------------------------------------------

    @rule(code=st.sampled_from(CODES), free=st.integers(0, 9), way=WAYS)
    def count(self, code: str, free: int, way: Way) -> None:
        """People count; several figures may carry the stamp of one second."""
        if self.books.find_product(code) is not None:
            self.books.set_stock(code, free)
            self._tell_figures(way)

    @rule(code=st.sampled_from(CODES))
    def vanish_or_return(self, code: str) -> None:
        if self.books.find_product(code) is not None:
            self.books.remove_product(code)
        else:
            self.books.add_product(code, 7)

    def _tell_figures(self, way: Way) -> None:
        """Picqer tells of each figure that is another than it told last."""
        for product in self.books.products.values():
            stock = product.free_stock
            if self.told.get(stock.productcode) != stock.by_warehouse:
                self.told[stock.productcode] = stock.by_warehouse
                self.realm.tell(PICQER, Hint(Flow.PUSH_STOCK, fact=stock), way)

    def _note_figures(self) -> None:
        for product in self.books.products.values():
            self.told[product.productcode] = product.free_stock.by_warehouse

    # --- Workers ---------------------------------------------------------------------------------

    @rule(act=ACTS, place=PLACES, long=st.booleans(), way=WAYS)
    def work(self, act: Act, place: Place, long: bool, way: Way) -> None:
        self.realm.work(act, place, long=long)
        self._tell_figures(way)

    @rule(act=ACTS, place=PLACES, long=st.booleans(), way=WAYS)
    def go_on(self, act: Act, place: Place, long: bool, way: Way) -> None:
        self.realm.until_something_is_due()
        self.work(act, place, long, way)

    @rule(seconds=st.sampled_from([1.0, 11.0, 61.0]))
    def time_passes(self, seconds: float) -> None:
        self.realm.pass_time(seconds)

    @rule(what=st.integers(0, 2), lost=st.booleans(), pauses=st.booleans())
    def trouble(self, what: int, lost: bool, pauses: bool) -> None:
        self.world.shop.fail("set_stock", FAILURES[what], times=1 + what)
        if lost:
            self.realm.lost_answers["set_stock"] = True
        if pauses:
            self.realm.services.gate.pause(Flow.PUSH_STOCK, None, "a person")

    def teardown(self) -> None:
        """Once everything was told or compared, the shop shows what can be sold."""
        if not self.has_begun:
            return
        self.realm.heal()
        self.tell_the_rest()
        self.realm.pass_time(61)
        self.come_to_rest()
        assert [*self._disagreements()] == []

    def _disagreements(self) -> Iterator[str]:
        ahead = self._in_flight()
        for code in CODES:
            if self.books.find_product(code) is None:
                continue
            sellable = max(0, self.books.free(code) - ahead[code])
            shown = self.world.shop.books.stock[code]
            if shown != sellable:
                yield (
                    f"the shop shows {shown} of {code} and ought to show {sellable}: "
                    f"{self.books.free(code)} free at Picqer, {ahead[code]} in flight"
                )

    def _in_flight(self) -> Counter[str]:
        """Pieces of orders that hold stock in the shop and that Picqer does not hold yet."""
        pieces: Counter[str] = Counter()
        for order in self.world.shop.books.orders.values():
            live = self.books.live_orders(order.number)
            held = any(one.status in GONE for one in live)
            if order.holds_stock and not order.cancelled and not held:
                pieces[str(order.lines[0].sku)] += order.lines[0].quantity
        return pieces


TestStock = Stock.TestCase
TestStock.settings = games(60, 16)
