"""What waits for a person, one group for each thing that has to be put right."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime

from integration.jobs import Flow, State
from integration.operate.causes import cause_of
from integration.ports import JobFilter, JobGroup
from integration.services import Services

MOST_REASONS = 5000
KEY_DIGITS = 24


@dataclass(frozen=True, slots=True)
class ParkedGroup:
    """Parked jobs of one flow whose reasons differ at most in numbers and quoted words.

    ``key`` names the group while it has a job: a digest of what its jobs have in common.
    ``example`` is one of the reasons as it stands, ``reason`` the only one there is, else None.
    ``oldest`` is the least recent parking.
    """

    key: str
    flow: Flow
    code: str | None
    count: int
    example: str
    reason: str | None
    title: str
    fix: str
    newest_id: int
    oldest: datetime


def parked_groups(
    services: Services, *, shop: str | None = None, flow: Flow | None = None
) -> list[ParkedGroup]:
    """The parked jobs, largest group first."""
    which = JobFilter(state=State.PARKED, shop=shop, flow=flow)
    return group_by_reason(services.jobs.groups(which))


def group_by_reason(found: Iterable[JobGroup]) -> list[ParkedGroup]:
    """Put together what a person puts right in one go. Pure."""
    groups = [_group(key, members) for key, members in _alike(found).items()]
    return sorted(groups, key=lambda one: (-one.count, one.newest_id))


def reasons_of(services: Services, key: str, which: JobFilter) -> tuple[str, ...]:
    """The whole reasons of a group's jobs, as far as they match: those of most jobs first.

    At most ``MOST_REASONS``, which is what a store can be asked for at once. Empty when there is no
    such group any more.
    """
    members = _alike(services.jobs.groups(replace(which, state=State.PARKED))).get(key, [])
    reasons = dict.fromkeys(one.reason or "" for one in members)
    return tuple(reasons)[:MOST_REASONS]


def _alike(found: Iterable[JobGroup]) -> dict[str, list[JobGroup]]:
    alike: dict[str, list[JobGroup]] = {}
    for one in found:
        alike.setdefault(_key_of(one), []).append(one)
    return alike


def _key_of(one: JobGroup) -> str:
    common = "\0".join((one.flow, one.code or "", pattern_of(one.reason)))
    return hashlib.sha256(common.encode("utf-8", "surrogatepass")).hexdigest()[:KEY_DIGITS]


def pattern_of(reason: str | None) -> str:
    """The reason without what differs from job to job: numbers, and words in quotes or capitals."""
    text = re.sub(r"'[^']*'|\"[^\"]*\"", "'*'", reason or "")
    return re.sub(r"\b[\w.-]*\d[\w.-]*\b|\b[A-Z0-9]+(?:[-_.][A-Z0-9]+)+\b", "*", text)


def _group(key: str, members: list[JobGroup]) -> ParkedGroup:
    first = members[0]
    cause = cause_of(first.code)
    reasons = {one.reason for one in members}
    return ParkedGroup(
        key=key,
        flow=first.flow,
        code=first.code,
        count=sum(one.count for one in members),
        example=first.reason or "no reason was written down",
        reason=first.reason if len(reasons) == 1 else None,
        title=cause.title,
        fix=cause.fix,
        newest_id=max(one.newest_id for one in members),
        oldest=min(one.oldest_change for one in members),
    )
