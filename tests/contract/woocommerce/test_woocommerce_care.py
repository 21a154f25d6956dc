"""Looking after the webhooks of a WooCommerce shop."""

from __future__ import annotations

from dataclasses import replace

import pytest

from integration.clock import SystemClock
from integration.errors import LockedOut
from integration.policy import ShopPolicy
from integration.ports import Deed
from integration.testing.open_doors import OpenGuard
from integration.webshops.woocommerce.care import WooCommerceCare
from tests.contract.woocommerce.conftest import ADDRESS, Care, Settings
from tests.woocommerce.server import WooCommerceServer

ORDERS = {"order.created", "order.updated", "order.deleted", "order.restored"}
PRODUCTS = {"product.created", "product.updated"}


def deeds(care: WooCommerceCare, address: str = ADDRESS, *, dry_run: bool = False) -> list[str]:
    return [action.deed for action in care.sync_hooks(address, dry_run=dry_run)]


def test_a_shop_gets_the_webhooks_that_its_flows_use(shop: WooCommerceServer, care: Care) -> None:
    actions = care().sync_hooks(ADDRESS)
    assert {action.event for action in actions} == ORDERS | PRODUCTS
    assert {action.deed for action in actions} == {Deed.CREATED}
    for action in actions:
        webhook = shop.webhook(action.idhook or 0)
        assert (webhook.delivery_url, webhook.status) == (ADDRESS, "active")
        assert webhook.name.startswith("picqer-bridge 1a2b3c4d nl ")
        assert webhook.secret == shop_secret(care())
    assert care().sync_hooks(ADDRESS) == []


def shop_secret(care: WooCommerceCare) -> str:
    return care._settings.webhook_secret[0].get_secret_value()


def test_a_shop_without_catalogue_gets_no_product_webhooks(policy: ShopPolicy, care: Care) -> None:
    care(replace(policy, catalogue=False)).sync_hooks(ADDRESS)
    assert {hook.event for hook in care().hooks()} == ORDERS


def test_a_shop_without_orders_gets_no_order_webhooks(policy: ShopPolicy, care: Care) -> None:
    care(replace(policy, flows=frozenset({"create_product"}))).sync_hooks(ADDRESS)
    assert {hook.event for hook in care().hooks()} == PRODUCTS


def test_a_dry_run_changes_nothing(care: Care) -> None:
    assert deeds(care(), dry_run=True) == [Deed.CREATED] * 6
    assert care().hooks() == []


@pytest.mark.parametrize("status", ["disabled", "paused"])
def test_a_webhook_that_was_switched_off_is_switched_on_again(
    shop: WooCommerceServer, care: Care, status: str
) -> None:
    first = care().sync_hooks(ADDRESS)[0].idhook or 0
    shop.webhook(first).status = status
    assert deeds(care(), dry_run=True) == [Deed.REACTIVATED]
    assert shop.webhook(first).status == status
    assert deeds(care()) == [Deed.REACTIVATED]
    assert shop.webhook(first).status == "active"


def test_a_webhook_that_is_switched_on_again_gets_our_secret_whatever_it_had(
    shop: WooCommerceServer, care: Care
) -> None:
    """A person changed the secret, so that every delivery was refused until the shop gave up."""
    webhook = shop.webhook(care().sync_hooks(ADDRESS)[0].idhook or 0)
    topic = webhook.topic
    webhook.secret, webhook.status = "changed-by-a-person", "disabled"
    assert deeds(care()) == [Deed.REACTIVATED]
    assert webhook.secret == shop_secret(care())
    assert (webhook.topic, webhook.delivery_url) == (topic, ADDRESS)
    sent = shop.asked("PUT")[-1].body
    assert set(sent) == {"name", "topic", "delivery_url", "secret", "status"}


def test_a_new_secret_reaches_every_webhook(shop: WooCommerceServer, care: Care) -> None:
    care().sync_hooks(ADDRESS)
    fresh = care(webhook_secret=["a-new-secret-for-the-hooks", "the-old-one-of-the-hooks"])
    assert deeds(fresh) == [Deed.UPDATED] * 6
    secrets = {shop.webhook(hook.idhook).secret for hook in fresh.hooks()}
    assert secrets == {"a-new-secret-for-the-hooks"}
    assert deeds(fresh) == []


def test_a_new_address_reaches_every_webhook(care: Care) -> None:
    care().sync_hooks(ADDRESS)
    assert deeds(care(), f"{ADDRESS}2") == [Deed.UPDATED] * 6
    assert {hook.address for hook in care().hooks()} == {f"{ADDRESS}2"}


def test_a_double_of_ours_is_switched_off_once(shop: WooCommerceServer, care: Care) -> None:
    care().sync_hooks(ADDRESS)
    double = shop.add_webhook("order.created", ADDRESS)
    shop.webhook(double).name = "picqer-bridge 1a2b3c4d nl 00000000"
    assert deeds(care()) == [Deed.DEACTIVATED]
    assert shop.webhook(double).status == "disabled"
    assert deeds(care()) == []


def test_a_webhook_that_no_flow_needs_any_more_is_switched_off(
    policy: ShopPolicy, care: Care
) -> None:
    care().sync_hooks(ADDRESS)
    assert deeds(care(replace(policy, catalogue=False))) == [Deed.DEACTIVATED] * 2


def test_webhooks_of_another_installation_are_named_and_not_touched(
    shop: WooCommerceServer, care: Care
) -> None:
    """A trial installation at the same shop must not take the webhooks of the real one."""
    care().sync_hooks(ADDRESS)
    trial = care(installation="ffffffff")
    actions = trial.sync_hooks("https://trial.example.com/webhooks/shops/nl")
    assert [action.deed for action in actions] == [Deed.OTHER_INSTALLATION] * 6 + [Deed.CREATED] * 6
    assert "another installation of picqer-bridge" in actions[0].text
    assert "to 127.0.0.1 and" in actions[0].text
    assert deeds(care()) == [Deed.OTHER_INSTALLATION] * 6
    ours = [hook for hook in care().hooks() if hook.ours]
    assert {(hook.address, hook.active) for hook in ours} == {(ADDRESS, True)}
    assert len(ours) == len([hook for hook in trial.hooks() if hook.ours]) == 6


def test_two_shops_of_one_installation_at_one_url_leave_each_other_alone(
    policy: ShopPolicy, care: Care
) -> None:
    care().sync_hooks(ADDRESS)
    other = care(replace(policy, name="be"))
    actions = other.sync_hooks("http://127.0.0.1:9/hooks/shops/be")
    assert "another shop of this installation" in actions[0].text
    assert deeds(care()) == [Deed.OTHER_INSTALLATION] * 6


def test_webhooks_of_a_lost_store_that_go_to_our_address_are_mended(
    shop: WooCommerceServer, care: Care
) -> None:
    care(installation="ffffffff").sync_hooks(ADDRESS)
    assert deeds(care()) == [Deed.UPDATED] * 6
    assert all(hook.ours for hook in care().hooks())
    assert deeds(care()) == []


def test_the_installation_is_not_asked_for_before_it_is_needed(
    settings_of: Settings, policy: ShopPolicy, guard: OpenGuard
) -> None:
    asked: list[str] = []

    def installation() -> str:
        asked.append("asked")
        return "1a2b3c4d"

    care = WooCommerceCare(settings_of(), policy, guard, SystemClock(), installation)
    assert asked == []
    care.hooks()
    assert asked == ["asked"]


def test_webhooks_of_others_are_never_touched(shop: WooCommerceServer, care: Care) -> None:
    other = shop.add_webhook("order.created", "https://other.example.com/")
    taken = shop.add_webhook("order.updated", ADDRESS)
    care().sync_hooks(ADDRESS)
    assert deeds(care()) == [Deed.TAKEN]
    assert {shop.webhook(hook).status for hook in (other, taken)} == {"active"}
    assert [hook.ours for hook in care().hooks() if hook.idhook in (other, taken)] == [False] * 2


def test_a_key_that_is_refused_is_an_error_of_the_sync(care: Care) -> None:
    with pytest.raises(LockedOut):
        care(consumer_key="ck_" + "f" * 40).sync_hooks(ADDRESS)
