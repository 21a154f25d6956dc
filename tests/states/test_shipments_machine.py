"""Games about shipments: the shop carries each once, whole, and nobody is mailed twice."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace

from hypothesis import strategies as st
from hypothesis.stateful import initialize, invariant, precondition, rule

from integration.domain import FulfillmentStatus, Parcel, PicqerStatus
from integration.errors import Ambiguous, BridgeError, RateLimited, Unavailable
from integration.jobs import Fact, Flow, Hint, OrderStatusFact
from integration.policy import AccountPolicy, CustomerMail, ShopPolicy
from integration.ports import Capabilities
from tests.flows.world import line
from tests.states.game import Game
from tests.states.games import games
from tests.states.outside import Way
from tests.states.peril import Act
from tests.states.realm import PICQER, SHOP, Place, places

FLOWS = frozenset({Flow.CREATE_ORDER.value, Flow.COMPLETE_ORDER.value})
ORDER = "1042"
GOODS = {"MUG-BLUE": 2, "PLATE": 1}
PARTS = st.sampled_from([{"MUG-BLUE": 1}, {"MUG-BLUE": 1, "PLATE": 1}, {"PLATE": 1}])
ACTS = st.sampled_from([Act.NOTHING, Act.NOTHING, Act.DIE, Act.DIE, Act.FREEZE])
PLACES = places("shipped", "ship", "complete", "note", "claim", "end")
WAYS = st.sampled_from([Way.AT_ONCE, Way.AT_ONCE, Way.LATER, Way.LOST])
WHICH = st.integers(0, 5)
REFUSALS: dict[str, BridgeError] = {
    "down": Unavailable("down"),
    "429": RateLimited("too many requests"),
}
TROUBLES = st.sampled_from(
    [
        *("none", "none", "none", "ship lost", "ship down", "ship 429", "complete lost"),
        *("complete down", "picqer down", "picqer 429", "mail lost", "mail down"),
    ]
)


class Shipments(Game):
    """One order of two mugs and a plate is picked, packed and told of, in any order."""

    def __init__(self) -> None:
        super().__init__()
        self.left_to_pick = Counter(GOODS)
        self.codes = 0

    @initialize(mail=st.sampled_from([CustomerMail.BRIDGE, CustomerMail.SHOP]))
    def buy(self, mail: CustomerMail) -> None:
        policy = ShopPolicy("nl", AccountPolicy("main"), FLOWS, customer_mail=mail)
        self.realm = self.realm_kind(policy)
        self.world, self.books = self.realm.world, self.realm.world.picqer.books
        self.world.shop._capabilities = Capabilities(shop_can_mail=True)
        for productcode in GOODS:
            self.books.add_product(productcode, 40)
        group = {"idvatgroup": 18, "name": "BTW Hoog", "percentage": "21"}
        self.world.services.bookmarks.set("picqer/main", "vat_groups", [group])
        self.world.order(ORDER, lines=(line(), line("PLATE", 1, id="2")))
        self.realm.tell(SHOP, Hint(Flow.CREATE_ORDER, ORDER), Way.AT_ONCE)
        self.realm.work()
        (self.idorder,) = self.books.orders
        assert self.books.orders[self.idorder].status is PicqerStatus.PROCESSING
        self.realm.pass_time(60)
        self.pack({"MUG-BLUE": 1}, 1, Way.AT_ONCE)

    # --- The warehouse ---------------------------------------------------------------------------

    @rule(part=PARTS, parcels=st.integers(0, 2), way=WAYS)
    def pack(self, part: dict[str, int], parcels: int, way: Way) -> None:
        """A picklist is closed, with its parcels or before them."""
        picked = {code: n for code, n in part.items() if self.left_to_pick[code] >= n}
        if not picked or self.books.orders[self.idorder].status is not PicqerStatus.PROCESSING:
            return
        self.left_to_pick -= Counter(picked)
        picklist = self.books.make_picklist(self.idorder, picked)
        for _ in range(parcels):
            self._ship(picklist.idpicklist)
        closed = self.books.pick(picklist.idpicklist)
        if +self.left_to_pick:
            self.books.set_status(self.idorder, PicqerStatus.PROCESSING)
        self._tell(closed, way)
        order = self.books.orders[self.idorder]
        if order.status is PicqerStatus.COMPLETED:
            self._tell(OrderStatusFact(self.idorder, order.status, order.updated), way)

    @precondition(lambda self: self.books.picklists)
    @rule(which=WHICH)
    def add_parcel(self, which: int) -> None:
        picklists = sorted(self.books.picklists)
        self._ship(picklists[which % len(picklists)])

    @precondition(lambda self: self.books.shipments)
    @rule(which=WHICH)
    def cancel_shipment(self, which: int) -> None:
        shipments = sorted(self.books.shipments)
        found = shipments[which % len(shipments)]
        self._tell(self.books.cancel_shipment(found), Way.LATER)

    def _ship(self, idpicklist: int) -> None:
        self.codes += 1
        parcel = Parcel(f"3S{self.codes}", None, "PostNL")
        self._tell(self.books.ship(idpicklist, parcel), Way.LATER)

    def _tell(self, fact: Fact, way: Way) -> None:
        self.realm.tell(PICQER, Hint(Flow.COMPLETE_ORDER, fact=fact), way)

    # --- Workers ---------------------------------------------------------------------------------

    @rule(act=ACTS, place=PLACES, long=st.booleans(), trouble=TROUBLES)
    def work(self, act: Act, place: Place, long: bool, trouble: str) -> None:
        """A worker takes what is due, and meets this; others take the rest."""
        self._get_into(trouble)
        self.realm.work(act, place, long=long)

    @rule(act=ACTS, place=PLACES, long=st.booleans(), trouble=TROUBLES)
    def go_on(self, act: Act, place: Place, long: bool, trouble: str) -> None:
        """Some job that waits gets its turn."""
        self.realm.until_something_is_due()
        self.work(act, place, long, trouble)

    def _get_into(self, trouble: str) -> None:
        what, _, how = trouble.partition(" ")
        error = REFUSALS.get(how, Ambiguous("no answer"))
        match what:
            case "ship" | "complete" if how == "lost":
                self.realm.lost_answers[what] = True
            case "ship" | "complete":
                self.world.shop.fail(what, error, times=3)
            case "picqer":
                self.world.picqer.fail("shipments", error, times=3)
            case "mail":
                self.world.mailer.fail(error)

    @rule(seconds=st.sampled_from([1.0, 61.0, 400.0]))
    def time_passes(self, seconds: float) -> None:
        self.realm.pass_time(seconds)

    @precondition(lambda self: not +self.left_to_pick)
    @rule(completes=st.booleans())
    def a_person_touches_the_order(self, completes: bool) -> None:
        shop = self.world.shop.books
        shop.touched.add(ORDER)
        if completes:
            done = replace(shop.orders[ORDER], fulfillment_status=FulfillmentStatus.FULFILLED)
            shop.orders[ORDER] = done

    # --- What must hold --------------------------------------------------------------------------

    @invariant()
    def nobody_is_mailed_twice(self) -> None:
        if hasattr(self, "world"):
            mailed = Counter(mail.shipment.shipment_key for mail in self.world.mailer.sent)
            assert [key for key, times in mailed.items() if times > 1] == []
            asked = Counter(self.realm.notified)
            assert [key for key, times in asked.items() if times > 1] == []

    @invariant()
    def only_closed_picklists_are_told(self) -> None:
        if hasattr(self, "world"):
            for _, key in self.world.shop.books.shipments:
                assert self.books.picklists[int(key)].closed_at is not None

    def teardown(self) -> None:
        """Once everything was told and mended, the shop carries exactly what was sent."""
        if not hasattr(self, "idorder"):
            return
        self.realm.heal()
        self.realm.pass_time(400)
        self.come_to_rest()
        self.tell_the_rest()
        self.come_to_rest()
        self.nobody_is_mailed_twice()
        self.only_closed_picklists_are_told()
        assert [*self._disagreements()] == []

    def _disagreements(self) -> Iterator[str]:
        shop = self.world.shop.books
        if ORDER in shop.touched:
            return
        for picklist in self.books.picklists.values():
            told = shop.shipments.get((ORDER, str(picklist.idpicklist)))
            if told is None:
                yield f"picklist {picklist.idpicklist} was not told"
                continue
            rows = [r for r in self.books.shipments.values() if r.idpicklist == picklist.idpicklist]
            parcels = [p.tracking_code for r in rows if not r.cancelled for p in r.parcels]
            if [parcel.tracking_code for parcel in told.parcels] != parcels:
                yield f"picklist {picklist.idpicklist} was told with other parcels"
            picked = {row.productcode: row.amount_picked for row in picklist.lines}
            if {one.sku: one.quantity for one in told.lines} != picked:
                yield f"picklist {picklist.idpicklist} was told with other goods"
        completed = self.books.orders[self.idorder].status is PicqerStatus.COMPLETED
        if completed != bool(shop.completed[ORDER]):
            yield "one side has completed the order, and the other has not"


TestShipments = Shipments.TestCase
TestShipments.settings = games(60, 16)
