"""``picqer-bridge pause`` and ``resume``: hold a flow, a shop or everything for a while."""

from __future__ import annotations

from typing import Annotated

import typer

from integration.jobs import Flow
from integration.operate import name_of_pause
from integration.operate import pause as hold
from integration.operate import resume as let_go
from workers.cli.commands import PROBLEM
from workers.cli.connection import known_shop, services_of, who
from workers.cli.options import NoteOption
from workers.cli.screen import JsonFlag, complain, show, show_json

FlowOption = Annotated[Flow | None, typer.Option(help="This flow; without it every flow.")]
ShopOption = Annotated[str | None, typer.Option(help="This shop; without it every shop.")]


def pause(
    context: typer.Context,
    flow: FlowOption = None,
    shop: ShopOption = None,
    note: NoteOption = None,
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
    hold(services, flow, known_shop(services, shop), who(), note)
    if not as_json:
        held = name_of_pause(flow, shop)
        show(f"Paused: {held}. `picqer-bridge resume` with the same options ends it.")
    _show_pauses(services.gate.pauses(), as_json)


def resume(
    context: typer.Context,
    flow: FlowOption = None,
    shop: ShopOption = None,
    note: NoteOption = None,
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
    existed = let_go(services, flow, known_shop(services, shop), who(), note)
    if not existed:
        complain(f"There is no pause of {name_of_pause(flow, shop)}.")
    elif not as_json:
        show(f"Resumed: {name_of_pause(flow, shop)}.")
    _show_pauses(services.gate.pauses(), as_json)
    if not existed:
        raise typer.Exit(PROBLEM)


def _show_pauses(pauses: list[tuple[str | None, str | None, str]], as_json: bool) -> None:
    if as_json:
        show_json([{"flow": flow, "shop": shop, "who": name} for flow, shop, name in pauses])
        return
    for flow, shop, name in pauses:
        show(f"  paused: {name_of_pause(flow, shop)}, by {name}")
