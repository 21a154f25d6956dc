"""How WooCommerce writes and compares moments: without a zone, in local time and in UTC."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, tzinfo
from typing import Any
from zoneinfo import ZoneInfo

from tests.woocommerce.refusals import invalid_parameter

Clock = Callable[[], datetime]
"""Gives the shop's own idea of now, timezone-aware."""

AMSTERDAM = ZoneInfo("Europe/Amsterdam")


def utc_now() -> datetime:
    """The moment by this machine's clock."""
    return datetime.now(UTC)


def written(moment: datetime | None, zone: tzinfo) -> str | None:
    """The moment in that zone, to the second and without naming the zone."""
    return None if moment is None else moment.astimezone(zone).strftime("%Y-%m-%dT%H:%M:%S")


def both(name: str, moment: datetime | None, zone: tzinfo) -> dict[str, Any]:
    """The field and its `_gmt` twin: local time and UTC."""
    return {name: written(moment, zone), f"{name}_gmt": written(moment, UTC)}


def bound(parameter: str, text: str, zone: tzinfo) -> datetime:
    """The moment that a filter names, as bare digits to compare a date column with.

    A moment that names its offset is turned into the shop's local digits first, whatever
    `dates_are_gmt` says: with `Z` the filter is off by the shop's offset. One without an offset is
    read as local time, so that digits of the hour that summer time leaves out become an hour later
    (WordPress, WP_Date_Query::build_mysql_datetime).
    """
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise invalid_parameter(parameter, "rest_invalid_date", "Invalid date.") from None
    local = moment if moment.tzinfo is not None else moment.replace(tzinfo=zone)
    return local.astimezone(UTC).astimezone(zone).replace(tzinfo=None)


def digits(moment: datetime, zone: tzinfo) -> datetime:
    """The moment as a date column holds it: to the second and without a zone."""
    return moment.astimezone(zone).replace(microsecond=0, tzinfo=None)
