"""Keeping an account's hooks in order."""

from __future__ import annotations

from dataclasses import replace

import pytest
from pydantic import SecretStr

from integration.hook_names import fingerprint
from integration.picqer.hooks import WANTED_EVENTS, Wanted, sync
from integration.ports import Deed
from integration.testing.picqer import FakePicqer

ADDRESS = "https://bridge.example.com/webhooks/picqer/main"
WANTED = Wanted("k3f9", ADDRESS, SecretStr("secret one"))


@pytest.fixture
def fake() -> FakePicqer:
    return FakePicqer()


def active(fake: FakePicqer) -> list[tuple[str, str]]:
    return sorted(
        (row.hook.event, row.hook.name) for row in fake.books.hooks.values() if row.hook.active
    )


def wanted_hooks(wanted: Wanted) -> list[tuple[str, str]]:
    return sorted((event, wanted.name) for event in wanted.events)


def deeds(fake: FakePicqer, wanted: Wanted = WANTED, *, dry_run: bool = False) -> list[Deed]:
    return [action.deed for action in sync(fake, wanted, dry_run=dry_run)]


def test_what_is_missing_is_created_and_signed(fake: FakePicqer) -> None:
    assert deeds(fake) == [Deed.CREATED] * len(WANTED_EVENTS)
    assert active(fake) == wanted_hooks(WANTED)
    assert {row.secret for row in fake.books.hooks.values()} == {"secret one"}


def test_when_all_is_well_nothing_is_done(fake: FakePicqer) -> None:
    sync(fake, WANTED)
    fake.calls.clear()
    assert deeds(fake) == []
    assert fake.calls == ["hooks"]


def test_what_picqer_switched_off_is_switched_on_again(fake: FakePicqer) -> None:
    sync(fake, WANTED)
    off = next(iter(fake.books.hooks))
    fake.deactivate_hook(off)
    assert deeds(fake) == [Deed.REACTIVATED]
    assert fake.books.hooks[off].hook.active
    assert len(fake.books.hooks) == len(WANTED_EVENTS)


def test_a_new_secret_makes_new_hooks_and_switches_the_old_ones_off(fake: FakePicqer) -> None:
    sync(fake, WANTED)
    changed = replace(WANTED, secret=SecretStr("secret two"))
    done = deeds(fake, changed)
    assert done.count(Deed.DEACTIVATED) == done.count(Deed.CREATED) == len(WANTED_EVENTS)
    assert active(fake) == wanted_hooks(changed)
    assert deeds(fake, changed) == []


def test_a_new_address_moves_every_hook(fake: FakePicqer) -> None:
    sync(fake, WANTED)
    moved = replace(WANTED, address=ADDRESS.replace("bridge", "new"))
    sync(fake, moved)
    addresses = {row.hook.address for row in fake.books.hooks.values() if row.hook.active}
    assert addresses == {moved.address}


def test_an_event_that_is_no_longer_wanted_is_switched_off(fake: FakePicqer) -> None:
    sync(fake, WANTED)
    fewer = replace(WANTED, events=("picklists.closed",))
    sync(fake, fewer)
    assert active(fake) == wanted_hooks(fewer)


def test_a_double_of_ours_is_switched_off(fake: FakePicqer) -> None:
    sync(fake, WANTED)
    hook = fake.create_hook(WANTED.name, "picklists.closed", ADDRESS + "?", "secret one")
    row = fake.books.hooks[hook.idhook]
    fake.books.hooks[hook.idhook] = replace(row, hook=replace(hook, address=ADDRESS))
    assert deeds(fake) == [Deed.DEACTIVATED]
    assert active(fake) == wanted_hooks(WANTED)


def test_hooks_of_others_are_never_touched(fake: FakePicqer) -> None:
    other = fake.create_hook("stock app", "picklists.closed", "https://other.example.com", "x")
    sync(fake, WANTED)
    sync(fake, replace(WANTED, secret=SecretStr("secret two")))
    assert fake.books.hooks[other.idhook].hook == other


def test_another_installation_is_reported_and_left_alone(fake: FakePicqer) -> None:
    theirs = replace(WANTED, installation="zzzz", address="https://other.example.com")
    sync(fake, theirs)
    done = deeds(fake)
    assert done.count(Deed.OTHER_INSTALLATION) == len(WANTED_EVENTS)
    assert active(fake) == sorted(wanted_hooks(WANTED) + wanted_hooks(theirs))


def test_our_address_in_a_strangers_hook_is_reported_and_not_doubled(fake: FakePicqer) -> None:
    fake.create_hook("by hand", "picklists.closed", ADDRESS, "x")
    actions = sync(fake, WANTED)
    taken = [action for action in actions if action.deed is Deed.TAKEN]
    assert [action.event for action in taken] == ["picklists.closed"]
    assert ("picklists.closed", WANTED.name) not in active(fake)


def test_a_dry_run_only_says_what_it_would_do(fake: FakePicqer) -> None:
    assert deeds(fake, dry_run=True) == [Deed.CREATED] * len(WANTED_EVENTS)
    assert fake.books.hooks == {}
    sync(fake, WANTED)
    fake.deactivate_hook(next(iter(fake.books.hooks)))
    fake.calls.clear()
    (action,) = sync(fake, WANTED, dry_run=True)
    assert (action.deed, action.text.endswith("is switched off.")) == (Deed.REACTIVATED, True)
    changed = replace(WANTED, secret=SecretStr("secret two"))
    assert Deed.DEACTIVATED in deeds(fake, changed, dry_run=True)
    told = " ".join(action.text for action in sync(fake, changed, dry_run=True))
    assert "is outdated and is to be switched off." in told
    assert "was" not in told.split()
    assert fake.calls == ["hooks", "hooks", "hooks"]


def test_the_name_tells_secrets_apart_and_gives_none_away() -> None:
    assert fingerprint(SecretStr("a")) != fingerprint(SecretStr("b"))
    assert WANTED.name == f"picqer-bridge k3f9 {fingerprint(WANTED.secret)}"
    assert "secret" not in WANTED.name
