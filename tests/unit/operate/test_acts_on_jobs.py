"""Retrying, dismissing and noting: the job, and who did it."""

from __future__ import annotations

from integration.jobs import Flow, Job, State
from integration.operate import dismiss, note, retry
from integration.ports import Act, AuditFilter
from tests.flows.world import World


def acts(world: World) -> list[tuple[str, str, str | None]]:
    return [(one.who, one.act.value, one.note) for one in world.services.audit.find(AuditFilter())]


def test_a_retry_opens_the_job_and_says_who_did_and_why(world: World, parked: Job) -> None:
    (result,) = retry(world.services, [parked.id, parked.id], "ann", "the SKU is there now")
    assert result.job is not None
    assert result.job.state is State.OPEN
    (entry,) = world.services.audit.find(AuditFilter())
    assert (entry.who, entry.act, entry.note) == ("ann", Act.RETRY, "the SKU is there now")
    assert (entry.job_id, entry.shop, entry.order_id) == (parked.id, "nl", "1042")
    assert entry.about == "create_order nl 1042"


def test_what_was_not_done_is_not_written_down(world: World) -> None:
    stock = world.hint(Flow.PUSH_STOCK, "stock")
    unknown, refused = dismiss(world.services, [4711, stock.id], "ann")
    assert unknown.problem == "there is no job 4711"
    assert "cannot be dismissed" in (refused.problem or "")
    assert acts(world) == []


def test_a_note_changes_nothing_but_is_kept(world: World, parked: Job) -> None:
    result = note(world.services, parked.id, "bob", "asked the merchant")
    assert result.job == parked
    assert acts(world) == [("bob", "note", "asked the merchant")]
    assert note(world.services, 4711, "bob", "x").problem == "there is no job 4711"


def test_a_job_of_stock_belongs_to_no_order(world: World) -> None:
    retry(world.services, [world.hint(Flow.PUSH_STOCK, "stock").id], "ann")
    (entry,) = world.services.audit.find(AuditFilter())
    assert (entry.shop, entry.order_id) == ("nl", None)
