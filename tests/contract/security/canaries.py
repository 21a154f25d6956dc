"""Canaries: people and keys that must not leave the store, and everything that leaves it."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import NoReturn

from prometheus_client import generate_latest

from integration.domain import Address, Customer, Order
from integration.jobs import Ending, Flow
from integration.others_words import without_others_words
from integration.ports import JobFilter
from integration.runner import Outcome, Runner
from integration.services import Work
from integration.testing.samples import ORDER
from integration.web.metrics import Metrics
from tests.acceptance.secrets_kept import leaks
from tests.contract.security.conftest import RealDoor
from tests.flows.world import World
from tests.sentry_outbox import Outbox
from tests.written_lines import Written
from workers import faults
from workers.steps import next_step

NAME = "Anneke Zwanenburg"
STREET = "Kanariepietstraat 17"
EMAIL = "kanarie.zwanenburg@example.org"
PHONE = "+31 6 87654321"
KEY = "picqer-" + "kanariesleutel-4711"
CANARIES = ("Anneke", "Zwanenburg", "Kanariepietstraat", EMAIL, "87654321", KEY)
"""Each by itself: half a name is a leak too."""
EVERYTHING = f"{NAME}, {STREET}, {EMAIL}, {PHONE}, key {KEY}"
ADDRESS = Address(
    name=NAME, street=STREET, postal_code="1234 AB", city="Zwanenburg", country="NL", phone=PHONE
)


def order() -> Order:
    """Order 1042, placed by the canary."""
    customer = Customer(id="77", email=EMAIL, name=NAME, phone=PHONE, language="nl")
    return replace(ORDER, customer=customer, billing_address=ADDRESS, shipping_address=ADDRESS)


def foreign(error: BaseException) -> BaseException:
    """The error, which came from one that quotes everything, as those of libraries do."""
    error.__cause__ = ValueError(f"[parameters: {EVERYTHING!r}]")
    return error


@dataclass
class Scene:
    """A service in which something goes wrong, and all that can be read about it outside."""

    world: World
    written: Written
    outbox: Outbox

    def __post_init__(self) -> None:
        self.door = RealDoor(self.world)
        self.metrics = Metrics(self.world.services)
        self.flower: list[str] = []

    def run(self, flow: Callable[[Work], Ending], *, times: int = 1) -> None:
        """A job of order 1042 goes through this, as often as that."""
        runner = Runner(
            self.world.services,
            {Flow.CREATE_ORDER: flow},
            chance=lambda: 0.5,
            report=faults.report,
        )
        for _ in range(times):
            job = self.world.hint(Flow.CREATE_ORDER, "1042")
            wait = (job.due_at - self.world.clock.now()).total_seconds()
            self.world.clock.advance(max(0.0, wait))
            self.to_flower(runner.run(job.id))

    def to_flower(self, outcome: Outcome | None) -> None:
        """What Celery says of the run, which stands in Redis and on Flower's pages."""
        if outcome is not None:
            self.flower.append(repr(next_step(outcome)))

    def fails(self, error: BaseException, *, times: int = 1) -> None:
        """The same where this error comes up, beside local variables that hold everything."""
        self.run(lambda work: _raises(work, error), times=times)

    def leaves(self) -> dict[str, str]:
        """Whatever can be read outside the store, by where it can be read.

        Of what the store says of a job, whoever may not see personal data gets the sentences
        without the words of others.
        """
        jobs = self.world.services.jobs
        shown = jobs.find(JobFilter(limit=100))
        lines = [line for job in shown for line in jobs.events(job.id)]
        deliveries = self.world.services.inbox.find(limit=100)
        return {
            "logs": self.written.getvalue(),
            "sentry": "\n".join(self.outbox.raw),
            "metrics": generate_latest(self.metrics.registry).decode(),
            "flower": "\n".join(self.flower),
            "reasons": for_viewers([[job.reason, job.code] for job in shown]),
            "timelines": for_viewers([[line.kind, line.text, line.data] for line in lines]),
            "deliveries": json.dumps([[record.state, record.reason] for record in deliveries]),
        }

    def leaked(self) -> list[str]:
        """Which canaries got out, and where."""
        return [
            leak for where, text in self.leaves().items() for leak in leaks(where, text, CANARIES)
        ]


def for_viewers(told: object) -> str:
    """What a page shows a viewer of this."""
    return without_others_words(json.dumps(told, ensure_ascii=False))


def _raises(_work: Work, error: BaseException) -> NoReturn:
    customer = {"name": NAME, "street": STREET, "email": EMAIL, "key": KEY}
    assert customer
    raise error


Path = Callable[[Scene], None]
"""One way in which something can go wrong."""
