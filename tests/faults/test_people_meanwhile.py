"""What people do and mistype: bad data, keys that changed, orders typed in by hand."""

from __future__ import annotations

import json
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import requests

from integration.sandbox.picqer import Fault
from integration.sandbox.shop.faults import Fault as ShopFault
from integration.sandbox.shop.webhooks import event_body
from tests.acceptance.installation import API_KEY, SHOP, Installation, until
from tests.faults.scenario import WARES, Scenario, fault, on_both_stores, representative
from tests.faults.stored import attempts, reopen_appointments, told

pytestmark = pytest.mark.process

BARRIER_SECONDS = 4.0
ERROR = '"level": "error"'
"""What tells a line of a log that somebody should look at."""


def refuse(bridge: Installation, number: str, code: int, message: str) -> None:
    """Picqer refuses the next creation of this order."""
    refusal = Fault("status", "POST", "/orders", status=400, error_code=code)
    refusal.error_message, refusal.match = message, {"reference": number}
    bridge.picqer.add_fault(refusal)


def parked_reason(bridge: Installation, order_id: str) -> str:
    """Why the order's job parked; empty while it did not."""
    return bridge.oracle.parked().get(f"create_order {order_id}", "")


def call_picqer(bridge: Installation, path: str, body: dict[str, Any]) -> dict[str, Any]:
    """What a person does in Picqer by hand."""
    answer = requests.post(
        f"{bridge.picqer.url}/api/v1{path}",
        json=body,
        auth=(API_KEY, ""),
        headers={"User-Agent": "A person (person@example.com)"},
        timeout=30,
    )
    assert answer.status_code in {200, 201}, answer.text
    found: dict[str, Any] = answer.json()
    return found


def retry(bridge: Installation, order_id: str) -> None:
    """A person retries the order's job."""
    job = bridge.oracle.job_id("create_order", SHOP, order_id)
    done = bridge.command("jobs", "retry", str(job))
    assert done.returncode == 0, done.stdout + done.stderr


@fault("F22 invalid data: bad country, unknown product, a refusal of Picqer")
def test_bad_data_parks_at_once_with_a_sentence_and_goes_on_when_it_is_right(
    scenario: Scenario,
) -> None:
    bridge = scenario.start()
    shop = bridge.shop
    abroad = shop.place_order([(WARES[0].sku, 1)], country="QQ")
    unknown = shop.place_order([("NOT-THERE", 1)])
    usual = shop.place_order([(WARES[1].sku, 1)])
    number = "refused"
    refuse(bridge, number, 12, "Invalid customer for order")
    bad = shop.place_order([(WARES[2].sku, 1)], number=number)
    scenario.buy(3)

    for order_id in (abroad, unknown, bad):
        until(lambda one=order_id: parked_reason(bridge, one), 60, f"order {order_id} parks")
    reasons = [parked_reason(bridge, one) for one in (abroad, unknown, bad)]
    assert f"country of order {abroad}" in reasons[0]
    assert "NOT-THERE" in reasons[1]
    assert "customer" in reasons[2].lower()
    assert bridge.oracle.attempts_to_create(number) == 1
    assert attempts(bridge.database_url) == 0
    until(lambda: bridge.oracle.processed() == 4, 60, "the others went on")

    good = shop.books.document("orders", usual)
    shop.change_order(
        abroad,
        billing_address=good["billing_address"],
        shipping_address=good["shipping_address"],
    )
    shop.add_product(sku="NOT-THERE", name="There now", price_net="3.00", sellable=0)
    retry(bridge, bad)
    scenario.measure("all at Picqer", lambda: bridge.oracle.processed() == 7, within=60)
    scenario.judge()
    scenario.tell("3 parked, each after one run")


@fault("an order typed into Picqer by hand while its job was parked")
@representative
@on_both_stores
def test_an_order_that_a_person_typed_in_is_adopted(scenario: Scenario) -> None:
    bridge = scenario.start()
    number = "typed-by-hand"
    refuse(bridge, number, 10, "Invalid address")
    order_id = bridge.shop.place_order([(WARES[0].sku, 2)], number=number)
    until(lambda: parked_reason(bridge, order_id), 60, "the order parks")
    typed = {
        "reference": number,
        "deliveryname": "A person",
        "deliverycountry": "NL",
        "invoicename": "A person",
        "invoicecountry": "NL",
        "products": [{"productcode": WARES[0].sku, "amount": 2}],
    }
    idorder = call_picqer(bridge, "/orders", typed)["idorder"]
    asked = bridge.oracle.attempts_to_create(number)

    retry(bridge, order_id)
    scenario.measure("adopted", lambda: bridge.oracle.processed() == 1, within=60)
    scenario.judge()
    assert [one.idorder for one in bridge.oracle.live_orders(number)] == [idorder]
    assert bridge.oracle.attempts_to_create(number) == asked


@fault("F28 the shop answers 401 after its key was changed")
def test_a_refused_key_of_the_shop_holds_work_and_parks_nothing(scenario: Scenario) -> None:
    bridge = scenario.start()
    bridge.shop.faults.add(ShopFault(kind="status", status=401, path="*", count=10_000))
    scenario.buy(20)
    time.sleep(20)
    with bridge.shop.books.lock:
        refused = [one for one in bridge.shop.books.log if one.status == 401]
    parked = bridge.oracle.parked()
    logs = bridge.logs()
    bridge.shop.faults.clear()

    scenario.until_at_picqer(within=120)
    scenario.judge()
    errors = [line for log in logs.values() for line in log.splitlines() if ERROR in line]
    alarms = [line for line in errors if '"key.refused"' in line and f"shops/{SHOP}" in line]
    scenario.tell(f"20 orders met {len(refused)} refusals, {len(alarms)} alarm")
    assert parked == {}
    assert len(refused) <= 20
    assert len(alarms) == 1
    assert errors == alarms
    assert attempts(bridge.database_url) == 0


@fault("F27 an order gone from Picqer, a product renamed or deactivated there")
def test_what_vanished_at_picqer_parks_with_a_sentence_and_heals(scenario: Scenario) -> None:
    bridge = scenario.start()
    books = bridge.picqer.books
    gone, *_ = scenario.buy(1)
    scenario.until_at_picqer(within=30)
    bridge.wait_until_at_rest()
    with books.lock:
        (order,) = bridge.oracle.live_orders(gone)
        del books.orders[order.idorder]
        del books.references[gone]
        renamed = books.by_productcode(WARES[20].sku)
        del books.productcodes[renamed.productcode]
        renamed.productcode = "RENAMED"
        books.productcodes["RENAMED"] = renamed.idproduct
        off = books.by_productcode(WARES[21].sku)
        off.active = False
    bridge.shop.cancel_order(gone)
    waiting = bridge.shop.place_order([(WARES[20].sku, 1)])
    stopped = bridge.shop.place_order([(WARES[22].sku, 1), (WARES[21].sku, 1)])
    bridge.shop.webhooks.wait_until_quiet()

    until(lambda: parked_reason(bridge, waiting), 60, "the order of the renamed product parks")
    until(lambda: parked_reason(bridge, stopped), 60, "the order of the inactive product parks")
    until(lambda: not bridge.oracle.unfinished(reconciling=False), 60, "nothing is under way")
    assert f"{WARES[20].sku} is not there any more" in parked_reason(bridge, waiting)
    assert f"{WARES[21].sku} is inactive there" in parked_reason(bridge, stopped)
    assert WARES[22].sku not in parked_reason(bridge, stopped)
    assert told(bridge.database_url, "create_order")[gone][-1][0] == "done"
    assert attempts(bridge.database_url) == 0
    assert bridge.oracle.next_steps() == []
    assert not bridge.oracle.live_orders(gone)

    with books.lock:
        del books.productcodes["RENAMED"]
        renamed.productcode = WARES[20].sku
        books.productcodes[renamed.productcode] = renamed.idproduct
        off.active = True
    retry(bridge, waiting)
    reopen_appointments(bridge.database_url, "catalogue:main")
    scenario.measure("healed", lambda: bridge.oracle.processed() == 2, within=60)
    assert bridge.oracle.parked() == {}


@fault("F16 webhooks, polling and a retry by hand race for one order")
@on_both_stores
def test_a_race_for_one_order_makes_it_once(scenario: Scenario) -> None:
    bridge = scenario.start()
    bridge.shop.webhooks.switch("off")
    (order_id,) = scenario.buy()
    late = Fault("late", "POST", "/orders", seconds=BARRIER_SECONDS)
    bridge.picqer.add_fault(late)
    clock = bridge.shop.books.clock

    def post(number: int) -> int:
        """A webhook of its own, because copies would only be counted."""
        body = json.loads(event_body("order.updated", order_id, clock()))
        text = json.dumps(body | {"number": number})
        headers, url = bridge.sign(text), f"{bridge.door}/webhooks/shops/{SHOP}"
        return requests.post(url, data=text, headers=headers, timeout=60).status_code

    with ThreadPoolExecutor(12) as racers:
        answers = [racers.submit(post, number) for number in range(10)]
        until(lambda: late.happened, 60, "the creation is under way")
        reopen_appointments(bridge.database_url)
        reconciling = racers.submit(bridge.command, "reconcile")
        answers += [racers.submit(post, number) for number in range(10, 20)]
        job = bridge.oracle.job_id("create_order", SHOP, order_id)
        retrying = racers.submit(bridge.command, "jobs", "retry", str(job))
    assert [one.result() for one in answers] == [200] * 20
    assert reconciling.result().returncode == 0
    scenario.tell(f"retry by hand: exit code {retrying.result().returncode}")

    scenario.until_at_picqer(within=60)
    bridge.shop.webhooks.switch("on")
    scenario.judge()
    assert bridge.oracle.attempts_to_create(order_id) == 1
