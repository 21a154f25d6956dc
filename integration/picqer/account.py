"""What belongs to a Picqer account as a whole: warehouses, VAT groups, hooks, the key itself.

Sources: picqer.com/en/api/ warehouses, vatgroups, shippingproviders, webhooks, users.
"""

from __future__ import annotations

from integration.domain import Hook, VatGroup, Warehouse
from integration.http import Answer
from integration.picqer.access import Api
from integration.picqer.mapping.reading import records
from integration.picqer.mapping.records import (
    read_hook,
    read_shipping_profiles,
    read_vat_group,
    read_warehouse,
)
from integration.picqer.paging import every_page
from integration.ports import Greeting


class AccountWide:
    """One account's own records."""

    _api: Api

    def warehouses(self) -> list[Warehouse]:
        """The account's warehouses."""
        return self._api.ask("GET", "/warehouses", _warehouses)

    def vat_groups(self) -> list[VatGroup]:
        """The account's VAT groups."""
        return self._api.ask("GET", "/vatgroups", _vat_groups)

    def shipping_profiles(self) -> dict[int, str]:
        """The shipping profiles: their name by ``idshippingprovider_profile``."""
        return self._api.ask("GET", "/shippingproviders", _shipping_profiles)

    def hooks(self) -> list[Hook]:
        """All hooks of the account, inactive ones too; a request per hundred of them."""

        def page(offset: int) -> list[Hook]:
            return self._api.ask("GET", "/hooks", _hooks, params={"offset": offset})

        pages = every_page(page, lambda hook: hook.idhook)
        return [hook for part in pages for hook in part.rows]

    def create_hook(self, name: str, event: str, address: str, secret: str) -> Hook:
        """Subscribe to an event, signed with that secret."""
        body = {"name": name, "event": event, "address": address, "secret": secret}
        return self._api.ask("POST", "/hooks", _hook, json=body)

    def deactivate_hook(self, idhook: int) -> None:
        """Switch a hook off (Picqer keeps its record)."""
        self._api.ask("DELETE", f"/hooks/{idhook}", lambda _answer: None)

    def reactivate_hook(self, idhook: int) -> None:
        """Switch a hook on again."""
        self._api.ask("POST", f"/hooks/{idhook}/reactivate", lambda _answer: None)

    def check_credentials(self) -> Greeting:
        """Ask who we are (``/users/me``). Raises LockedOut when the key is refused."""
        return self._api.check_credentials()


def _warehouses(answer: Answer) -> list[Warehouse]:
    return [read_warehouse(row) for row in records(answer.data, "the list of warehouses")]


def _vat_groups(answer: Answer) -> list[VatGroup]:
    return [read_vat_group(row) for row in records(answer.data, "the list of VAT groups")]


def _shipping_profiles(answer: Answer) -> dict[int, str]:
    return read_shipping_profiles(answer.data)


def _hooks(answer: Answer) -> list[Hook]:
    return [read_hook(row) for row in records(answer.data, "the list of hooks")]


def _hook(answer: Answer) -> Hook:
    return read_hook(answer.data)
