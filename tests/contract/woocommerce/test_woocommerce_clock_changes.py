"""Reading lists of a WooCommerce shop over the nights in which its clock is changed.

WordPress sorts products by the shop's local time and filters them by UTC: in the hour after summer
time, which comes twice, the list is not in order of change.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as some

from integration.testing.clock import HandClock
from integration.testing.open_doors import OpenGuard
from integration.webshops.woocommerce import pages
from integration.webshops.woocommerce.pages import Changed, ChangedRows
from integration.webshops.woocommerce.rest import ShopRest
from integration.webshops.woocommerce.settings import WooCommerceSettings
from tests.contract.woocommerce.conftest import Client
from tests.woocommerce.server import SECRET, WooCommerceServer

AUTUMN = datetime(2026, 10, 25, 1, 0, tzinfo=UTC)
"""When Amsterdam goes from 3 o'clock back to 2 o'clock."""
SPRING = datetime(2026, 3, 29, 1, 0, tzinfo=UTC)
ONLY = {"_fields": "id,date_modified_gmt"}
MOST_REQUESTS = 400
"""Far more than any of these readings may take: it has to end."""
State = set[tuple[int, datetime]]


class Night:
    """A shop with products, each changed at a moment of one night, and its clock."""

    def __init__(self) -> None:
        self.now = AUTUMN
        self.shop = WooCommerceServer(clock=lambda: self.now)
        self.rest = self._rest()

    def begin(self, now: datetime, moments: list[datetime]) -> None:
        """Have as many products as moments, each changed then."""
        self.shop.books.products.clear()
        self.now = now
        for moment in moments:
            number = self.shop.add_product("")
            self.shop.books.product(number).modified = moment
        self.rest = self._rest()

    def _rest(self) -> ShopRest:
        values = {
            "url": self.shop.url,
            "consumer_key": self.shop.key.consumer_key,
            "consumer_secret": self.shop.key.consumer_secret,
            "webhook_secret": SECRET,
        }
        own = WooCommerceSettings.model_validate(values)
        return ShopRest(own, "nl", OpenGuard(), HandClock(self.now))

    def change(self, which: int, seconds: int) -> None:
        """So many seconds later somebody saves one of the products."""
        self.now += timedelta(seconds=seconds)
        products = list(self.shop.books.products.values())
        products[which % len(products)].modified = self.now

    def state(self) -> State:
        """Every product with its latest change."""
        return {(each.id, each.modified) for each in self.shop.books.products.values()}

    def rows(self, since: datetime, path: str = "/products") -> Iterator[Changed]:
        """What is read from then on."""
        return ChangedRows(self.rest, path, ONLY).since(since)


@pytest.fixture(scope="module")
def night() -> Iterator[Night]:
    made = Night()
    with made.shop:
        yield made


@pytest.fixture(autouse=True)
def small_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pages, "PAGE", 3)
    monkeypatch.setattr(pages, "MAX_PAGES", MOST_REQUESTS)


def in_order(rows: list[Changed]) -> bool:
    return [row.modified for row in rows] == sorted(row.modified for row in rows)


@pytest.mark.parametrize("minutes", [(-30, -10, 10), (-55, 6, -10, 7, -20, 8, 61), (-1, 0, 59, 60)])
def test_changes_of_the_hour_that_comes_twice_are_all_found(
    night: Night, minutes: tuple[int, ...]
) -> None:
    moments = [AUTUMN + timedelta(minutes=each) for each in minutes]
    night.begin(AUTUMN + timedelta(days=30), [*moments, AUTUMN + timedelta(days=26)])
    rows = list(night.rows(datetime(2000, 1, 1, tzinfo=UTC)))
    assert {(row.id, row.modified) for row in rows} == night.state()
    assert in_order(rows)


@pytest.mark.parametrize("minutes", [1, 59, 61, 75, 90, 119, 121])
def test_a_filter_that_wordpress_moves_by_the_hour_that_is_left_out_hides_nothing(
    night: Night, minutes: int
) -> None:
    """In spring, 2:30 UTC is written as a local time that Amsterdam does not have."""
    since = SPRING + timedelta(minutes=minutes)
    night.begin(since + timedelta(hours=1), [since + timedelta(seconds=each) for each in (1, 9)])
    assert {row.modified for row in night.rows(since)} == {each for _, each in night.state()}


@pytest.mark.parametrize(("hour", "questions"), [(12, 1), (2, 2)])
def test_only_by_night_a_question_is_asked_twice(night: Night, hour: int, questions: int) -> None:
    since = SPRING.replace(hour=hour, minute=30)
    night.begin(since, [since])
    before = len(night.shop.asked())
    assert len(list(night.rows(since))) == 1
    assert len(night.shop.asked()) - before == questions


def test_orders_that_are_kept_as_posts_are_found_too(
    shop: WooCommerceServer, client: Client
) -> None:
    shop.settings.orders_in_posts = True
    shop.add_product("MUG", 50)
    placed = [shop.place_order(("MUG", 1)) for _ in range(5)]
    for order, minutes in zip(placed, (-30, -10, 10, 5, -40), strict=True):
        shop.books.order(order).modified = AUTUMN + timedelta(minutes=minutes)
    changes = list(client().orders_changed_since(AUTUMN - timedelta(days=1)))
    assert [change.id for change in changes] == [str(placed[place]) for place in (4, 0, 1, 3, 2)]


@dataclass(frozen=True)
class Story:
    """What was there when the reading began, when that was, and what changes meanwhile."""

    moments: list[datetime]
    begun: datetime
    changes: list[tuple[int, int, int]]


@some.composite
def stories(draw: some.DrawFn) -> Story:
    turn = draw(some.sampled_from([AUTUMN, SPRING]))
    begun = turn + timedelta(seconds=draw(some.sampled_from([-600, 1200, 1800, 3590, 5400, 7000])))
    ages = draw(some.lists(some.integers(0, 7900), min_size=6, max_size=14))
    ages += [ages[0]] * draw(some.integers(0, 6))
    change = some.tuples(some.integers(0, 12), some.integers(0, 14), some.integers(0, 1500))
    changes = draw(some.lists(change, max_size=8))
    return Story([begun - timedelta(seconds=age) for age in ages], begun, changes)


@settings(
    max_examples=100,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(story=stories())
def test_nothing_is_missed_whatever_changes_in_the_nights_when_the_clock_is_changed(
    night: Night, story: Story
) -> None:
    night.begin(story.begun, story.moments)
    rows: list[Changed] = []
    changed: set[tuple[int, datetime, int]] = set()
    for row in night.rows(story.begun - timedelta(seconds=8000)):
        rows.append(row)
        for place, which, seconds in story.changes:
            if place == len(rows):
                before, asked = night.state(), len(night.shop.asked())
                night.change(which, seconds)
                changed |= {(*change, asked) for change in night.state() - before}
    seen = [(row.id, row.modified) for row in rows]
    assert len(seen) == len(set(seen))
    assert in_order(rows)
    # Only what changed after the last question was asked is left to the next reading.
    last = len(night.shop.asked())
    assert night.state() - set(seen) <= {(row, at) for row, at, asked in changed if asked == last}
