"""A Picqer account: does it take our key, and has it what the settings of its shops name."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from integration.doctor.clock import clock_finding
from integration.errors import LockedOut, Refused
from integration.policy import ShopPolicy
from integration.ports import Deed, Finding, Greeting, HookAction, Picqer, Verdict

KEY = "picqer key"
SYNC = "`picqer-bridge hooks sync` does it; so does the hook watch, once workers and beat run."
LITTLE_LEFT = 0.1


@dataclass(frozen=True, slots=True)
class AccountHooks:
    """What a hook sync would do at this account, and how many hooks we want. Raises."""

    actions: Callable[[], Sequence[HookAction]]
    wanted: int


def account_findings(
    picqer: Picqer, name: str, shops: Sequence[ShopPolicy], now: Callable[[], datetime]
) -> Iterator[Finding]:
    """What is found at the account; without a good key there is no more. Raises what it raises."""
    try:
        greeting = picqer.check_credentials()
    except LockedOut as error:
        fix = f"Make a new key in Picqer (Settings, API keys) and set picqer.{name}.api_key."
        yield Finding(KEY, Verdict.FAIL, str(error), fix)
        return
    except Refused as error:
        fix = f"See whether picqer.{name}.contact can be mailed to: it is in our User-Agent."
        yield Finding("picqer user-agent", Verdict.FAIL, str(error), fix)
        return
    yield Finding(KEY, Verdict.OK, "Picqer takes our key and our User-Agent.")
    yield _limit(greeting)
    if greeting.date is not None:
        yield clock_finding("Picqer", greeting.date, now())
    yield from _warehouses(picqer, name, shops)
    yield from _shipping_profiles(picqer, shops)
    for shop in shops:
        if shop.shipping_productcode is not None:
            yield _shipping_product(picqer, shop.name, shop.shipping_productcode)


def _limit(greeting: Greeting) -> Finding:
    check = "picqer limit"
    if greeting.limit is None or greeting.remaining is None:
        return Finding(
            check,
            Verdict.WARN,
            "Picqer's answers do not tell the rate limit, so 500 requests a minute are assumed, "
            "and others who use the key are not noticed.",
            "See whether a proxy on the way out takes the X-RateLimit headers away.",
        )
    sentence = f"{greeting.remaining} of {greeting.limit} requests of this minute are left."
    if greeting.remaining < LITTLE_LEFT * greeting.limit:
        fix = "`picqer-bridge limit` tells whether we use it or others with the same key."
        return Finding(check, Verdict.WARN, sentence, fix)
    return Finding(check, Verdict.OK, sentence)


def _warehouses(picqer: Picqer, name: str, shops: Sequence[ShopPolicy]) -> Iterator[Finding]:
    check = "picqer warehouses"
    there = {one.idwarehouse: one for one in picqer.warehouses()}
    wrong = False
    for shop in shops:
        for idwarehouse in sorted(_warehouses_of(shop)):
            found = there.get(idwarehouse)
            if found is None or not found.active:
                wrong = True
                what = "is not there" if found is None else f"({found.name}) is not active"
                known = ", ".join(f"{one.idwarehouse} ({one.name})" for one in there.values())
                sentence = f"Warehouse {idwarehouse} of shop {shop.name} {what}."
                named = idwarehouse in shop.warehouses
                setting = "warehouses" if named else "order_defaults.warehouses"
                fix = f"Correct shops.{shop.name}.{setting}; account {name} has {known or 'none'}."
                yield Finding(check, Verdict.FAIL, sentence, fix)
    if not any(one.active and one.counts_for_general_stock for one in there.values()):
        wrong = True
        sentence = f"No warehouse of account {name} counts for the general stock."
        fix = "Let one count in Picqer (Settings, Warehouses), or name some in shops.*.warehouses."
        unnamed = [shop for shop in shops if not shop.warehouses]
        yield Finding(check, Verdict.FAIL if unnamed else Verdict.WARN, sentence, fix)
    if not wrong:
        yield Finding(check, Verdict.OK, f"The warehouses that are needed are there: {len(there)}.")


def _warehouses_of(shop: ShopPolicy) -> set[int]:
    """Those that the settings of this shop name, also in ``order_defaults``."""
    listed = shop.order_defaults.get("warehouses")
    extra = listed if isinstance(listed, list | tuple) else ()
    return {*shop.warehouses, *(int(one) for one in extra if str(one).isdigit())}


def _shipping_profiles(picqer: Picqer, shops: Sequence[ShopPolicy]) -> Iterator[Finding]:
    check = "picqer shipping profiles"
    named = [(shop, *row) for shop in shops for row in sorted(shop.shipping_profiles.items())]
    if not named:
        return
    there = picqer.shipping_profiles()
    wrong = [row for row in named if row[2] not in there]
    for shop, method, idprofile in wrong:
        known = ", ".join(f"{number} ({name})" for number, name in sorted(there.items()))
        yield Finding(
            check,
            Verdict.FAIL,
            f"Shop {shop.name} sends {method!r} with shipping profile {idprofile}, which Picqer "
            "does not have: such orders would be refused.",
            f"Correct shops.{shop.name}.shipping_profiles; there is {known or 'none'}.",
        )
    if not wrong:
        sentence = f"All {len(named)} shipping profiles in the settings are there."
        yield Finding(check, Verdict.OK, sentence)


def _shipping_product(picqer: Picqer, shop: str, productcode: str) -> Finding:
    check = "picqer shipping product"
    if picqer.product_with_code(productcode) is not None:
        return Finding(check, Verdict.OK, f"Shipping costs of shop {shop} go on {productcode}.")
    return Finding(
        check,
        Verdict.FAIL,
        f"The product {productcode} for the shipping costs of shop {shop} is not active at Picqer.",
        f"Make it there, or correct shops.{shop}.shipping_productcode.",
    )


def hook_findings(hooks: AccountHooks) -> Iterator[Finding]:
    """Whether our hooks at Picqer are there, active, and with our address and secret."""
    check = "picqer hooks"
    actions = hooks.actions()
    for action in actions:
        yield _of_action(check, action)
    if all(one.deed is Deed.OTHER_INSTALLATION for one in actions):
        sentence = f"All {hooks.wanted} hooks are active, with our address and secret."
        yield Finding(check, Verdict.OK, sentence)


def _of_action(check: str, action: HookAction) -> Finding:
    about = f"Hook {action.idhook} for {action.event}"
    match action.deed:
        case Deed.CREATED:
            sentence = f"A hook for {action.event} is missing: Picqer does not tell us of it."
            return Finding(check, Verdict.FAIL, sentence, SYNC)
        case Deed.REACTIVATED:
            sentence = f"{about} was switched off: Picqer does not tell us of it any more."
            return Finding(check, Verdict.FAIL, sentence, SYNC)
        case Deed.OTHER_INSTALLATION:
            fix = (
                "Stop the other one and switch its hooks off in Picqer, unless each ships for "
                "shops of its own."
            )
            return Finding("other installation", Verdict.WARN, action.text, fix)
        case Deed.TAKEN:
            return Finding(check, Verdict.FAIL, action.text, "Switch that hook off in Picqer.")
        case _:
            sentence = f"{about} has another address or secret than ours, or is there twice."
            return Finding(check, Verdict.WARN, sentence, SYNC)
