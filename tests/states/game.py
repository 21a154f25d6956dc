"""What every game has: a door, administrators, and a time when everything comes to rest."""

from __future__ import annotations

from typing import ClassVar

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from integration import operate
from integration.jobs import State
from tests.states.promises import forgotten, without_next_step
from tests.states.realm import Realm


class Game(RuleBasedStateMachine):
    """A game in one realm, which its ``initialize`` rule sets up."""

    realm_kind: ClassVar[type[Realm]] = Realm
    realm: Realm

    @precondition(lambda self: self.realm.telling)
    @rule(which=st.integers(0, 5), again=st.booleans(), dies=st.sampled_from([0, 0, 1, 2, 3, 4]))
    def deliver(self, which: int, again: bool, dies: int) -> None:
        """A webhook that was late comes, perhaps not for the last time; the door may die of it."""
        told = self.realm.telling[which % len(self.realm.telling)]
        if self.realm.deliver(told, dies=dies) and not again:
            self.realm.telling.remove(told)

    @rule(
        what=st.sampled_from(
            ["restart", "gap", "back up", "back up", "restore", "lose messages", "reconcile"]
        )
    )
    def administer(self, what: str) -> None:
        match what:
            case "restart":
                self.realm.restart(1.0)
            case "gap":
                self.realm.restart(130.0)
            case "back up":
                self.realm.back_up()
            case "restore":
                self.realm.restore()
            case "lose messages":
                self.realm.lose_messages()
            case "reconcile":
                self.realm.reconcile()

    @invariant()
    def nothing_is_forgotten(self) -> None:
        if self.has_begun:
            assert [*forgotten(self.realm), *without_next_step(self.realm)] == []

    @property
    def has_begun(self) -> bool:
        """Whether the realm was set up."""
        return hasattr(self, "realm")

    def come_to_rest(self) -> None:
        """Both sides are compared, what is due is done, and a person retries what is parked."""
        self.realm.reconcile()
        self.realm.settle()
        parked = [job.id for job in self.realm.jobs(State.PARKED)]
        operate.retry(self.realm.services, parked, "a person")
        self.realm.settle()
        self.nothing_is_forgotten()

    def tell_the_rest(self) -> None:
        """Every webhook that is late comes after all."""
        for told in list(self.realm.telling):
            self.realm.deliver(told)
