"""Every page in a real browser: readable for everybody, on every screen, in light and dark."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from tests.browser.watched import Watched
from tests.contract.console.seeded import Seeded

PAGES = (
    "/",
    "/orders",
    "/order?number=1042&shop=nl",
    "/order?number=1049&shop=nl",
    "/order?number=9999",
    "/jobs?state=parked",
    "/jobs/{parked}",
    "/parked",
    "/acts",
    "/acts/plan?act=retry&state=parked",
    "/acts/plan?act=dismiss&id={parked}",
    "/deliveries",
    "/deliveries/{delivery}",
    "/stock?productcode=MUG-BLUE",
    "/hooks",
    "/pauses",
    "/audit",
    "/help",
    "/jobs/4711",
)
DESKTOP = {"width": 1280, "height": 900}
PHONE = {"width": 360, "height": 740}
LOOKS = (
    ("desktop, light", DESKTOP, "light"),
    ("desktop, dark", DESKTOP, "dark"),
    ("phone, light", PHONE, "light"),
    ("phone, dark", PHONE, "dark"),
)
SERIOUS = ("serious", "critical")


def test_nobody_is_kept_out_by_how_a_page_is_made(page: Page, seeded: Seeded) -> None:
    found = []
    for path in PAGES:
        place = path.format(parked=seeded.parked.id, delivery=seeded.delivery_id)
        page.goto(place)
        for look, size, scheme in LOOKS:
            page.set_viewport_size(size)
            page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
            found += [f"{place}, {look}: {one}" for one in violations(page)]
        found += [f"{place}: wider than a phone"] * is_too_wide(page)
    assert found == []


@pytest.mark.parametrize("path", ["/", "/jobs", "/orders", "/deliveries", "/audit"])
def test_on_a_phone_a_list_is_read_without_moving_it_aside(page: Page, path: str) -> None:
    page.set_viewport_size(PHONE)
    page.goto(path)
    lists = page.locator(".scroll:has(.rows)")
    assert lists.count() == 1
    beside = "one => one.scrollWidth - one.clientWidth"
    assert lists.evaluate(beside) <= 0
    reason = page.locator(".rows tbody .text").first
    width = reason.evaluate("one => one.clientWidth")
    assert width > PHONE["width"] * 0.7, "a reason has the whole line"


def test_signing_in_is_open_to_everybody(
    watched: Callable[..., Watched], guarded_console: str
) -> None:
    page = watched(guarded_console, viewport=PHONE).page
    page.goto("/sign-in")
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
        assert violations(page) == [], scheme
    assert not is_too_wide(page)


def violations(page: Page) -> list[str]:
    """What axe finds that keeps somebody from using the page."""
    response = Axe().run(page).response
    return [
        f"{one['id']}: {node['target']}"
        for one in response["violations"]
        if one["impact"] in SERIOUS
        for node in one["nodes"][:2]
    ]


def is_too_wide(page: Page) -> bool:
    return bool(page.evaluate("document.documentElement.scrollWidth > window.innerWidth"))


def test_figures_are_renewed_without_moving_anything(page: Page, seeded: Seeded) -> None:
    page.goto("/")
    expect(page.get_by_text("Live: every 5 s")).to_be_visible()
    parked = page.locator(".figure", has_text="Parked").locator(".value")
    expect(parked).to_have_text("4jobs")
    with page.expect_response("**/?live=1"):
        seeded.services.jobs.retry(seeded.parked.id, "somebody else")
    expect(parked).to_have_text("3jobs", timeout=15_000)
    expect(page.locator("[data-live-said]")).to_contain_text("3 jobs parked")
    assert page.evaluate("window.shifted") < 0.02


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_light_and_dark_follow_the_system_until_one_is_chosen(
    watched: Callable[..., Watched], open_console: str, scheme: str
) -> None:
    page = watched(open_console, color_scheme=scheme).page
    page.goto("/help")
    is_dark = "getComputedStyle(document.documentElement).colorScheme"
    assert page.evaluate(is_dark) == scheme
    switch = page.get_by_role("button", name="Light or dark")
    switch.click()
    expect(switch).to_contain_text("Light")
    assert page.evaluate(is_dark) == "light"
    switch.click()
    page.goto("/jobs")
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    assert page.evaluate(is_dark) == "dark"
    page.keyboard.press("t")
    assert page.evaluate(is_dark) == scheme


def test_everything_is_reached_with_the_keyboard(page: Page) -> None:
    page.goto("/")
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to the content")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("main")).to_be_focused()
    page.keyboard.press("g")
    page.keyboard.press("p")
    page.wait_for_url("**/parked")
    page.keyboard.press("/")
    page.keyboard.type("1042g?")
    expect(page.get_by_role("searchbox")).to_have_value("1042g?")
    page.keyboard.press("Backspace")
    page.keyboard.press("Backspace")
    page.keyboard.press("Enter")
    page.wait_for_url("**/order?number=1042")
    page.keyboard.press("?")
    page.wait_for_url("**/help")
    page.get_by_label("Use these keys").uncheck()
    page.goto("/")
    page.keyboard.press("?")
    expect(page).to_have_title("Overview · picqer-bridge")
