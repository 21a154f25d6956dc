"""VAT as WooCommerce computes it: rates by class and country, per line, to six decimals."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from tests.woocommerce.money import ZERO, number, sixths

Taxes = dict[int, Decimal]
"""Tax per id of the rate, to six decimals."""


@dataclass(frozen=True, slots=True)
class TaxRate:
    """One row of the tax table; class "" is the standard one, country "" every country."""

    id: int
    percent: Decimal
    name: str
    tax_class: str = ""
    country: str = "NL"
    shipping: bool = True

    @property
    def code(self) -> str:
        """How a tax line names it."""
        return f"{self.country}-{self.name}-1".upper()

    def document(self, url: str) -> dict[str, Any]:
        """The rate as `taxes` shows it (WooCommerce REST v3, tax rates)."""
        return {
            "id": self.id,
            "country": self.country,
            "state": "",
            "postcode": "",
            "city": "",
            "rate": f"{self.percent:.4f}",
            "name": self.name,
            "priority": 1,
            "compound": False,
            "shipping": self.shipping,
            "order": self.id,
            "class": self.tax_class or "standard",
            "postcodes": [],
            "cities": [],
            "_links": {
                "self": [{"href": f"{url}/{self.id}"}],
                "collection": [{"href": url}],
            },
        }

    @property
    def shown_percent(self) -> int | float:
        """`rate_percent` of a tax line."""
        return number(self.percent)


DUTCH = (
    TaxRate(1, Decimal(21), "BTW 21%"),
    TaxRate(2, Decimal(9), "BTW 9%", "reduced-rate"),
)
"""The table of the shop that was captured."""


class TaxTable:
    """The rates that the shop's owner entered."""

    def __init__(self, rates: Sequence[TaxRate] = DUTCH) -> None:
        self.rates = list(rates)

    def of(self, tax_class: str, country: str, *, shipping: bool = False) -> list[TaxRate]:
        """The rates that hold for that class in that country."""
        return [
            rate
            for rate in self.rates
            if rate.tax_class == tax_class
            and rate.country in {"", country}
            and (rate.shipping or not shipping)
        ]

    def on_net(self, amount: Decimal, rates: Iterable[TaxRate]) -> Taxes:
        """The taxes on an amount that excludes them."""
        return {rate.id: sixths(amount * rate.percent / 100) for rate in rates}

    def in_gross(self, amount: Decimal, rates: Sequence[TaxRate]) -> Decimal:
        """The tax within an amount that includes it."""
        together = 100 + sum((rate.percent for rate in rates), ZERO)
        return sum((sixths(amount * rate.percent / together) for rate in rates), ZERO)

    def rate(self, rate_id: int) -> TaxRate:
        """The rate with that id."""
        return next(rate for rate in self.rates if rate.id == rate_id)
