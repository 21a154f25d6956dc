"""Who buys in the demo shop: invented people, their addresses and the VAT of their country."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from random import Random
from typing import Any

from integration.sandbox.shop.instants import to_rfc3339

STANDARD_RATE = Decimal(21)
"""The Dutch standard VAT rate in percent; products that carry it follow the standard rates."""

STANDARD_RATES = {
    "NL": "21", "BE": "21", "DE": "19", "FR": "20", "AT": "20", "ES": "21", "IT": "22",
}  # fmt: skip
REDUCED_RATES = {
    "NL": "9", "BE": "6", "DE": "7", "FR": "5.5", "AT": "10", "ES": "10", "IT": "10",
}  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Customer:
    """Somebody who buys; `id` is None for a guest, `name` is None when they left it out."""

    id: str | None
    created_at: datetime | None
    email: str | None
    name: str | None
    company: str | None = None
    phone: str | None = "0612345678"
    vat_number: str | None = None
    language: str = "nl"

    def document(self) -> dict[str, Any]:
        """Return the customer as the contract's JSON object."""
        return {
            "id": self.id,
            "created_at": None if self.created_at is None else to_rfc3339(self.created_at),
            "email": self.email,
            "name": self.name,
            "company": self.company,
            "phone": self.phone,
            "vat_number": self.vat_number,
            "language": self.language,
        }


NAMES = (
    "A. Jansen",
    "Fleur de Boer",
    "Bram van den Berg",
    "Noor Visser",
    "Daan Mulder",
    "Sanne Dekker",
    "Ruben Hoekstra",
    "Lotte Kuipers",
)

# Street, postal code and city of an address that exists nowhere but looks right in its country.
DUTCH_PLACES = (
    ("Dorpsstraat 1", "1234 AB", "Arnhem"),
    ("Molenweg 14a", "3512 JK", "Utrecht"),
    ("Kanaalkade 203", "8011 XZ", "Zwolle"),
    ("Lindelaan 77", "5611 EM", "Eindhoven"),
    ("Havenstraat 5-2", "9712 HR", "Groningen"),
)
FOREIGN_PLACES = {
    "BE": ("Kerkstraat 12 bus 3", "2000", "Antwerpen"),
    "DE": ("Hauptstraße 5", "10115", "Berlin"),
    "FR": ("8 rue du Moulin", "75002", "Paris"),
    "AT": ("Ringstraße 21", "1010", "Wien"),
    "GB": ("4 Mill Lane", "YO1 7HH", "York"),
    "US": ("12 Oak Street", "97201", "Portland"),
}


def invented_guest(rng: Random) -> Customer:
    """Return a guest: a name and an address of their own, and no account."""
    name = rng.choice(NAMES)
    email = f"guest{rng.randrange(10_000)}@example.org"
    return Customer(id=None, created_at=None, email=email, name=name)


def address(customer: Customer, country: str, rng: Random) -> dict[str, Any]:
    """Return an address of the customer in the country (two letters) as the contract's object."""
    place = FOREIGN_PLACES.get(country, ("Main Street 1", "1000", "Capital"))
    street, postal_code, city = rng.choice(DUTCH_PLACES) if country == "NL" else place
    return {
        "name": customer.name,
        "company": customer.company,
        "street": street,
        "street2": None,
        "postal_code": postal_code,
        "city": city,
        "region": None,
        "country": country,
        "phone": None,
    }


def tax_rate_in(country: str, dutch_rate: Decimal) -> Decimal:
    """Return the VAT percentage asked in the country for goods of that rate in the Netherlands.

    Sales to countries outside the table are exports: no VAT.
    """
    rates = STANDARD_RATES if dutch_rate == STANDARD_RATE else REDUCED_RATES
    return Decimal(rates.get(country, "0"))
