"""What every ``Mailer`` must do: subclass ``MailerContract`` and give the fixture ``post``."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Protocol

import pytest

from integration.domain import Parcel, Shipment
from integration.errors import Ambiguous, Refused, Unavailable
from integration.ports import Mailer

TO = "a.jansen@example.org"


class Post(Protocol):
    """The way of the mails: the mailer under test, and what arrived."""

    @property
    def mailer(self) -> Mailer:
        """The mailer under test."""

    def arrived(self) -> list[tuple[str, str]]:
        """To whom, and all text, of each mail that arrived."""

    def break_down(self) -> None:
        """Let the next mail find nobody who takes it."""

    def lose_answer(self) -> None:
        """Let the next mail arrive without an answer that says so."""


def shipment(*codes: str, key: str = "501") -> Shipment:
    """A shipment with one parcel per tracking code."""
    parcels = tuple(Parcel(code, f"https://track.example.com/{code}", "PostNL") for code in codes)
    return Shipment(key, datetime(2026, 11, 23, 14, 0, tzinfo=UTC), (), parcels)


class MailerContract:
    """The behaviour that flows rely on."""

    def test_one_mail_goes_to_the_customer(self, post: Post) -> None:
        post.mailer.shipped(TO, "nl", "1042", shipment("3S1", "3S2"))
        ((to, text),) = post.arrived()
        assert to == TO
        for word in ("1042", "3S1", "3S2"):
            assert word in text

    def test_a_shipment_without_parcels_is_told_as_well(self, post: Post) -> None:
        post.mailer.shipped(TO, None, "1042", shipment())
        assert len(post.arrived()) == 1

    def test_an_address_that_is_none_is_refused_without_repeating_it(self, post: Post) -> None:
        with pytest.raises(Refused) as caught:
            post.mailer.shipped("canary", "nl", "1042", shipment())
        assert "canary" not in str(caught.value)
        assert post.arrived() == []

    def test_a_server_that_is_down_has_sent_nothing(self, post: Post) -> None:
        post.break_down()
        with pytest.raises(Unavailable):
            post.mailer.shipped(TO, "nl", "1042", shipment())
        assert post.arrived() == []

    def test_a_lost_answer_leaves_it_in_doubt(self, post: Post) -> None:
        post.lose_answer()
        with pytest.raises(Ambiguous):
            post.mailer.shipped(TO, "nl", "1042", shipment())
        assert len(post.arrived()) == 1
