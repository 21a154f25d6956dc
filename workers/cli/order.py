"""``picqer-bridge order``: the whole life of one shop order on one screen."""

from __future__ import annotations

from typing import Annotated

import typer

from integration.order_story import tell_orders
from integration.order_story.asking import ask_shop
from integration.order_story.chapters import OrderStory
from integration.order_story.missing import explain_missing
from integration.services import Services
from workers.cli.commands import PROBLEM
from workers.cli.connection import known_shop, services_of
from workers.cli.order_screen import show_missing, show_story
from workers.cli.records import story_record
from workers.cli.screen import JsonFlag, show, show_json


def order(
    context: typer.Context,
    number: Annotated[
        str, typer.Argument(help="The order's number (or id) in the shop, or Picqer's.")
    ],
    *,
    shop: Annotated[str | None, typer.Option(help="Only the order of this shop.")] = None,
    ask: Annotated[bool, typer.Option("--ask", help="Ask the shop how it is there now.")] = False,
    as_json: JsonFlag = False,
) -> None:
    """Tell where an order is, why, and what led there.

    Exit code 1 when nothing is known of it; then it says what was looked at.

    \b
    Examples:
      picqer-bridge order 1042
      picqer-bridge order 1042 --ask
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
    asked = [_ask(services, story) if ask else None for story in stories]
    if as_json:
        told = [
            story_record(story) | {"shop_now": now}
            for story, now in zip(stories, asked, strict=True)
        ]
        show_json({"orders": told, "missing": None})
        return
    for count, (story, now) in enumerate(zip(stories, asked, strict=True)):
        if count:
            show()
        show_story(story, now)


def _ask(services: Services, story: OrderStory) -> str:
    shop = services.shops.get(story.shop)
    if shop is None:
        return f"Shop {story.shop} is no longer configured."
    return ask_shop(services, shop, story.order_id)
