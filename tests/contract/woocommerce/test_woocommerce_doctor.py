"""What doctor says about a WooCommerce shop: what its merchant has to put right."""

from __future__ import annotations

from dataclasses import replace

import pytest

from integration.policy import AccountPolicy, CustomerMail, ShopPolicy
from integration.ports import Finding, Verdict
from integration.testing.open_doors import OpenGuard
from integration.webshops.woocommerce.care import WooCommerceCare
from tests.contract.woocommerce.conftest import ADDRESS, Care
from tests.woocommerce.faults import Fault
from tests.woocommerce.server import WooCommerceServer


def found(care: WooCommerceCare, check: str, address: str | None = ADDRESS) -> list[Finding]:
    return [finding for finding in care.examine(address) if finding.check == check]


def verdicts(care: WooCommerceCare, check: str) -> set[Verdict]:
    return {finding.verdict for finding in found(care, check)}


def test_a_shop_in_order_is_all_well(shop: WooCommerceServer, care: Care) -> None:
    shop.add_product("MUG", 4)
    care().sync_hooks(ADDRESS)
    before = len(care().hooks())
    findings = list(care().examine(ADDRESS))
    assert {each.check: each.verdict for each in findings} == {
        "key": Verdict.OK,
        "cache": Verdict.OK,
        "statuses": Verdict.OK,
        "write permission": Verdict.OK,
        "version": Verdict.OK,
        "shop settings": Verdict.OK,
        "webhooks": Verdict.OK,
        "mail": Verdict.OK,
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


@pytest.mark.parametrize(
    ("status", "check", "words"),
    [
        (301, "address", "it redirects (301)"),
        (302, "address", "it redirects (302)"),
        (403, "firewall", "security plugin"),
        (406, "address", "not by WooCommerce itself"),
        (503, "address", "answered 503"),
    ],
)
def test_what_stands_in_front_of_the_shop_is_not_taken_for_a_wrong_key(
    shop: WooCommerceServer, care: Care, status: int, check: str, words: str
) -> None:
    shop.fail_next(status, "<html>One moment</html>")
    (finding,) = care().examine(ADDRESS)
    assert (finding.check, finding.verdict) == (check, Verdict.FAIL)
    assert words in finding.sentence
    assert "Read/Write" not in str(finding.fix)


@pytest.mark.parametrize(("status", "words"), [(403, "security plugin"), (406, "a firewall")])
def test_a_firewall_that_keeps_out_only_what_writes_is_named(
    shop: WooCommerceServer, care: Care, status: int, words: str
) -> None:
    shop.faults.add(Fault(status=status, body="<html>Blocked</html>", method="POST"))
    (finding,) = found(care(), "write permission")
    assert finding.verdict is Verdict.FAIL
    assert words in finding.sentence


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
    assert verdicts(care(), "shop settings") == {Verdict.FAIL}


def test_missing_webhooks_and_a_missing_address_are_named(care: Care) -> None:
    findings = found(care(), "webhooks")
    assert len(findings) == 6
    assert {finding.verdict for finding in findings} == {Verdict.FAIL}
    assert "hooks sync" in str(findings[0].fix)
    (finding,) = found(care(), "webhooks", None)
    assert finding.verdict is Verdict.WARN


def test_a_webhook_that_the_shop_switched_off_is_a_failure_with_what_to_do(
    shop: WooCommerceServer, care: Care
) -> None:
    first = care().sync_hooks(ADDRESS)[0].idhook or 0
    shop.webhook(first).status = "disabled"
    (finding,) = found(care(), "webhooks")
    assert finding.verdict is Verdict.FAIL
    assert finding.sentence == f"Webhook {first} for order.created is switched off."
    assert "hooks sync" in str(finding.fix)
    assert shop.webhook(first).status == "disabled"


def test_another_installation_is_a_warning_beside_webhooks_that_are_well(care: Care) -> None:
    care(installation="ffffffff").sync_hooks("https://trial.example.com/webhooks/shops/nl")
    care().sync_hooks(ADDRESS)
    findings = found(care(), "webhooks")
    assert [finding.verdict for finding in findings] == [Verdict.WARN] * 6 + [Verdict.OK]
    assert "ffffffff" in findings[0].sentence
    assert "trial.example.com" in findings[0].sentence


@pytest.mark.parametrize(
    ("wrong", "setting"),
    [
        ({"release_statuses": ["processing", "procesing"]}, "release_statuses"),
        ({"shipped_status": "verzonden"}, "shipped_status"),
    ],
)
def test_a_status_that_the_shop_does_not_know_is_a_failure_with_those_that_it_knows(
    shop: WooCommerceServer, care: Care, wrong: dict[str, object], setting: str
) -> None:
    shop.settings.statuses = ("afgehandeld",)
    (finding,) = found(care(**wrong), "statuses")
    assert finding.verdict is Verdict.FAIL
    assert f"({setting})" in finding.sentence
    assert str(finding.fix).endswith(
        f"{setting} to what the shop has: pending, processing, on-hold, completed, cancelled, "
        "refunded, failed, afgehandeld."
    )


def test_statuses_of_flows_that_are_off_are_not_asked_for(care: Care) -> None:
    quiet = ShopPolicy("nl", AccountPolicy("main"), frozenset({"create_order"}))
    assert verdicts(care(quiet, shipped_status="verzonden"), "statuses") == {Verdict.OK}


def test_a_cache_that_answers_by_the_address_is_a_warning(
    shop: WooCommerceServer, care: Care
) -> None:
    """It says nothing in its headers; but it answers somebody without a key."""
    shop.cache.kind = "address"
    (finding,) = found(care(), "cache")
    assert finding.verdict is Verdict.WARN
    assert "/wp-json/wc/" in str(finding.fix)


def test_a_cache_that_says_so_is_a_warning(shop: WooCommerceServer, care: Care) -> None:
    shop.cache.kind = "address"
    shop.cache.told = {"X-Cache": "HIT"}
    assert verdicts(care(), "cache") == {Verdict.WARN}


def test_a_cache_that_the_bridge_cannot_ask_around_is_a_failure(
    shop: WooCommerceServer, care: Care
) -> None:
    shop.cache.kind = "path"
    shop.cache.told = {"Age": "12"}
    list(care().examine(ADDRESS))
    (finding,) = care().examine(ADDRESS)
    assert (finding.check, finding.verdict) == ("cache", Verdict.FAIL)


def test_a_stranger_at_our_address_is_a_warning(shop: WooCommerceServer, care: Care) -> None:
    care().sync_hooks(ADDRESS)
    shop.add_webhook("order.updated", ADDRESS)
    assert verdicts(care(), "webhooks") == {Verdict.WARN, Verdict.OK}


DONE, NOTE = "customer_completed_order", "customer_note"
MailCase = tuple[str, str, tuple[str, ...], Verdict, str]


@pytest.mark.parametrize(
    "case",
    [
        ("off", "completed", (), Verdict.OK, "cannot silence WooCommerce"),
        ("off", "completed", (DONE,), Verdict.OK, "neither does WooCommerce"),
        ("off", "shipped", (), Verdict.OK, 'the status on shipping is "shipped"'),
        ("bridge", "completed", (), Verdict.WARN, "gets two mails"),
        ("bridge", "completed", (DONE,), Verdict.OK, "WooCommerce sends nothing"),
        ("bridge", "shipped", (), Verdict.OK, "picqer-bridge mails"),
        ("shop", "completed", (), Verdict.OK, "once, when an order is completed"),
        ("shop", "completed", (NOTE,), Verdict.OK, "once, when an order is completed"),
        ("shop", "completed", (DONE,), Verdict.OK, "the note of each shipment"),
        ("shop", "completed", (DONE, NOTE), Verdict.WARN, "Nobody mails the customer"),
        ("shop", "shipped", (NOTE,), Verdict.WARN, "Nobody mails the customer"),
    ],
)
def test_who_mails_the_customer(
    shop: WooCommerceServer, policy: ShopPolicy, care: Care, case: MailCase
) -> None:
    mail, status, off, verdict, words = case
    shop.settings.mails_off.update(off)
    looked_after = care(replace(policy, customer_mail=CustomerMail(mail)), shipped_status=status)
    shop.settings.statuses = ("shipped",)
    (finding,) = found(looked_after, "mail")
    assert finding.verdict is verdict
    assert words in finding.sentence


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
