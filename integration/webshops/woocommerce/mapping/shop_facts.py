"""What a WooCommerce shop's own settings say that its products leave open. Pure.

Units, whether prices were entered with tax, and the tax at the shop's own address.
Sources: WooCommerce REST v3, setting options (groups general, products and tax) and taxes.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

from integration.errors import Unmappable
from integration.webshops.woocommerce.fields import WooFields
from integration.webshops.woocommerce.mapping.tax_base import (
    BaseAddress,
    BaseRate,
    base_rates_of,
    rate_of,
)

GRAMS = {
    "kg": Decimal(1000),
    "g": Decimal(1),
    "lbs": Decimal("453.59237"),
    "oz": Decimal("28.349523125"),
}
"""Grams in each unit of weight that WooCommerce knows."""
MILLIMETRES = {
    "m": Decimal(1000),
    "cm": Decimal(10),
    "mm": Decimal(1),
    "in": Decimal("25.4"),
    "yd": Decimal("914.4"),
}
"""Millimetres in each unit of length that WooCommerce knows."""
LARGEST = 10**9
THING = "settings"


@dataclass(frozen=True, slots=True)
class ShopFacts:
    """A shop's settings. ``taxes``: it reckons with tax at all."""

    currency: str
    weight_unit: str
    dimension_unit: str
    taxes: bool
    prices_include_tax: bool
    base: BaseAddress
    rates: tuple[BaseRate, ...] = ()

    def tax_rate(self, tax_class: str) -> Decimal | None:
        """The percentage of a tax class, ``""`` the standard one; None in a shop without tax.

        Raises Unmappable when the shop's table leaves it open or has none.
        """
        return rate_of(tax_class, self.rates, self.base) if self.taxes else None

    def net(self, price: Decimal, rate: Decimal | None) -> Decimal:
        """A price as the shop keeps it, excluding tax of that percentage."""
        if not self.taxes or not self.prices_include_tax or not rate:
            return price
        return price * 100 / (100 + rate)

    def grams(self, weight: Decimal | None) -> int | None:
        """A weight in the shop's unit as grams, a half rounded up; None when it is not known."""
        return _whole(weight, GRAMS[self.weight_unit], "weight")

    def millimetres(self, length: Decimal | None) -> int | None:
        """A length in the shop's unit as millimetres, a half rounded up."""
        return _whole(length, MILLIMETRES[self.dimension_unit], "dimension")


def facts_of(
    general: Iterable[object],
    products: Iterable[object],
    tax: Iterable[object],
    rates: Iterable[object],
) -> ShopFacts:
    """The facts in the lists of options of three groups, and in the table of rates.

    Raises Unmappable when an option that is needed is missing.
    """
    options = WooFields(
        {**_values(general), **_values(products), **_values(tax)}, THING, "woocommerce_"
    )
    country, _, state = options.text("default_country").partition(":")
    return ShopFacts(
        currency=options.text("currency"),
        weight_unit=_unit(options, "weight_unit", GRAMS),
        dimension_unit=_unit(options, "dimension_unit", MILLIMETRES),
        taxes=options.text("calc_taxes") == "yes",
        prices_include_tax=options.text("prices_include_tax") == "yes",
        base=BaseAddress(
            country.upper(),
            state.upper(),
            options.optional_text("store_postcode") or "",
            options.optional_text("store_city") or "",
        ),
        rates=base_rates_of(rates),
    )


def _values(options: Iterable[object]) -> dict[str, object]:
    """The values of a group by name, without the ``woocommerce_`` that each begins with."""
    return {
        str(option.get("id")).removeprefix("woocommerce_"): option.get("value")
        for option in options
        if isinstance(option, dict)
    }


def _unit(options: WooFields, name: str, known: Mapping[str, Decimal]) -> str:
    unit = options.text(name)
    if unit not in known:
        raise options.wrong(name, f"is not one of {', '.join(known)}")
    return unit


def _whole(measure: Decimal | None, unit: Decimal, what: str) -> int | None:
    """Nothing weighs nothing: zero says that it was not filled in."""
    if not measure or measure < 0:
        return None
    whole = int((measure * unit).quantize(Decimal(1), rounding=ROUND_HALF_UP))
    if whole >= LARGEST:
        raise Unmappable(f"The shop has a product with an impossible {what}; correct it there.")
    return whole or None
