"""Bookmarks: one JSON value per scope and name."""

from __future__ import annotations

from datetime import timedelta

import pytest

from integration.store.bookmarks import SqlBookmarks
from integration.store.database import Database
from integration.testing.clock import NOON, HandClock


@pytest.fixture
def bookmarks(database: Database) -> SqlBookmarks:
    return SqlBookmarks(database)


def test_what_was_never_set_is_none(bookmarks: SqlBookmarks) -> None:
    assert bookmarks.get("shops/nl", "orders") is None


@pytest.mark.parametrize("value", ["2026-11-23", 5, None, [1, 2], {"a": {"b": [True]}}])
def test_a_value_comes_back_as_it_was_set(bookmarks: SqlBookmarks, value: object) -> None:
    bookmarks.set("shops/nl", "orders", value)

    assert bookmarks.get("shops/nl", "orders") == (value, NOON)


def test_a_later_value_takes_the_place_of_the_one_before(
    bookmarks: SqlBookmarks, clock: HandClock
) -> None:
    bookmarks.set("shops/nl", "orders", 1)
    bookmarks.set("shops/be", "orders", 2)
    clock.advance(5)
    bookmarks.set("shops/nl", "orders", 3)

    assert bookmarks.get("shops/nl", "orders") == (3, NOON + timedelta(seconds=5))
    assert bookmarks.get("shops/be", "orders") == (2, NOON)
