"""The trade of the demo day: who buys what, what the warehouse does, and what goes wrong."""

from __future__ import annotations

from collections import Counter
from contextlib import suppress

from integration.sandbox.picqer import Fault
from integration.sandbox.picqer.rows import Picklist
from workers.day.books import BothBooks
from workers.day.shelf import CUP, SPOON, TIN, add_cup_and_spoon, add_tin_without_telling
from workers.day.watch import TooLate, Watch
from workers.day.words import pieces_in_words

STORM_SECONDS = 4.0
DOUBT_SECONDS = 90.0
"""A write without an answer is looked up after 60 seconds."""
SOON_SECONDS = 60.0
STORM_OVER_SECONDS = 45.0
SETTLE_SECONDS = 45.0
REST_SECONDS = 30.0
BREATH_SECONDS = 2.5
HOOKS = 6
"""The events that the bridge subscribes to at Picqer."""


class Script:
    """The acts of the day, in the order in which ``play`` calls them."""

    def __init__(self, watch: Watch) -> None:
        """Nothing happens before ``play``."""
        self._watch = watch
        self._picqer = watch.stage.picqer
        self._shop = watch.stage.shop
        self._customer = ""
        self.notes: dict[str, str] = {}
        self.first_order: float | None = None

    def play(self) -> None:
        """The whole day, about 80 seconds. Raises TooLate and Curtain."""
        self._open()
        lost = self._lose_an_answer()
        guest, customer = self._sell_to_a_guest_and_a_customer()
        self._breathe()
        cups = self._bring_out_new_products()
        self._breathe()
        unknown = self._sell_what_picqer_does_not_know()
        self._breathe()
        self._sell_to_the_same_customer_again()
        self._breathe()
        self._sell_in_another_currency()
        self._breathe()
        self._ship_in_two_parts(customer)
        self._ship(guest)
        self._breathe()
        self._count_the_stock()
        self._breathe()
        self._storm()
        self._breathe()
        self._ship_what_arrived_later(unknown)
        self._ship(cups, parcels=2)
        self._end_the_doubt(lost)
        self._settle()

    def _breathe(self) -> None:
        """Let a person read; the doubt of the morning leaves time for it."""
        self._watch.rest(BREATH_SECONDS)

    # --- Acts ------------------------------------------------------------------------------------

    def _open(self) -> None:
        self._watch.until(
            "the hooks are at Picqer",
            lambda _: len(self._picqer.summary()["hooks"]) >= HOOKS,
            seconds=SOON_SECONDS,
        )
        self._watch.say("bridge", "has its hooks at Picqer; the day begins")

    def _lose_an_answer(self) -> str:
        self._picqer.add_fault(Fault("commit_then_drop", method="POST", path="/orders"))
        number = self._sell({"TEA-BOX": 2}, "a guest, and Picqer's answer to it is lost")
        self.notes[number] = "answer lost"
        self._watch.until_status(number, "concept", seconds=SOON_SECONDS)
        self._watch.say("bridge", f"is in doubt about order {number}: it looks it up after 60 s")
        return number

    def _sell_to_a_guest_and_a_customer(self) -> tuple[str, str]:
        self._customer = self._shop.add_customer("Fleur de Boer", "fleur@example.org")
        guest = self._sell({"MUG-BLUE": 2, "TEA-BOX": 1}, "a guest")
        customer = self._sell({"MUG-BLUE": 3, "TEAPOT": 1}, "a new customer", self._customer)
        self.notes[customer] = "two parts"
        self._await_processing(guest)
        self.first_order = self._watch.seconds
        self._await_processing(customer)
        return guest, customer

    def _bring_out_new_products(self) -> str:
        add_cup_and_spoon(self._shop)
        self._watch.say("shop", f"has two new products: {CUP} (2 images), {SPOON} (1 image)")
        self._await_products(CUP, SPOON)
        self._receive(CUP, 30)
        self._receive(SPOON, 50)
        self._await_shown(CUP, 30)
        number = self._sell({CUP: 4, SPOON: 2}, "a guest")
        self._await_processing(number)
        return number

    def _sell_what_picqer_does_not_know(self) -> str:
        add_tin_without_telling(self._shop)
        self._watch.say("shop", f"has a new product {TIN}, and the event that tells so is lost")
        number = self._sell({"MUG-RED": 1, TIN: 2}, "a guest")
        self.notes[number] = "unknown product"
        self._await_processing(number)
        return number

    def _sell_to_the_same_customer_again(self) -> None:
        number = self._sell({SPOON: 1}, "the same customer again", self._customer)
        self._await_processing(number)

    def _sell_in_another_currency(self) -> None:
        number = self._sell({"TEAPOT": 1}, "a guest, in dollars", currency="USD")
        self.notes[number] = "in dollars: parks"
        self._watch.unshippable.add(number)
        self._watch.until_parked(number, seconds=SOON_SECONDS)

    def _ship_in_two_parts(self, number: str) -> None:
        first = self._open_picklist(number)
        self._watch.say("Picqer", f"the warehouse sends part of order {number} in two parcels")
        self._picqer.pick_and_close(
            first.idpicklist, amounts={"MUG-BLUE": 2}, parcels=2, then="picklist"
        )
        self._await_told(number, 1)
        self._ship(number)

    def _ship(self, number: str, *, parcels: int = 1) -> None:
        """Send all that is open of an order, and wait until the shop knows."""
        told = len(self._watch.books.orders[number].shipped)
        picklist = self._open_picklist(number)
        self._watch.say("Picqer", f"the warehouse sends order {number}")
        self._picqer.pick_and_close(picklist.idpicklist, parcels=parcels)
        self._await_told(number, told + 1)

    def _count_the_stock(self) -> None:
        self._watch.say("Picqer", "3 MUG-RED are broken; 24 TEAPOT come in")
        self._picqer.set_stock("MUG-RED", change=-3)
        self._picqer.set_stock("TEAPOT", change=24)
        self._await_stock_agreement("MUG-RED", "TEAPOT")

    def _storm(self) -> None:
        self._watch.say(
            "Picqer", f"answers 429 to everything, for {STORM_SECONDS:.0f} s", "bold yellow"
        )
        self._picqer.add_fault(Fault("storm", seconds=STORM_SECONDS))
        new = self._shop.add_customer("Bram van den Berg", "bram@example.org")
        numbers = [
            self._sell({"MUG-BLUE": 1}, "a guest, in the storm"),
            self._sell({CUP: 6}, "a new customer, in the storm", new),
        ]
        for number in numbers:
            self.notes[number] = "in the storm"
        self._await_processing(*numbers, seconds=STORM_OVER_SECONDS)

    def _ship_what_arrived_later(self, number: str) -> None:
        self._receive(TIN, 20)
        self._watch.say("Picqer", f"the warehouse sends what there was of order {number}")
        first = self._open_picklist(number)
        self._picqer.pick_and_close(first.idpicklist, then="picklist")
        self._await_told(number, 1)
        self._ship(number)

    def _end_the_doubt(self, number: str) -> None:
        self._watch.say("bridge", f"still waits to look up order {number}", "dim")
        self._await_processing(number, seconds=DOUBT_SECONDS)
        self._ship(number)

    def _settle(self) -> None:
        """Give the last events their time: the day is over when the books agree.

        A figure of the very second of another is read again later, and until then its pieces
        count as in flight: the books agree before they are at rest.
        """
        self._watch.until(
            "the books agree", lambda _: not self._watch.disagreements(), seconds=SETTLE_SECONDS
        )
        with suppress(TooLate):
            self._watch.until("all is at rest", self._at_rest, seconds=REST_SECONDS)

    def _at_rest(self, books: BothBooks) -> bool:
        """Whether the books agree and nothing is in flight but what cannot be in Picqer."""
        waiting: Counter[str] = Counter()
        for number in self._watch.unshippable:
            waiting.update(books.orders[number].pieces)
        held = all(page.in_flight == waiting[code] for code, page in books.stock.items())
        return held and not self._watch.disagreements()

    # --- Deeds -----------------------------------------------------------------------------------

    def _sell(
        self, goods: dict[str, int], who: str, customer: str | None = None, currency: str = "EUR"
    ) -> str:
        """Place a paid order; returns its number, which in the demo shop is its id."""
        lines = list(goods.items())
        if customer is None:
            number = self._shop.place_order(lines, currency=currency)
        else:
            number = self._shop.place_order(lines, currency=currency, customer=customer)
        text = f"order {number} is paid: {pieces_in_words(goods)}, by {who}"
        self._watch.say("shop", text)
        return number

    def _receive(self, productcode: str, amount: int) -> None:
        self._watch.say("Picqer", f"{amount} {productcode} come in")
        self._picqer.set_stock(productcode, change=amount)

    def _open_picklist(self, number: str) -> Picklist:
        """The order's picklist that is still to be picked, as soon as Picqer made it."""
        found: list[Picklist] = []

        def made(_: object) -> bool:
            books = self._picqer.books
            with books.lock:
                rows = [row for one in books.by_reference(number) for row in one.idpicklists]
                found[:] = [books.picklists[row] for row in rows if books.picklists[row].is_open]
            return bool(found)

        self._watch.until(f"order {number} has a picklist", made, seconds=SOON_SECONDS)
        return found[0]

    # --- What is waited for ----------------------------------------------------------------------

    def _await_processing(self, *numbers: str, seconds: float = SOON_SECONDS) -> None:
        for number in numbers:
            self._watch.until_status(number, "processing", seconds=seconds)

    def _await_products(self, *productcodes: str) -> None:
        self._watch.until(
            f"Picqer knows {', '.join(productcodes)}",
            lambda books: all(books.stock[code].free is not None for code in productcodes),
            seconds=SOON_SECONDS,
        )

    def _await_shown(self, productcode: str, pieces: int) -> None:
        self._watch.until(
            f"the shop shows {pieces} of {productcode}",
            lambda books: books.stock[productcode].shown == pieces,
            seconds=SOON_SECONDS,
        )

    def _await_stock_agreement(self, *productcodes: str) -> None:
        """A figure of the very second of another is read again, 10 s later: not at once."""

        def agree(_: object) -> bool:
            wrong = self._watch.disagreements()
            return not any(code in sentence for sentence in wrong for code in productcodes)

        self._watch.until("the shop shows Picqer's stock", agree, seconds=SETTLE_SECONDS)

    def _await_told(self, number: str, shipments: int) -> None:
        self._watch.until(
            f"the shop knows {shipments} shipments of order {number}",
            lambda books: len(books.orders[number].shipped) >= shipments,
            seconds=SOON_SECONDS,
        )
