"""What settings turn into: addresses, logins, policies; and addresses that are safe to use."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from integration import webshops
from integration.policy import AccountPolicy, CustomerMail, OnCancel
from integration.secure_url import is_every_address, secure_url
from integration.settings import Settings
from integration.settings.mistakes import Mistake

Load = Callable[..., Settings]


@pytest.mark.parametrize(
    ("env", "api_url"),
    [
        ({}, "https://example.picqer.com/api/v1/"),
        ({"BASE_URL": "http://127.0.0.1:9000"}, "http://127.0.0.1:9000/api/v1/"),
        ({"BASE_URL": "http://127.0.0.1:9000/api/v1/"}, "http://127.0.0.1:9000/api/v1/"),
    ],
)
def test_an_account_knows_where_its_api_is(
    load: Load, minimal: str, env: dict[str, str], api_url: str
) -> None:
    toml = minimal.replace('subdomain = "example"', "") if env else minimal
    given = {f"BRIDGE_PICQER__MAIN__{name}": value for name, value in env.items()}
    assert load(toml, **given).picqer["main"].api_url == api_url


def test_flower_has_a_login_only_with_a_password(load: Load, minimal: str) -> None:
    assert load(minimal).flower.basic_auth is None
    with_password = load(minimal, BRIDGE_FLOWER__PASSWORD="a-password")
    assert with_password.flower.basic_auth == "admin:a-password"


def test_everything_decided_for_a_shop_is_in_its_policy(load: Load, minimal: str) -> None:
    shop = """
[shops.nl]
flows = ["create_order", "create_order"]
orders_since = 2026-11-23T01:00:00+01:00
process_orders = false
reference = "{shop}-{id}"
order_defaults = {idtemplate = 4}
shipping_profiles = {postnl = 7}
shipping_productcode = "SHIPPING"
shipment_patience_seconds = 60
warehouses = [3]
catalogue = false
stock_buffer = 2
on_cancel = "cancel"
customer_mail = "shop"
"""
    policy = load(minimal + shop, BRIDGE_PICQER__MAIN__CURRENCY="SEK").shop_policy("nl")
    assert policy.account == AccountPolicy("main", "Europe/Amsterdam", "SEK")
    assert policy.flows == {"create_order"}
    assert policy.orders_since == datetime(2026, 11, 23, tzinfo=UTC)
    assert not policy.process_orders
    assert policy.reference_for("77", "1042") == "nl-77"
    assert policy.order_defaults == {"idtemplate": 4}
    assert policy.shipping_profiles == {"postnl": 7}
    assert policy.shipping_productcode == "SHIPPING"
    assert policy.shipment_patience == timedelta(minutes=1)
    assert policy.warehouses == {3}
    assert not policy.catalogue
    assert policy.stock_buffer == 2
    assert policy.on_cancel is OnCancel.CANCEL
    assert policy.customer_mail is CustomerMail.SHOP


def test_a_shop_with_two_connectors_is_refused(
    mistakes: Callable[..., list[str]], minimal: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(webshops, "names", lambda: ["custom", "other"])
    found = mistakes(minimal + '[shops.nl.other]\nurl = "https://x.example.com"\n')
    assert any("more than one connector (custom, other): keep one" in each for each in found)


@pytest.mark.parametrize(
    "address",
    [
        "https://example.com",
        "https://example.com:8443/path",
        "http://127.0.0.1:8000",
        "http://[::1]:8000",
        "http://localhost",
    ],
)
def test_an_address_that_is_safe_is_kept_without_its_last_slash(address: str) -> None:
    assert secure_url(f" {address}/ ") == address


@pytest.mark.parametrize(
    "address",
    [
        "",
        "example.com",
        "ftp://example.com",
        "http://example.com",
        "http://localhost.example.com",
        "http://127.0.0.1.example.com",
        "https://",
        "https://[::1",
        "https://example.com:port",
        "https://user:pw@example.com",
        "https://example.com/#x",
    ],
)
def test_an_address_that_is_not_safe_is_refused(address: str) -> None:
    with pytest.raises(ValueError, match=r"must|is not an address"):
        secure_url(address)


def test_a_mistake_reads_as_place_origin_and_what_is_wrong() -> None:
    assert str(Mistake("a.b", "is odd", "bridge.toml")) == "a.b (bridge.toml): is odd"
    assert str(Mistake("a.b", "is missing")) == "a.b: is missing"
    assert str(Mistake("", "cannot read it")) == "cannot read it"


@pytest.mark.parametrize(
    ("host", "is_every"),
    [("0.0.0.0", True), ("::", True), ("127.0.0.1", False), ("localhost", False), ("::1", False)],  # noqa: S104
)
def test_listening_everywhere_is_told_from_listening_somewhere(
    host: str, *, is_every: bool
) -> None:
    assert is_every_address(host) is is_every
