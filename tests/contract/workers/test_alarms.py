"""What a person is told: once when it begins, once when it is over, and never a flood."""

from __future__ import annotations

from typing import cast

import pytest
from structlog.testing import capture_logs

from integration.alarms import AlarmWatch
from integration.errors import Ambiguous, NoLimiter, Unavailable
from integration.jobs import Ending, Flow, Identity, Park, Retry, Wait, go_on
from integration.liveness import QUEUES, note_taken
from integration.ports import News
from integration.services import Services
from integration.testing.alarm import FakeAlarm
from integration.testing.clock import NOON, HandClock
from integration.troubles import note_hooks
from workers.alarm_watch import AlarmThread

PARK = Park("Order 1042 has a line without SKU for A. Jansen", "Unmappable")
PARKED = "parked create_order nl Unmappable"
BEATS = ("beat@a:1", "worker@a:2", "mover@a:3", "web@a:4")


class Installation:
    """A service whose processes all live, unless told otherwise, and who is told by it."""

    def __init__(self, services: Services, clock: HandClock) -> None:
        self.services = services
        self.clock = clock
        self.silent: set[str] = set()
        self.deaf: set[str] = set()
        self.watches = [AlarmWatch(services, "https://b.example.com") for _ in range(2)]
        self._numbers: dict[str, int] = {}

    @property
    def alarm(self) -> FakeAlarm:
        return cast("FakeAlarm", self.services.alarm)

    def told(self) -> list[tuple[str, str, int]]:
        """What was told since the last question."""
        found = [(one.cause, one.news.value, one.count) for one in self.alarm.told]
        self.alarm.told.clear()
        return found

    def live(self, seconds: float = 0) -> None:
        """Let time pass, in which both watches look every half minute."""
        for _ in range(max(1, int(seconds // 30))):
            self.clock.advance(min(30, seconds))
            self._give_signs()
            for watch in self.watches:
                watch.look()

    def end(self, ending: Ending, subject: str = "1042", flow: Flow = Flow.CREATE_ORDER) -> int:
        """A job of this subject ends so."""
        jobs = self.services.jobs
        shop = "" if flow is Flow.RECONCILE else "nl"
        job = jobs.claim(jobs.hint(Identity(flow, shop, subject), "main", webhook=True).id, "w")
        assert job is not None
        return jobs.end(job, ending).id

    def _give_signs(self) -> None:
        for name in BEATS:
            if name.partition("@")[0] not in self.silent:
                number = self._numbers.get(name, 0)
                self._numbers[name] = self.services.gate.beat(name, number)
        for queue in QUEUES:
            if queue not in self.deaf:
                note_taken(self.services.bookmarks, queue)


@pytest.fixture
def place(services: Services, clock: HandClock) -> Installation:
    made = Installation(services, clock)
    made.live()
    assert made.told() == []
    return made


def test_a_parked_job_is_told_once_and_once_that_it_is_over(place: Installation) -> None:
    job_id = place.end(PARK)
    place.live(1800)
    assert place.told() == [(PARKED, "opened", 1)]

    place.services.jobs.dismiss(job_id, "ann")
    place.live(240)
    assert place.told() == []
    place.live(1800)
    assert place.told() == [(PARKED, "over", 1)]


def test_the_message_says_what_how_many_which_and_what_to_do_and_names_nobody(
    place: Installation,
) -> None:
    job_id = place.end(PARK)
    place.live()
    (notice,) = place.alarm.told
    assert notice.sentence == (
        "create_order of shop nl parked: the shop's data cannot be translated for Picqer"
    )
    assert notice.examples == (f"job {job_id} (create_order nl 1042)",)
    assert "then retry" in notice.todo
    assert notice.command == (
        "picqer-bridge jobs list --state parked --flow create_order --shop nl --code Unmappable"
    )
    assert notice.link == "https://b.example.com/parked?flow=create_order&shop=nl"
    assert "Jansen" not in str(notice)


def test_the_line_about_a_message_names_the_jobs_it_is_about(place: Installation) -> None:
    job_id = place.end(PARK)
    with capture_logs() as lines:
        place.live()
    (told,) = [line for line in lines if line["event"] == "alarm.told"]
    assert told["examples"] == [f"job {job_id} (create_order nl 1042)"]
    assert "Jansen" not in str(lines)


def test_thousands_of_one_cause_are_one_message_and_one_an_hour(place: Installation) -> None:
    for number in range(300):
        place.end(PARK, str(number))
    place.live(60)
    assert place.told() == [(PARKED, "opened", 300)]

    for number in range(300, 330):
        place.end(PARK, str(number))
        place.live(30)
    assert place.told() == []
    place.live(3600)
    assert place.told() == [(PARKED, "changed", 330)]
    place.live(7200)
    assert place.told() == []


def test_what_comes_back_within_minutes_was_never_over(place: Installation) -> None:
    place.services.gate.lock_out("picqer/main", "401")
    place.live(60)
    assert place.told() == [("key picqer/main", "opened", 1)]
    for _ in range(10):
        place.services.gate.answered("picqer/main")
        place.live(120)
        place.services.gate.lock_out("picqer/main", "401")
        place.live(120)
    assert place.told() == []


def test_work_that_waits_over_an_hour_is_told_whatever_number_of_flows_waits(
    place: Installation,
) -> None:
    away = Wait(2.0, "Redis is away", NoLimiter().code)
    for _ in range(11):
        place.end(away)
        place.end(away, "stock", Flow.PUSH_STOCK)
        place.live(300)
    assert place.told() == []
    place.live(600)
    assert place.told() == [("waiting main NoLimiter", "opened", 2)]


def test_attempts_that_fail_for_an_hour_are_told_too_though_their_cause_alternates(
    place: Installation,
) -> None:
    for code in ("Unavailable", "Unreachable") * 7:
        place.end(Retry(2.0, "no answer", code))
        place.live(300)
    assert ("waiting main Unreachable", "opened", 1) in place.told()


@pytest.mark.parametrize("ending", [go_on(), Wait(60, "parcels to come", "NotYet")])
def test_a_long_job_that_goes_on_and_parcels_to_come_are_no_trouble(
    place: Installation, ending: Ending
) -> None:
    for _ in range(14):
        place.end(ending, "backfill_orders", Flow.RECONCILE)
        place.live(300)
    assert place.told() == []


def test_a_hook_that_was_switched_off_is_told_and_that_it_stays_on(place: Installation) -> None:
    note_hooks(place.services.bookmarks, "picqer/main", ["orders.closed", "picklists.closed"])
    place.live(60)
    assert place.told() == [("hook picqer/main", "opened", 2)]
    note_hooks(place.services.bookmarks, "picqer/main", [])
    place.live(600)
    assert place.told() == [("hook picqer/main", "over", 2)]


@pytest.mark.parametrize("kind", ["beat", "worker", "web"])
def test_a_silent_process_is_told_by_the_others_and_a_restart_is_not(
    place: Installation, kind: str
) -> None:
    place.silent = {kind}
    place.live(90)
    place.silent = set()
    place.live(600)
    assert place.told() == []

    place.silent = {kind}
    place.live(300)
    assert place.told() == [(f"silent missing {kind}", "opened", 1)]
    place.silent = set()
    place.live(600)
    assert place.told() == [(f"silent missing {kind}", "over", 1)]


def test_a_queue_that_nobody_takes_from_is_told(place: Installation) -> None:
    place.deaf = {"bulk"}
    place.live(300)
    assert place.told() == [("silent unserved bulk", "opened", 1)]


def test_a_redis_that_is_away_is_one_cause(
    place: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(place.services.wake_up, "waiting", lambda _queue: None)
    place.deaf = set(QUEUES)
    place.live(300)
    assert place.told() == [("silent redis", "opened", 1)]


def test_a_message_that_could_not_be_sent_is_sent_again_with_the_same_id_after_a_minute(
    place: Installation,
) -> None:
    place.alarm.fail(Unavailable("the mail server is down"), times=2)
    place.end(PARK)
    place.live(30)
    assert place.told() == []
    place.live(240)
    assert place.told() == [(PARKED, "opened", 1)]


def test_a_message_without_an_answer_is_not_sent_twice(place: Installation) -> None:
    place.alarm.fail(Ambiguous("no answer"))
    place.end(PARK)
    place.live(600)
    assert place.told() == [(PARKED, "opened", 1)]


def test_a_watch_that_starts_later_does_not_tell_again(
    place: Installation, services: Services
) -> None:
    place.end(PARK)
    place.live(60)
    place.told()
    place.watches = [AlarmWatch(services, "https://b.example.com")]
    place.live(600)
    assert place.told() == []


def test_a_process_that_died_after_sending_sends_the_same_message_with_the_same_id(
    place: Installation, services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    def die(*_: object) -> None:
        raise SystemExit

    place.end(PARK)
    with monkeypatch.context() as dying:
        dying.setattr(type(services.open_causes), "told", die)
        with pytest.raises(SystemExit):
            place.watches[0].look()
    place.live(120)
    first, again = place.alarm.told
    assert first.message_id == again.message_id


def test_a_test_message_says_that_it_is_one(place: Installation) -> None:
    place.watches[0].test()
    (notice,) = place.alarm.told
    assert (notice.news, notice.since) == (News.TEST, NOON)
    assert "test" in notice.sentence


def test_a_look_that_fails_ends_nothing(
    services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    from tests.contract.cli.conftest import configured

    looks: list[str] = []

    def fail(_self: object) -> int:
        looks.append("look")
        raise [Unavailable(), ValueError()][len(looks) % 2]

    monkeypatch.setattr(AlarmWatch, "look", fail)
    thread = AlarmThread(services, configured())
    thread.look()
    thread.look()
    assert len(looks) == 2
    thread.start()
    thread.stop()
