"""``picqer-bridge order``: the whole life of one shop order on one screen."""

from __future__ import annotations

from typing import Annotated

import typer

from integration.order_story import tell_orders
from integration.order_story.missing import explain_missing
from workers.cli.commands import PROBLEM
from workers.cli.connection import known_shop, services_of
from workers.cli.order_screen import show_missing, show_story
from workers.cli.records import story_record
from workers.cli.screen import JsonFlag, show, show_json


def order(
    context: typer.Context,
    number: Annotated[str, typer.Argument(help="The order's number (or id) in the shop.")],
    shop: Annotated[str | None, typer.Option(help="Only the order of this shop.")] = None,
    as_json: JsonFlag = False,
) -> None:
    """Tell where an order is, why, and what led there.

    Exit code 1 when nothing is known of it; then it says what was looked at.

    \b
    Examples:
      picqer-bridge order 1042
      picqer-bridge order 1042 --shop nl --json
    """
    services = services_of(context)
    shop = known_shop(services, shop)
    stories = tell_orders(services, number, shop)
    if not stories and number.startswith("#"):
        number = number.lstrip("#")
        stories = tell_orders(services, number, shop)
    if not stories:
        missing = explain_missing(services, number, shop)
        if as_json:
            show_json({"orders": [], "missing": missing})
        else:
            show_missing(missing)
        raise typer.Exit(PROBLEM)
    if as_json:
        show_json({"orders": [story_record(story) for story in stories], "missing": None})
        return
    for count, story in enumerate(stories):
        if count:
            show()
        show_story(story)
