"""What people do during a storm: buy, pay, cancel, pack and count; they notice nothing of it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar

from integration.sandbox.picqer import shipping
from integration.sandbox.picqer.refusals import Refusal
from workers.chaos.nemesis import Missed
from workers.chaos.plan import Step
from workers.day.stage import Stage

PLENTY = 1000
Thing = TypeVar("Thing")


class Trade:
    """Shop and warehouse of this stage, with people in them. For one thread."""

    def __init__(self, stage: Stage) -> None:
        """Fill the shelves, so that no order has to wait for goods."""
        self._shop, self._picqer = stage.shop, stage.picqer
        self._skus = sorted(self._shop.books.sellable)
        self._deals: dict[str, Callable[[Step], object]] = {
            "order placed": lambda step: self._shop.place_order(self._wish(step)),
            "unpaid order placed": self._place_unpaid,
            "order paid": self._pay,
            "order cancelled": self._cancel,
            "picklist packed and closed": self._pack,
            "parcel added": self._add_parcel,
            "stock counted": self._count,
        }
        for sku in self._skus:
            self._picqer.set_stock(sku, amount=PLENTY)

    def take(self, step: Step) -> None:
        """Do what the step says. Raises Missed when there is nothing to do it with."""
        try:
            self._deals[step.kind](step)
        except Refusal as refusal:
            raise Missed from refusal

    def _wish(self, step: Step) -> list[tuple[str, int]]:
        pick, pieces = _pick(step), int(str(step.words["pieces"]))
        wanted = [self._skus[(pick + number) % len(self._skus)] for number in range(pieces)]
        return [(sku, 1 + pick % 2) for sku in dict.fromkeys(wanted)]

    def _place_unpaid(self, step: Step) -> None:
        self._shop.place_order(self._wish(step), paid=False)

    def _pay(self, step: Step) -> None:
        self._shop.pay_order(self._choose(step, self._orders(payment_status="unpaid")))

    def _cancel(self, step: Step) -> None:
        self._shop.cancel_order(self._choose(step, self._orders(fulfillment_status="unfulfilled")))

    def _orders(self, **wanted: str) -> list[str]:
        with self._shop.books.lock:
            return [
                order["id"]
                for order in self._shop.books.orders.values()
                if not order["cancelled"]
                and all(order[name] == value for name, value in wanted.items())
            ]

    def _pack(self, step: Step) -> None:
        with self._picqer.books.lock:
            rows = self._picqer.books.picklists.values()
            waiting = [row.idpicklist for row in rows if row.status == "new"]
        parcels = 1 + _pick(step) % 2
        self._picqer.pick_and_close(self._choose(step, waiting), parcels=parcels)

    def _add_parcel(self, step: Step) -> None:
        with self._picqer.books.lock:
            rows = self._picqer.books.picklists.values()
            closed = [row for row in rows if row.status == "closed"]
            shipping.create(self._picqer.books, self._choose(step, closed), {})

    def _count(self, step: Step) -> None:
        sku = self._skus[_pick(step) % len(self._skus)]
        self._picqer.set_stock(sku, change=int(str(step.words["pieces"])))

    def _choose(self, step: Step, things: Sequence[Thing]) -> Thing:
        if not things:
            raise Missed
        return things[_pick(step) % len(things)]


def _pick(step: Step) -> int:
    return int(str(step.words["pick"]))
