"""Whether the shop knows the order statuses that the settings name.

WordPress refuses a status that it does not know, and lists those that it knows; the sentence
around the list is in the shop's language. Source: WooCommerce REST v3, orders, ``status``; seen in
WooCommerce 11.
"""

from __future__ import annotations

from collections.abc import Iterator

from integration.jobs import Flow
from integration.policy import ShopPolicy
from integration.ports import Finding, Verdict
from integration.webshops.woocommerce.rest import ShopRest, WrongParameter
from integration.webshops.woocommerce.settings import WooCommerceSettings

CHECK = "statuses"
RELEASE, SHIPPED = "release_statuses", "shipped_status"
CONSEQUENCES = {RELEASE: "no order is released by it", SHIPPED: "no order can be completed"}
NO_STATUSES = frozenset({"any", "trash", "auto-draft", "checkout-draft"})
"""What WordPress lists among the statuses, and no order that was placed has."""


def status_findings(
    rest: ShopRest, policy: ShopPolicy, settings: WooCommerceSettings
) -> Iterator[Finding]:
    """A failure for each status of the settings that the shop does not know.

    Each is asked for by its name. Raises what the shop raises otherwise.
    """
    wanted = _wanted(policy, settings)
    strange = 0
    for status, setting in wanted.items():
        try:
            rest.rows("/orders", {"status": status, "per_page": 1, "_fields": "id"})
        except WrongParameter as error:
            strange += 1
            sentence = f'The shop knows no status "{status}" ({setting}): {CONSEQUENCES[setting]}.'
            known = ", ".join(choice for choice in error.choices if choice not in NO_STATUSES)
            fix = f"Set shops.{policy.name}.woocommerce.{setting} to what the shop has"
            yield Finding(CHECK, Verdict.FAIL, sentence, f"{fix}: {known}." if known else f"{fix}.")
    if wanted and not strange:
        yield Finding(CHECK, Verdict.OK, f"The shop knows the statuses {', '.join(wanted)}.")


def _wanted(policy: ShopPolicy, settings: WooCommerceSettings) -> dict[str, str]:
    """The statuses that the flows of this shop use, each with its setting."""
    wanted: dict[str, str] = {}
    if Flow.CREATE_ORDER in policy.flows:
        wanted |= dict.fromkeys(settings.release_statuses, RELEASE)
    if Flow.COMPLETE_ORDER in policy.flows:
        wanted[settings.shipped_status] = SHIPPED
    return wanted
