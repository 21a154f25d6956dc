"""The tables of ``bridge.toml``: which settings there are, their types, defaults and meaning.

The descriptions are printed in docs/reference/settings.md.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, InstanceOf

from integration.policy import CustomerMail, OnCancel
from integration.settings.values import (
    Contact,
    Currency,
    Flows,
    Ids,
    Name,
    OrderDefaults,
    Password,
    Secret,
    Secrets,
    SecureUrl,
    ShippingProfiles,
    SigningSecret,
    Subdomain,
    Template,
    TimeZone,
)

Port = Annotated[int, Field(ge=1, le=65535)]
Minutes = Annotated[int, Field(ge=1, le=7 * 24 * 60)]


class Table(BaseModel):
    """A table of settings: frozen, and a name that is not listed is a mistake."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)


class PicqerAccount(Table):
    """One table per Picqer account: one API key, one rate limit."""

    subdomain: Subdomain | None = Field(
        None, description="The part before `.picqer.com` in the address of the account."
    )
    base_url: SecureUrl | None = Field(
        None,
        description="Instead of `subdomain`, for tests: https, or http towards this machine only.",
    )
    api_key: Secret = Field(description="The API key (Picqer: Settings, API keys).")
    contact: Contact = Field(
        description="Who Picqer may mail about this integration; goes into the User-Agent, which "
        "Picqer requires."
    )
    webhook_secret: Secrets = Field(
        description="Signs what Picqer sends to the door: at least 16 characters. A list while "
        "one is being replaced: the first signs new hooks, all verify."
    )
    time_zone: TimeZone = Field(
        "Europe/Amsterdam", description="The time zone of Picqer's stamps, an IANA name."
    )
    currency: Currency = Field(
        "EUR", description="The currency of the account; an order in another one parks."
    )

    @property
    def api_url(self) -> str:
        """Where the API is, ending in ``/api/v1/`` (picqer.com/en/api/basics)."""
        address = self.base_url or f"https://{self.subdomain}.picqer.com"
        return f"{address.removesuffix('/api/v1')}/api/v1/"


class Shop(Table):
    """One table per webshop."""

    picqer: str | None = Field(
        None,
        description="The Picqer account that ships for this shop. May be left out when there is "
        "one account.",
    )
    flows: Flows = Field(
        ("create_product", "create_order", "complete_order", "push_stock"),
        description="What is done for this shop.",
    )
    orders_since: AwareDatetime | None = Field(
        None,
        description="Orders placed before this moment are never imported. "
        "Default: the moment this shop was first seen on this account.",
    )
    process_orders: bool = Field(
        True, description="Whether new orders are made processing; false leaves them as concept."
    )
    reference: Template = Field(
        "{number}",
        description="The reference of an order at Picqer, made of `{number}`, `{id}`, `{shop}` and "
        "plain text. Two shops of one account must not be able to make the same one.",
    )
    order_defaults: OrderDefaults = Field(
        default_factory=dict,
        description="Fields of Picqer's order that are the same for every order: `idtemplate`, "
        "`warehouses`, ... (picqer.com/en/api/orders).",
    )
    shipping_profiles: ShippingProfiles = Field(
        default_factory=dict,
        description="The shop's shipping method -> Picqer's `idshippingprovider_profile`.",
    )
    shipping_productcode: str | None = Field(
        None,
        min_length=1,
        description="The Picqer product on which shipping costs are booked. Default: they are "
        "left out.",
    )
    shipment_patience_seconds: int = Field(
        300,
        ge=0,
        le=86400,
        description="How long a closed picklist waits for its parcels before the shop is told.",
    )
    warehouses: Ids = Field(
        frozenset(),
        description="The `idwarehouse` of warehouses whose free stock counts. Empty: those that "
        "count for the general stock at Picqer.",
    )
    catalogue: bool = Field(
        True, description="Whether this shop writes products to Picqer; else it only uses them."
    )
    stock_buffer: int = Field(
        0, ge=0, description="Pieces of each product that the shop does not show."
    )
    on_cancel: OnCancel = Field(
        OnCancel.PARK,
        description="When an order is cancelled that is processing at Picqer: `park` asks a "
        "person, `cancel` cancels it while no picklist is closed.",
    )
    customer_mail: CustomerMail = Field(
        CustomerMail.OFF,
        description="Who mails the customer about a shipment: `off` nobody, `bridge` this service "
        "(see `[mail]`), `shop` the webshop.",
    )
    poll_seconds: int = Field(
        300,
        ge=30,
        le=86400,
        description="How often the shop is asked what changed, besides what it tells by itself.",
    )
    connector: str = Field(exclude=True)
    connector_settings: InstanceOf[BaseModel] = Field(exclude=True)


class Web(Table):
    """Where the door listens when `picqer-bridge run` starts it."""

    host: str = Field("127.0.0.1", description="The address to listen on.")
    port: Port = Field(8000, description="The port to listen on.")


class Console(Table):
    """The console for people, and `/metrics`."""

    user: str = Field("admin", min_length=1, max_length=60, description="The operator's user name.")
    password: Password | None = Field(
        None,
        description="The operator's password, at least 10 characters. With it, the console is on "
        "the door's own address; without one it listens on this machine only, for everybody on it.",
    )
    viewer_user: str = Field(
        "viewer", min_length=1, max_length=60, description="The viewer's user name."
    )
    viewer_password: Password | None = Field(
        None,
        description="The password of a viewer, who sees everything but personal data and changes "
        "nothing. Needs `password` too.",
    )
    session_hours: int = Field(
        12, ge=1, le=168, description="After how many hours one has to sign in again."
    )
    port: Port = Field(
        8001, description="The port on 127.0.0.1 that is used while there is no password."
    )


class Flower(Table):
    """The login of Flower, Celery's own console."""

    user: str = Field("admin", pattern=r"^[^:\s]+$", description="The user name, without a colon.")
    password: Secret | None = Field(
        None, description="Without a password, `picqer-bridge run` does not start Flower."
    )

    @property
    def basic_auth(self) -> str | None:
        """What FLOWER_BASIC_AUTH has to be: ``user:password``; None without a password."""
        if self.password is None:
            return None
        return f"{self.user}:{self.password.get_secret_value()}"


class Mail(Table):
    """Mail to customers, for shops with `customer_mail = "bridge"`; off while `host` is not set."""

    host: str | None = Field(None, min_length=1, description="The SMTP server.")
    port: Port = Field(587, description="Its port: 587 for STARTTLS, 465 for TLS.")
    security: Literal["starttls", "tls", "none"] = Field(
        "starttls",
        description="`starttls`, or `tls` from the first byte; certificates are always verified. "
        "`none` is for a server on this machine itself.",
    )
    user: str | None = Field(None, description="The user name; without one there is no login.")
    password: Secret | None = Field(None, description="The password.")
    sender: str | None = Field(
        None,
        pattern=r"^[^\r\n]*[^@\s<>]+@[^@\s<>]+>?$",
        description="From whom, for example `Example shop <orders@example.com>`.",
    )


class Alarm(Table):
    """Who is told when something is wrong, and when it is over: by mail or by webhook."""

    mail_to: str | None = Field(
        None,
        pattern=r"^[^@\s<>,;]+@[^@\s<>,;]+$",
        description="The address that is mailed. Needs `mail.host` and `mail.sender`.",
    )
    webhook_url: SecureUrl | None = Field(
        None, description="Where the same is posted as JSON instead, signed (Standard Webhooks)."
    )
    webhook_secret: SigningSecret | None = Field(
        None, description="What it is signed with: `whsec_` and base64 of 24 to 64 random bytes."
    )

    @property
    def is_set(self) -> bool:
        """Whether anybody is told."""
        return self.mail_to is not None or self.webhook_url is not None


class Log(Table):
    """What is written to standard error."""

    level: Literal["debug", "info", "warning", "error"] = Field(
        "info", description="Lines less important than this are left out."
    )
    format: Literal["auto", "text", "json"] = Field(
        "auto", description="`auto`: text on a terminal, JSON elsewhere."
    )


class Reconcile(Table):
    """How often reconciliation looks at both sides; it corrects what no event told us."""

    orders_minutes: Minutes = Field(15, description="Orders that are missing or doubled.")
    shipments_minutes: Minutes = Field(15, description="Picklists that were closed.")
    stock_minutes: Minutes = Field(60, description="Free stock, and what each shop shows.")
    catalogue_minutes: Minutes = Field(1440, description="Products that appeared or vanished.")
    hooks_minutes: Minutes = Field(5, description="Whether our hooks at Picqer are still there.")


Accounts = dict[Name, PicqerAccount]
Shops = dict[Name, Shop]
