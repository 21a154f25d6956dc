"""The webhooks that a WooCommerce shop keeps for us: what they ought to be, and making it so.

Ours are named ``picqer-bridge <install id> <shop> <secret's fingerprint>``: several installations,
and several shops of one installation, may keep webhooks at one WooCommerce, and WooCommerce never
gives a secret back, so a changed one shows in the name. WooCommerce switches a webhook off
(``disabled``) at the seventh failure in a row, without telling anybody, and sends nothing again.
A webhook of somebody else is never touched. Source: WooCommerce REST v3, webhooks; seen in
WooCommerce 11.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

from pydantic import SecretStr

from integration.crash_points import crash_point
from integration.hook_names import OURS, fingerprint
from integration.jobs import Flow
from integration.policy import ShopPolicy
from integration.ports import Deed, HookAction, ShopHook
from integration.webshops.woocommerce.fields import fields_of
from integration.webshops.woocommerce.pages import every_row
from integration.webshops.woocommerce.rest import ShopRest

ORDER_TOPICS = ("order.created", "order.updated", "order.deleted", "order.restored")
PRODUCT_TOPICS = ("product.created", "product.updated")
ACTIVE = "active"
SYNC = "run `picqer-bridge hooks sync`"


@dataclass(frozen=True, slots=True)
class Wanted:
    """The webhooks that a shop ought to keep: these topics to this address, with this secret.

    ``installation`` is the id of this store, ``shop`` the shop's name in the settings.
    """

    installation: str
    shop: str
    address: str
    secret: SecretStr
    topics: tuple[str, ...]

    @property
    def name(self) -> str:
        """The name of each of them."""
        return f"{prefix_of(self.installation, self.shop)}{fingerprint(self.secret)}"

    def owns(self, hook: ShopHook) -> bool:
        """Whether this webhook is ours to mend, wherever it goes and whatever its secret is.

        One of picqer-bridge that goes to our very address is left from an installation that was
        here before us, whose store was lost.
        """
        return hook.ours or (hook.address == self.address and is_made_by_a_bridge(hook))

    def is_met_by(self, hook: ShopHook) -> bool:
        """Whether this webhook of ours has the right secret and address."""
        return hook.name == self.name and hook.address == self.address


def prefix_of(installation: str, shop: str) -> str:
    """How the names of a shop's webhooks begin, whatever their secret was."""
    return f"{OURS} {installation} {shop} "


def is_made_by_a_bridge(hook: ShopHook) -> bool:
    """Whether some picqer-bridge made this webhook."""
    return hook.name == OURS or hook.name.startswith(f"{OURS} ")


def topics_of(policy: ShopPolicy) -> tuple[str, ...]:
    """The topics that the flows of this shop use."""
    topics: tuple[str, ...] = ()
    if Flow.CREATE_ORDER in policy.flows:
        topics += ORDER_TOPICS
    if Flow.CREATE_PRODUCT in policy.flows and policy.catalogue:
        topics += PRODUCT_TOPICS
    return topics


def read_hooks(rest: ShopRest, prefix: str) -> list[ShopHook]:
    """Every webhook that the shop keeps, those of others too; names of ours begin so."""
    return [_hook(row, prefix) for row in every_row(rest, "/webhooks", {})]


class HookKeeper:
    """Brings the webhooks of one shop in order."""

    def __init__(self, rest: ShopRest, wanted: Wanted, *, dry_run: bool) -> None:
        """Write through this client; ``dry_run`` only says what would be done."""
        self._rest = rest
        self._wanted = wanted
        self._prefix = prefix_of(wanted.installation, wanted.shop)
        self._dry_run = dry_run

    def sync(self) -> list[HookAction]:
        """Make it so; returns what was done, nothing when all is well.

        Raises what the shop raises; what was done by then stands, and the next call goes on.
        """
        hooks = read_hooks(self._rest, self._prefix)
        ours = [hook for hook in hooks if self._wanted.owns(hook)]
        actions = list(self._report([hook for hook in hooks if hook not in ours]))
        for topic in self._wanted.topics:
            of_topic = [hook for hook in ours if hook.event == topic]
            actions += self._provide(topic, of_topic)
        unwanted = [hook for hook in ours if hook.event not in self._wanted.topics]
        return actions + self._retire(unwanted, "no flow of this shop needs it")

    def _report(self, others: Sequence[ShopHook]) -> Iterator[HookAction]:
        """Active webhooks that are not ours and that a person has to know about."""
        for hook in others:
            if hook.active and hook.address == self._wanted.address:
                text = (
                    f"Webhook {hook.idhook} sends {hook.event} to our address and is not ours: its "
                    f"signature is refused. Remove it in WooCommerce, Settings, Advanced, Webhooks."
                )
                yield HookAction(Deed.TAKEN, hook.event, hook.idhook, text)
            elif hook.active and is_made_by_a_bridge(hook):
                yield HookAction(
                    Deed.OTHER_INSTALLATION, hook.event, hook.idhook, self._not_us(hook)
                )

    def _not_us(self, hook: ShopHook) -> str:
        """Whose webhook it is; only the host of its address is named."""
        installation = self._wanted.installation
        who = "another installation of picqer-bridge"
        if hook.name.startswith(f"{OURS} {installation} "):
            who = "another shop of this installation, with the same url"
        host = urlsplit(hook.address).hostname or "an unreadable address"
        return (
            f"Webhook {hook.idhook} ({hook.name!r}) sends {hook.event} to {host} and belongs to "
            f"{who}; two that serve one shop make every order twice. Stop one of them, and remove "
            f"its webhooks in WooCommerce, Settings, Advanced, Webhooks."
        )

    def _provide(self, topic: str, ours: Sequence[ShopHook]) -> list[HookAction]:
        """One good, active webhook for a topic; the doubles of it are switched off."""
        if not ours:
            return [self._create(topic)]
        kept = min(ours, key=self._least_work)
        doubles = [hook for hook in ours if hook is not kept]
        return [*self._repair(kept), *self._retire(doubles, "there are two of them")]

    def _least_work(self, hook: ShopHook) -> tuple[bool, bool, int]:
        return not self._wanted.is_met_by(hook), not hook.active, hook.idhook

    def _create(self, topic: str) -> HookAction:
        if self._dry_run:
            return HookAction(Deed.CREATED, topic, None, f"A webhook for {topic} is missing.")
        answer = self._rest.post("/webhooks", self._content(topic))
        crash_point("shop_hooks.after_creation")
        hook = _hook(self._rest.document_in(answer, "/webhooks"), self._prefix)
        text = f"Webhook {hook.idhook} for {topic} was made."
        return HookAction(Deed.CREATED, topic, hook.idhook, text)

    def _repair(self, hook: ShopHook) -> Iterator[HookAction]:
        """Give it the right secret and address, and switch it on.

        The secret goes along in any case: that a person changed it shows nowhere, but a webhook
        whose signatures we refuse is the one that WooCommerce switches off.
        """
        is_met = self._wanted.is_met_by(hook)
        if is_met and hook.active:
            return
        done = f"Webhook {hook.idhook} for {hook.event}"
        if is_met:
            deed, text = Deed.REACTIVATED, f"{done} had been switched off and is on again."
        else:
            deed, text = Deed.UPDATED, f"{done} had another secret or address and has ours now."
        if self._dry_run:
            text = (
                f"{done} is switched off." if is_met else f"{done} has another secret or address."
            )
        else:
            self._rest.put(f"/webhooks/{hook.idhook}", self._content(hook.event))
            crash_point("shop_hooks.after_repair")
        yield HookAction(deed, hook.event, hook.idhook, text)

    def _retire(self, hooks: Sequence[ShopHook], why: str) -> list[HookAction]:
        actions = []
        for hook in hooks:
            if not hook.active:
                continue
            if not self._dry_run:
                self._rest.put(f"/webhooks/{hook.idhook}", {"status": "disabled"})
                crash_point("shop_hooks.after_retirement")
            done = "is to be" if self._dry_run else "was"
            text = f"Webhook {hook.idhook} for {hook.event} {done} switched off: {why}."
            actions.append(HookAction(Deed.DEACTIVATED, hook.event, hook.idhook, text))
        return actions

    def _content(self, topic: str) -> dict[str, object]:
        return {
            "name": self._wanted.name,
            "topic": topic,
            "delivery_url": self._wanted.address,
            "secret": self._wanted.secret.get_secret_value(),
            "status": ACTIVE,
        }


def _hook(document: object, prefix: str) -> ShopHook:
    fields = fields_of(document, "webhook")
    name = fields.line("name") or ""
    return ShopHook(
        idhook=int(fields.identity("id") or 0),
        name=name,
        event=fields.optional_text("topic") or "",
        address=fields.optional_text("delivery_url") or "",
        active=fields.optional_text("status") == ACTIVE,
        ours=name.startswith(prefix),
    )
