"""Which old orders are brought, and which are left out because Picqer may have them."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta

import pytest

from integration.domain import FulfillmentStatus, Order, PicqerOrder, PicqerStatus
from integration.flows.backfill_survey import Survey
from integration.testing.clock import NOON
from integration.testing.samples import ORDER

SINCE = NOON - timedelta(days=30)


def survey_of(*orders: Order, prefix: str = "") -> Survey:
    survey = Survey()
    for order in orders:
        survey.consider(order, f"{prefix}{order.number}", SINCE, timedelta(0), known=False)
    return survey


def order(number: str, **changes: object) -> Order:
    return replace(ORDER, id=f"id-{number}", number=number, **changes)  # type: ignore[arg-type]  # tests name any field


def at_picqer(reference: str | None, status: PicqerStatus = PicqerStatus.PROCESSING) -> PicqerOrder:
    return PicqerOrder(301, "O301", status, reference, "2026-11-01 10:00:00", "2026-11-01 10:00:00")


def numbers(survey: Survey) -> list[str]:
    return [old.number for old in survey.to_bring]


def test_orders_that_nobody_shipped_are_brought_unpaid_ones_too() -> None:
    assert numbers(survey_of(order("1042"), order("1043", release=False))) == ["1042", "1043"]


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"fulfillment_status": FulfillmentStatus.FULFILLED}, "the shop says it was shipped"),
        ({"cancelled": True}, "it is cancelled in the shop"),
        ({"test": True}, "it is a test order"),
        ({"placed_at": SINCE - timedelta(days=1)}, "it was placed before"),
        ({"lines": ()}, "no line of it is to be shipped"),
    ],
)
def test_what_is_not_to_be_shipped_is_left_out_and_counted(
    changes: dict[str, object], reason: str
) -> None:
    survey = survey_of(order("1042", **changes))
    assert numbers(survey) == []
    ((why, count),) = survey.left_out.items()
    assert (why.startswith(reason), count) == (True, 1)


def test_what_this_service_brought_is_left_out() -> None:
    survey = Survey()
    survey.consider(order("1042"), "1042", SINCE, timedelta(0), known=True)
    assert survey.to_bring == []
    assert survey.left_out.total() == 1


def test_an_order_with_our_reference_is_taken_over() -> None:
    survey = survey_of(order("1042"), order("1043"))
    survey.meet([at_picqer("1042")])
    assert numbers(survey) == ["1042", "1043"]
    assert survey.there == {"id-1042": "O301"}


@pytest.mark.parametrize("alike", ["WEB-1042", "#1042", "1042/1", "Webshop order 001042"])
def test_an_order_that_only_looks_like_one_at_picqer_is_left_out_and_named(alike: str) -> None:
    survey = survey_of(order("1042"), order("1043"))
    survey.meet([at_picqer(alike)])
    assert numbers(survey) == ["1043"]
    ((old, reference),) = survey.doubtful
    assert (old.number, reference) == ("1042", alike)


@pytest.mark.parametrize("other", [None, "11042", "10420", "WEB-42", "whatever"])
def test_other_references_do_not_look_like_it(other: str | None) -> None:
    survey = survey_of(order("1042"))
    survey.meet([at_picqer(other)])
    assert numbers(survey) == ["1042"]


def test_a_cancelled_order_at_picqer_is_no_likeness() -> None:
    survey = survey_of(order("1042"))
    survey.meet([at_picqer("WEB-1042", PicqerStatus.CANCELLED)])
    assert survey.doubtful == []


def test_an_order_that_is_there_twice_under_both_names_is_taken_over() -> None:
    survey = survey_of(order("1042"))
    survey.meet([at_picqer("WEB-1042"), at_picqer("1042")])
    assert numbers(survey) == ["1042"]
    assert survey.doubtful == []


def test_a_number_without_digits_is_alike_only_to_itself() -> None:
    survey = survey_of(order("ABC"), prefix="NL-")
    survey.meet([at_picqer("ABC-1042")])
    assert numbers(survey) == ["ABC"]


def test_what_is_kept_in_the_store_is_the_same_survey() -> None:
    survey = survey_of(order("1042"), order("1043"), order("1044", test=True))
    survey.meet([at_picqer("1042"), at_picqer("WEB-1043")])
    assert Survey.of_json(json.loads(json.dumps(survey.as_json()))) == survey
    assert Survey.of_json({}) == Survey()
