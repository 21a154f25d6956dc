"""The plain way: Celery as it comes, and an order created without writing down that it will be.

This is what most integrations look like, and it is here to be caught: a message is acknowledged
before its task begins, a lost answer is answered by sending again, and a 429 by sleeping twenty
seconds. It dies at the same crash points as the service. Settings come from the environment, as
JSON in ``NAIVE``.
"""

from __future__ import annotations

import json
import os
import time
from pathlib import Path
from typing import Any

import requests
from celery import Celery, Task

from integration import crash_points
from integration.crash_points import crash_point

PLACES = json.loads(os.environ["NAIVE"])
SECONDS = 10.0
crash_points.arm(Path(PLACES["points"]))

app = Celery("naive", broker=PLACES["broker"])
app.conf.update(task_ignore_result=True, broker_connection_retry_on_startup=True)


@app.task(bind=True, name="create_order", max_retries=3, default_retry_delay=1)
def create_order(self: Task[..., None], order_id: str) -> None:
    """Read the order from the shop, create it at Picqer, process it."""
    crash_point("runner.after_claim")
    try:
        order = _of_shop(order_id)
        crash_point("create_order.after_booking")
        created = _to_picqer("orders", _draft(order))
        crash_point("create_order.after_post")
        _to_picqer(f"orders/{created['idorder']}/process", None)
    except requests.RequestException as error:
        raise self.retry(exc=error) from error


def _of_shop(order_id: str) -> dict[str, Any]:
    bearer = {"Authorization": f"Bearer {PLACES['token']}", "Bridge-Contract": "1"}
    answer = requests.get(f"{PLACES['shop']}/orders/{order_id}", headers=bearer, timeout=SECONDS)
    answer.raise_for_status()
    found: dict[str, Any] = answer.json()
    return found


def _to_picqer(path: str, body: object) -> dict[str, Any]:
    url = f"{PLACES['picqer']}/api/v1/{path}"
    while True:
        answer = requests.post(
            url,
            json=body,
            auth=(PLACES["api_key"], "X"),
            headers={"User-Agent": "naive (ops@example.com)"},
            timeout=SECONDS,
        )
        if answer.status_code != 429:
            answer.raise_for_status()
            found: dict[str, Any] = answer.json()
            return found
        time.sleep(20)


def _draft(order: dict[str, Any]) -> dict[str, Any]:
    address = order["shipping_address"]
    both = {
        f"{kind}{part}": address[key]
        for kind in ("delivery", "invoice")
        for part, key in (("name", "name"), ("country", "country"), ("city", "city"))
    }
    lines = [
        {"productcode": line["sku"], "amount": line["quantity"], "price": line["unit_price_net"]}
        for line in order["lines"]
    ]
    return {**both, "reference": order["number"], "products": lines}
