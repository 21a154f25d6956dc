"""What the shop's owner chose: currency, VAT, units, country and time zone."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, tzinfo
from typing import Any

from tests.woocommerce.captures import Json
from tests.woocommerce.instants import AMSTERDAM

BUILT_IN_STATUSES = (
    "auto-draft", "pending", "processing", "on-hold", "completed", "cancelled", "refunded",
    "failed", "checkout-draft",
)  # fmt: skip
"""The statuses of an order, in WooCommerce's own order (capture 036)."""


@dataclass(slots=True)
class Settings:
    """The choices; every one may be changed while the shop is open.

    `country` is the base location's, `state` its province or empty. `statuses` are the order
    statuses that plugins added. `lists_variations`: as since WooCommerce 10.3. `orders_in_posts`:
    orders are kept where products are, as before WooCommerce 8.2; `sorts_by_local_time`: what is
    kept there is sorted by the shop's local time (WordPress, WP_Query: `post_modified`).
    `mails_off`: which of WooCommerce's own mails are switched off.
    """

    currency: str = "EUR"
    currency_symbol: str = "€"
    prices_include_tax: bool = True
    calc_taxes: bool = True
    weight_unit: str = "kg"
    dimension_unit: str = "cm"
    country: str = "NL"
    state: str = ""
    zone: tzinfo = AMSTERDAM
    statuses: tuple[str, ...] = ()
    lists_variations: bool = True
    orders_in_posts: bool = False
    sorts_by_local_time: bool = True
    mails_off: set[str] = field(default_factory=set)

    @property
    def posts_zone(self) -> tzinfo:
        """The zone by whose time posts are sorted by change."""
        return self.zone if self.sorts_by_local_time else UTC

    @property
    def order_statuses(self) -> list[str]:
        """Every status that an order may be given."""
        return [*BUILT_IN_STATUSES[:-1], *self.statuses, BUILT_IN_STATUSES[-1]]


@dataclass(frozen=True, slots=True)
class Option:
    """One option as `settings/{group}/{id}` shows it (WooCommerce REST v3, setting options)."""

    group: str
    id: str
    label: str
    type: str
    default: str
    value: Callable[[Settings], str]
    options: dict[str, str] | None = None

    def document(self, settings: Settings, home: str) -> Json:
        """The option with its value."""
        root = f"{home}/wp-json/wc/v3/settings/{self.group}"
        shown: dict[str, Any] = {
            "id": self.id,
            "label": self.label,
            "description": "",
            "type": self.type,
            "default": self.default,
            "tip": "",
            "value": self.value(settings),
            "group_id": self.group,
        }
        if self.options is not None:
            shown["options"] = self.options
        shown["_links"] = {
            "self": [{"href": f"{root}/{self.id}"}],
            "collection": [{"href": root}],
        }
        return shown


def _yes_no(*, chosen: bool) -> str:
    return "yes" if chosen else "no"


def _location(settings: Settings) -> str:
    return f"{settings.country}:{settings.state}" if settings.state else settings.country


def _mail(kind: str) -> Option:
    """Whether one of WooCommerce's own mails is switched on."""

    def value(settings: Settings) -> str:
        return _yes_no(chosen=kind not in settings.mails_off)

    return Option(f"email_{kind}", "enabled", "Enable/Disable", "checkbox", "yes", value)


OPTIONS = (
    Option("general", "woocommerce_default_country", "Country / State", "select", "US:CA",
           _location, {"NL": "Netherlands", "BE": "Belgium", "DE": "Germany"}),
    Option("general", "woocommerce_calc_taxes", "Enable taxes", "checkbox", "no",
           lambda settings: _yes_no(chosen=settings.calc_taxes)),
    Option("general", "woocommerce_currency", "Currency", "select", "USD",
           lambda settings: settings.currency, {"EUR": "Euro", "USD": "United States dollar"}),
    Option("general", "woocommerce_price_num_decimals", "Number of decimals", "text", "2",
           lambda _: "2"),
    Option("products", "woocommerce_weight_unit", "Weight unit", "select", "kg",
           lambda settings: settings.weight_unit,
           {"kg": "kg", "g": "g", "lbs": "lbs", "oz": "oz"}),
    Option("products", "woocommerce_dimension_unit", "Dimensions unit", "select", "cm",
           lambda settings: settings.dimension_unit,
           {"m": "m", "cm": "cm", "mm": "mm", "in": "in", "yd": "yd"}),
    Option("products", "woocommerce_manage_stock", "Manage stock", "checkbox", "yes",
           lambda _: "yes"),
    Option("tax", "woocommerce_prices_include_tax", "Prices entered with tax", "radio", "no",
           lambda settings: _yes_no(chosen=settings.prices_include_tax),
           {"yes": "Yes, I will enter prices inclusive of tax",
            "no": "No, I will enter prices exclusive of tax"}),
    Option("tax", "woocommerce_tax_based_on", "Calculate tax based on", "select", "shipping",
           lambda _: "shipping",
           {"shipping": "Customer shipping address", "billing": "Customer billing address",
            "base": "Shop base address"}),
    _mail("customer_completed_order"),
    _mail("customer_note"),
)  # fmt: skip
"""The options that an integration reads."""
