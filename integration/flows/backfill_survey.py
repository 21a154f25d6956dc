"""Which old orders of a shop a backfill brings to Picqer, and which it leaves alone. Pure.

An old order may be at Picqer already, made by whatever connected the shop before. One with our
reference is found and taken over. One whose reference only looks like it (``WEB-1042`` for order
1042) cannot be told from another order, so the shop's order is left out and named.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from integration.domain import Order, PicqerOrder, PicqerStatus
from integration.flows.eligibility import Fate, judge

SHORTEST_RUN = 3
"""Digits that a number must have in a row for a likeness to mean anything."""


@dataclass(frozen=True, slots=True)
class OldOrder:
    """An order of the shop that a backfill may bring to Picqer."""

    id: str
    number: str
    reference: str


@dataclass
class Survey:
    """What was found so far.

    ``wanted`` are the orders to bring, by id; ``left_out`` counts the others per reason; ``there``
    names orderids of wanted ones that are at Picqer under our reference; ``alike`` names, by id,
    Picqer's reference that looks like the order's.
    """

    wanted: dict[str, OldOrder] = field(default_factory=dict)
    left_out: Counter[str] = field(default_factory=Counter)
    there: dict[str, str] = field(default_factory=dict)
    alike: dict[str, str] = field(default_factory=dict)

    def consider(
        self, order: Order, reference: str, since: datetime, offset: timedelta, *, known: bool
    ) -> None:
        """An order of the shop. ``known``: it is in our ledger; ``offset`` as in ``judge``."""
        if known:
            self.left_out["this service brought it to Picqer before"] += 1
            return
        verdict = judge(order, since, offset)
        if verdict.fate in (Fate.SHIP, Fate.WAIT):
            self.wanted[order.id] = OldOrder(order.id, order.number, reference)
        else:
            self.left_out[verdict.reason] += 1

    def meet(self, orders: Iterable[PicqerOrder]) -> None:
        """Orders that are at Picqer and that this service did not make."""
        by_reference = {old.reference: old for old in self.wanted.values()}
        by_run: dict[str, list[OldOrder]] = {}
        for old in self.wanted.values():
            by_run.setdefault(_longest_run(old.number), []).append(old)
        for order in orders:
            if order.reference is None or order.status is PicqerStatus.CANCELLED:
                continue
            same = by_reference.get(order.reference)
            if same is not None:
                self.there[same.id] = order.orderid
                continue
            for run in _runs(order.reference):
                self.alike |= {old.id: order.reference for old in by_run.get(run, ())}

    @property
    def to_bring(self) -> list[OldOrder]:
        """The wanted ones that nothing at Picqer looks like, in the order they were found."""
        return [
            old for old in self.wanted.values() if old.id in self.there or old.id not in self.alike
        ]

    @property
    def doubtful(self) -> list[tuple[OldOrder, str]]:
        """The wanted ones that are left out, each with the reference that looks like it."""
        kept = {old.id for old in self.to_bring}
        return [(old, self.alike[old.id]) for old in self.wanted.values() if old.id not in kept]

    def as_json(self) -> dict[str, Any]:
        """What the store keeps of it."""
        return {
            "wanted": [[old.id, old.number, old.reference] for old in self.wanted.values()],
            "left_out": dict(self.left_out),
            "there": self.there,
            "alike": self.alike,
        }

    @classmethod
    def of_json(cls, kept: Mapping[str, Any]) -> Survey:
        """What the store kept."""
        return cls(
            wanted={row[0]: OldOrder(*row) for row in kept.get("wanted", ())},
            left_out=Counter(kept.get("left_out", {})),
            there=dict(kept.get("there", {})),
            alike=dict(kept.get("alike", {})),
        )


def _runs(text: str) -> set[str]:
    """The runs of digits in a reference, without leading zeros."""
    runs = (run.lstrip("0") for run in re.findall(r"\d+", text))
    return {run for run in runs if len(run) >= SHORTEST_RUN}


def _longest_run(number: str) -> str:
    """What makes an order's number its own; the whole number when it has hardly a digit."""
    runs = _runs(number)
    return max(runs, key=len) if runs else number
