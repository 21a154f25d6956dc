"""What the doctor examines of an installation: its parts, handed what the adapters read.

Beside ``wiring`` the only module that names adapters. Nothing here writes: the store is not made
when it is missing, and whatever would make it is not asked before it is there.
"""

from __future__ import annotations

import platform
from collections.abc import Callable, Iterator
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from urllib.parse import urlsplit

from integration import __version__
from integration.doctor import Asking, Examined, Part, Shared, examine, parts_of_shop
from integration.doctor.catalogue import catalogue_findings
from integration.doctor.examination import TOTAL_SECONDS
from integration.doctor.picqer import KEY, AccountHooks, account_findings, hook_findings
from integration.doctor.processes import PROCESSES, process_findings
from integration.doctor.reach import REACH, reach_findings
from integration.doctor.redis import REDIS, redis_findings
from integration.doctor.settings import SETTINGS, SettingsInForce, settings_findings
from integration.doctor.store import STORE, store_findings
from integration.doctor.versions import version_findings
from integration.errors import BridgeError, StoreAway
from integration.http.look import look
from integration.http.reach import reach
from integration.jobs import Lane
from integration.picqer.hooks import WANTED_EVENTS
from integration.ports import Finding, Picqer, StoreCondition, Verdict
from integration.redis_condition import read_redis
from integration.secure_url import is_loopback
from integration.services import Services, Shop
from integration.settings import Settings
from integration.settings.effective import MASK
from integration.store.condition import read_store
from integration.store.database import Database
from integration.wiring import door_address, redis_url, sync_hooks

STORE_FIX = "Start the database, or correct database_url."
PACKAGES = ("celery", "kombu")


def examine_installation(
    services: Services,
    settings: Settings,
    *,
    account: str | None = None,
    shop: str | None = None,
    seconds: float = TOTAL_SECONDS,
) -> Iterator[Examined]:
    """What is found within ``seconds`` in all, the most basic first; never raises.

    With ``account`` or ``shop`` only that account or shop is examined.
    """
    examination = _Examination(services, settings)
    parts: list[Part] = []
    if account is None and shop is None:
        parts += examination.general()
    for name in sorted(services.accounts):
        if account == name or (account is None and shop is None):
            parts += examination.of_account(name)
    for name in sorted(services.shops):
        if shop == name or (account is None and shop is None):
            parts += examination.of_shop(name)
    return examine(parts, seconds)


class _Examination:
    """One examination: what its parts share is asked for once."""

    def __init__(self, services: Services, settings: Settings) -> None:
        """Ask nothing yet."""
        self._services = services
        self._settings = settings
        self._store = Shared(self._read_store)

    def general(self) -> list[Part]:
        """What concerns the installation as a whole."""
        return [
            Part(SETTINGS, SETTINGS, self._of_settings),
            Part("versions", "versions", lambda: version_findings(_versions())),
            Part("store", STORE, self._of_store, STORE_FIX),
            Part("redis", REDIS, self._of_redis),
            Part("processes", PROCESSES, self._with_store("processes", self._of_processes)),
            *self._reach("door", self._settings.public_url, "public_url"),
        ]

    def of_account(self, name: str) -> list[Part]:
        """A Picqer account."""
        subject, settings = f"picqer/{name}", self._settings
        shops = [shop.policy for shop in self._services.shops_of(name)]
        now = self._services.clock.now
        ours = AccountHooks(
            lambda: sync_hooks(self._services, settings, name, Asking(), dry_run=True),
            len(WANTED_EVENTS),
        )

        def account() -> Iterator[Finding]:
            return account_findings(self._picqer(name), name, shops, now)

        parts = self._reach(subject, settings.picqer[name].api_url, f"picqer.{name}")
        parts.append(Part(subject, KEY, self._with_store(KEY, account)))
        if settings.public_url is not None:
            check = "picqer hooks"
            parts.append(Part(subject, check, self._with_store(check, lambda: hook_findings(ours))))
        return parts

    def of_shop(self, name: str) -> list[Part]:
        """A shop, and the door as this shop reaches it."""
        shop, settings = self._services.shops[name], self._settings
        address = None if settings.public_url is None else door_address(settings, f"shops/{name}")
        door, connection = parts_of_shop(shop, address, look, self._services.clock.now())
        url = getattr(settings.shops[name].connector_settings, "url", None)
        setting = f"shops.{name}.{settings.shops[name].connector}.url"
        # A connector may ask the store for the name of our webhooks, and Picqer's limit does.
        looks = self._with_store(connection.name, lambda: self._of_shop(shop, connection.findings))
        return [
            *self._reach(connection.subject, url, setting),
            door,
            Part(connection.subject, connection.name, looks),
        ]

    def _of_settings(self) -> Iterator[Finding]:
        settings = self._settings
        shops = settings.shops.items()
        in_force = SettingsInForce(
            accounts=len(settings.picqer),
            shops=len(settings.shops),
            exposed_file=_exposed_file(settings),
            orders_since={
                name: shop.orders_since for name, shop in shops if shop.orders_since is not None
            },
            is_console_open=settings.console.password is None,
            is_debugging=settings.log.level == "debug",
        )
        return settings_findings(in_force, self._services.clock.now())

    def _of_store(self) -> Iterator[Finding]:
        return store_findings(self._store(), self._services.clock.now())

    def _of_redis(self) -> Iterator[Finding]:
        url = redis_url(self._settings)
        parts = urlsplit(url)
        return redis_findings(
            read_redis(url),
            is_local=parts.scheme == "unix" or is_loopback(parts.hostname or "localhost"),
            has_password=bool(parts.password) or "password=" in parts.query,
            ours=self._services.clock.now(),
        )

    def _of_processes(self) -> Iterator[Finding]:
        return process_findings(self._services)

    def _of_shop(
        self, shop: Shop, connection: Callable[[], Iterator[Finding]]
    ) -> Iterator[Finding]:
        """What is found of the connection, and then of the products that come through it."""
        has_failed = False
        for finding in connection():
            has_failed = has_failed or finding.verdict is Verdict.FAIL
            yield finding
        try:
            yield from catalogue_findings(
                shop.connect(Asking()),
                lambda: self._picqer(shop.policy.account.name).vat_groups(),
                self._services.clock.now(),
                counts_skus=shop.care is None,
            )
        except BridgeError:
            if not has_failed:  # Else it is the same thing again.
                raise

    def _picqer(self, account: str) -> Picqer:
        # In front of the bulk work, which may be what somebody wonders about.
        return self._services.accounts[account].connect(Lane.ORDERS, Asking(), 0.0)

    def _reach(self, subject: str, address: str | None, setting: str) -> list[Part]:
        """The way to a server elsewhere; none to this machine itself, which has no TLS."""
        if address is None or urlsplit(address).scheme == "http":
            return []
        now = self._services.clock.now()
        return [Part(subject, REACH, lambda: reach_findings(address, setting, reach, now))]

    def _read_store(self) -> StoreCondition:
        if not isinstance(self._services.store, Database):
            raise StoreAway
        return read_store(self._services.store)

    def _with_store(
        self, check: str, look_at: Callable[[], Iterator[Finding]]
    ) -> Callable[[], Iterator[Finding]]:
        """What is looked at only when the store is there: else asking would make it, or fail."""

        def findings() -> Iterator[Finding]:
            try:
                found = self._store()
            except StoreAway:
                found = None
            if found is None or found.missing or not found.is_writable:
                sentence = "This was not examined: it needs the store, which is not in order."
                yield Finding(check, Verdict.WARN, sentence, "Put the store right first.")
                return
            yield from look_at()

        return findings


def _versions() -> dict[str, str]:
    found = {"picqer-bridge": __version__, "python": platform.python_version()}
    for name in PACKAGES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found


def _exposed_file(settings: Settings) -> str | None:
    """A file of settings with secrets in it that other users of this machine may read."""
    for one in settings.effective():
        file = Path(one.origin) if one.origin else None
        is_secret = one.value.startswith(MASK)
        if is_secret and file is not None and file.is_file() and file.stat().st_mode & 0o044:
            return one.origin
    return None
