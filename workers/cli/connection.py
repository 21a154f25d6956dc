"""How a command reaches the settings and the services; tests hand in their own."""

from __future__ import annotations

import getpass
import threading
from collections.abc import Callable
from difflib import get_close_matches

import typer
from pydantic import SecretStr

from integration.services import Services
from integration.settings import Settings
from integration.wiring import build_services, redis_url, store_is_current
from workers.stopping import stopped_by_signals


class StoreNotReady(Exception):
    """The store is missing, or not of this version; the message says what to do."""


class Connection:
    """What commands reach for; nothing is read or connected before one does.

    Kept in Typer's context: ``app(obj=Connection())``. ``load`` reads the settings, ``connect``
    makes the services of an installation whose store exists, ``wait`` returns when it is time to
    stop; what is left out is the real thing.
    """

    def __init__(
        self,
        load: Callable[[], Settings] | None = None,
        connect: Callable[[Settings], Services] | None = None,
        wait: Callable[[], None] | None = None,
    ) -> None:
        """Nothing is read or connected yet."""
        self._load = load or Settings.load
        self._connect = connect or connect_services
        self._wait = wait or wait_for_signal

    def settings(self) -> Settings:
        """The settings. Raises SettingsError with every mistake."""
        return self._load()

    def services(self, settings: Settings | None = None) -> Services:
        """The services of this installation. Raises SettingsError and StoreNotReady."""
        return self._connect(settings or self.settings())

    def unchecked_services(self, settings: Settings) -> Services:
        """The services, whether or not the store is in order: for whoever looks at just that."""
        return (reach_services if self._connect is connect_services else self._connect)(settings)

    def wait(self) -> None:
        """Return when a person or the system says stop."""
        self._wait()


def connect_services(settings: Settings) -> Services:
    """The services as workers have them, with a store that is in order. Raises StoreNotReady."""
    services = reach_services(settings)
    require_store(services)
    return services


def reach_services(settings: Settings) -> Services:
    """The services as workers have them; a nudge that fails is left to the mover."""
    # Celery is slow to import, and settings with mistakes end before it is needed.
    from workers import logs  # noqa: PLC0415
    from workers.app import app  # noqa: PLC0415
    from workers.local import local_broker  # noqa: PLC0415
    from workers.queue import CeleryWakeUp  # noqa: PLC0415

    logs.configure_for("warning", as_json=False)
    started = local_broker(settings) if settings.redis_url is None else None
    if started is not None:
        settings = settings.model_copy(update={"redis_url": SecretStr(started)})
    return build_services(settings, wake_up=CeleryWakeUp(app, redis_url(settings)))


def require_store(services: Services) -> None:
    """See that the store is there and serves this version. Raises StoreNotReady and StoreAway."""
    try:
        current = store_is_current(services)
    except (
        RuntimeError
    ) as error:  # A newer version left what this one cannot use, says the message.
        raise StoreNotReady(str(error)) from error
    if not current:
        raise StoreNotReady(
            "The store is not there yet, or is older than this version: run `picqer-bridge "
            "migrate` (or `picqer-bridge run`, which does it too)."
        )


def wait_for_signal() -> None:
    """Return when SIGINT or SIGTERM comes. For the main thread only."""
    told = threading.Event()
    with stopped_by_signals(told.set):
        # With a time-out, so that a signal is noticed on every platform.
        while not told.wait(0.5):
            continue


def connection_of(context: typer.Context) -> Connection:
    """The connection of this call: the one that was handed in, else the real one."""
    return context.obj if isinstance(context.obj, Connection) else Connection()


def services_of(context: typer.Context) -> Services:
    """The services of this call."""
    return connection_of(context).services()


def who() -> str:
    """Who gives this command, for timelines and pauses."""
    try:
        return f"{getpass.getuser()} (command line)"
    except (KeyError, OSError, ImportError):
        return "the command line"


def known_shop(services: Services, shop: str | None) -> str | None:
    """The shop's name as given. Raises BadParameter when no such shop is configured."""
    return _known(shop, list(services.shops), "shop")


def known_account(services: Services, account: str | None) -> str | None:
    """The account's name as given. Raises BadParameter when no such account is configured."""
    return _known(account, list(services.accounts), "Picqer account")


def _known(name: str | None, names: list[str], what: str) -> str | None:
    if name is None or name in names:
        return name
    near = get_close_matches(name, names, n=1)
    hint = f"did you mean {near[0]}?" if near else f"there is {', '.join(names) or 'none'}"
    raise typer.BadParameter(f"there is no {what} {name!r}; {hint}")
