"""What waits for a person, one group for each thing that has to be put right."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from integration.jobs import Flow, State
from integration.operate.causes import cause_of
from integration.ports import JobFilter, JobGroup
from integration.services import Services


@dataclass(frozen=True, slots=True)
class ParkedGroup:
    """Parked jobs of one flow whose reasons differ at most in numbers and quoted words.

    ``example`` is one of the reasons as it stands, ``oldest`` the least recent parking. With only
    one ``reason``, and it alone, the group can be named by a filter; otherwise it is None.
    """

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
    alike: dict[tuple[Flow, str | None, str], list[JobGroup]] = {}
    for one in found:
        alike.setdefault((one.flow, one.code, pattern_of(one.reason)), []).append(one)
    groups = [_group(members) for members in alike.values()]
    return sorted(groups, key=lambda one: (-one.count, one.newest_id))


def pattern_of(reason: str | None) -> str:
    """The reason without what differs from job to job: numbers, and words in quotes or capitals."""
    text = re.sub(r"'[^']*'|\"[^\"]*\"", "'*'", reason or "")
    return re.sub(r"\b[\w.-]*\d[\w.-]*\b|\b[A-Z0-9]+(?:[-_.][A-Z0-9]+)+\b", "*", text)


def _group(members: list[JobGroup]) -> ParkedGroup:
    first = members[0]
    cause = cause_of(first.code)
    reasons = {one.reason for one in members}
    return ParkedGroup(
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
