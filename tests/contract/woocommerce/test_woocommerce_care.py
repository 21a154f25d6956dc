"""Looking after a WooCommerce shop: its webhooks, and what doctor says about it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from integration.clock import SystemClock
from integration.errors import LockedOut
from integration.policy import AccountPolicy, CustomerMail, ShopPolicy
from integration.ports import Deed, Finding, Verdict
from integration.testing.open_doors import OpenGuard
from integration.webshops.woocommerce.care import WooCommerceCare
from tests.contract.woocommerce.conftest import Settings
from tests.woocommerce.faults import Fault
from tests.woocommerce.server import WooCommerceServer

ADDRESS = "http://127.0.0.1:9/hooks/shops/nl"
ORDERS = {"order.created", "order.updated", "order.deleted", "order.restored"}
PRODUCTS = {"product.created", "product.updated"}
Care = Callable[..., WooCommerceCare]


@pytest.fixture
def care(settings_of: Settings, policy: ShopPolicy, guard: OpenGuard) -> Care:
    def made(policy: ShopPolicy = policy, **other: object) -> WooCommerceCare:
        return WooCommerceCare(settings_of(**other), policy, guard, SystemClock())

    return made


def deeds(care: WooCommerceCare, address: str = ADDRESS, *, dry_run: bool = False) -> list[str]:
    return [action.deed for action in care.sync_hooks(address, dry_run=dry_run)]


def found(care: WooCommerceCare, check: str, address: str | None = ADDRESS) -> list[Finding]:
    return [finding for finding in care.examine(address) if finding.check == check]


def verdicts(care: WooCommerceCare, check: str) -> set[Verdict]:
    return {finding.verdict for finding in found(care, check)}


# --- webhooks -------------------------------------------------------------------------------------


def test_a_shop_gets_the_webhooks_that_its_flows_use(shop: WooCommerceServer, care: Care) -> None:
    actions = care().sync_hooks(ADDRESS)
    assert {action.event for action in actions} == ORDERS | PRODUCTS
    assert {action.deed for action in actions} == {Deed.CREATED}
    for action in actions:
        webhook = shop.webhook(action.idhook or 0)
        assert (webhook.delivery_url, webhook.status) == (ADDRESS, "active")
        assert webhook.name.startswith("picqer-bridge ")
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
    shop.webhook(double).name = "picqer-bridge 00000000"
    assert deeds(care()) == [Deed.DEACTIVATED]
    assert shop.webhook(double).status == "disabled"
    assert deeds(care()) == []


def test_a_webhook_that_no_flow_needs_any_more_is_switched_off(
    policy: ShopPolicy, care: Care
) -> None:
    care().sync_hooks(ADDRESS)
    assert deeds(care(replace(policy, catalogue=False))) == [Deed.DEACTIVATED] * 2


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


# --- doctor ---------------------------------------------------------------------------------------


def test_a_shop_in_order_is_all_well_but_for_the_mail(shop: WooCommerceServer, care: Care) -> None:
    shop.add_product("MUG", 4)
    care().sync_hooks(ADDRESS)
    before = len(care().hooks())
    findings = list(care().examine(ADDRESS))
    assert {each.check: each.verdict for each in findings} == {
        "key": Verdict.OK,
        "write permission": Verdict.OK,
        "version": Verdict.OK,
        "shop settings": Verdict.OK,
        "webhooks": Verdict.OK,
        "mail": Verdict.WARN,
        "products": Verdict.OK,
    }
    sentences = " ".join(each.sentence for each in findings)
    assert "WooCommerce 11.0.1." in sentences
    assert "Weights in kg, dimensions in cm, prices including tax, standard rate 21 %" in sentences
    assert len(care().hooks()) == before


def test_the_examination_writes_nothing(
    shop: WooCommerceServer, care: Care, guard: OpenGuard
) -> None:
    list(care().examine(ADDRESS))
    assert {call.writes for call in guard.calls} == {False}
    assert shop.asked("PUT") == []
    assert {asked.status for asked in shop.asked("POST")} == {400}


def test_a_wrong_key_is_named_and_nothing_more_is_asked(
    shop: WooCommerceServer, care: Care
) -> None:
    (finding,) = care(consumer_key="ck_" + "f" * 40).examine(ADDRESS)
    assert (finding.check, finding.verdict) == ("key", Verdict.FAIL)
    assert "Read/Write" in str(finding.fix)
    assert len(shop.asked()) == 1


def test_a_key_that_may_only_read_is_named(shop: WooCommerceServer, care: Care) -> None:
    shop.key.permissions = "read"
    (finding,) = found(care(), "write permission")
    assert finding.verdict is Verdict.FAIL
    assert "only read" in finding.sentence


def test_plain_permalinks_are_named(shop: WooCommerceServer, care: Care) -> None:
    shop.plain_permalinks = True
    (finding,) = care().examine(ADDRESS)
    assert (finding.check, finding.verdict) == ("address", Verdict.FAIL)
    assert "permalinks" in finding.sentence


def test_a_shop_that_cannot_be_reached_is_named(care: Care) -> None:
    (finding,) = care(url="http://127.0.0.1:9").examine(ADDRESS)
    assert (finding.check, finding.verdict) == ("address", Verdict.FAIL)


@pytest.mark.parametrize(
    ("version", "verdict", "words"),
    [
        ("5.7.1", Verdict.FAIL, "older than 5.8"),
        ("9.4.0", Verdict.OK, "product by product"),
        ("10.3.0", Verdict.OK, "WooCommerce 10.3.0."),
        ("", Verdict.WARN, "does not tell its version"),
    ],
)
def test_what_a_version_means(
    shop: WooCommerceServer, care: Care, version: str, verdict: Verdict, words: str
) -> None:
    body = f'{{"environment":{{"version":"{version}"}}}}'
    fault = Fault(status=200, body=body, content_type="application/json", path="system_status")
    shop.faults.add(fault)
    (finding,) = found(care(), "version")
    assert finding.verdict is verdict
    assert words in finding.sentence


def test_another_currency_than_the_accounts_is_named(shop: WooCommerceServer, care: Care) -> None:
    shop.settings.currency = "USD"
    assert verdicts(care(), "currency") == {Verdict.FAIL}


def test_a_shop_without_rates_for_its_own_country_is_named(
    shop: WooCommerceServer, care: Care
) -> None:
    shop.settings.country = "BE"
    assert verdicts(care(), "shop settings") == {Verdict.WARN}


def test_missing_webhooks_and_a_missing_address_are_named(care: Care) -> None:
    findings = found(care(), "webhooks")
    assert len(findings) == 6
    assert {finding.verdict for finding in findings} == {Verdict.FAIL}
    assert "hooks sync" in str(findings[0].fix)
    (finding,) = found(care(), "webhooks", None)
    assert finding.verdict is Verdict.WARN


def test_a_stranger_at_our_address_is_a_warning(shop: WooCommerceServer, care: Care) -> None:
    care().sync_hooks(ADDRESS)
    shop.add_webhook("order.updated", ADDRESS)
    assert verdicts(care(), "webhooks") == {Verdict.WARN}


@pytest.mark.parametrize(
    ("mail", "status", "warned"),
    [
        (CustomerMail.OFF, "completed", True),
        (CustomerMail.BRIDGE, "completed", True),
        (CustomerMail.SHOP, "completed", False),
        (CustomerMail.OFF, "shipped", False),
    ],
)
def test_the_shops_own_mail_about_completed_orders_is_named(
    policy: ShopPolicy, care: Care, mail: CustomerMail, status: str, warned: bool
) -> None:
    looked_after = care(replace(policy, customer_mail=mail), shipped_status=status)
    assert (verdicts(looked_after, "mail") == {Verdict.WARN}) is warned


def test_a_mail_that_is_switched_off_is_no_trouble(shop: WooCommerceServer, care: Care) -> None:
    fault = Fault(
        status=200,
        body='[{"id":"enabled","value":"no"}]',
        content_type="application/json",
        path="settings/email_customer_completed_order",
    )
    shop.faults.add(fault)
    assert found(care(), "mail") == []


def test_products_that_a_warehouse_cannot_tell_apart_are_named(
    shop: WooCommerceServer, care: Care
) -> None:
    loose = [shop.add_product("", 1) for _ in range(6)]
    shop.add_product("", virtual=True)
    rows = ",".join(
        f'{{"id":{number},"type":"simple","sku":"{sku}","virtual":false}}'
        for number, sku in [(1, "MUG"), (2, "PEN"), (3, "MUG"), (4, "MUG")]
    )
    (missing,) = found(care(), "products")
    named = ", ".join(str(number) for number in loose[:5])
    assert missing.verdict is Verdict.WARN
    assert missing.sentence.startswith(f"6 products ({named}, ...) without SKU")
    fault = Fault(status=200, body=f"[{rows}]", content_type="application/json", path="products")
    shop.faults.add(fault)
    (doubled,) = found(care(), "products")
    assert doubled.sentence.startswith("3 products (1, 3, 4) with a SKU that another product has")


def test_what_the_shop_refuses_to_show_fails_and_the_rest_is_examined(
    shop: WooCommerceServer, care: Care
) -> None:
    shop.fail_next(500, path="settings/*")
    findings = {each.check: each.verdict for each in care().examine(ADDRESS)}
    assert findings["shop settings"] is Verdict.FAIL
    assert "products" in findings


def test_the_policy_without_completing_needs_no_word_about_mail(care: Care) -> None:
    quiet = ShopPolicy("nl", AccountPolicy("main"), frozenset({"create_order"}))
    assert found(care(quiet), "mail") == []
