"""The world of the state machines: workers that die, a door, messages that are lost, and people.

Everything but the outside is real: runner, flows, ledger, jobs, inbox, stock book and routing over
an in-memory store. Picqer and the shop are the fakes that pass the contract suites.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from hypothesis import strategies as st

from integration import operate
from integration.domain import Order, PaymentStatus, PicqerStatus
from integration.jobs import Delivery, Flow, Hint, Identity, Job, Queue, State
from integration.policy import ShopPolicy
from integration.ports import CallGuard, JobFilter, Message
from integration.runner import Runner
from integration.services import Account, Services, Shop
from integration.store.database import Database
from integration.store.gate import SqlGate
from integration.testing.clock import HandClock
from integration.web.routing import accept
from tests.conftest import SharedMemory
from tests.flows.world import FLOWS, World
from tests.states.outside import Hasty, Nudges, Told, Unsteady, Way, Young
from tests.states.peril import Act, Peril, ProcessDied, Watched

MEMORY = SharedMemory()
"""One in-memory store for all games, emptied for each: compiling statements takes time."""
Place = tuple[str, int]
"""The name of a call (any, when empty), and which of the places at such calls is meant."""
LATE_SECONDS = 30.0
"""A request whose answer did not come may still be carried out this much later."""
LAG_SECONDS = 20.0
"""Picqer's lists do not show what is younger."""
RESEND_SECONDS = 15.0
A_LONG_TIME = 2_000.0
MOST_ROUNDS = 400
PICQER = "picqer/main"
SHOP = "shops/nl"
GONE = frozenset({PicqerStatus.PROCESSING, PicqerStatus.COMPLETED})


class Realm:
    """One small installation in which everything may go wrong, and the words for it."""

    def __init__(self, policy: ShopPolicy | None = None) -> None:
        self.clock = HandClock()
        self.database: Database = MEMORY.emptied(self.clock)
        self.peril = Peril(self._in_transaction, self._while_frozen)
        nudges = Nudges()
        options = {} if policy is None else {"policy": policy}
        self.world = World(self.database, self.clock, wake_up=nudges, **options)
        nudges.peril = self.peril
        self.lag = 0.0
        self.world.picqer.books.hidden = Young(self)
        self.telling: list[Told] = []
        self.telling_made = 0
        self.content: dict[int, Hint] = {}
        self.accepted: set[int] = set()
        self.out: list[Message] = []
        self.notified: list[tuple[str, str]] = []
        self.lost_answers: dict[str, bool] = {}
        self.frozen_long = False
        self.deaths = self.takeovers = 0
        self._late = Act.NOTHING
        self._to_carry_out: list[tuple[datetime, Callable[[], object]]] = []
        self._backup: tuple[bytes, set[int]] | None = None
        self.services = self._services(self.world.services)
        self._start_workers()
        self.beats = 0

    # --- Processes -------------------------------------------------------------------------------

    def _services(self, services: Services) -> Services:
        """The services of a worker, every call of which is a place to die."""
        picqer = services.accounts["main"]
        shop = services.shops["nl"]
        account = replace(picqer, connect=self._connect_picqer, hints=self._hints)
        own = replace(shop, connect=self._connect_shop, hints=self._hints)
        return replace(services, accounts={"main": account}, shops={"nl": own})

    def _connect_picqer(self, lane: Any, guard: CallGuard, born: float) -> Any:
        client = self.world.picqer.connect(lane, guard, born)
        return Watched(Unsteady(client, self), self.peril)

    def _connect_shop(self, guard: CallGuard) -> Any:
        return Watched(Hasty(self.world.shop.connect(guard), self), self.peril)

    def _hints(self, delivery: Delivery) -> Sequence[Hint]:
        return [self.content[int(delivery.body)]]

    def _start_workers(self) -> None:
        """New processes: they remember nothing."""
        gate = SqlGate(self.database, clock=self.clock)
        self.services = replace(self.services, gate=gate)
        services, peril = self.services, self.peril
        watched: Any = {
            name: Watched(getattr(services, name), peril)
            for name in (
                "inbox", "jobs", "ledger", "stock", "shipments", "gate", "bookmarks", "mailer",
            )
        }  # fmt: skip
        in_peril = replace(services, **watched)
        self._worker = Runner(in_peril, FLOWS, chance=lambda: 0.5)
        self._other = Runner(services, FLOWS, chance=lambda: 0.5)

    def _in_transaction(self) -> bool:
        return getattr(self.database._local, "connection", None) is not None

    def _while_frozen(self) -> None:
        """The lease ends, and another worker does what is due by then."""
        self.takeovers += 1
        for seconds in (25.0, 66.0, 6.0) if self.frozen_long else (25.0,):
            self.pass_time(seconds)
            self.move()
            self._run_all(self._other)

    def restart(self, gap: float) -> None:
        """All processes end; new ones start after so many seconds."""
        self.peril.call_off()
        self.out.clear()
        self.world.wake_up.messages.clear()
        self.pass_time(gap)
        self._start_workers()
        self.services.gate.beat(f"worker {self.clock.now()}", 0)

    # --- Time ------------------------------------------------------------------------------------

    def pass_time(self, seconds: float) -> None:
        """Let time pass; what was in flight to Picqer arrives meanwhile."""
        until = self.clock.now() + timedelta(seconds=seconds)
        for at, deed in sorted(self._to_carry_out, key=lambda pair: pair[0]):
            if at <= until:
                self.clock.instant = max(at, self.clock.instant)
                deed()
        self._to_carry_out = [pair for pair in self._to_carry_out if pair[0] > until]
        self.clock.instant = until

    def take_late(self) -> Act:
        """What becomes of the next creation of an order."""
        late, self._late = self._late, Act.NOTHING
        return late

    def plan_late(self, act: Act) -> None:
        """Let the next creation be carried out late: its sender hears nothing, or dies."""
        self._late = act

    def carry_out_later(self, deed: Callable[[], object]) -> None:
        """Have something happen at Picqer when its sender has given up."""
        at = self.clock.now() + timedelta(seconds=LATE_SECONDS)
        self._to_carry_out.append((at, deed))

    # --- The door --------------------------------------------------------------------------------

    def tell(self, source: str, hint: Hint, way: Way) -> None:
        """Something happened outside: its webhook comes at once, later or never."""
        self.telling_made += 1
        self.content[self.telling_made] = hint
        told = Told(self.telling_made, source, hint)
        if way is Way.AT_ONCE:
            self.deliver(told)
        elif way is Way.LATER:
            self.telling.append(told)

    def deliver(self, told: Told, *, dies: int = 0) -> bool:
        """Let the door take it; False when its process died before it could answer 200."""
        source: Account | Shop = (
            self.services.shops["nl"] if told.source == SHOP else self.services.accounts["main"]
        )
        services = replace(
            self.services,
            jobs=Watched(self.services.jobs, self.peril),  # type: ignore[arg-type]  # a proxy
            inbox=Watched(self.services.inbox, self.peril),  # type: ignore[arg-type]  # a proxy
        )
        if dies:
            self.peril.plan(Act.DIE, dies)
        try:
            got = accept(services, source, Delivery(told.source, {}, str(told.number).encode()))
        except ProcessDied:
            self.deaths += 1
            return False
        finally:
            self.peril.call_off()
        self.accepted.add(got.delivery_id)
        return True

    # --- Workers ---------------------------------------------------------------------------------

    def move(self) -> None:
        """The mover's tick, and what was nudged since the last look."""
        self.out += self.world.wake_up.messages
        self.world.wake_up.messages.clear()
        for queue in Queue:
            self.out += self.services.jobs.due(queue, 200, resend_after=RESEND_SECONDS)

    def work(self, act: Act = Act.NOTHING, place: Place = ("", 0), *, long: bool = False) -> None:
        """A worker takes everything that is out, and meets ``act`` at that place."""
        self.frozen_long = long
        self.move()
        self.peril.plan(act, place[1], place[0])
        while self.out:
            message = self.out.pop(0)
            try:
                self._worker.run(message.job_id)
            except ProcessDied:
                self.deaths += 1
                self._start_workers()
        self.peril.call_off()

    def until_something_is_due(self) -> None:
        """Pass the time that the next job waits for, and that its message may be lost for."""
        waiting = self.jobs(State.OPEN) + self.jobs(State.RUNNING)
        if waiting:
            moment = min(one.lease_until or one.due_at for one in waiting)
            wait = (moment - self.clock.now()).total_seconds()
            self.pass_time(max(0.0, wait) + RESEND_SECONDS + 0.1)

    def lose_messages(self) -> None:
        """Redis is emptied."""
        self.move()
        self.out.clear()

    def _run_all(self, runner: Runner) -> None:
        out, self.out = self.out, []
        for message in out:
            runner.run(message.job_id)

    # --- People ----------------------------------------------------------------------------------

    def job(self, flow: Flow, subject: str, shop: str = "nl") -> Job | None:
        """The job of this identity."""
        return self.services.jobs.find_identity(Identity(flow, shop, subject))

    def jobs(self, state: State | None = None) -> list[Job]:
        """All jobs, or those in one state."""
        return self.services.jobs.find(JobFilter(state=state, limit=500))

    def reconcile(self) -> None:
        """Ask for everything to be compared."""
        operate.ask_for(self.services, operate.observations(self.services), "a person")

    def purge(self) -> None:
        """The retention is over."""
        now = self.clock.now()
        self.services.inbox.purge(now)
        self.services.jobs.purge_events(now)

    def back_up(self) -> None:
        """Copy the store."""
        self._backup = (self._driver().serialize(), set(self.accepted))

    def restore(self) -> bool:
        """Put the copy back while everything outside went on; False when there is none."""
        if self._backup is None:
            return False
        content, self.accepted = self._backup[0], set(self._backup[1])
        self._driver().deserialize(content)
        self.restart(130.0)
        return True

    def _driver(self) -> Any:
        connection = self.database.engine.raw_connection()
        try:
            return connection.driver_connection
        finally:
            connection.close()

    # --- Coming to rest --------------------------------------------------------------------------

    def heal(self) -> None:
        """Nothing goes wrong any more."""
        self.peril.call_off()
        self._late = Act.NOTHING
        self.lost_answers.clear()
        self.world.picqer.faults._waiting.clear()
        self.world.shop._faults.clear()
        self.world.mailer._faults.clear()
        for flow, shop, _ in self.services.gate.pauses():
            self.services.gate.resume(None if flow is None else Flow(flow), shop, "a person")
        self.pass_time(LATE_SECONDS + 1)

    def settle(self) -> None:
        """Let time pass until nothing is left to do. AssertionError when that never comes."""
        for _ in range(MOST_ROUNDS):
            self.move()
            self._run_all(self._worker)
            busy = [*self.jobs(State.OPEN), *self.jobs(State.RUNNING)]
            if not busy:
                return
            moments = [one.lease_until or one.due_at for one in busy]
            moments += [
                one.sent_at + timedelta(seconds=RESEND_SECONDS)
                for one in busy
                if one.sent_at is not None and one.due_at <= self.clock.now()
            ]
            wait = (min(moments) - self.clock.now()).total_seconds()
            assert wait < A_LONG_TIME, f"{busy[0].identity} waits for {wait} s"
            self.pass_time(max(1.0, wait + 0.1))
        raise AssertionError(f"never at rest: {[(str(j.identity), j.reason) for j in busy][:5]}")


def places(*names: str) -> st.SearchStrategy[Place]:
    """Some place: any of the next forty, or before or after the next calls of these names."""
    any_place = st.tuples(st.just(""), st.integers(1, 40))
    return st.one_of(any_place, st.tuples(st.sampled_from(names), st.integers(1, 4)))


def paid(order: Order, now: datetime) -> Order:
    """The order, paid now."""
    return replace(
        order, payment_status=PaymentStatus.PAID, release=True, paid_at=now, updated_at=now
    )
