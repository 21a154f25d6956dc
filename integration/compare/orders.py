"""Orders of a shop beside those of its Picqer account: missing, doubled, cancelled, untold."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from integration.compare.differences import Difference, Kind
from integration.domain import Order, PicqerOrder, PicqerStatus
from integration.errors import NotFound
from integration.flows.eligibility import Fate, judge
from integration.jobs import Flow, Identity, Job, State
from integration.ports import Picqer, Webshop
from integration.services import Services, Shop

ByReference = Mapping[str, Sequence[PicqerOrder]]
ALWAYS = datetime.min.replace(tzinfo=UTC)


def read_orders(picqer: Picqer, since: datetime) -> ByReference:
    """Orders that were made at Picqer since then and are not cancelled, by reference."""
    found: dict[str, dict[int, PicqerOrder]] = defaultdict(dict)
    for page in picqer.orders_since(since):
        for order in page.rows:
            if order.reference is not None and order.status is not PicqerStatus.CANCELLED:
                found[order.reference][order.idorder] = order
    return {reference: tuple(orders.values()) for reference, orders in found.items()}


def doubled_orders(account: str, orders: ByReference) -> Iterator[Difference]:
    """References that several live orders of the account share."""
    for reference, live in sorted(orders.items()):
        if len(live) > 1:
            yield Difference(
                Kind.DOUBLED_ORDER,
                account,
                "",
                reference,
                in_shop="one order",
                at_picqer=", ".join(f"{one.orderid} ({one.status})" for one in live),
                remedy="cancel all but one of them in Picqer",
            )


@dataclass(frozen=True, slots=True)
class Orders:
    """The orders of one shop, beside ``at_picqer``, those of its account since ``since``."""

    services: Services
    shop: Shop
    webshop: Webshop
    picqer: Picqer
    at_picqer: ByReference
    since: datetime

    def differences(self) -> Iterator[Difference]:
        """Every order of the shop that changed since then and is not as it ought to be."""
        scope = f"shops/{self.shop.policy.name}"
        for change in self.webshop.orders_changed_since(self.since):
            if self.services.privacy.is_erased(scope, change.id):
                continue
            try:
                order = self.webshop.order(change.id)
            except NotFound:
                continue
            yield from self._compare(order)

    def _compare(self, order: Order) -> Iterator[Difference]:
        job = self._job(order)
        verdict = judge(order, self._imported_since(job), self.webshop.clock_offset)
        if verdict.fate in (Fate.WAIT, Fate.IGNORE):
            return
        there = self._there(order)
        if verdict.fate is Fate.SHIP and there is None:
            yield self._missing(order, job)
        elif verdict.fate is Fate.CANCEL and there is not None and _is_under_way(there):
            remedy = _remedy(job, "create_order withdraws it, or parks with the reason")
            yield self._difference(Kind.CANCELLED_ORDER, order, "cancelled", there, remedy)
        elif (
            verdict.fate is Fate.SHIP
            and there is not None
            and there.status is PicqerStatus.COMPLETED
        ):
            remedy = "complete_order tells the shop"
            yield self._difference(
                Kind.UNTOLD_ORDER, order, order.fulfillment_status.value, there, remedy
            )

    def _missing(self, order: Order, job: Job | None) -> Difference:
        state = "nothing asked for it yet" if job is None else f"job {job.id} is {job.state}"
        remedy = _remedy(job, "create_order makes it there")
        return self._difference(Kind.MISSING_ORDER, order, f"released; {state}", None, remedy)

    def _difference(
        self, kind: Kind, order: Order, in_shop: str, there: PicqerOrder | None, remedy: str
    ) -> Difference:
        policy = self.shop.policy
        at_picqer = "not there" if there is None else f"{there.orderid} ({there.status})"
        return Difference(
            kind, policy.account.name, policy.name, order.number, in_shop, at_picqer, remedy
        )

    def _job(self, order: Order) -> Job | None:
        identity = Identity(Flow.CREATE_ORDER, self.shop.policy.name, order.id)
        return self.services.jobs.find_identity(identity)

    def _imported_since(self, job: Job | None) -> datetime:
        policy = self.shop.policy
        if job is not None and job.backfilled:
            return ALWAYS
        if policy.orders_since is not None:
            return policy.orders_since
        return self.services.gate.first_sight(policy.account.name, policy.name)

    def _there(self, order: Order) -> PicqerOrder | None:
        """The live order at Picqer; one that was made before is looked up by itself."""
        reference = self.shop.policy.reference_for(order.id, order.number)
        live = list(self.at_picqer.get(reference, ()))
        if not live:
            found = self.picqer.orders_with_reference(reference)
            live = [one for one in found if one.status is not PicqerStatus.CANCELLED]
        return live[0] if live else None


def _is_under_way(there: PicqerOrder) -> bool:
    return there.status is not PicqerStatus.COMPLETED


def _remedy(job: Job | None, usual: str) -> str:
    if job is not None and job.state is State.PARKED:
        return f"it waits for a person: picqer-bridge jobs show {job.id}"
    if job is not None and job.state is State.DISMISSED:
        return f"it was dismissed; picqer-bridge jobs retry {job.id} revives it"
    return usual
