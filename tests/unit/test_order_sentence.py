"""The one sentence about an order: where it is, why, and what a person may do."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from integration.domain import PicqerStatus
from integration.jobs import Flow, Identity, Job, State
from integration.order_story.chapters import PicklistChapter, PicqerChapter, Whereabouts
from integration.order_story.sentence import whereabouts
from integration.testing.clock import NOON

AT_PICQER = PicqerChapter(
    account="main",
    reference="1042",
    idorder=7,
    orderid="P7",
    in_doubt=False,
    withdrawn=False,
    completed_in_shop=False,
    process_stamp="2026-11-23 13:00:00",
    status=None,
    status_stamp=None,
)
IN_DOUBT = replace(AT_PICQER, idorder=None, orderid=None, in_doubt=True, process_stamp=None)
CLOSED = PicklistChapter(9, "PL9", True, "2026-11-23 13:10:00", 2, True, False, ())
OPEN = PicklistChapter(10, "PL10", False, None, 0, False, False, ())


def job(flow: Flow, state: State, reason: str | None = None, **changes: object) -> Job:
    made = Job(
        id=12,
        identity=Identity(flow, "nl", "1042"),
        account="main",
        queue=flow.queue,
        state=state,
        due_at=NOON,
        reason=reason,
        code=None,
        revision=1,
        claimed_revision=1,
        attempts=0,
        waits=0,
        crashes=0,
        hold=False,
        look_first=False,
        blocked_on=None,
        progress={},
        lease_until=None,
        lease_token=None,
        sent_at=None,
        created_at=NOON,
        updated_at=NOON,
    )
    return replace(made, **changes)  # type: ignore[arg-type]  # tests name any field


def create(state: State, reason: str | None = None, **changes: object) -> Job:
    return job(Flow.CREATE_ORDER, state, reason, **changes)


def complete(state: State, reason: str | None = None, **changes: object) -> Job:
    return job(Flow.COMPLETE_ORDER, state, reason, **changes)


def where(
    creating: Job | None = None,
    completing: Job | None = None,
    picqer: PicqerChapter | None = None,
    *picklists: PicklistChapter,
) -> Whereabouts:
    return whereabouts(
        "Order 1042 of nl",
        create=creating,
        complete=completing,
        picqer=picqer,
        picklists=picklists,
        now=NOON,
    )


DONE = create(State.DONE, "nothing to do: it is a test order")
LATER = NOON + timedelta(seconds=40)


@pytest.mark.parametrize(
    ("told", "sentence"),
    [
        (where(create(State.OPEN)), "is not in Picqer yet: it is due now and waits for a worker."),
        (
            where(create(State.OPEN, "the rate limit is used up", due_at=LATER)),
            "is not in Picqer yet: the rate limit is used up. Next look at 12:00:40 UTC, in 40 s.",
        ),
        (
            where(create(State.OPEN, "Picqer had an error.", due_at=LATER, attempts=3)),
            (
                "is not in Picqer yet: Picqer had an error. It was tried 3 of 15 times. Next look "
                "at 12:00:40 UTC, in 40 s."
            ),
        ),
        (
            where(create(State.OPEN, "no clear answer came", due_at=LATER), None, IN_DOUBT),
            "is in doubt: no clear answer came. Next look at 12:00:40 UTC, in 40 s.",
        ),
        (
            where(create(State.RUNNING), None, AT_PICQER),
            "is in Picqer as P7; a worker is busy with it.",
        ),
        (where(DONE), "is not in Picqer: nothing to do: it is a test order."),
        (where(), "is known, but nothing has asked for it to be brought to Picqer."),
        (
            where(DONE, None, AT_PICQER, CLOSED, OPEN),
            (
                "is in Picqer as P7 and processing since 2026-11-23 13:00:00 (Picqer's time); 1 of "
                "2 picklists closed, 1 reported to the shop."
            ),
        ),
        (
            where(DONE, None, replace(AT_PICQER, process_stamp=None)),
            "is a concept in Picqer (P7); a person processes it there.",
        ),
        (
            where(DONE, None, replace(AT_PICQER, status=PicqerStatus.CANCELLED)),
            "was cancelled in Picqer (P7); the shop's order is left as it is.",
        ),
        (
            where(DONE, None, replace(AT_PICQER, status=PicqerStatus.COMPLETED), CLOSED),
            "is completed in Picqer (P7), 1 of 1 picklist closed, 1 reported to the shop.",
        ),
        (
            where(DONE, None, replace(AT_PICQER, completed_in_shop=True), CLOSED),
            "is completed: P7, 1 of 1 picklist closed, 1 reported to the shop.",
        ),
        (
            where(DONE, complete(State.RUNNING), AT_PICQER),
            "is in Picqer as P7; the shop is being told at this moment.",
        ),
        (
            where(DONE, complete(State.OPEN, "parcels are waited for", due_at=LATER), AT_PICQER),
            (
                "is in Picqer as P7, and the shop is to be told: parcels are waited for. Next look "
                "at 12:00:40 UTC, in 40 s."
            ),
        ),
    ],
)
def test_the_sentence_says_where_and_why(told: Whereabouts, sentence: str) -> None:
    assert told == Whereabouts(f"Order 1042 of nl {sentence}")


def test_a_withdrawn_order_says_what_was_done() -> None:
    withdrawn = replace(AT_PICQER, withdrawn=True)
    told = where(create(State.DONE, "concept P7 was deleted at Picqer"), None, withdrawn)
    assert told.sentence == "Order 1042 of nl: concept P7 was deleted at Picqer."


def test_a_parked_order_comes_with_its_two_ways_out() -> None:
    told = where(create(State.PARKED, "there is no VAT group of 17 %"))
    assert told.sentence == "Order 1042 of nl is parked: there is no VAT group of 17 %."
    assert "Remove the cause, then: picqer-bridge jobs retry 12" in told.next_step
    assert "jobs dismiss 12" in told.next_step


def test_an_order_that_waits_for_a_product_says_that_it_goes_on_by_itself() -> None:
    told = where(create(State.PARKED, "unknown product", blocked_on="MUG-BLUE"))
    assert told.next_step.startswith(
        "It goes on by itself when product MUG-BLUE can be ordered at Picqer."
    )


def test_a_dismissed_order_says_who_did_it_and_how_to_undo_it() -> None:
    told = where(create(State.DISMISSED, "dismissed by anna"))
    assert told.sentence.startswith("Order 1042 of nl was put aside (dismissed by anna)")
    assert told.next_step == "To ship it after all: picqer-bridge jobs retry 12"


@pytest.mark.parametrize(
    ("state", "words"),
    [(State.PARKED, "but telling the shop is parked"), (State.DISMISSED, "was put aside")],
)
def test_shipments_that_do_not_reach_the_shop_are_said_beside_where_it_is(
    state: State, words: str
) -> None:
    told = where(DONE, complete(state, "the shop refused"), AT_PICQER)
    assert told.sentence.startswith("Order 1042 of nl is in Picqer as P7")
    assert words in told.sentence
    assert "picqer-bridge jobs retry 12" in told.next_step


def test_a_job_that_no_worker_takes_says_where_to_look() -> None:
    told = where(create(State.OPEN, due_at=NOON - timedelta(minutes=5)))
    assert "due since 2026-11-23 11:55:00 UTC and no worker took it" in told.sentence
    assert "workers" in told.next_step
