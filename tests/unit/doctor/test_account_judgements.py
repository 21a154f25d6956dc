"""What the doctor makes of a Picqer account: its limit, its warehouses, its shipping."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from integration.doctor.picqer import account_findings
from integration.domain import Warehouse
from integration.errors import LockedOut, Refused
from integration.policy import AccountPolicy, ShopPolicy
from integration.ports import Finding, Greeting, Verdict
from integration.testing.clock import NOON
from integration.testing.picqer import FakePicqer
from integration.testing.picqer_books import WAREHOUSE

OK, WARN, FAIL = Verdict.OK, Verdict.WARN, Verdict.FAIL
NL = ShopPolicy("nl", AccountPolicy("main"), frozenset())
CLOSED = WAREHOUSE + 1


class Greeted(FakePicqer):
    """An account whose answers carry these headers."""

    greeting = Greeting(500, 499, NOON)

    def check_credentials(self) -> Greeting:
        super().check_credentials()
        return self.greeting


@pytest.fixture
def picqer() -> Greeted:
    picqer = Greeted()
    picqer.books.warehouses[CLOSED] = Warehouse(CLOSED, "Old barn", False, False)
    picqer.books.add_product("SHIP")
    return picqer


def judged(picqer: FakePicqer, **policy: Any) -> list[Finding]:
    return list(account_findings(picqer, "main", [replace(NL, **policy)], lambda: NOON))


def bad(found: list[Finding]) -> list[tuple[str, Verdict]]:
    return [(one.check, one.verdict) for one in found if one.verdict is not OK]


def test_an_account_that_has_all_that_is_named_is_well(picqer: Greeted) -> None:
    found = judged(
        picqer,
        warehouses=frozenset({WAREHOUSE}),
        order_defaults={"warehouses": [WAREHOUSE]},
        shipping_profiles={"postnl": 12},
        shipping_productcode="SHIP",
    )
    assert bad(found) == []
    assert len(found) == 6


@pytest.mark.parametrize(
    ("policy", "check", "fix"),
    [
        ({"warehouses": frozenset({77})}, "picqer warehouses", "Correct shops.nl.warehouses"),
        ({"warehouses": frozenset({CLOSED})}, "picqer warehouses", "(Old barn)"),
        (
            {"order_defaults": {"warehouses": [77]}},
            "picqer warehouses",
            "shops.nl.order_defaults.warehouses",
        ),
        ({"shipping_profiles": {"dhl": 99}}, "picqer shipping profiles", "12 (Standaard)"),
        ({"shipping_productcode": "NONE"}, "picqer shipping product", "shipping_productcode"),
    ],
)
def test_what_the_settings_name_and_the_account_lacks_is_told(
    picqer: Greeted, policy: dict[str, Any], check: str, fix: str
) -> None:
    found = judged(picqer, **policy)
    assert bad(found) == [(check, FAIL)]
    (hit,) = (one for one in found if one.verdict is FAIL)
    assert fix in (hit.fix or "")


@pytest.mark.parametrize(
    ("warehouses", "verdict"), [(frozenset(), FAIL), (frozenset({WAREHOUSE}), WARN)]
)
def test_no_warehouse_that_counts_is_worse_when_none_is_named(
    picqer: Greeted, warehouses: frozenset[int], verdict: Verdict
) -> None:
    picqer.books.warehouses[WAREHOUSE] = Warehouse(WAREHOUSE, "Main", False, True)
    assert bad(judged(picqer, warehouses=warehouses)) == [("picqer warehouses", verdict)]


@pytest.mark.parametrize(
    ("greeting", "fix"),
    [
        (Greeting(None, None, NOON), "takes the X-RateLimit headers away"),
        (Greeting(500, None, None), "takes the X-RateLimit headers away"),
        (Greeting(500, 49, NOON), "picqer-bridge limit"),
    ],
)
def test_a_limit_that_is_not_told_or_nearly_used_up_is_a_warning(
    picqer: Greeted, greeting: Greeting, fix: str
) -> None:
    picqer.greeting = greeting
    found = judged(picqer)
    assert bad(found) == [("picqer limit", WARN)]
    assert any(fix in (one.fix or "") for one in found)


@pytest.mark.parametrize(
    ("error", "check", "fix"),
    [
        (LockedOut("Picqer refuses the key"), "picqer key", "picqer.main.api_key"),
        (Refused("Picqer wants a User-Agent"), "picqer user-agent", "picqer.main.contact"),
    ],
)
def test_without_being_let_in_nothing_else_is_asked(
    picqer: Greeted, error: LockedOut | Refused, check: str, fix: str
) -> None:
    picqer.fail("check_credentials", error)
    (found,) = judged(picqer)
    assert (found.check, found.verdict) == (check, FAIL)
    assert fix in (found.fix or "")
    assert picqer.calls == ["check_credentials"]
