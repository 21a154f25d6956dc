"""Which jobs a command is about, as options say it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, fields
from functools import wraps
from inspect import Parameter, signature
from typing import Annotated, Any

import typer

from integration.jobs import Flow, State
from integration.ports import JobFilter
from integration.services import Services
from workers.cli.connection import known_account, known_shop
from workers.cli.moments import moment

FlowOption = Annotated[Flow | None, typer.Option(help="Only jobs of this flow.")]
ShopOption = Annotated[str | None, typer.Option(help="Only jobs of this shop.")]
OPTIONS: dict[str, Any] = {
    "state": Annotated[State | None, typer.Option(help="Only jobs in this state.")],
    "flow": FlowOption,
    "shop": ShopOption,
    "account": Annotated[str | None, typer.Option(help="Only jobs of this Picqer account.")],
    "reason": Annotated[
        str | None, typer.Option(help="Only with these words in the reason, or of this cause.")
    ],
    "code": Annotated[str | None, typer.Option(help="Only this cause: Unmappable, Refused.")],
    "text": Annotated[str | None, typer.Option(help="Searched in subject and reason.")],
    "older_than": Annotated[
        str | None, typer.Option(help="Only unchanged for so long, 2h or 1d; or since a moment.")
    ],
    "newer_than": Annotated[
        str | None, typer.Option(help="Only changed in the last 2h or 1d, or after a moment.")
    ],
}
"""The options that say which jobs, by the name of their field in ``Asked``."""
Command = Callable[..., None]


@dataclass(frozen=True, slots=True)
class Asked:
    """The filter options as they were given."""

    state: State | None = None
    flow: Flow | None = None
    shop: str | None = None
    account: str | None = None
    reason: str | None = None
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
            reason=self.reason,
            code=self.code,
            text=self.text,
            changed_before=moment(self.older_than, now) if self.older_than else None,
            changed_since=moment(self.newer_than, now) if self.newer_than else None,
            **more,
        )


def filtered(command: Command) -> Command:
    """The command with ``OPTIONS`` in place of its parameter ``asked``, as Typer reads them."""
    own = [one for one in _parameters(command) if one.name != "asked"]
    options = [
        Parameter(name, Parameter.KEYWORD_ONLY, default=None, annotation=kind)
        for name, kind in OPTIONS.items()
    ]
    # Arguments stand before the options in a call, and what filters before the other options.
    positional = [one for one in own if one.kind is not Parameter.KEYWORD_ONLY]
    parameters = [*positional, *options, *(one for one in own if one not in positional)]

    @wraps(command)
    def with_options(*words: Any, **given: Any) -> None:
        asked = Asked(**{name: given.pop(name) for name in OPTIONS})
        command(*words, asked=asked, **given)

    vars(with_options)["__signature__"] = signature(command).replace(parameters=parameters)
    with_options.__annotations__ = {one.name: one.annotation for one in parameters}
    return with_options


def _parameters(command: Command) -> list[Parameter]:
    return list(signature(command, eval_str=True).parameters.values())
