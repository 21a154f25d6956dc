"""Deliveries about an order that was erased on request: nothing of them is kept or done."""

from __future__ import annotations

from collections.abc import Iterable

from integration.domain import Picklist, PicqerShipment
from integration.jobs import Fact, Flow, Hint, OrderStatusFact
from integration.services import Account, Services, Shop


def is_erased(services: Services, source: Account | Shop, hints: Iterable[Hint]) -> bool:
    """Whether what these hints are about was erased."""
    if isinstance(source, Shop):
        scope = f"shops/{source.policy.name}"
        subjects = [one.subject for one in hints if one.flow is Flow.CREATE_ORDER]
    else:
        scope = f"picqer/{source.policy.name}"
        subjects = [subject for one in hints for subject in _subjects_of(one.fact)]
    return any(services.privacy.is_erased(scope, subject) for subject in subjects)


def _subjects_of(fact: Fact | None) -> list[str]:
    """What of Picqer's this fact is about, as an erasure names it."""
    match fact:
        case Picklist():
            return [f"picklist:{fact.idpicklist}", f"order:{fact.idorder}"]
        case PicqerShipment():
            return [f"picklist:{fact.idpicklist}"]
        case OrderStatusFact():
            return [f"order:{fact.idorder}"]
        case _:
            return []
