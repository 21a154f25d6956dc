"""Which jobs a command is about, as options say it."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Annotated, Any

import typer

from integration.jobs import Flow, State
from integration.ports import JobFilter
from integration.services import Services
from workers.cli.connection import known_account, known_shop
from workers.cli.moments import moment

StateOption = Annotated[State | None, typer.Option(help="Only jobs in this state.")]
FlowOption = Annotated[Flow | None, typer.Option(help="Only jobs of this flow.")]
ShopOption = Annotated[str | None, typer.Option(help="Only jobs of this shop.")]
AccountOption = Annotated[str | None, typer.Option(help="Only jobs of this Picqer account.")]
CodeOption = Annotated[str | None, typer.Option(help="Only this cause: Unmappable, Refused.")]
TextOption = Annotated[str | None, typer.Option(help="Searched in subject and reason.")]
OlderOption = Annotated[
    str | None, typer.Option(help="Only unchanged for so long, 2h or 1d; or since a moment.")
]
NewerOption = Annotated[
    str | None, typer.Option(help="Only changed in the last 2h or 1d, or after a moment.")
]


@dataclass(frozen=True, slots=True)
class Asked:
    """The filter options as they were given."""

    state: State | None = None
    flow: Flow | None = None
    shop: str | None = None
    account: str | None = None
    code: str | None = None
    text: str | None = None
    older_than: str | None = None
    newer_than: str | None = None

    @property
    def anything(self) -> bool:
        """Whether at least one was given."""
        return any(getattr(self, field.name) is not None for field in fields(self))

    def filter(self, services: Services, **more: Any) -> JobFilter:
        """The filter they mean. Raises BadParameter for unknown names and for no moments."""
        now = services.store.now()
        return JobFilter(
            state=self.state,
            flow=self.flow,
            shop=known_shop(services, self.shop),
            account=known_account(services, self.account),
            code=self.code,
            text=self.text,
            changed_before=moment(self.older_than, now) if self.older_than else None,
            changed_since=moment(self.newer_than, now) if self.newer_than else None,
            **more,
        )
