"""``picqer-bridge sandbox``: a simulated Picqer and a demo shop, to try things on."""

from __future__ import annotations

from contextlib import ExitStack
from enum import StrEnum
from typing import Annotated

import typer
from pydantic import SecretStr

from workers.cli.chaos import chaos
from workers.cli.commands import PROBLEM, group
from workers.cli.connection import connection_of
from workers.cli.screen import JsonFlag, complain, show, show_json


class Part(StrEnum):
    """What the sandbox can run."""

    BOTH = "both"
    PICQER = "picqer"
    SHOP = "shop"


HELP = """Run a simulated Picqer and a demo shop until Ctrl-C.

Nothing of it is real. Prints what to write into bridge.toml to connect to them. /control/docs
of the simulated Picqer lists its levers: faults, limits, stock, picking.

\b
Examples:
  picqer-bridge sandbox
  picqer-bridge sandbox --only picqer --picqer-port 0 --limit 60 --json
"""
app = group("sandbox", HELP)
app.command()(chaos)


@app.callback(invoke_without_command=True, no_args_is_help=False)
def sandbox(
    context: typer.Context,
    *,
    only: Annotated[Part, typer.Option(help="What to run.")] = Part.BOTH,
    picqer_port: Annotated[int, typer.Option(min=0, max=65535, help="0 takes a free one.")] = 8021,
    shop_port: Annotated[int, typer.Option(min=0, max=65535, help="0 takes a free one.")] = 8100,
    api_key: Annotated[str, typer.Option(help="The API key of the sandbox.")] = "sandbox-key",
    limit: Annotated[int, typer.Option(min=1, help="Requests per minute.")] = 500,
    token: Annotated[str | None, typer.Option(help="The shop's token; else drawn.")] = None,
    secret: Annotated[str | None, typer.Option(help="The shop's whsec_...; else drawn.")] = None,
    door_url: Annotated[
        str | None, typer.Option(help="Where the shop sends its events (the bridge's door).")
    ] = None,
    as_json: JsonFlag = False,
) -> None:
    """Run what was asked for; what it is for is in HELP."""
    if context.invoked_subcommand is not None:
        return
    found: dict[str, dict[str, str]] = {}
    with ExitStack() as stack:
        try:
            if only is not Part.SHOP:
                found["picqer"] = _open_picqer(stack, picqer_port, api_key, limit)
            if only is not Part.PICQER:
                found["shop"] = _open_shop(stack, shop_port, token, secret, door_url)
        except OSError as error:
            complain(f"A port could not be opened ({error.strerror}); name another one.")
            raise typer.Exit(PROBLEM) from None
        _tell(found, as_json)
        connection_of(context).wait()


def _open_picqer(stack: ExitStack, port: int, api_key: str, limit: int) -> dict[str, str]:
    # The service must never need the sandbox: only this command brings it in.
    from integration.sandbox.picqer import SandboxPicqer  # noqa: PLC0415

    picqer = SandboxPicqer(demo=True, api_key=api_key, limit=limit).start(port)
    stack.callback(picqer.stop)
    return {"base_url": picqer.url, "api_key": api_key}


def _open_shop(
    stack: ExitStack, port: int, token: str | None, secret: str | None, door_url: str | None
) -> dict[str, str]:
    from integration.sandbox.shop import SandboxShop  # noqa: PLC0415

    shop = SandboxShop(
        token=SecretStr(token) if token else None,
        secret=SecretStr(secret) if secret else None,
        door_url=door_url,
    )
    shop.add_demo_products()
    shop.start(port)
    stack.callback(shop.stop)
    return {
        "url": shop.url,
        "token": shop.token.get_secret_value(),
        "secret": shop.secret.get_secret_value(),
    }


def _tell(found: dict[str, dict[str, str]], as_json: bool) -> None:
    if as_json:
        show_json(found)
        return
    tables = {"picqer": "picqer.main", "shop": "shops.demo.custom"}
    for part, table in tables.items():
        if part in found:
            show(f"[{table}]")
            for name, value in found[part].items():
                show(f'{name} = "{value}"')
            show()
    show("Nothing of this is real. Ctrl-C stops.")
