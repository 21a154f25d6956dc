"""What an operator does in the console: it happens, once, and is written down with the name."""

from __future__ import annotations

import pytest

from integration.jobs import Flow, Identity, Park, State
from integration.ports import Act, AuditFilter, BulkState, JobFilter
from tests.contract.console.seeded import CANARIES, Seeded
from tests.contract.console.visitor import Visitor, words_of


def acts(seeded: Seeded, act: Act) -> list[tuple[str, str, str | None]]:
    found = seeded.services.audit.find(AuditFilter(act=act, who="ann (console)"))
    return [(entry.who, entry.about, entry.note) for entry in found]


def state(seeded: Seeded, job_id: int) -> State:
    job = seeded.services.jobs.job(job_id)
    assert job is not None
    return job.state


def test_a_job_is_retried_with_one_click(operator: Visitor, seeded: Seeded) -> None:
    answer = operator.post(f"/jobs/{seeded.parked.id}/retry")
    assert answer.headers["location"] == f"/jobs/{seeded.parked.id}?said=retried"
    assert state(seeded, seeded.parked.id) is State.OPEN
    assert acts(seeded, Act.RETRY) == [("ann (console)", "create_order nl 1049", None)]
    assert "runs as soon as it can" in operator.get(answer.headers["location"]).text


def test_a_job_that_is_gone_cannot_be_retried(operator: Visitor) -> None:
    answer = operator.post("/jobs/4711/retry")
    assert answer.status_code == 409
    assert "there is no job 4711" in words_of(answer)


def test_chosen_jobs_are_dismissed_after_a_plan(operator: Visitor, seeded: Seeded) -> None:
    plan = words_of(operator.get(f"/acts/plan?act=dismiss&id={seeded.parked.id}&id=4711"))
    assert "Dismiss 1 job?" in plan
    assert state(seeded, seeded.parked.id) is State.PARKED
    chosen = [("act", "dismiss"), ("id", str(seeded.parked.id)), ("id", "4711"), ("note", "refund")]
    page = words_of(operator.post("/acts", chosen))
    assert "1 job put aside" in page
    assert "not changed: there is no job 4711" in page
    assert state(seeded, seeded.parked.id) is State.DISMISSED
    assert acts(seeded, Act.DISMISS) == [("ann (console)", "create_order nl 1049", "refund")]


def test_all_that_match_are_retried_after_a_plan_and_the_page_says_how_far_it_is(
    operator: Visitor, seeded: Seeded
) -> None:
    plan = words_of(operator.get("/acts/plan?act=retry&state=parked&flow=create_order"))
    assert "Retry 4 jobs?" in plan
    assert "requests to Picqer about 12" in plan
    asked = {"act": "retry", "state": "parked", "flow": "create_order", "note": "fixed"}
    answer = operator.post("/acts", asked)
    assert answer.status_code == 303
    page = words_of(operator.get(answer.headers["location"]))
    assert "done 4 of 4 jobs dealt with" in page
    assert seeded.services.jobs.count(JobFilter(state=State.PARKED)) == 0
    assert {note for _, _, note in acts(seeded, Act.RETRY)} == {"fixed"}
    assert "retry 4 jobs" in words_of(operator.get("/acts"))


def test_an_act_that_was_interrupted_is_gone_on_with_or_stopped(
    operator: Visitor, seeded: Seeded
) -> None:
    from integration import operate

    which = JobFilter(state=State.PARKED)
    bulk = operate.begin_bulk(seeded.services, Act.RETRY, which, "ann (console)")
    assert "0 of 4 jobs dealt with" in words_of(operator.get(f"/acts/{bulk.id}?live=1"))
    assert operator.post(f"/acts/{bulk.id}/go-on").status_code == 303
    gone_on = seeded.services.bulk.find(bulk.id)
    assert gone_on is not None
    assert gone_on.state is BulkState.DONE
    other = operate.begin_bulk(
        seeded.services, Act.RETRY, JobFilter(state=State.DONE), "ann (console)"
    )
    operator.post(f"/acts/{other.id}/stop")
    stopped = seeded.services.bulk.find(other.id)
    assert stopped is not None
    assert stopped.state is BulkState.CANCELLED


@pytest.mark.parametrize("deed", ["go-on", "stop"])
def test_an_act_that_does_not_exist_is_not_found(operator: Visitor, deed: str) -> None:
    assert operator.post(f"/acts/4711/{deed}").status_code == 404


@pytest.mark.parametrize(
    "fields",
    [
        {"act": "erase", "state": "parked"},
        {"act": "", "state": "parked"},
        {"act": "retry"},
        {"act": "retry", "state": "nonsense"},
        {"act": "retry", "id": "x"},
    ],
)
def test_an_act_that_is_not_clear_is_refused(
    operator: Visitor, seeded: Seeded, fields: dict[str, str]
) -> None:
    assert operator.post("/acts", fields).status_code == 400
    assert seeded.services.bulk.latest() == []


def test_too_many_chosen_jobs_are_refused(operator: Visitor) -> None:
    ids = [("id", str(number)) for number in range(1, 300)]
    assert operator.post("/acts", [("act", "retry"), *ids]).status_code == 413


def test_a_note_is_kept_with_the_job(operator: Visitor, seeded: Seeded) -> None:
    operator.post(f"/jobs/{seeded.parked.id}/note", {"note": "called the shop"})
    page = words_of(operator.get(f"/jobs/{seeded.parked.id}"))
    assert "note by ann (console) : called the shop" in page.replace(
        " by ann (console):", " by ann (console) :"
    )
    assert operator.post(f"/jobs/{seeded.parked.id}/note", {"note": "  "}).status_code == 400


def test_a_flow_of_a_shop_is_paused_and_resumed(operator: Visitor, seeded: Seeded) -> None:
    wish = {"flow": "push_stock", "shop": "nl"}
    assert operator.post("/pauses", {**wish, "wish": "pause"}).status_code == 303
    assert ("push_stock", "nl", "ann (console)") in seeded.services.gate.pauses()
    assert "push_stock of nl: paused by ann (console)" in operator.get("/pauses").text
    again = operator.post("/pauses", {**wish, "wish": "resume"})
    assert again.headers["location"] == "/pauses?said=resumed"
    assert ("push_stock", "nl", "ann (console)") not in seeded.services.gate.pauses()
    gone = operator.post("/pauses", {**wish, "wish": "resume"})
    assert gone.headers["location"] == "/pauses?said=no_pause"


@pytest.mark.parametrize(
    "fields",
    [{"flow": "nonsense", "wish": "pause"}, {"shop": "gone", "wish": "pause"}, {"wish": "maybe"}],
)
def test_a_switch_that_does_not_exist_changes_nothing(
    operator: Visitor, seeded: Seeded, fields: dict[str, str]
) -> None:
    before = seeded.services.gate.pauses()
    assert operator.post("/pauses", fields).status_code == 400
    assert seeded.services.gate.pauses() == before


def test_personal_data_is_masked_until_asked_for_and_asking_is_written_down(
    operator: Visitor, seeded: Seeded
) -> None:
    path = f"/deliveries/{seeded.delivery_id}"
    masked = operator.get(path).text
    assert [canary for canary in CANARIES if canary in masked] == []
    assert "&#34;1049&#34;" in masked
    assert acts(seeded, Act.REVEAL) == []
    whole = operator.post(f"{path}/reveal").text
    assert [canary for canary in CANARIES if canary not in whole] == []
    assert len(acts(seeded, Act.REVEAL)) == 1
    assert "Who asked for the content" in operator.get(path).text


def test_a_viewer_never_sees_personal_data(viewer: Visitor, seeded: Seeded) -> None:
    answer = viewer.post(f"/deliveries/{seeded.delivery_id}/reveal")
    assert answer.status_code == 403
    assert CANARIES[0] not in answer.text
    assert seeded.services.audit.find(AuditFilter(act=Act.REVEAL)) == []


def test_a_viewer_sees_no_words_of_others(
    viewer: Visitor, operator: Visitor, seeded: Seeded
) -> None:
    jobs = seeded.services.jobs
    job = jobs.hint(Identity(Flow.CREATE_ORDER, "nl", "4711"), "main")
    claimed = jobs.claim(job.id, "token")
    assert claimed
    jobs.end(claimed, Park("shop nl: answered 422: «Jan Jansen is <unknown>» (no_customer)", "X"))

    for path in (f"/jobs/{job.id}", "/jobs?state=parked", "/parked", "/orders", "/"):
        page = viewer.get(path).text
        assert "Jan Jansen" not in page, path
        assert "«…» (no_customer)" in page or "Jan Jansen" not in operator.get(path).text
    assert "«Jan Jansen is &lt;unknown&gt;»" in operator.get(f"/jobs/{job.id}").text


def test_stock_is_compared_again_when_asked_for(operator: Visitor, seeded: Seeded) -> None:
    assert operator.post("/stock/look", {"shop": "nl"}).status_code == 303
    for shop, subject in (("", "stock:main"), ("nl", "stock")):
        identity = Identity(Flow.RECONCILE, shop, subject)
        assert seeded.services.jobs.find_identity(identity) is not None
    assert len(acts(seeded, Act.RECONCILE)) == 1
    assert operator.post("/stock/look", {"shop": "gone"}).status_code == 400


def test_hooks_are_asked_for_only_when_the_button_is_pressed(
    viewer: Visitor, seeded: Seeded
) -> None:
    picqer = seeded.world.picqer
    picqer.create_hook("picqer-bridge other", "orders.created", "https://elsewhere.example", "s")
    assert "elsewhere" not in viewer.get("/hooks").text
    page = words_of(viewer.post("/hooks"))
    assert "orders.created on others https://elsewhere.example" in page
