"""Looking after a WooCommerce shop: its webhooks, and what a merchant has to put right.

The examination changes nothing. Whether the key may write is told by a request that cannot
succeed, a webhook without topic: a key that may only read is refused before WooCommerce looks at
what was sent (401), one that may write is told that the topic is missing (400).
Source: WooCommerce REST v3, and how it checks keys.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from integration.errors import BridgeError, Refused
from integration.jobs import Flow
from integration.policy import ShopPolicy
from integration.ports import CallGuard, Clock, Deed, Finding, HookAction, ShopHook, Verdict
from integration.webshops import Installation
from integration.webshops.woocommerce.caches import EXCLUDE, FRESH_PARAMETER, Cached, fresh_token
from integration.webshops.woocommerce.fields import WooFields
from integration.webshops.woocommerce.hooks import (
    HookKeeper,
    Wanted,
    prefix_of,
    read_hooks,
    topics_of,
)
from integration.webshops.woocommerce.mails import mail_findings
from integration.webshops.woocommerce.refusals import KeptOut, KeyRefused
from integration.webshops.woocommerce.rest import NoRoute, Query, ShopRest
from integration.webshops.woocommerce.settings import WooCommerceSettings
from integration.webshops.woocommerce.shop_facts import read_facts
from integration.webshops.woocommerce.skus import sku_findings
from integration.webshops.woocommerce.statuses import status_findings

SYNC = "Run `picqer-bridge hooks sync`."
NEW_KEY = (
    "In WooCommerce, Settings, Advanced, REST API: make a key with the permission Read/Write for a "
    "user who is administrator or shop manager, and put it in the settings."
)
LET_IN = "Allow the bridge's requests, reading and writing, where they are held up."
OLDEST = (5, 8)
"""Since this version lists of orders can be asked for what changed after a moment."""
LISTS_VARIATIONS = (10, 3)
A_PERSON_DECIDES = frozenset({Deed.TAKEN, Deed.OTHER_INSTALLATION})


class WooCommerceCare:
    """The ``ShopCare`` of a WooCommerce shop."""

    def __init__(
        self,
        settings: WooCommerceSettings,
        policy: ShopPolicy,
        guard: CallGuard,
        clock: Clock,
        installation: Installation,
    ) -> None:
        """Look after the shop of these settings under this guard, for this installation."""
        self._settings = settings
        self._policy = policy
        self._installation = installation
        self._rest = ShopRest(settings, policy.name, guard, clock)

    def hooks(self) -> list[ShopHook]:
        """Every webhook that the shop keeps, those of others too."""
        return read_hooks(self._rest, prefix_of(self._installation(), self._policy.name))

    def sync_hooks(self, address: str, *, dry_run: bool = False) -> list[HookAction]:
        """Make our webhooks what they ought to be; returns what was done."""
        wanted = Wanted(
            installation=self._installation(),
            shop=self._policy.name,
            address=address,
            secret=self._settings.webhook_secret[0],
            topics=topics_of(self._policy),
        )
        return HookKeeper(self._rest, wanted, dry_run=dry_run).sync()

    def examine(self, address: str | None) -> Iterator[Finding]:
        """What a merchant has to know, the most basic first; without access there is no more."""
        access = self._access()
        yield access
        if access.verdict is Verdict.FAIL:
            return
        yield from _each("cache", self._cache)
        yield from _each("write permission", self._write_permission)
        yield from _each("version", self._version)
        yield from _each("shop settings", self._shop_settings)
        yield from _each(
            "statuses", lambda: status_findings(self._rest, self._policy, self._settings)
        )
        yield from _each("webhooks", lambda: self._webhooks(address))
        yield from _each("mail", self._mail)
        yield from _each("products", lambda: sku_findings(self._rest))

    def _access(self) -> Finding:
        try:
            self._rest.rows("/orders", {"per_page": 1, "_fields": "id"})
        except Cached as error:
            return Finding("cache", Verdict.FAIL, str(error), f"In the cache: {EXCLUDE}.")
        except KeptOut as error:
            return Finding("firewall", Verdict.FAIL, str(error), LET_IN)
        except KeyRefused as error:
            return Finding("key", Verdict.FAIL, str(error), NEW_KEY)
        except BridgeError as error:
            fix = f"Check shops.{self._policy.name}.woocommerce.url: {self._settings.url}"
            return Finding("address", Verdict.FAIL, str(error), fix)
        return Finding("key", Verdict.OK, "The shop answers and takes the key.")

    def _cache(self) -> Iterator[Finding]:
        """Ask the same address three times: twice as ourselves, and once without the key.

        A cache that looks at the address alone has an answer ready for somebody without a key.
        """
        # The parameter comes first, as in every reading: else the address would be another one.
        query: Query = {FRESH_PARAMETER: fresh_token(), "per_page": 1, "_fields": "id"}
        try:
            for _ in range(2):
                self._rest.rows("/orders", query)
            is_cached = self._rest.shows_strangers("/orders", query)
        except Cached:
            is_cached = True
        if not is_cached:
            yield Finding("cache", Verdict.OK, "The shop answers itself, and no cache for it.")
            return
        sentence = (
            "A cache answers when the shop was asked the same before. The bridge asks around it, "
            "but others who use the REST API see orders as they were."
        )
        fix = f"In the cache plugin, and at the host or network before it: {EXCLUDE}."
        yield Finding("cache", Verdict.WARN, sentence, fix)

    def _write_permission(self) -> Iterator[Finding]:
        check, nothing = "write permission", {"topic": "", "delivery_url": ""}
        try:
            self._rest.send("POST", "/webhooks", body=nothing, writes=False)
        except KeptOut as error:
            yield Finding(check, Verdict.FAIL, str(error), LET_IN)
            return
        except KeyRefused:
            sentence = "The key may only read, or its user may not manage the shop."
            yield Finding(check, Verdict.FAIL, sentence, NEW_KEY)
            return
        except Refused:
            yield Finding(check, Verdict.OK, "The key may write.")
            return
        sentence = "It cannot be told whether the key may write: the shop took an empty webhook."
        fix = "Look for a webhook without topic in WooCommerce, Settings, Advanced, Webhooks."
        yield Finding(check, Verdict.WARN, sentence, fix)

    def _version(self) -> Iterator[Finding]:
        status = self._rest.document("/system_status", {"_fields": "environment"})
        environment = WooFields(status, "system status").table("environment")
        text = environment.optional_text("version") or ""
        found = re.match(r"(\d{1,4})\.(\d{1,4})", text)
        version = (int(found[1]), int(found[2])) if found else None
        if version is None:
            yield Finding("version", Verdict.WARN, "The shop does not tell its version.")
        elif version < OLDEST:
            sentence = f"WooCommerce {text} is older than 5.8: changes cannot be asked for."
            yield Finding("version", Verdict.FAIL, sentence, "Update WooCommerce.")
        elif version < LISTS_VARIATIONS:
            sentence = (
                f"WooCommerce {text}: changed variations are asked for product by product, which "
                f"takes one request for each product with variations."
            )
            fix = "Update WooCommerce to 10.3 or later when there are many of them."
            yield Finding("version", Verdict.OK, sentence, fix)
        else:
            yield Finding("version", Verdict.OK, f"WooCommerce {text}.")

    def _shop_settings(self) -> Iterator[Finding]:
        facts = read_facts(self._rest)
        currency = self._policy.account.currency
        if facts.currency != currency:
            sentence = f"The shop sells in {facts.currency}, the Picqer account is in {currency}."
            yield Finding("currency", Verdict.FAIL, sentence, "Use an account in that currency.")
        rate = facts.tax_rate("")
        tax = "without tax" if rate is None else f"{rate.normalize():f} % in {facts.base.country}"
        prices = "including" if facts.prices_include_tax else "excluding"
        sentence = (
            f"Weights in {facts.weight_unit}, dimensions in {facts.dimension_unit}, prices "
            f"{prices} tax, standard rate {tax}."
        )
        if facts.taxes and not rate:
            fix = "Enter the tax rates of the shop's own country in WooCommerce, Settings, Tax."
            yield Finding("shop settings", Verdict.WARN, sentence, fix)
        else:
            yield Finding("shop settings", Verdict.OK, sentence)

    def _webhooks(self, address: str | None) -> Iterator[Finding]:
        check = "webhooks"
        if address is None:
            sentence = "There is no public address, so the shop cannot tell what happens in it."
            yield Finding(check, Verdict.WARN, sentence, "Set public_url.")
            return
        actions = self.sync_hooks(address, dry_run=True)
        for action in actions:
            is_warning = action.deed in A_PERSON_DECIDES
            verdict = Verdict.WARN if is_warning else Verdict.FAIL
            yield Finding(check, verdict, action.text, None if is_warning else SYNC)
        if all(action.deed in A_PERSON_DECIDES for action in actions):
            count = len(topics_of(self._policy))
            yield Finding(check, Verdict.OK, f"All {count} webhooks are active and ours.")

    def _mail(self) -> Iterator[Finding]:
        """Who mails the customer, when this shop's orders are completed by us."""
        if Flow.COMPLETE_ORDER not in self._policy.flows:
            return iter(())
        return mail_findings(self._rest, self._policy.customer_mail, self._settings.shipped_status)


def _each(check: str, look: Callable[[], Iterator[Finding]]) -> Iterator[Finding]:
    """What was found; and when the shop does not let us look, that."""
    try:
        yield from look()
    except NoRoute as error:
        yield Finding(check, Verdict.WARN, str(error), "Update WooCommerce.")
    except BridgeError as error:
        yield Finding(check, Verdict.FAIL, str(error))
