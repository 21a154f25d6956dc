"""The way to an account: what its headers say, and what the permit is told."""

from __future__ import annotations

import pytest

from integration.errors import NoLimiter, OverBudget
from integration.jobs import Lane
from integration.picqer.access import LimitedPassage, address_of, count_of
from integration.ports import Permit
from integration.testing.open_doors import OpenLimiter

PERMIT = Permit("x", 1, "main", Lane.ORDERS)


@pytest.mark.parametrize(
    ("header", "count"),
    [
        ("500", 500),
        (" 500 ", 500),
        ("1", 1),
        ("0", None),
        ("-1", None),
        ("5e3", None),
        ("²", None),
        ("1000001", None),
        ("9" * 30, None),
        ("", None),
        (None, None),
    ],
)
def test_only_believable_counts_are_taken_from_headers(
    header: str | None, count: int | None
) -> None:
    assert count_of(header, least=1) == count


def test_nothing_may_remain() -> None:
    assert count_of("0", least=0) == 0


class AbsentLimiter(OpenLimiter):
    """Redis went away after the permit was given."""

    def answered(self, permit: Permit, limit: int | None, remaining: int | None) -> None:
        raise NoLimiter

    def refused(self, permit: Permit, retry_after: float | None, limit: int | None = None) -> float:
        raise NoLimiter

    def unanswered(self, permit: Permit) -> None:
        raise NoLimiter

    def give_back(self, permit: Permit) -> None:
        raise NoLimiter


def test_a_limiter_that_went_away_does_not_spoil_the_answer() -> None:
    passage = LimitedPassage(AbsentLimiter(), PERMIT)
    passage.answered({})
    passage.unanswered()
    passage.unsent()
    assert passage.refused(None, {}) == 5.0
    assert passage.refused(7.0, {}) == 7.0


def test_headers_reach_the_limiter() -> None:
    limiter = OpenLimiter()
    headers = {"X-RateLimit-Limit": "500", "X-RateLimit-Remaining": "0"}
    LimitedPassage(limiter, PERMIT).answered(headers)
    LimitedPassage(limiter, PERMIT).refused(None, {"X-RateLimit-Limit": "300"})
    assert limiter.headers == [(500, 0), (300, None)]


def test_without_a_permit_nothing_happens() -> None:
    limiter = OpenLimiter()
    limiter.error = OverBudget(seconds=4.0)
    with pytest.raises(OverBudget):
        limiter.take(Lane.ORDERS, patience=0.0)
    assert limiter.log == []


def test_the_api_is_at_the_accounts_subdomain() -> None:
    assert address_of("example") == "https://example.picqer.com/api/v1"
