"""A backup of the store is restored while both sides went on."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest

from tests.acceptance.installation import PROCESSES, SHOP, Installation
from tests.acceptance.mail_sink import MailSink
from tests.faults.scenario import Scenario, fault, on_both_stores
from tests.faults.stored import back_up, born_at, move_into_the_past, restore
from tests.faults.test_nobody_told_us import close_picklists

pytestmark = pytest.mark.process

AGE = timedelta(hours=2)


@pytest.fixture
def mails() -> Iterator[MailSink]:
    """The mail server, which keeps whatever a customer would get."""
    with MailSink() as sink:
        yield sink


def is_done(bridge: Installation, flow: str, order_ids: list[str]) -> bool:
    """Whether the store knows all of these, and is done with them."""
    return all(bridge.oracle.is_done(flow, SHOP, one) for one in order_ids)


def go_back(bridge: Installation, scenario: Scenario) -> None:
    """Restore the backup with everything stopped; to the store it is two hours old."""
    for name in PROCESSES:
        bridge.stop(name)
    bridge.oracle.close()  # Else it would go on reading the file that is replaced.
    restore(bridge.database_url, scenario.folder / "backup")
    move_into_the_past(bridge.database_url, AGE, heartbeat=True)
    for name in PROCESSES:
        bridge.start(name)
    bridge.wait_until_ready()


@fault("a backup of two hours ago restored")
@on_both_stores
def test_a_restored_backup_doubles_no_order_and_mails_nobody_twice(
    scenario: Scenario, mails: MailSink
) -> None:
    by_us = {f"BRIDGE_SHOPS__{SHOP.upper()}__CUSTOMER_MAIL": "bridge"}
    bridge = scenario.start(environment=mails.environment | by_us)
    oracle = bridge.oracle
    known = scenario.buy(4)
    scenario.until_at_picqer(within=30)
    bridge.wait_until_at_rest()
    born = born_at(bridge.database_url)
    back_up(bridge.database_url, scenario.folder / "backup")

    since = scenario.buy(5)
    scenario.until_at_picqer(within=30)
    shipped = [*known[:2], *since[:2]]
    for order_id in shipped:
        close_picklists(bridge, order_id)
    scenario.measure("mailed", lambda: len(mails.taken) == len(shipped), within=60)
    bridge.wait_until_at_rest()
    asked = {one: oracle.attempts_to_create(one) for one in (*known, *since)}
    go_back(bridge, scenario)

    # What the shop calls shipped already, and the store never knew, needs nothing any more.
    scenario.measure(
        "all known again",
        lambda: (
            is_done(bridge, "create_order", since) and is_done(bridge, "complete_order", known[:2])
        ),
        within=90,
    )
    shipped_later = [known[2], since[2], *scenario.buy(2)]
    scenario.until_at_picqer(within=90)
    for order_id in shipped_later:
        close_picklists(bridge, order_id)
    scenario.measure(
        "mailed about what is shipped now",
        lambda: len(mails.taken) >= len(shipped) + len(shipped_later),
        within=90,
    )
    assert born_at(bridge.database_url) > born, "it noticed that it was restored"
    scenario.judge(forgot=True)
    assert {one: oracle.attempts_to_create(one) for one in asked} == asked
    assert oracle.all_shipments(times=2) == []
    assert len(mails.taken) == len(shipped) + len(shipped_later)
    assert mails.doubled() == []
    scenario.tell(
        f"{len(since)} orders and {len(shipped)} shipments younger than the backup, "
        f"{len(mails.taken)} mails, one about each"
    )
