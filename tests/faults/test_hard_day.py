"""A hard day for a shop of 200 orders: lost answers, a killed worker, an emptied Redis.

The day is played once on SQLite and once on PostgreSQL; each test looks at one promise.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, field

import pytest
import requests

from integration.sandbox.picqer import Fault
from tests.acceptance.conftest import new_postgres_database
from tests.acceptance.installation import SHOP, Installation, Ware, until, until_nothing
from tests.acceptance.oracle import Oracle
from tests.acceptance.secrets_kept import canaries, leaks
from tests.faults.scenario import fault
from workers.chaos.leaks import everything_in

pytestmark = [
    pytest.mark.process,
    fault("F32 hard day: lost answers, a killed worker, an emptied broker"),
]

USUAL = tuple(
    Ware(sku, name, 1000)
    for sku, name in (
        ("MUG-BLUE", "Blue mug"),
        ("MUG-RED", "Red mug"),
        ("TEAPOT", "Teapot"),
        ("TEA-BOX", "Box of tea"),
    )
)
LIMIT = 500
ORDERS = 200
LOST = "lost-answer"
DROPPED = "dropped-before-commit"
UNPROCESSED = "500-on-process"
PROCESSED = "500-on-process-that-worked"
ORPHAN = "worker-killed-before-settling"
NAMED = (UNPROCESSED, PROCESSED, LOST, DROPPED, ORPHAN)
SPECIAL = tuple(Ware(f"SPECIAL-{number}", f"Special {number}", 10) for number in NAMED)
"""A product in doubt is read once a minute: these do not wait for the readings of the others."""
WARES = USUAL + SPECIAL
RECOVERY_SECONDS = 120.0


@dataclass(slots=True)
class Day:
    """What was done to an installation, and what was seen meanwhile."""

    installation: Installation
    killed_at: float = 0.0
    recovered_after: float = 0.0
    in_redis: list[str] = field(default_factory=list)

    @property
    def oracle(self) -> Oracle:
        """Who judges the day."""
        return self.installation.oracle


@pytest.fixture(scope="module")
def days(
    postgres_url: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Mapping[str, Future[Day]]]:
    """Both days, played at the same time: most of a day is waiting until doubts may be settled."""
    with ExitStack() as stack:
        stores = {
            "sqlite": None,
            "postgresql": stack.enter_context(new_postgres_database(postgres_url)),
        }
        installations = {
            name: Installation(
                tmp_path_factory.mktemp(f"day-{name}"),
                database_url=url,
                wares=WARES,
                duplicate_every=10,
            )
            for name, url in stores.items()
        }
        for installation in installations.values():
            stack.enter_context(installation)
        players = stack.enter_context(ThreadPoolExecutor())
        yield {name: players.submit(play, Day(one)) for name, one in installations.items()}


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def day(request: pytest.FixtureRequest, days: Mapping[str, Future[Day]]) -> Day:
    """The day on this store, when it is over."""
    return days[str(request.param)].result()


def play(day: Day) -> Day:
    """The whole day: returns when everything has recovered."""
    installation, oracle = day.installation, day.oracle
    installation.wait_until_settled()
    fail_to_process(installation, UNPROCESSED, commit=False)
    fail_to_process(installation, PROCESSED, commit=True)
    spoil_creation(installation, Fault("commit_then_drop"), LOST)
    spoil_creation(installation, Fault("drop_before_commit"), DROPPED)
    place(installation, range(100))
    kill_between_creation_and_settling(day)
    place(installation, range(100, ORDERS - len(NAMED)))
    look_into_redis(day)
    until(lambda: oracle.processed() > ORDERS // 2, 180, "half of them are processed")
    installation.flush_redis()
    until(lambda: still_processing(oracle, ORPHAN), 240, "the orphan is processed")
    day.recovered_after = time.monotonic() - day.killed_at
    until_nothing(oracle.orders, 240)
    installation.wait_until_at_rest()
    installation.wait_until_stock_agrees()
    return day


def still_processing(oracle: Oracle, number: str) -> bool:
    """Whether there is one order of this number, and it is processing."""
    return [order.status for order in oracle.live_orders(number)] == ["processing"]


def look_into_redis(day: Day) -> None:
    """Keep what Redis holds while there is work."""
    with day.installation.redis() as client:
        day.in_redis.append(everything_in(client))


def fail_to_process(installation: Installation, number: str, *, commit: bool) -> None:
    """The next order gets a 500 when it is to be processed."""
    fault = Fault("status", path="/orders/*/process", status=500, commit=commit)
    installation.picqer.add_fault(fault)
    buy(installation, number)
    until(lambda: fault.spent, 90, f"order {number} met its fault")


def spoil_creation(installation: Installation, fault: Fault, number: str) -> None:
    """The next order is created with this fault."""
    fault.method, fault.path, fault.match = "POST", "/orders", {"reference": number}
    installation.picqer.add_fault(fault)
    buy(installation, number)


def kill_between_creation_and_settling(day: Day) -> None:
    """Kill the worker that waits for the answer about an order that Picqer has made already."""
    installation = day.installation
    spoil_creation(installation, Fault("late", seconds=10.0), ORPHAN)
    until(lambda: day.oracle.live_orders(ORPHAN), 180, "the order is made at Picqer")
    order_id = next(
        one["id"] for one in installation.shop.books.orders.values() if one["number"] == ORPHAN
    )
    worker = installation.worker_of(order_id)
    assert worker in {"worker", "second"}
    installation.kill(worker)
    day.killed_at = time.monotonic()
    installation.start(worker)


def place(installation: Installation, numbers: range) -> None:
    """Paid orders of guests, and every fourth of somebody who has just opened an account."""
    for number in numbers:
        customer = None
        if number % 4 == 0:
            customer = installation.shop.add_customer(f"Buyer {number}", f"b{number}@example.org")
        buy(installation, f"day-{number}", customer=customer)


def buy(installation: Installation, number: str, *, customer: str | None = None) -> None:
    """A paid order of a mug and two of something else; what is to fail is of goods of its own."""
    if number in NAMED:
        lines = [(SPECIAL[NAMED.index(number)].sku, 1)]
    else:
        lines = [(USUAL[sum(number.encode()) % 2].sku, 1), (USUAL[2 + len(number) % 2].sku, 2)]
    if customer is None:
        installation.shop.place_order(lines, number=number)
    else:
        installation.shop.place_order(lines, number=number, customer=customer)


def test_200_paid_orders_are_exactly_200_processing_orders_at_picqer(day: Day) -> None:
    assert day.oracle.orders() == []
    assert day.oracle.processed() == ORDERS
    assert len(day.installation.shop.books.orders) == ORDERS


def test_no_minute_saw_more_requests_than_the_limit_and_none_was_refused(day: Day) -> None:
    assert day.oracle.rate(LIMIT) == []


def test_every_job_is_finished_or_has_a_next_step(day: Day) -> None:
    assert day.oracle.next_steps() == []
    assert day.oracle.parked() == {}


def test_everything_that_the_door_accepted_is_stored_and_led_to_something(day: Day) -> None:
    assert day.oracle.deliveries() == []
    assert day.oracle.copies() >= ORDERS // 10


def test_the_shop_shows_the_stock_that_picqer_can_sell(day: Day) -> None:
    assert day.oracle.stock() == []


def test_a_lost_answer_leaves_one_order_that_was_asked_for_once(day: Day) -> None:
    assert len(day.oracle.live_orders(LOST)) == 1
    assert day.oracle.attempts_to_create(LOST) == 1


def test_an_order_that_was_dropped_on_its_way_is_made_at_the_second_attempt(day: Day) -> None:
    assert len(day.oracle.live_orders(DROPPED)) == 1
    assert day.oracle.attempts_to_create(DROPPED) == 2


@pytest.mark.parametrize("number", [UNPROCESSED, PROCESSED])
def test_a_500_on_process_leaves_one_processing_order(day: Day, number: str) -> None:
    assert [order.status for order in day.oracle.live_orders(number)] == ["processing"]
    assert day.oracle.attempts_to_create(number) == 1


def test_a_worker_killed_between_creating_and_settling_leaves_one_order(
    day: Day, figures: list[str]
) -> None:
    figures += [f"{ORDERS} orders", f"the orphan at Picqer after {day.recovered_after:.0f} s"]
    assert still_processing(day.oracle, ORPHAN)
    assert day.oracle.attempts_to_create(ORPHAN) == 1
    assert day.recovered_after < RECOVERY_SECONDS


def test_nothing_about_people_and_no_secret_is_in_redis_or_in_any_log(day: Day) -> None:
    look_into_redis(day)
    secret = canaries(day.installation.shop, day.installation.secrets)
    found = [leak for text in day.in_redis for leak in leaks("redis", text, secret)]
    for name, log in day.installation.logs().items():
        found += leaks(name, log, secret)

    assert len(secret) > ORDERS // 2
    assert any('"create_order"' in text for text in day.in_redis)
    assert found == []


def test_while_the_store_is_away_the_door_says_503_and_the_event_comes_again(day: Day) -> None:
    installation = day.installation
    installation.shop.webhooks.switch("paused")
    order_id = installation.shop.place_order([("MUG-BLUE", 1)])
    body = json.dumps({"type": "order.created", "data": {"id": order_id}})
    headers = installation.sign(body)

    with installation.store_away():
        url = f"{installation.door}/webhooks/shops/{SHOP}"
        answer = requests.post(url, data=body, headers=headers, timeout=60)
    installation.shop.webhooks.switch("on")

    assert answer.status_code == 503
    assert "Traceback" not in answer.text + installation.logs()["web"]
    until(lambda: still_processing(day.oracle, order_id), 40, "the order is processed")
