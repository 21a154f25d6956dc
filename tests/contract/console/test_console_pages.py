"""Every page of the console, over a played morning, and without anything to show."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime, timedelta
from html import unescape

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import update

from integration.errors import NoLimiter, Unavailable
from integration.flows.observe_shop import DRIFT
from integration.jobs import Delivery, Flow
from integration.store.database import Database
from integration.store.schema import jobs
from integration.testing.clock import HandClock
from integration.web.console import console
from integration.web.console.access import Access, Throttle
from tests.contract.console.seeded import CANARIES, Seeded
from tests.contract.console.visitor import Visitor, words_of
from tests.flows.world import World

PAGES = (
    "/",
    "/?live=1",
    "/orders",
    "/orders?state=parked&shop=nl",
    "/order?number=1042",
    "/jobs",
    "/jobs?state=parked&flow=create_order&text=SKU",
    "/parked",
    "/parked?shop=de",
    "/acts",
    "/acts/plan?act=retry&state=parked",
    "/deliveries",
    "/deliveries?source=shops/nl&state=routed",
    "/stock",
    "/stock?productcode=MUG-BLUE",
    "/hooks",
    "/pauses",
    "/audit",
    "/audit?act=note&text=SKU",
    "/help",
)


@pytest.mark.parametrize("path", PAGES)
def test_every_page_is_there_and_shows_no_personal_data(here: Visitor, path: str) -> None:
    answer = here.get(path)
    assert answer.status_code == 200
    assert [canary for canary in CANARIES if canary in answer.text] == []


@pytest.mark.parametrize("path", PAGES)
def test_a_new_installation_says_on_every_page_what_would_appear(
    memory_database: Database, visit: Callable[[FastAPI], Visitor], path: str
) -> None:
    clock = HandClock()
    memory_database._clock = clock
    world = World(memory_database, clock)
    application = FastAPI()
    application.include_router(console(world.services, Access(), Throttle(clock.monotonic)))
    answer = visit(application).get(path)
    assert answer.status_code == (404 if path.startswith("/order?") else 200)


def test_the_first_page_says_how_much_waits_for_how_long_and_how_long_it_takes(
    here: Visitor,
) -> None:
    page = words_of(here.get("/"))
    assert "Waiting 8 jobs oldest due for" in page
    assert "about 19 requests to Picqer" in page
    assert "Parked 4 jobs wait for a person" in page
    assert "186 of 500 requests in the last 60 s" in page
    assert "162 by us 24 by others 314 free" in page
    assert "idtemplate 12 is unknown" in page
    assert "This needs you" not in page


def test_the_first_page_names_what_is_wrong_with_the_installation(
    here: Visitor, seeded: Seeded, clock: HandClock
) -> None:
    clock.advance(300)
    seeded.services.bookmarks.set("picqer/main", "doubled_references", ["1042"])
    page = words_of(here.get("/"))
    assert "No worker was seen for a minute: start it." in page
    assert "Two live orders at Picqer account main have the reference 1042" in page


def test_without_redis_the_first_page_says_that_nothing_is_sent(
    here: Visitor, seeded: Seeded, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away() -> None:
        raise NoLimiter

    monkeypatch.setattr(seeded.services.accounts["main"].limiter, "view", away)
    page = words_of(here.get("/"))
    assert "The limit of main cannot be read: Redis is away. Nothing is sent meanwhile." in page
    assert "? limit unknown" in page


def test_a_keeper_of_hooks_that_does_not_answer_says_why(here: Visitor, seeded: Seeded) -> None:
    seeded.world.picqer.fail("hooks", Unavailable("Picqer answered 503"))
    assert "It did not answer: Picqer answered 503" in words_of(here.post("/hooks"))


def test_the_chosen_theme_is_painted_at_once(here: Visitor) -> None:
    here.client.cookies.set("theme", "dark")
    assert '<html lang="en" data-theme="dark">' in here.get("/help").text
    here.client.cookies.set("theme", '"><b>')
    assert '<html lang="en">' in here.get("/help").text


def test_an_order_is_told_from_its_delivery_to_its_parcel(here: Visitor, seeded: Seeded) -> None:
    page = words_of(here.get("/order?number=1042&shop=nl"))
    for part in ("Order 1042 of nl", "O2026-0304", "PostNL 3SABC000000001", "reported"):
        assert part in page
    parked = words_of(here.get("/order?number=%231049"))
    assert "Order 1049 of nl is parked" in parked
    assert f"delivery {seeded.delivery_id}" in parked
    assert "note ann (console): asked the shop for the SKU" in parked


def test_who_retried_an_order_is_in_its_story(here: Visitor) -> None:
    assert "retried by bob (command line)" in words_of(here.get("/order?number=1044"))


def test_an_unknown_order_says_what_was_looked_at_and_why_it_may_be(here: Visitor) -> None:
    answer = here.get("/order?number=9999&shop=nl")
    assert answer.status_code == 404
    assert "Nothing is known of order 9999" in words_of(answer)
    assert "What was looked at" in words_of(answer)


@pytest.mark.parametrize(
    ("words", "place"),
    [
        ("1042", "/order?number=1042"),
        ("#1042", "/order?number=%231042"),
        ("job 7", "/jobs/7"),
        ("MUG-RED", "/stock?productcode=MUG-RED"),
        ("idtemplate", "/jobs?text=idtemplate"),
        ("", "/orders"),
    ],
)
def test_one_field_finds_orders_jobs_and_products(here: Visitor, words: str, place: str) -> None:
    answer = here.get(f"/find?text={words.replace('#', '%23')}")
    assert (answer.status_code, answer.headers["location"]) == (303, place)


def test_searching_orders_by_a_known_number_leads_straight_to_it(here: Visitor) -> None:
    answer = here.get("/orders?text=1049")
    assert answer.headers["location"] == "/order?number=1049&shop=nl"


def test_parked_jobs_are_put_together_by_what_has_to_be_put_right(here: Visitor) -> None:
    page = here.get("/parked")
    assert "2 jobs of create_order" in words_of(page)
    plan = words_of(here.get(link_to(page, "/acts/plan?act=retry")))
    assert "Retry 2 jobs?" in plan
    listed = words_of(here.get(link_to(page, "/jobs?")))
    assert "1 to 2 of 2 jobs" in listed
    assert "and 1 other like it" in listed


def test_jobs_of_one_account_can_be_listed_as_an_alarm_links_them(here: Visitor) -> None:
    every = words_of(here.get("/jobs?state=parked"))
    assert words_of(here.get("/jobs?state=parked&account=main")).startswith(every[:20])
    none = words_of(here.get("/jobs?state=parked&account=second"))
    assert "Only of Picqer account second." in none
    assert "No job matches." in none


def test_a_group_never_holds_a_neighbour_whose_reason_has_the_same_words(
    here: Visitor, seeded: Seeded
) -> None:
    group = link_to(here.get("/parked"), "/jobs?")
    job = seeded.services.jobs.job(seeded.parked.id)
    assert job is not None
    assert job.reason
    seeded.world.order("1070", currency="USD")
    neighbour = seeded.world.run_order("1070").job
    likeness = {"code": job.code, "reason": f"{job.reason} And something else."}
    with seeded.world.database.begin() as connection:
        connection.execute(update(jobs).values(likeness).where(jobs.c.id == neighbour.id))
    assert "1 to 2 of 2 jobs" in words_of(here.get(group))


def test_a_group_whose_jobs_are_done_is_empty_and_says_so(here: Visitor) -> None:
    page = words_of(here.get("/jobs?state=parked&group=of-yesterday"))
    assert "a group that has no parked job any more" in page
    assert "No job matches." in page
    plan = words_of(here.get("/acts/plan?act=dismiss&group=of-yesterday"))
    assert "Nothing would be changed." in plan


def test_jobs_are_kept_by_the_age_of_their_latest_change(
    here: Visitor, seeded: Seeded, clock: HandClock
) -> None:
    clock.advance(2 * 3600)
    seeded.world.hint(Flow.CREATE_ORDER, "2000")
    fresh = words_of(here.get("/jobs?newer_than=1h"))
    assert "1 to 1 of 1 job" in fresh
    old = here.get("/jobs?state=parked&older_than=1h")
    assert "1 to 4 of 4 jobs" in words_of(old)
    assert '<option value="1h" selected>an hour</option>' in old.text
    assert "No job matches." in words_of(here.get("/jobs?state=parked&older_than=4h"))
    other = here.get("/jobs?older_than=90m&newer_than=2026-11-23T00:00Z")
    assert '<option value="90m" selected>90m</option>' in other.text


@pytest.mark.parametrize("nonsense", ["soon", "999999w", "0001-01-01T00:00%2B14:00", "٣h", "-1d"])
def test_an_age_that_makes_no_sense_counts_as_not_asked(here: Visitor, nonsense: str) -> None:
    page = words_of(here.get(f"/jobs?state=parked&older_than={nonsense}"))
    assert "1 to 4 of 4 jobs" in page


def test_what_was_planned_by_age_is_done_for_that_moment(here: Visitor, clock: HandClock) -> None:
    clock.advance(2 * 3600)
    page = here.get("/acts/plan?act=retry&state=parked&older_than=1h").text
    moment = re.search(r'name="older_than" value="([^"]+)"', page)
    assert moment
    assert datetime.fromisoformat(moment[1]) == clock.now() - timedelta(hours=1)


def link_to(page: httpx.Response, begin: str) -> str:
    """The first link of the page that begins like this."""
    links = map(unescape, re.findall(r'href="([^"]*)"', page.text))
    return next(link for link in links if link.startswith(begin))


def test_a_long_list_comes_in_parts(here: Visitor, seeded: Seeded) -> None:
    for number in range(2000, 2120):
        seeded.world.hint(Flow.CREATE_ORDER, str(number))
    first = here.get("/jobs?flow=create_order&state=open")
    assert "1 to 50 of 125 jobs" in words_of(first)
    assert 'rel="next"' in first.text
    last = words_of(here.get("/jobs?flow=create_order&state=open&page=99"))
    assert "101 to 125 of 125 jobs" in last
    assert "page 3 of 3" in last


def test_older_deliveries_are_reached_in_parts(here: Visitor, seeded: Seeded) -> None:
    for number in range(60):
        seeded.services.inbox.add(Delivery("shops/nl", {}, str(number).encode()), "ignored", "old")
    newest = seeded.services.inbox.find(limit=1)[0].id
    first = here.get("/deliveries")
    last_on_it = newest - 49
    assert f"/deliveries?before={last_on_it}" in first.text
    second = here.get(f"/deliveries?before={last_on_it}").text
    assert f">{last_on_it - 1}</a>" in second
    assert f">{last_on_it}</a>" not in second


def test_stock_that_differs_is_shown_with_its_unit(here: Visitor) -> None:
    page = words_of(here.get("/stock"))
    assert "MUG-RED 9 12 +3" in page
    assert "TEAPOT-XL 3 0 -3" in page
    product = words_of(here.get("/stock?productcode=MUG-BLUE"))
    assert "26 pieces · warehouse 18: 26" in product
    assert "8 pieces ordered and not yet held by Picqer" in product


def test_a_shop_with_more_to_compare_than_a_page_holds_is_not_called_right(
    here: Visitor, seeded: Seeded
) -> None:
    stock, policy = seeded.services.stock, seeded.services.shops["nl"].policy
    stock.mark(policy, [f"UNKNOWN-{number:03}" for number in range(250)])
    page = words_of(here.get("/stock")).partition("Differences in shop nl")[2]
    assert "None of the latest differs." in page
    assert "more products are still to be compared." in page
    assert "The shop shows what it ought to." not in page


def test_how_many_figures_were_wrong_when_all_were_read_is_told(
    here: Visitor, seeded: Seeded
) -> None:
    seeded.services.bookmarks.set("shops/nl", DRIFT, 3)
    assert "3 figures were not what they ought to be." in words_of(here.get("/stock"))


def test_times_are_of_the_accounts_zone_with_utc_beside_them(here: Visitor) -> None:
    page = here.get("/audit").text
    assert " · 2026-11-23 12:2" in page
    assert " UTC" in page
    assert ">13:2" in page


@pytest.mark.parametrize(
    "path",
    [
        "/jobs/0",
        "/jobs/99999999",
        "/jobs/99999999999999999999999",
        "/jobs/x",
        "/deliveries/4711",
        "/acts/4711",
    ],
)
def test_what_does_not_exist_is_a_page_that_says_so(here: Visitor, path: str) -> None:
    answer = here.get(path)
    assert answer.status_code == 404
    assert "Traceback" not in answer.text
    assert "To the overview" in answer.text


@pytest.mark.parametrize(
    "query",
    [
        "state=nonsense",
        "page=-1",
        "page=99999999999999999999",
        "page=²",
        "text=%00%00",
        "text=" + "x" * 5000,
        "text=%ed%a0%80",
        "shop=%27%3B--",
        "code=%25",
    ],
)
def test_odd_addresses_do_no_harm(here: Visitor, query: str) -> None:
    for page in ("/jobs", "/orders", "/audit", "/deliveries", "/parked"):
        assert here.get(f"{page}?{query}").status_code in (200, 303)
