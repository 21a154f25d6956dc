"""Puts faults into a running installation, and takes them out again."""

from __future__ import annotations

import os
import signal
import sqlite3
from collections.abc import Callable
from contextlib import suppress

import redis

from integration.sandbox.picqer import Fault
from integration.sandbox.shop import Fault as ShopFault
from workers.chaos.plan import Step
from workers.day.stage import Stage

FULL_LIMIT = 500
LOCK_SECONDS = 5.0
REDIS_SECONDS = 3.0
COPIES = 20


class Missed(Exception):
    """There was nothing to injure at that moment."""


class Nemesis:
    """Injures the service of this stage, as its plan says. For one thread."""

    def __init__(self, stage: Stage) -> None:
        """Do nothing yet."""
        self._stage = stage
        self._frozen: dict[int, int] = {}
        self._lock: sqlite3.Connection | None = None
        self._faults: dict[int, int] = {}
        self._picqer_is_away = False
        self._deeds: dict[str, Callable[[Step], None]] = {
            "process killed": lambda step: self._signal(step, signal.SIGKILL),
            "process ended (SIGTERM)": lambda step: self._signal(step, signal.SIGTERM),
            "worker frozen (SIGSTOP)": self._freeze_worker,
            "broker killed": lambda _: self._kill(self._broker_pid()),
            "broker emptied": lambda _: self._empty_broker(),
            "broker frozen (SIGSTOP)": self._freeze_broker,
            "store locked": self._lock_store,
            "Picqer's answers spoilt": self._spoil,
            "Picqer's answers lost": self._spoil,
            "Picqer away": self._take_picqer_away,
            "Picqer answers 429 to everything": self._storm,
            "Picqer's lists lag": self._let_lists_lag,
            "limit lowered": self._lower_limit,
            "limit used by others": lambda step: stage.picqer.foreign_use(_int(step, "count")),
            "shop's answers spoilt": self._spoil_shop,
            "shop's webhooks doubled": self._double_webhooks,
            "shop's webhooks late": lambda step: self._switch_webhooks(step, "paused"),
            "shop's webhooks lost": lambda step: self._switch_webhooks(step, "off"),
            "a webhook twenty times": lambda _: self._repeat_webhook(),
            "Picqer's webhooks tripled and shuffled": self._shuffle_hooks,
            "Picqer's webhooks late": self._delay_hooks,
        }

    def take(self, step: Step) -> None:
        """Do what the step says. Raises Missed when there is nothing to injure."""
        self._deeds[step.kind](step)

    def heal(self) -> None:
        """Undo everything that lasts; processes that died are started again by the service."""
        picqer, shop = self._stage.picqer, self._stage.shop
        for pid in list(self._frozen.values()):
            self._continue(pid)
        self._frozen.clear()
        self._unlock_store()
        picqer.clear_faults()
        self._bring_picqer_back()
        picqer.set_limit(FULL_LIMIT)
        picqer.tune(hook_copies=1, hook_jitter=0.0)
        picqer.resume_hooks()
        shop.faults.clear()
        shop.webhooks.duplicate_every = 0
        shop.webhooks.switch("on")

    # --- Processes -------------------------------------------------------------------------------

    def _pid(self, step: Step) -> int:
        pid = self._stage.service.pids.get(str(step.words["process"]))
        if pid is None:
            raise Missed
        return pid

    def _signal(self, step: Step, number: int) -> None:
        with suppress(ProcessLookupError):
            os.kill(self._pid(step), number)

    def _kill(self, pid: int) -> None:
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)

    def _freeze_worker(self, step: Step) -> None:
        self._freeze(step, None if step.ends else self._pid(step))

    def _freeze_broker(self, step: Step) -> None:
        self._freeze(step, None if step.ends else self._broker_pid())

    def _freeze(self, step: Step, pid: int | None) -> None:
        if pid is None:
            if (frozen := self._frozen.pop(step.number, None)) is not None:
                self._continue(frozen)
            return
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGSTOP)
            self._frozen[step.number] = pid

    def _continue(self, pid: int) -> None:
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGCONT)

    # --- Broker and store ------------------------------------------------------------------------

    def _broker_pid(self) -> int:
        broker = self._stage.service.broker
        if broker is None or broker.pid is None:
            raise Missed
        return broker.pid

    def _empty_broker(self) -> None:
        url, patience = self._stage.service.redis_url, REDIS_SECONDS
        try:
            with redis.Redis.from_url(url, socket_timeout=patience) as client:
                client.flushall()
        except redis.RedisError as error:
            raise Missed from error

    def _lock_store(self, step: Step) -> None:
        if step.ends:
            self._unlock_store()
            return
        if self._lock is not None:
            raise Missed
        file = self._stage.folder / "bridge.db"
        connection = sqlite3.connect(file, timeout=LOCK_SECONDS, isolation_level=None)
        try:
            connection.execute("BEGIN EXCLUSIVE")
        except sqlite3.OperationalError as error:
            connection.close()
            raise Missed from error
        self._lock = connection

    def _unlock_store(self) -> None:
        if self._lock is not None:
            self._lock.execute("ROLLBACK")
            self._lock.close()
            self._lock = None

    # --- Picqer ----------------------------------------------------------------------------------

    def _spoil(self, step: Step) -> None:
        kind, words = step.words["fault"], step.words
        if step.kind == "Picqer's answers lost":
            kind = "commit_then_drop" if words["commit"] else "drop_before_commit"
        fault = Fault(
            kind,  # type: ignore[arg-type]  # drawn from the sandbox's own kinds
            method="*" if words["path"] == "*" else "POST",
            path=str(words["path"]),
            count=_int(step, "count"),
            seconds=_float(step, "seconds"),
            status=_int(step, "status"),
            commit=bool(words["commit"]) if kind == "status" else None,
        )
        self._stage.picqer.add_fault(fault)

    def _storm(self, step: Step) -> None:
        self._last(step, Fault("storm", seconds=3600.0))

    def _let_lists_lag(self, step: Step) -> None:
        self._last(step, Fault("lagging_list", seconds=_float(step, "seconds")))

    def _last(self, step: Step, fault: Fault) -> None:
        """Switch it on, or off when the step ends it."""
        if not step.ends:
            self._faults[step.number] = self._stage.picqer.add_fault(fault)
        elif (idfault := self._faults.pop(step.number, None)) is not None:
            self._stage.picqer.remove_fault(idfault)

    def _take_picqer_away(self, step: Step) -> None:
        if step.ends:
            self._bring_picqer_back()
        elif self._picqer_is_away:
            raise Missed
        else:
            self._stage.picqer.stop()
            self._picqer_is_away = True

    def _bring_picqer_back(self) -> None:
        if self._picqer_is_away:
            self._stage.picqer.start()
            self._picqer_is_away = False

    def _lower_limit(self, step: Step) -> None:
        self._stage.picqer.set_limit(FULL_LIMIT if step.ends else _int(step, "limit"))

    def _shuffle_hooks(self, step: Step) -> None:
        copies, jitter = (1, 0.0) if step.ends else (3, 2.0)
        self._stage.picqer.tune(hook_copies=copies, hook_jitter=jitter)

    def _delay_hooks(self, step: Step) -> None:
        if step.ends:
            self._stage.picqer.resume_hooks()
        else:
            self._stage.picqer.pause_hooks()

    # --- The shop --------------------------------------------------------------------------------

    def _spoil_shop(self, step: Step) -> None:
        fault = ShopFault(
            kind=step.words["fault"],  # type: ignore[arg-type]  # drawn from the sandbox's own kinds
            count=_int(step, "count"),
            seconds=_float(step, "seconds"),
        )
        self._stage.shop.faults.add(fault)

    def _double_webhooks(self, step: Step) -> None:
        self._stage.shop.webhooks.duplicate_every = 0 if step.ends else 1

    def _switch_webhooks(self, step: Step, mode: str) -> None:
        wanted = "on" if step.ends else mode
        self._stage.shop.webhooks.switch(wanted)  # type: ignore[arg-type]  # one of its modes

    def _repeat_webhook(self) -> None:
        with self._stage.shop.books.lock:
            latest = next(reversed(self._stage.shop.books.orders), None)
        if latest is None:
            raise Missed
        for _ in range(COPIES):
            self._stage.shop.webhooks.announce("order.updated", latest)


def _int(step: Step, name: str) -> int:
    return int(str(step.words[name]))


def _float(step: Step, name: str) -> float:
    return float(str(step.words[name]))
