"""The hook watch: Picqer switches hooks off by itself, so ours are looked at every few minutes.

It is a job like any other (``reconcile hooks:main``), so that the rate limit, a lock-out and an
account that does not answer are treated as everywhere.
"""

from __future__ import annotations

from collections.abc import Mapping

import structlog

from integration.errors import Unmappable
from integration.jobs import Done, Ending, Flow
from integration.runner import FlowFunction
from integration.services import Work
from integration.settings import Settings
from integration.wiring import sync_hooks

SUBJECT = "hooks"
log = structlog.get_logger(__name__)


def with_hook_watch(
    flows: Mapping[Flow, FlowFunction], settings: Settings
) -> dict[Flow, FlowFunction]:
    """These flows, where ``reconcile`` also knows the subject ``hooks:<account>``."""
    reconcile = flows[Flow.RECONCILE]

    def reconcile_or_watch(work: Work) -> Ending:
        kind, _, account = work.job.identity.subject.partition(":")
        if kind == SUBJECT and not work.job.identity.shop:
            return watch_hooks(work, settings, account)
        return reconcile(work)

    return {**flows, Flow.RECONCILE: reconcile_or_watch}


def watch_hooks(work: Work, settings: Settings, account: str) -> Ending:
    """Make what is missing, switch on what Picqer switched off, and report the rest."""
    if account not in work.services.accounts:
        raise Unmappable(f"Picqer account {account!r} is no longer configured; dismiss this job.")
    work.services.gate.admit(Flow.RECONCILE, "")
    guard = work.guard(f"picqer/{account}")
    actions = sync_hooks(work.services, settings, account, guard)
    for action in actions:
        log.warning(
            "hook.changed",
            account=account,
            deed=action.deed,
            hook_event=action.event,
            text=action.text,
        )
    return Done("; ".join(action.text for action in actions) or "all hooks are as they ought to be")
