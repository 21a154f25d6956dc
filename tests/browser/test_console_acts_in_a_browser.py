"""Every act of an operator, clicked in a real browser."""

from __future__ import annotations

from collections.abc import Callable

from playwright.sync_api import Page, expect

from integration.jobs import Flow, State
from integration.ports import Act, AuditFilter, JobFilter
from tests.browser.watched import Watched
from tests.contract.console.seeded import (
    CANARIES,
    OPERATOR,
    OPERATORS_PASSWORD,
    VIEWER,
    VIEWERS_PASSWORD,
    Seeded,
)


def state(seeded: Seeded) -> State:
    job = seeded.services.jobs.job(seeded.parked.id)
    assert job is not None
    return job.state


def test_signing_in_and_out(watched: Callable[[str], Watched], guarded_console: str) -> None:
    page = watched(guarded_console).page
    page.goto("/jobs?state=parked")
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
    page.get_by_label("Name").fill(OPERATOR.name)
    page.get_by_label("Password").fill("not this one")
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("alert")).to_contain_text("The name or the password is wrong.")
    page.get_by_label("Name").fill(OPERATOR.name)
    page.get_by_label("Password").fill(OPERATORS_PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url("**/jobs?state=parked")
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("status")).to_contain_text("You are signed out.")
    page.goto("/")
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()


def test_a_job_is_retried_with_one_click_and_noted(operators: Page, seeded: Seeded) -> None:
    operators.goto("/order?number=1049&shop=nl")
    operators.get_by_role("button", name="Retry create_order").click()
    expect(operators.get_by_role("status")).to_contain_text("runs as soon as it can")
    assert state(seeded) is State.OPEN
    operators.get_by_label("Leave a note").fill("the shop added the SKU")
    operators.get_by_role("button", name="Write down").click()
    expect(operators.get_by_text("the shop added the SKU")).to_be_visible()
    operators.get_by_role("link", name="Audit log").click()
    expect(operators.get_by_role("row").filter(has_text="the shop added")).to_contain_text("ann")


def test_one_is_dismissed_after_a_confirmation(operators: Page, seeded: Seeded) -> None:
    operators.goto(f"/jobs/{seeded.parked.id}")
    operators.get_by_role("link", name="Dismiss …").click()
    operators.get_by_label("Why").fill("refunded")
    operators.get_by_role("button", name="Yes, dismiss 1 job").click()
    expect(operators.get_by_role("heading", name="1 job put aside")).to_be_visible()
    assert state(seeded) is State.DISMISSED


def test_chosen_jobs_are_retried(operators: Page, seeded: Seeded) -> None:
    operators.goto("/jobs?state=parked&flow=create_order")
    expect(operators.get_by_role("button", name="Retry chosen …")).to_be_disabled()
    operators.get_by_label("Choose every job on this page").check()
    expect(operators.get_by_text("4 chosen")).to_be_visible()
    operators.get_by_role("checkbox", name=f"Choose job {seeded.parked.id},").uncheck()
    operators.get_by_role("button", name="Retry chosen …").click()
    operators.get_by_role("button", name="Yes, retry 3 jobs").click()
    expect(operators.get_by_role("heading", name="3 jobs open again")).to_be_visible()
    assert state(seeded) is State.PARKED


def test_a_group_is_retried_and_the_progress_is_seen(operators: Page, seeded: Seeded) -> None:
    for number in range(5000, 5180):
        seeded.world.hint(Flow.CREATE_ORDER, str(number))
    operators.goto("/jobs?state=open&flow=create_order")
    operators.get_by_role("link", name="Retry all 185 jobs …").click()
    operators.get_by_label("Why").fill("the shop is back")
    operators.get_by_role("button", name="Yes, retry 185 jobs").click()
    operators.wait_for_url("**/acts/*")
    expect(operators.get_by_text("185 of 185 jobs dealt with", exact=True)).to_be_visible()
    expect(operators.locator(".badge.done")).to_be_visible()
    found = seeded.services.audit.find(AuditFilter(act=Act.RETRY, who="ann (console)", limit=500))
    assert len(found) == 185


def test_a_group_of_parked_jobs_leads_to_a_plan_of_just_those(
    operators: Page, seeded: Seeded
) -> None:
    operators.goto("/parked")
    group = operators.locator(".group", has_text="has a line without SKU")
    group.get_by_role("link", name="Retry …").click()
    operators.get_by_role("button", name="Yes, retry 2 jobs").click()
    expect(operators.locator(".badge.done")).to_be_visible()
    assert seeded.services.jobs.count(JobFilter(state=State.PARKED)) == 2


def test_a_switch_pauses_and_resumes(operators: Page, seeded: Seeded) -> None:
    operators.goto("/pauses")
    switch = operators.get_by_role("switch", name="push_stock of nl")
    expect(switch).to_be_checked()
    switch.click()
    expect(operators.get_by_role("status")).to_contain_text("Paused.")
    expect(switch).not_to_be_checked()
    assert ("push_stock", "nl", "ann (console)") in seeded.services.gate.pauses()
    switch.click()
    expect(operators.get_by_role("status")).to_contain_text("Resumed.")
    expect(switch).to_be_checked()


def test_personal_data_appears_when_asked_for(operators: Page, seeded: Seeded) -> None:
    operators.goto(f"/deliveries/{seeded.delivery_id}")
    expect(operators.locator("pre")).not_to_contain_text(CANARIES[0])
    operators.get_by_role("button", name="Show everything").click()
    expect(operators.locator("pre")).to_contain_text(CANARIES[0])
    expect(operators.get_by_text("ann (console)")).to_be_visible()


def test_hooks_and_stock_are_asked_for(operators: Page) -> None:
    operators.goto("/hooks")
    operators.get_by_role("button", name="Ask now").click()
    expect(operators.get_by_text("No hook is kept there.")).to_be_visible()
    operators.goto("/stock")
    operators.get_by_role("button", name="Compare everything in nl again").click()
    expect(operators.get_by_role("status")).to_contain_text("Asked for")


def test_a_viewer_finds_no_button_that_changes_anything(
    watched: Callable[[str], Watched], guarded_console: str, seeded: Seeded
) -> None:
    page = watched(guarded_console).page
    page.goto("/")
    page.get_by_label("Name").fill(VIEWER.name)
    page.get_by_label("Password").fill(VIEWERS_PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    for path in ("/jobs?state=parked", f"/jobs/{seeded.parked.id}", "/parked", "/pauses", "/stock"):
        page.goto(path)
        names = page.get_by_role("button").all_inner_texts()
        assert not [name for name in names if name.startswith(("Retry", "Dismiss", "Compare"))]
        assert page.locator("[role=switch], main form[method=post]").count() == 0
    page.goto(f"/deliveries/{seeded.delivery_id}")
    expect(page.get_by_text("an operator can see it")).to_be_visible()


def test_a_hostile_name_is_only_text(operators: Page, seeded: Seeded) -> None:
    from integration import operate

    hostile = "<img src=x onerror=alert(1)><script>alert(2)</script>"
    operate.note(seeded.services, seeded.parked.id, hostile, hostile)
    dialogs: list[str] = []
    operators.on("dialog", lambda dialog: (dialogs.append(dialog.message), dialog.dismiss()))
    operators.goto(f"/jobs/{seeded.parked.id}")
    expect(operators.get_by_text(hostile).first).to_be_visible()
    assert dialogs == []
