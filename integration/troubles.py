"""What is wrong at this moment that a person has to know: one trouble for each cause.

Read from the store and the queue only, so that every process sees the same. Sentences and causes
hold codes and names of settings, never a reason: that may repeat what the other side said.
"""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from urllib.parse import urlencode

from integration.jobs import Queue, State
from integration.liveness import STALE_SECONDS, Liveness, look
from integration.operate.causes import cause_of
from integration.ports import Bookmarks, JobCause, JobFilter
from integration.services import Services

LONG_WAIT = timedelta(hours=1)
PATIENCE_SECONDS = 60.0
"""For how long a process or Redis may be silent, once that is noticed: a restart takes less."""
MOST_EXAMPLES = 3
HOOKS_OFF = "hooks off"
"""The scope of the bookmarks that say which hooks the hook watch last found switched off."""
TOLD_OTHERWISE = frozenset({"GoesOn", "NotYet", "LockedOut"})
"""Waits that are no trouble, or a trouble of their own."""


@dataclass(frozen=True, slots=True)
class Trouble:
    """One thing that is wrong. ``cause`` names it for ever, ``sentence`` says it to a person.

    ``todo`` is the next step, ``command`` shows more, ``page`` is the console's. ``which``: the
    jobs concerned. ``patience``: seconds that it may last before anybody is told.
    """

    cause: str
    sentence: str
    count: int
    todo: str
    command: str
    page: str = "/"
    which: JobFilter | None = None
    patience: float = 0.0


def troubles(services: Services) -> list[Trouble]:
    """Everything that is wrong now. Raises StoreAway."""
    return [
        *_parked(services),
        *_waiting(services),
        *_refused_keys(services),
        *_hooks(services),
        *_silent(services),
    ]


def examples_of(services: Services, trouble: Trouble) -> tuple[str, ...]:
    """A few of the jobs concerned, by their ids."""
    if trouble.which is None:
        return ()
    return tuple(f"job {job.id} ({job.identity})" for job in services.jobs.find(trouble.which))


def note_hooks(bookmarks: Bookmarks, source: str, switched_off: Sequence[str]) -> None:
    """The hook watch looked at this keeper's hooks: those for these events were switched off."""
    bookmarks.set(HOOKS_OFF, source, sorted(switched_off))


def hooks_off(services: Services) -> dict[str, int]:
    """How many hooks the latest look found switched off, by keeper that was looked at."""
    keepers = [f"picqer/{name}" for name in services.accounts]
    keepers += [f"shops/{name}" for name, shop in services.shops.items() if shop.care is not None]
    kept = {source: services.bookmarks.get(HOOKS_OFF, source) for source in sorted(keepers)}
    return {
        source: len(noted[0])
        for source, noted in kept.items()
        if noted is not None and isinstance(noted[0], list)
    }


def _parked(services: Services) -> Iterator[Trouble]:
    for found in services.jobs.causes(State.PARKED):
        cause = cause_of(found.code)
        where = f"shop {found.shop}" if found.shop else f"Picqer account {found.account}"
        yield Trouble(
            cause=f"parked {found.flow} {found.shop or found.account} {found.code}",
            sentence=f"{found.flow} of {where} parked: {cause.title}",
            count=found.count,
            todo=cause.fix,
            command=_command(found, "parked"),
            page="/parked?" + urlencode({"flow": found.flow, "shop": found.shop}),
            which=_filter(found, State.PARKED),
        )


def _waiting(services: Services) -> Iterator[Trouble]:
    """One per account and cause: a dead Redis holds up every flow, and is one cause."""
    since = services.store.now() - LONG_WAIT
    alike: dict[tuple[str, str], list[JobCause]] = {}
    for found in services.jobs.causes(State.OPEN, waiting_since=since):
        if found.code not in TOLD_OTHERWISE:
            alike.setdefault((found.account, found.code), []).append(found)
    for (account, code), members in alike.items():
        cause = cause_of(code)
        yield Trouble(
            cause=f"waiting {account} {code}",
            sentence=f"Work for Picqer account {account} waits over an hour: {cause.title}",
            count=sum(member.count for member in members),
            todo=cause.fix,
            command=f"picqer-bridge jobs list --state open --account {account} --code {code}",
            page="/jobs?" + urlencode({"state": "open", "account": account, "code": code}),
            which=JobFilter(State.OPEN, account=account, code=code, limit=MOST_EXAMPLES),
        )


def _refused_keys(services: Services) -> Iterator[Trouble]:
    cause = cause_of("LockedOut")
    for scope in services.gate.locked_out():
        yield Trouble(
            cause=f"key {scope}",
            sentence=f"{scope} refuses its key, and all work for it waits",
            count=1,
            todo=cause.fix if scope.startswith("picqer/") else cause.fix.replace("Picqer", "shop"),
            command="picqer-bridge doctor",
        )


def _hooks(services: Services) -> Iterator[Trouble]:
    for source, count in hooks_off(services).items():
        if count:
            yield Trouble(
                cause=f"hook {source}",
                sentence=f"Hooks at {source} had been switched off and were switched on again",
                count=count,
                todo="Deliveries failed for hours. See that the door can be reached from outside "
                "at public_url; what was missed is caught up with by itself.",
                command="picqer-bridge hooks list",
                page="/hooks",
            )


def _silent(services: Services) -> Iterator[Trouble]:
    seen = look(services)
    if services.wake_up.waiting(Queue.ORDERS) is None:
        yield _silence("redis", "Redis cannot be reached", "Start Redis; it then goes on.")
        return
    for kind in _missing(seen):
        yield _silence(
            f"missing {kind}",
            f"No process of the kind {kind} was seen for a minute",
            f"Start {kind}; when it ends again, its log says why.",
        )
    for kind, count in seen.stalled.items():
        yield _silence(
            f"stalled {kind}",
            f"A process of the kind {kind} lives and does not get on with its work",
            "Restart it, unless its supervisor does so in a minute.",
            count,
        )
    # Without workers it is plain that nobody serves the queues.
    for queue in [] if "worker" in seen.missing else seen.unserved:
        yield _silence(
            f"unserved {queue}",
            f"Nobody takes anything from the queue {queue}",
            f"Start a worker with {queue} in its -Q.",
        )


def _missing(seen: Liveness) -> list[str]:
    """The web process only when there was one: it is not part of every installation."""
    web = seen.heartbeats.get("web", 0.0)
    return [*seen.missing, *(["web"] if web >= STALE_SECONDS else [])]


def _silence(cause: str, sentence: str, todo: str, count: int = 1) -> Trouble:
    command = "curl -s <the door's address>/health/ready"
    return Trouble(f"silent {cause}", sentence, count, todo, command, patience=PATIENCE_SECONDS)


def _filter(found: JobCause, state: State) -> JobFilter:
    return JobFilter(
        state,
        flow=found.flow,
        shop=found.shop,
        account=found.account,
        code=found.code,
        limit=MOST_EXAMPLES,
    )


def _command(found: JobCause, state: str) -> str:
    words = ["picqer-bridge", "jobs", "list", "--state", state, "--flow", found.flow.value]
    words += ["--shop", found.shop] if found.shop else ["--account", found.account]
    return shlex.join([*words, "--code", found.code])
