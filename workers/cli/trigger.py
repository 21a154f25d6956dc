"""``picqer-bridge trigger``: a signed test event to the door, and what became of it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Annotated

import typer

from integration.ports import Act, AuditEntry, DeliveryRecord, Sight, Silence
from integration.services import Services
from integration.wiring import knock_with_sample, sample_events
from workers.cli.commands import PROBLEM
from workers.cli.connection import connection_of, known_account, who
from workers.cli.screen import JsonFlag, complain, show, show_json

EVENTS = sample_events()
REFUSALS = {
    401: "it refused the signature: the door's process reads another webhook_secret than this "
    "command does; restart it, or see which settings it reads",
    404: "there is no such account at that door: it reads other settings, or it is another service",
    503: "its store is away: see whether the database runs",
}


@dataclass(frozen=True, slots=True)
class Told:
    """What became of the event. ``delivery`` is None when the door did not take it."""

    event: str
    address: str
    taken: bool
    status: int | None
    delivery: int | None
    state: str | None
    jobs: list[int]
    sentence: str


def trigger(
    context: typer.Context,
    event: Annotated[str, typer.Argument(help=f"One of {', '.join(EVENTS)}.")],
    *,
    account: Annotated[
        str | None, typer.Option(help="The Picqer account it comes from, where there are several.")
    ] = None,
    door: Annotated[
        str | None, typer.Option(metavar="URL", help="Where the door is, if not at public_url.")
    ] = None,
    as_json: JsonFlag = False,
) -> None:
    """Send a signed test event of Picqer to the door, and tell what became of it.

    It has Picqer's own format, and is about an order, picklist and product that nobody has: it
    shows that the door is reached, knows the secret and stores what it takes; nothing is shipped
    or told to a shop. Exit code 1 when the door did not take it.

    \b
    Examples:
      picqer-bridge trigger picklists.closed
      picqer-bridge trigger products.free_stock_changed --door http://127.0.0.1:8000 --json
    """
    _require_event(event)
    connection = connection_of(context)
    settings = connection.settings()
    services = connection.services(settings)
    name = _account(services, account)
    address, answer = knock_with_sample(services, settings, name, event, door)
    services.audit.write(AuditEntry(who(), Act.TRIGGER, f"{event} to {address}"))
    told = _told(services, event, address, answer)
    if as_json:
        show_json(told)
    elif told.taken:
        show(told.sentence)
    else:
        complain(told.sentence)
    if not told.taken:
        raise typer.Exit(PROBLEM)


def _require_event(event: str) -> None:
    if event not in EVENTS:
        near = get_close_matches(event, EVENTS, n=1)
        hint = f"did you mean {near[0]}?" if near else f"there is {', '.join(EVENTS)}"
        raise typer.BadParameter(f"{event!r} is no event that we subscribe to; {hint}")


def _account(services: Services, account: str | None) -> str:
    known_account(services, account)
    if account is not None:
        return account
    if len(services.accounts) != 1:
        names = ", ".join(sorted(services.accounts)) or "none"
        raise typer.BadParameter(f"say with --account which one; there is {names}")
    return next(iter(services.accounts))


def _told(services: Services, event: str, address: str, answer: Sight | Silence) -> Told:
    if isinstance(answer, Silence):
        sentence = f"Nothing took it at {address}, because {answer.why}. Start the door (web)."
        return Told(event, address, False, None, None, None, [], sentence)
    stored = _stored(answer)
    if answer.status != 200 or stored is None:
        why = REFUSALS.get(answer.status, f"it answered {answer.status}, as our door never does")
        sentence = f"The door at {address} did not take it: {why}."
        return Told(event, address, False, answer.status, None, None, [], sentence)
    delivery, state = stored
    record = services.inbox.delivery(delivery)
    jobs = [] if record is None else [job for job, _ in record.jobs]
    sentence = f"The door at {address} took it: {_became(delivery, state, record, jobs)}"
    return Told(event, address, True, answer.status, delivery, state, jobs, sentence)


def _stored(answer: Sight) -> tuple[int, str] | None:
    """(delivery, state) as our door answers; None for anybody else's answer."""
    try:
        content = json.loads(answer.body or b"")
        return int(content["delivery"]), str(content["state"])
    except (ValueError, TypeError, KeyError):
        return None


def _became(delivery: int, state: str, record: DeliveryRecord | None, jobs: list[int]) -> str:
    if record is None:
        return f"delivery {delivery}, {state}. This store does not have it: the door uses another."
    copy = ", a copy of an earlier one" if record.copies else ""
    if jobs:
        named = ", ".join(str(job) for job in jobs)
        return f"delivery {delivery}{copy}, {state} to job(s) {named} (picqer-bridge jobs show)."
    usual = " That is right: a test event is about nothing that is there."
    reason = f": {record.reason}." if record.reason else "."
    return f"delivery {delivery}{copy}, {state}{reason}{usual}"
