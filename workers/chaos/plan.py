"""What will happen during a storm, drawn from a seed: the same seed, the same storm. Pure.

Two things happen beside each other: people trade, and faults are put in. A fault that lasts is two
steps, its beginning and its end, so that a storm never outlasts its seconds.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from random import Random

PROCESSES = ("web", "worker", "worker2", "worker3", "bulk", "mover", "beat")
WORKERS = ("worker", "worker2", "worker3")
SECONDS_BETWEEN_FAULTS = 1.2
SECONDS_BETWEEN_DEALS = 0.8
LONGEST_PAUSE_SECONDS = 12.0
LONG_STOP_SECONDS = 26.0
"""Longer than the twenty seconds for which a job belongs to its worker."""

Words = Mapping[str, object]
Draw = Callable[[Random], tuple[dict[str, object], float]]
"""Draws what a fault needs to know, and for how many seconds it lasts (0: it is over at once)."""


@dataclass(frozen=True, slots=True)
class Step:
    """One thing that happens ``at`` so many seconds after the beginning.

    ``kind`` names it for people. ``ends`` says that a fault which lasts is over; ``number`` joins
    its two steps.
    """

    at: float
    kind: str
    number: int
    words: Words = field(default_factory=dict)
    ends: bool = False
    deal: bool = False


def plan(seed: int, seconds: float) -> list[Step]:
    """Every step of the storm of this seed, in the order in which they happen."""
    random = Random(seed)  # noqa: S311 - the same seed is to bring the same storm
    steps = [*_deals(random, seconds), *_faults(random, seconds)]
    return sorted(steps, key=lambda step: (step.at, step.number, step.ends))


def _deals(random: Random, seconds: float) -> list[Step]:
    """What people do in the shop and in the warehouse."""
    steps: list[Step] = []
    at = 0.2
    while at < seconds:
        (kind,) = random.choices(list(DEALS), weights=list(DEALS.values()))
        words = {"pick": random.randrange(1_000_000), "pieces": random.randint(1, 3)}
        steps.append(Step(at, kind, len(steps), words, deal=True))
        at += random.expovariate(1 / SECONDS_BETWEEN_DEALS)
    return steps


def _faults(random: Random, seconds: float) -> list[Step]:
    """A bag of every kind is emptied before it is filled again, so that none is left out."""
    steps: list[Step] = []
    bag: list[str] = []
    at = 2.0
    while at < seconds:
        if not bag:
            bag = random.sample(sorted(FAULTS), len(FAULTS))
        kind, number = bag.pop(), len(steps)
        words, lasts = FAULTS[kind](random)
        steps.append(Step(at, kind, number, words))
        if lasts:
            steps.append(Step(min(at + lasts, seconds), kind, number, words, ends=True))
        at += random.expovariate(1 / SECONDS_BETWEEN_FAULTS)
    return steps


# --- What may be drawn ---------------------------------------------------------------------------

DEALS: Mapping[str, int] = {
    "order placed": 10,
    "unpaid order placed": 2,
    "order paid": 2,
    "order cancelled": 1,
    "picklist packed and closed": 5,
    "parcel added": 1,
    "stock counted": 2,
}
"""What people do, and how often in proportion."""

ON_THE_WAY = (
    "commit_then_drop", "drop_before_commit", "non_json", "truncated_json", "late", "status",
)  # fmt: skip
PATHS = ("/orders", "/orders/*/process", "/customers", "*", "*")
SHOP_FAULTS = ("status", "late", "commit_then_drop", "drop_before_commit", "non_json")


def _process(random: Random) -> tuple[dict[str, object], float]:
    return {"process": random.choice(PROCESSES)}, 0.0


def _frozen_worker(random: Random) -> tuple[dict[str, object], float]:
    lasts = random.choice([random.uniform(1.0, 8.0), LONG_STOP_SECONDS])
    return {"process": random.choice(WORKERS)}, lasts


def _at_once(_: Random) -> tuple[dict[str, object], float]:
    return {}, 0.0


def _a_while(random: Random) -> tuple[dict[str, object], float]:
    return {}, random.uniform(1.0, LONGEST_PAUSE_SECONDS)


def _a_moment(random: Random) -> tuple[dict[str, object], float]:
    return {}, random.uniform(0.5, 4.0)


def _way_to_picqer(random: Random) -> tuple[dict[str, object], float]:
    words: dict[str, object] = {
        "fault": random.choice(ON_THE_WAY),
        "path": random.choice(PATHS),
        "count": random.randint(1, 3),
        "seconds": random.uniform(0.5, 5.0),
        "status": random.choice([500, 502, 503, 504]),
        "commit": random.random() < 0.5,
    }
    return words, 0.0


def _way_to_shop(random: Random) -> tuple[dict[str, object], float]:
    words: dict[str, object] = {
        "fault": random.choice(SHOP_FAULTS),
        "count": random.randint(1, 4),
        "seconds": random.uniform(0.5, 4.0),
    }
    return words, 0.0


def _limit(random: Random) -> tuple[dict[str, object], float]:
    return {"limit": random.choice([100, 150, 250])}, random.uniform(5.0, 20.0)


def _foreign_use(random: Random) -> tuple[dict[str, object], float]:
    return {"count": random.randint(10, 80)}, 0.0


def _lagging(random: Random) -> tuple[dict[str, object], float]:
    return {"seconds": random.uniform(1.0, 4.0)}, random.uniform(4.0, LONGEST_PAUSE_SECONDS)


FAULTS: Mapping[str, Draw] = {
    "process killed": _process,
    "process ended (SIGTERM)": _process,
    "worker frozen (SIGSTOP)": _frozen_worker,
    "broker killed": _at_once,
    "broker emptied": _at_once,
    "broker frozen (SIGSTOP)": _a_moment,
    "store locked": _a_while,
    "Picqer's answers spoilt": _way_to_picqer,
    "Picqer's answers lost": _way_to_picqer,
    "Picqer away": _a_moment,
    "Picqer answers 429 to everything": _a_moment,
    "Picqer's lists lag": _lagging,
    "limit lowered": _limit,
    "limit used by others": _foreign_use,
    "shop's answers spoilt": _way_to_shop,
    "shop's webhooks doubled": _a_while,
    "shop's webhooks late": _a_while,
    "shop's webhooks lost": _a_moment,
    "a webhook twenty times": _at_once,
    "Picqer's webhooks tripled and shuffled": _a_while,
    "Picqer's webhooks late": _a_while,
}
"""Every fault, and how its particulars are drawn."""
