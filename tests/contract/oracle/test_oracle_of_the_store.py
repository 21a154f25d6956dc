"""The oracle complains of jobs without a next step and of deliveries that ended nowhere."""

from __future__ import annotations

import time
from datetime import UTC, datetime

import pytest
from sqlalchemy import insert

from integration.sandbox.shop.webhooks import Attempt
from integration.store.schema import delivery_jobs
from tests.contract.oracle.conftest import Witnessed

LONG_AGO = 60.0


def test_a_job_that_is_done_for_its_newest_hint_is_as_it_should_be(witnessed: Witnessed) -> None:
    witnessed.add_job()
    assert witnessed.oracle.next_steps() == []


@pytest.mark.parametrize(
    ("trouble", "sentence"),
    [
        ({"revision": 2}, "done at revision 1 of 2"),
        ({"state": "open", "due_at": time.time() - LONG_AGO}, "open, and due"),
        ({"state": "open", "due_at": time.time() + 3 * 86400}, "open, and due"),
        ({"state": "running"}, "running without a lease"),
        ({"state": "running", "lease_until": time.time() - LONG_AGO}, "its lease ended long ago"),
        ({"state": "parked"}, "parked without a reason"),
    ],
)
def test_a_job_to_which_nothing_will_happen_is_told(
    witnessed: Witnessed, trouble: dict[str, object], sentence: str
) -> None:
    witnessed.add_job(**trouble)
    (complaint,) = witnessed.oracle.next_steps()
    assert complaint.startswith("create_order nl 1001: ")
    assert sentence in complaint


def test_a_job_that_is_due_soon_is_unfinished(witnessed: Witnessed) -> None:
    witnessed.add_job(state="open", reason="waits")
    assert witnessed.oracle.unfinished() == ["create_order nl 1001 is open: waits"]


def test_a_delivery_that_led_to_a_job_or_has_its_reason_is_as_it_should_be(
    witnessed: Witnessed,
) -> None:
    routed = witnessed.add_delivery(state="routed", reason=None)
    link = {"delivery_id": routed, "job_id": witnessed.add_job(), "revision": 1}
    with witnessed.engine.begin() as connection:
        connection.execute(insert(delivery_jobs), link)
    witnessed.add_delivery()
    assert witnessed.oracle.deliveries() == []


def test_a_delivery_that_is_routed_to_nowhere_is_told(witnessed: Witnessed) -> None:
    delivery = witnessed.add_delivery(state="routed", reason=None)
    assert witnessed.oracle.deliveries() == [f"delivery {delivery} is routed, but to no job"]


def test_a_delivery_whose_order_was_erased_is_as_it_should_be(witnessed: Witnessed) -> None:
    witnessed.add_delivery(state="routed", reason="erased on request")
    assert witnessed.oracle.deliveries() == []


@pytest.mark.parametrize("state", ["ignored", "parked"])
def test_a_delivery_that_was_put_aside_without_a_reason_is_told(
    witnessed: Witnessed, state: str
) -> None:
    delivery = witnessed.add_delivery(state=state, reason=None)
    assert witnessed.oracle.deliveries() == [f"delivery {delivery} is {state} without a reason"]


def test_an_event_that_was_accepted_and_is_not_stored_is_told(witnessed: Witnessed) -> None:
    now = datetime.now(UTC)
    witnessed.shop.webhooks.sent += [Attempt("msg_1", "order.created", "1001", 1, 200, now)]
    assert witnessed.oracle.deliveries() == ["1 events were accepted, 0 are stored"]
