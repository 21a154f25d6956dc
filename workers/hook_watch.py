"""The hook watch: Picqer and webshops switch hooks off by themselves, so ours are looked at often.

It is a job like any other (``reconcile hooks:main``, ``reconcile nl hooks``), so that the rate
limit, a lock-out and an account or shop that does not answer are treated as everywhere.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial

import structlog

from integration.errors import Unmappable
from integration.flows.observe_shop import polled
from integration.jobs import Done, Ending, Flow, Identity
from integration.ports import Deed, HookAction
from integration.runner import FlowFunction
from integration.services import Work
from integration.settings import Settings
from integration.troubles import note_hooks
from integration.wiring import sync_hooks, sync_shop_hooks

SUBJECT = "hooks"
WAS_DEAF = frozenset({Deed.CREATED, Deed.REACTIVATED, Deed.UPDATED})
"""After one of these, things may have happened that nobody told us."""
TOLD_ONLY = frozenset({Deed.OTHER_INSTALLATION, Deed.TAKEN})
OBSERVES = {"products": "stock", "picklists": "shipments", "orders": "orders"}
"""By the first word of an event of Picqer's: what is read when it may have been missed."""
REPAIR_SECONDS = 60.0
"""By then a repair has been made, also by a process that died of it."""
log = structlog.get_logger(__name__)


def with_hook_watch(
    flows: Mapping[Flow, FlowFunction], settings: Settings
) -> dict[Flow, FlowFunction]:
    """These flows, where ``reconcile`` also knows ``hooks:<account>``, and ``hooks`` of a shop."""
    reconcile = flows[Flow.RECONCILE]

    def reconcile_or_watch(work: Work) -> Ending:
        identity = work.job.identity
        kind, _, account = identity.subject.partition(":")
        if kind != SUBJECT:
            return reconcile(work)
        return watch_shop(work, settings) if identity.shop else watch(work, settings, account)

    return {**flows, Flow.RECONCILE: reconcile_or_watch}


def watch(work: Work, settings: Settings, account: str) -> Ending:
    """Make what is missing, switch on what Picqer switched off, and report the rest."""
    if account not in work.services.accounts:
        raise Unmappable(f"Picqer account {account!r} is no longer configured; dismiss this job.")
    work.services.gate.admit(Flow.RECONCILE, "")
    source = f"picqer/{account}"
    look = partial(sync_hooks, work.services, settings, account, work.guard(source))
    return _report(work, source, _mended(look, partial(_observe_again, work, account)))


def watch_shop(work: Work, settings: Settings) -> Ending:
    """The same at a webshop; what happened while it was not telling us is caught up with."""
    policy = work.shop().policy
    work.services.gate.admit(Flow.RECONCILE, policy.name)
    source = f"shops/{policy.name}"
    look = partial(sync_shop_hooks, work.services, settings, policy.name, work.guard(source))
    return _report(work, source, _mended(look, partial(_poll_again, work)))


def _mended(
    look: Callable[..., list[HookAction]], catch_up: Callable[[Sequence[HookAction], float], None]
) -> list[HookAction]:
    """Mend what is not in order, and have what was missed meanwhile looked for.

    That is written down before the hooks are mended: whoever looks after a death in between finds
    them in order. It is due at once when they are.
    """
    planned = look(dry_run=True)
    if all(action.deed in TOLD_ONLY for action in planned):
        return planned
    catch_up(planned, REPAIR_SECONDS)
    actions = look()
    catch_up(actions, 0.0)
    return actions


def _observe_again(work: Work, account: str, actions: Sequence[HookAction], delay: float) -> None:
    missed = {OBSERVES[one.event.partition(".")[0]] for one in actions if one.deed in WAS_DEAF}
    for kind in sorted(missed):
        identity = Identity(Flow.RECONCILE, "", f"{kind}:{account}")
        work.services.jobs.hint(identity, account, delay=delay, why="a hook was off")


def _poll_again(work: Work, actions: Sequence[HookAction], delay: float) -> None:
    policy = work.shop().policy
    if any(action.deed in WAS_DEAF for action in actions):
        for subject in polled(policy):
            identity = Identity(Flow.RECONCILE, policy.name, subject)
            work.services.jobs.hint(
                identity, work.job.account, webhook=True, delay=delay, why="a hook was off"
            )


def _report(work: Work, source: str, actions: Sequence[HookAction]) -> Ending:
    off = [action.event for action in actions if action.deed is Deed.REACTIVATED]
    note_hooks(work.services.bookmarks, source, off)
    for action in actions:
        log.warning(
            "hook.changed",
            source=source,
            deed=action.deed,
            hook_event=action.event,
            text=action.text,
        )
    return Done("; ".join(action.text for action in actions) or "all hooks are as they ought to be")
