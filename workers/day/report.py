"""The end of the demo day: what it cost, whether the books agree, and what waits for a person."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from integration.jobs import Flow, Job
from workers.day.calls import Calls, Owners, count_calls
from workers.day.screen import Screen
from workers.day.stage import Stage
from workers.day.watch import Watch
from workers.day.words import count


def report(watch: Watch, screen: Screen, *, first_order: float | None, keep_running: bool) -> bool:
    """Print the report; returns whether the books agree and no request was too many.

    ``first_order`` is how many seconds after the start of the command the first order was
    processing at Picqer.
    """
    wrong = watch.disagreements()
    calls = count_calls(watch.stage.picqer.log(), owners_of(watch.stage))
    excess = watch.stage.picqer.busiest()["rejected"]
    screen.print("", *calls_in_words(calls))
    screen.print(f"429s that were not the storm's: {excess}")
    if first_order is not None:
        screen.print(f"First order processing {first_order:.1f} s after the start.")
    screen.print("", *verdict(wrong, len(watch.books.orders), len(watch.books.stock)))
    screen.print("", *what_to_look_at(watch.stage, watch.parked()))
    if keep_running:
        screen.print("", *what_to_try(watch.stage, sorted(watch.unshippable)))
    unforeseen = [job for job in watch.parked() if job.identity.subject not in watch.unshippable]
    return not wrong and excess == 0 and not unforeseen


def owners_of(stage: Stage) -> Owners:
    """Whose the requests of this day are."""
    books = stage.picqer.books
    with books.lock:
        by_idorder = {row.idorder: row.reference or "" for row in books.orders.values()}
        by_idpicklist = {
            row.idpicklist: by_idorder[row.idorder]
            for row in books.picklists.values()
            if row.idorder is not None
        }
        first: dict[int, str] = {}
        for row in sorted(books.orders.values(), key=lambda row: row.idorder):
            if row.idcustomer is not None:
                first.setdefault(row.idcustomer, row.reference or "")
        closed = sum(row.status == "closed" for row in books.picklists.values())
    return Owners(by_idorder, by_idpicklist, dict.fromkeys(first.values(), 1), closed)


def calls_in_words(calls: Calls) -> Iterator[str]:
    """The requests by kind, and what each order cost."""
    yield "Requests to Picqer"
    for kind, number in sorted(calls.by_kind.items(), key=lambda item: -item[1]):
        yield f"  {number:4d}  {kind}"
    yield f"  {calls.refused_by_storm:4d}  refused by the storm; they cost no attempt"
    each = ", ".join(f"{number}: {calls.entering[number]}" for number in sorted(calls.entering))
    yield f"Requests per order until it is processing, its customer included: {each}"
    reports = count(sum(calls.shipping.values()), "request")
    yield f"Requests for {count(calls.closed_picklists, 'closed picklist')}: {reports}"


def verdict(wrong: Sequence[str], orders: int, products: int) -> Iterator[str]:
    """Whether the books agree, and where they do not."""
    if not wrong:
        yield (
            f"Both books agree: {count(orders, 'order')} and {count(products, 'product')}, every "
            f"order to be shipped once at Picqer, every parcel and every figure the same."
        )
        return
    yield f"THE BOOKS DO NOT AGREE in {count(len(wrong), 'point')}:"
    for sentence in wrong:
        yield f"  {sentence}"


def what_to_look_at(stage: Stage, parked: Sequence[Job]) -> Iterator[str]:
    """What waits for a person, and the commands with which a person goes on."""
    yield f"{count(len(parked), 'job')} for a person to look at:"
    for job in parked:
        yield f"  {job.identity}: {job.reason}"
    program = f"BRIDGE_CONFIG={_short(stage.config)} {_program()}"
    yield "Look at them from another terminal:"
    yield f"  {program} jobs list --state parked"
    for job in parked:
        if job.identity.flow is Flow.CREATE_ORDER:
            yield f"  {program} order {job.identity.subject}"
    flower = stage.service.settings.flower
    if flower.password is not None:
        yield f"  Flower: http://127.0.0.1:5555, user {flower.user}"


def what_to_try(stage: Stage, unshippable: Sequence[str]) -> Iterator[str]:
    """How a person can mend an order in the demo shop, as its keeper would in a real one."""
    for number in unshippable:
        token = stage.shop.token.get_secret_value()
        yield f"To mend order {number} in the shop, so that it goes on by itself:"
        yield (
            f"  curl -X PATCH {stage.shop.url}/control/orders/{number} "
            f"-H 'Authorization: Bearer {token}' -H 'Content-Type: application/json' "
            """-d '{"currency": "EUR"}'"""
        )


def _short(path: Path) -> Path:
    """The path as a person here would type it."""
    here = Path.cwd()
    return path.relative_to(here) if path.is_relative_to(here) else path


def _program() -> str:
    """The program as a person here would type it."""
    if shutil.which("picqer-bridge") is not None:
        return "picqer-bridge"
    return str(_short(Path(sys.executable).with_name("picqer-bridge")))
