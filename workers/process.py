"""One process of this service: its settings, its services, its runner, and whether it is to stop.

Everything is built when it is first used; the threads of the process share it.
"""

from __future__ import annotations

import random
import sys
import threading
from collections.abc import Callable
from functools import cached_property

import structlog

from integration.errors import NoLimiter, StoreAway
from integration.ports import WakeUp
from integration.runner import Runner
from integration.services import Services
from integration.settings import Settings, SettingsError
from integration.wiring import FLOWS, build_services
from workers import faults
from workers.hook_watch import with_hook_watch
from workers.mover import Mover, RedisEpoch

log = structlog.get_logger(__name__)


def load_settings() -> Settings:
    """The settings of this process; ends the process with every mistake when they are wrong."""
    try:
        return Settings.load()
    except SettingsError as error:
        sys.exit(str(error))


class Process:
    """What the tasks of a worker work with.

    ``make_wake_up`` connects the queue; it is called once, when services are first needed.
    """

    def __init__(
        self,
        make_wake_up: Callable[[Settings], WakeUp],
        load: Callable[[], Settings] = load_settings,
    ) -> None:
        """Build nothing yet."""
        self._make_wake_up = make_wake_up
        self._load = load
        self._building = threading.RLock()
        self._limits_told = False
        self._stopping = False

    @cached_property
    def settings(self) -> Settings:
        """The settings, read once."""
        return self._load()

    @cached_property
    def services(self) -> Services:
        """The services, connected once."""
        with self._building:
            made = self.__dict__.get("services")
            if isinstance(made, Services):
                return made
            return build_services(self.settings, wake_up=self._make_wake_up(self.settings))

    @property
    def runner(self) -> Runner:
        """The one runner of this process, after the limiters were told of the past."""
        with self._building:
            self.tell_limits()
            return self._runner

    def tell_limits(self) -> None:
        """A limit whose state was lost must know that this service called a moment ago."""
        if self._limits_told:
            return
        try:
            last = self.services.jobs.last_call_at()
            for account in self.services.accounts.values():
                account.limiter.start(last)
        except (NoLimiter, StoreAway) as error:
            log.warning("limits.not_told", cause=error.code)
        else:
            self._limits_told = True

    @cached_property
    def mover(self) -> Mover:
        """The one mover of this process."""
        return Mover(self.services, RedisEpoch.of(self.settings))

    def stop(self) -> None:
        """End jobs before their next call; called from a signal handler, so it only marks."""
        self._stopping = True

    def is_stopping(self) -> bool:
        """Whether this process was asked to stop."""
        return self._stopping

    @cached_property
    def _runner(self) -> Runner:
        return Runner(
            self.services,
            with_hook_watch(FLOWS, self.settings),
            chance=random.SystemRandom().random,
            stopping=self.is_stopping,
            report=faults.report,
        )
