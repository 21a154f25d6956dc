"""Facts of a Picqer account that seldom change: its VAT groups and warehouses, read once a day."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from decimal import Decimal
from typing import Any, cast

from integration.domain import VatGroup
from integration.flows.stock_jobs import push_marked
from integration.jobs import Flow, Lane
from integration.ports import Bookmarks
from integration.services import Work

FRESH = timedelta(days=1)
"""How long the VAT groups are used without reading them again."""
RECHECK = timedelta(minutes=10)
"""When a rate is missing, the groups are read again, but not more often than this."""


def vat_groups(work: Work, lane: Lane, rates: Iterable[Decimal | None]) -> tuple[VatGroup, ...]:
    """The account's VAT groups; read at Picqer when old, or when one of the rates is missing."""
    scope = f"picqer/{work.job.account}"
    kept = work.services.bookmarks.get(scope, "vat_groups")
    if kept is not None:
        groups = _groups(kept[0])
        age = work.services.store.now() - kept[1]
        known = {group.percentage for group in groups}
        missing = any(rate is not None and rate not in known for rate in rates)
        if age < (RECHECK if missing else FRESH):
            return groups
    found = work.picqer(lane).vat_groups()
    work.services.bookmarks.set(scope, "vat_groups", [_plain(group) for group in found])
    return tuple(found)


def counting_warehouses(bookmarks: Bookmarks, account: str) -> frozenset[int] | None:
    """idwarehouse of those that count for the general stock; None when not read yet."""
    kept = bookmarks.get(f"picqer/{account}", "counting_warehouses")
    return None if kept is None else frozenset(cast("list[int]", kept[0]))


def read_warehouses(work: Work, lane: Lane) -> frozenset[int]:
    """Read the warehouses at Picqer and remember which ones count.

    When others count than before, every figure is compared again in the account's shops.
    """
    services, account = work.services, work.job.account
    counting = frozenset(
        warehouse.idwarehouse
        for warehouse in work.picqer(lane).warehouses()
        if warehouse.active and warehouse.counts_for_general_stock
    )
    before = counting_warehouses(services.bookmarks, account)
    with services.store.transaction():
        services.bookmarks.set(f"picqer/{account}", "counting_warehouses", sorted(counting))
        if counting != before:
            for shop in services.shops_of(account):
                if Flow.PUSH_STOCK in shop.policy.flows:
                    services.stock.mark(shop.policy)
            push_marked(work, "other warehouses count than before")
    return counting


def _plain(group: VatGroup) -> dict[str, object]:
    return {
        "idvatgroup": group.idvatgroup,
        "name": group.name,
        "percentage": str(group.percentage),
    }


def _groups(value: object) -> tuple[VatGroup, ...]:
    rows = cast("list[dict[str, Any]]", value)
    return tuple(
        VatGroup(int(row["idvatgroup"]), str(row["name"]), Decimal(str(row["percentage"])))
        for row in rows
    )
