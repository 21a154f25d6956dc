"""The report of a storm, for people and for programs."""

from __future__ import annotations

from dataclasses import replace

import pytest

from workers.chaos.plan import Step
from workers.chaos.report import Report, Waiting, as_record, counted, in_words
from workers.chaos.verdict import Verdict

HELD = Verdict("P1", "one order is one order", ())
BROKEN = Verdict("P4", "the shop shows what can be sold", tuple(f"wrong {n}" for n in range(12)))
REPORT = Report(
    seed=42,
    seconds=60.0,
    stopped_after=None,
    settled_after=18.2,
    faults={"broker killed": 2, "store locked": 1},
    deals={"order placed": 30},
    orders=30,
    shipments=4,
    requests=131,
    promises=(HELD,),
    waiting=(),
)


def told(report: Report) -> str:
    return "\n".join(in_words(report))


def test_a_storm_that_everything_survived_says_so_and_how_to_see_it_again() -> None:
    assert "Every promise held" in told(REPORT)
    assert "picqer-bridge sandbox chaos --seconds 60 --seed 42" in told(REPORT)
    assert "   2  broker killed" in told(REPORT)
    assert "agreed 18 s after" in told(REPORT)


def test_a_broken_promise_is_told_with_what_is_wrong_and_where_the_logs_are() -> None:
    text = told(replace(REPORT, promises=(HELD, BROKEN), folder="/var/kept"))
    assert "P4  BROKEN" in text
    assert "wrong 9" in text
    assert "and 2 more" in text
    assert "The logs are in /var/kept" in text


@pytest.mark.parametrize(
    ("stopped_after", "sentence"), [(7.0, "Stopped after 7 s"), (None, "did not come to agree")]
)
def test_a_storm_that_was_not_at_rest_proves_nothing(
    stopped_after: float | None, sentence: str
) -> None:
    report = replace(REPORT, settled_after=None, stopped_after=stopped_after)
    assert not report.held
    assert sentence in told(report)
    assert "Nothing is proven" in told(report)


def test_what_waits_for_a_person_is_listed_with_its_sentence() -> None:
    report = replace(REPORT, waiting=(Waiting("create_order demo 1042", "it was packed"),))
    assert report.held
    assert "create_order demo 1042: it was packed" in told(report)


def test_a_program_reads_whether_all_and_each_of_it_held() -> None:
    record = as_record(replace(REPORT, promises=(HELD, BROKEN)))
    assert record["held"] is False
    promises = record["promises"]
    assert isinstance(promises, tuple | list)
    assert [one["held"] for one in promises] == [True, False]


def test_faults_and_deals_are_counted_apart_and_their_ends_not_at_all() -> None:
    steps = [
        Step(0.0, "store locked", 0),
        Step(1.0, "store locked", 0, ends=True),
        Step(1.0, "order placed", 0, deal=True),
    ]
    assert counted(steps, deal=False) == {"store locked": 1}
    assert counted(steps, deal=True) == {"order placed": 1}
