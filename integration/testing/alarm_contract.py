"""What every ``Alarm`` must do: subclass ``AlarmContract`` and give the fixture ``line``."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Protocol

import pytest

from integration.errors import Ambiguous, Refused, Unavailable
from integration.ports import Alarm, News, Notice


class TellingLine(Protocol):
    """The way to a person: the alarm under test, and what arrived."""

    @property
    def alarm(self) -> Alarm:
        """The alarm under test."""

    def arrived(self) -> list[tuple[str, str]]:
        """The id and all text of each message that arrived."""

    def break_down(self) -> None:
        """Let the next message find nobody who takes it for the moment."""

    def refuse(self) -> None:
        """Let the next message be refused for good."""

    def lose_answer(self) -> None:
        """Let the next message arrive without an answer that says so."""


def notice(news: News = News.OPENED, *, message_id: str = "m1", count: int = 3) -> Notice:
    """A message about three parked orders."""
    at = datetime(2026, 11, 23, 14, 0, tzinfo=UTC)
    return Notice(
        message_id=message_id,
        news=news,
        cause="parked create_order nl Unmappable",
        sentence="create_order of shop nl parked",
        count=count,
        since=at,
        at=at,
        examples=("job 17 (create_order nl 1042)",),
        todo="Put right in the shop what the reason names, then retry.",
        command="picqer-bridge jobs list --state parked",
        link="https://bridge.example.com/parked",
        installation="a1b2c3d4",
    )


class AlarmContract:
    """The behaviour that ``integration.alarms`` relies on."""

    @pytest.mark.parametrize("news", list(News))
    def test_one_message_tells_what_is_wrong_how_many_and_what_to_do(
        self, line: TellingLine, news: News
    ) -> None:
        line.alarm.tell(notice(news))
        ((message_id, text),) = line.arrived()
        assert "m1" in message_id
        for words in (
            "create_order of shop nl parked",
            "3",
            "job 17 (create_order nl 1042)",
            "Put right in the shop",
            "picqer-bridge jobs list --state parked",
            "https://bridge.example.com/parked",
            "a1b2c3d4",
        ):
            assert words in text

    def test_the_same_message_twice_can_be_recognised(self, line: TellingLine) -> None:
        line.alarm.tell(notice())
        line.alarm.tell(notice())
        line.alarm.tell(notice(message_id="m2"))
        first, second, other = (message_id for message_id, _ in line.arrived())
        assert first == second != other

    def test_a_receiver_that_is_down_was_told_nothing(self, line: TellingLine) -> None:
        line.break_down()
        with pytest.raises(Unavailable):
            line.alarm.tell(notice())
        assert line.arrived() == []

    def test_a_receiver_that_refuses_is_named(self, line: TellingLine) -> None:
        line.refuse()
        with pytest.raises(Refused):
            line.alarm.tell(notice())
        assert line.arrived() == []

    def test_a_message_without_an_answer_may_have_arrived(self, line: TellingLine) -> None:
        line.lose_answer()
        with pytest.raises(Ambiguous):
            line.alarm.tell(notice())
        assert len(line.arrived()) == 1
