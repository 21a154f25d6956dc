"""Every setting of this service: typed, frozen, from ``bridge.toml`` and the environment.

``Settings.load`` reports all mistakes at once. Nobody but this package reads the environment.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Self

from pydantic import BaseModel, Field, PrivateAttr, SecretStr, ValidationError
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

from integration.policy import AccountPolicy, ShopPolicy
from integration.settings import checks
from integration.settings.check_alarm import check_alarm
from integration.settings.effective import Effective, walk
from integration.settings.loading import Gathered, gather
from integration.settings.mistakes import KeyPath, Mistake, SettingsError, of_validation, suggestion
from integration.settings.tables import (
    Accounts,
    Alarm,
    Console,
    Flower,
    Log,
    Mail,
    PicqerAccount,
    Reconcile,
    Shop,
    Shops,
    Web,
)
from integration.settings.values import (
    DatabaseUrl,
    Folder,
    RedisUrl,
    Secret,
    SecureUrl,
    names_secret,
)

__all__ = ["Effective", "Mistake", "Settings", "SettingsError", "model_at"]

DEFAULT_DATABASE = "sqlite:///var/bridge.db"


class Settings(BaseSettings):
    """All settings. Made by ``load``; constructing it reads nothing but its arguments."""

    model_config = SettingsConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    public_url: SecureUrl | None = Field(
        None, description="Where Picqer and the shops reach the door. Needed with an account."
    )
    database_url: DatabaseUrl = Field(
        SecretStr(DEFAULT_DATABASE),
        description="The store: `sqlite:///file`, relative to the folder of bridge.toml, or "
        "`postgresql+psycopg://user:password@host/name`. `DATABASE_URL` is read too.",
    )
    redis_url: RedisUrl | None = Field(
        None,
        description="The broker. Without it `picqer-bridge run` starts one of its own. `REDIS_URL` "
        "is read too.",
    )
    sentry_dsn: Secret | None = Field(
        None, description="Where faults are reported. `SENTRY_DSN` is read too."
    )
    pulse_folder: Folder | None = Field(
        None,
        description="Where each process says in a file of its own that it gets on with its work, "
        "for `picqer-bridge pulse` and other supervisors on the same machine. Without it: nowhere.",
    )
    notify_socket: str | None = Field(
        None, description="Set by systemd as `NOTIFY_SOCKET`: where its watchdog hears the same."
    )
    retention_days: Annotated[int, Field(ge=1, le=3650)] = Field(
        14, description="After how many days deliveries and personal fields are deleted."
    )
    crash_points: Path | None = Field(
        None,
        description="For tests of recovery only: a folder whose files name the places at which "
        "a process kills itself. Refused unless every Picqer account is a sandbox on this machine.",
    )
    picqer: Accounts = Field(default_factory=dict)
    shops: Shops = Field(default_factory=dict)
    web: Web = Web()
    console: Console = Console()
    flower: Flower = Flower()
    mail: Mail = Mail()
    alarm: Alarm = Alarm()
    log: Log = Log()
    reconcile: Reconcile = Reconcile()

    _gathered: Gathered = PrivateAttr(default=Gathered({}, Path(), ()))

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],  # noqa: ARG003 - the signature is pydantic-settings' own
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,  # noqa: ARG003
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Only what is given: our own loading remembers where each value came from."""
        return (init_settings,)

    @classmethod
    def load(cls, env: Mapping[str, str] | None = None, path: Path | None = None) -> Self:
        """Read ``bridge.toml`` and the environment. Raises SettingsError with every mistake.

        ``env`` None: the environment of this process. ``path`` None: the file that BRIDGE_CONFIG
        names, else ``bridge.toml`` in the working directory when it is there.
        """
        gathered = gather(env, path, _is_secret)
        tree = gathered.tree()
        mistakes = list(gathered.mistakes)
        mistakes += _misplaced(tree, gathered)
        for check in (
            checks.check_examples,
            checks.choose_connectors,
            checks.check_accounts,
            checks.check_crash_points,
            checks.check_console,
            checks.check_mail,
            check_alarm,
            checks.check_references,
        ):
            mistakes += check(tree, gathered.origin)
        database = tree.get("database_url", DEFAULT_DATABASE)
        tree["database_url"] = _resolved(database, gathered.folder)
        try:
            settings = cls.model_validate(tree)
        except ValidationError as error:
            mistakes += of_validation(error, (), gathered.origin, _names_at)
            raise SettingsError(_worth_saying(mistakes)) from None
        if mistakes:
            raise SettingsError(_worth_saying(mistakes))
        settings._gathered = gathered  # noqa: SLF001 - of its own class
        return settings

    @property
    def configured(self) -> bool:
        """Whether there is an account and a shop; if not, `run` shows the sandbox."""
        return bool(self.picqer and self.shops)

    @property
    def folder(self) -> Path:
        """What relative paths are relative to: the folder of bridge.toml, else the working one."""
        return self._gathered.folder

    def effective(self) -> list[Effective]:
        """Every setting in force, secrets masked, and where it came from."""
        return list(walk(self, self._gathered.origin))

    def account_of(self, shop: str) -> str:
        """The name of the Picqer account that ships for this shop."""
        return self.shops[shop].picqer or next(iter(self.picqer))

    def account_policy(self, name: str) -> AccountPolicy:
        """What was decided for this Picqer account."""
        account = self.picqer[name]
        return AccountPolicy(name, time_zone=account.time_zone, currency=account.currency)

    def shop_policy(self, name: str) -> ShopPolicy:
        """What was decided for this shop."""
        shop = self.shops[name]
        return ShopPolicy(
            name=name,
            account=self.account_policy(self.account_of(name)),
            flows=frozenset(shop.flows),
            orders_since=shop.orders_since,
            process_orders=shop.process_orders,
            reference=shop.reference,
            order_defaults=shop.order_defaults,
            shipping_profiles=shop.shipping_profiles,
            shipping_productcode=shop.shipping_productcode,
            warehouses=shop.warehouses,
            catalogue=shop.catalogue,
            stock_buffer=shop.stock_buffer,
            on_cancel=shop.on_cancel,
            customer_mail=shop.customer_mail,
            shipment_patience=timedelta(seconds=shop.shipment_patience_seconds),
        )


def model_at(path: KeyPath) -> type[BaseModel] | None:
    """The model of the table at this place; None when there is no such table."""
    match path:
        case ():
            return Settings
        case ("picqer", _):
            return PicqerAccount
        case ("shops", _):
            return Shop
        case ("shops", _, connector):
            return checks.connector_settings(connector)
        case (table,) if table in Settings.model_fields:
            kind = Settings.model_fields[table].annotation
            return kind if isinstance(kind, type) and issubclass(kind, BaseModel) else None
        case _:
            return None


def _names_at(path: KeyPath) -> tuple[str, ...]:
    return checks.fields_of(model_at(path))


def _is_secret(path: KeyPath) -> bool:
    model = model_at(path[:-1])
    field = model.model_fields.get(path[-1]) if model else None
    return field is not None and names_secret(field.annotation)


def _misplaced(tree: dict[str, object], gathered: Gathered) -> list[Mistake]:
    """Take out what is no setting at all at the top, where pydantic-settings would obey it."""
    wrong = [name for name in tree if name not in Settings.model_fields]
    for name in wrong:
        del tree[name]
    names = checks.fields_of(Settings)
    return [
        Mistake(
            name, "there is no such setting" + suggestion(name, names), gathered.origin((name,))
        )
        for name in wrong
    ]


def _resolved(database: object, folder: Path) -> object:
    """A relative SQLite path belongs to the folder of bridge.toml, whoever starts the process."""
    match = re.fullmatch(r"sqlite:///(?!/|:memory:|file:)(.+)", str(database))
    return f"sqlite:///{folder / match[1]}" if match else database


def _worth_saying(mistakes: list[Mistake]) -> list[Mistake]:
    """Without what is only the consequence of a secret file that could not be read."""
    files = {mistake.setting for mistake in mistakes}
    return [mistake for mistake in mistakes if f"{mistake.setting}_file" not in files]
