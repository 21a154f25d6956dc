"""``picqer-bridge pause`` and ``resume``: hold a flow, a shop or everything for a while."""

from __future__ import annotations

from typing import Annotated

import typer

from integration.jobs import Flow
from workers.cli.commands import PROBLEM
from workers.cli.connection import known_shop, services_of, who
from workers.cli.screen import JsonFlag, complain, show, show_json

FlowOption = Annotated[Flow | None, typer.Option(help="This flow; without it every flow.")]
ShopOption = Annotated[str | None, typer.Option(help="This shop; without it every shop.")]


def pause(
    context: typer.Context,
    flow: FlowOption = None,
    shop: ShopOption = None,
    as_json: JsonFlag = False,
) -> None:
    """Hold a flow, a shop, or everything, until `resume`.

    It survives restarts. Webhooks are still accepted, and the lines of new orders are still read,
    so that stock stays right. Waiting costs no attempt.

    \b
    Examples:
      picqer-bridge pause --flow push_stock --shop nl
      picqer-bridge pause
    """
    services = services_of(context)
    services.gate.pause(flow, known_shop(services, shop), who())
    if not as_json:
        show(f"Paused: {_named(flow, shop)}. `picqer-bridge resume` with the same options ends it.")
    _show_pauses(services.gate.pauses(), as_json)


def resume(
    context: typer.Context,
    flow: FlowOption = None,
    shop: ShopOption = None,
    as_json: JsonFlag = False,
) -> None:
    """End the pause that was made with the same options.

    Exit code 1 when there is no such pause; then the pauses there are.

    \b
    Examples:
      picqer-bridge resume --flow push_stock --shop nl
      picqer-bridge resume
    """
    services = services_of(context)
    before = {(one, name) for one, name, _ in services.gate.pauses()}
    exists = (flow.value if flow else None, shop) in before
    if exists:
        services.gate.resume(flow, shop, who())
        if not as_json:
            show(f"Resumed: {_named(flow, shop)}.")
    else:
        complain(f"There is no pause of {_named(flow, shop)}.")
    _show_pauses(services.gate.pauses(), as_json)
    if not exists:
        raise typer.Exit(PROBLEM)


def _show_pauses(pauses: list[tuple[str | None, str | None, str]], as_json: bool) -> None:
    if as_json:
        show_json([{"flow": flow, "shop": shop, "who": name} for flow, shop, name in pauses])
        return
    for flow, shop, name in pauses:
        show(f"  paused: {_named(flow, shop)}, by {name}")


def _named(flow: str | None, shop: str | None) -> str:
    if flow is None and shop is None:
        return "everything"
    return " of ".join(
        part
        for part in (str(flow) if flow else "every flow", f"shop {shop}" if shop else "")
        if part
    )
