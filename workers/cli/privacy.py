"""``picqer-bridge privacy``: what is known of a person or an order, told or erased."""

from __future__ import annotations

from typing import Annotated

import typer

from integration.privacy import Export, Traces, erase, export, trace_email, trace_order, unfinished
from integration.services import Services
from workers.cli.asking import PROBLEM, WRONG_USE
from workers.cli.commands import group
from workers.cli.connection import known_shop, services_of, who
from workers.cli.records import export_record
from workers.cli.screen import JsonFlag, complain, show, show_json

HELP = """Tell what is kept of a person or an order, or erase it for good.

\b
Examples:
  picqer-bridge privacy export --email a@example.org --json
  picqer-bridge privacy erase --order 1042
"""

app = group("privacy", HELP)
EmailOption = Annotated[str | None, typer.Option(help="Whoever has this e-mail address.")]
OrderOption = Annotated[str | None, typer.Option(help="The order with this number in the shop.")]
ShopOption = Annotated[str | None, typer.Option(help="Only the order of this shop.")]


@app.command("export")
def export_data(
    context: typer.Context,
    *,
    email: EmailOption = None,
    order: OrderOption = None,
    shop: ShopOption = None,
    as_json: JsonFlag = False,
) -> None:
    """Tell what is kept of a person or an order; with --json the whole of it, for that person.

    That it was told is written down, and not about whom. Exit code 1 when nothing is kept.

    \b
    Examples:
      picqer-bridge privacy export --email a@example.org --json > a-person.json
      picqer-bridge privacy export --order 1042
    """
    services = services_of(context)
    traces = _traces(services, email, order, shop)
    _require_traces(traces)
    found = export(services, traces, who())
    if as_json:
        show_json(export_record(found))
        return
    _show(found)


@app.command("erase")
def erase_data(
    context: typer.Context,
    *,
    email: EmailOption = None,
    order: OrderOption = None,
    shop: ShopOption = None,
    confirm: Annotated[
        str | None, typer.Option(metavar="VALUE", help="The address or number again; no question.")
    ] = None,
    as_json: JsonFlag = False,
) -> None:
    """Erase what is kept of a person or an order, for good: inbox, jobs, timelines and store.

    Asks to type the address or number again. Only a digest of an order stays: later webhooks about
    it are not kept, and it is not created again. Nothing at Picqer or in the shop is changed. Exit
    code 1 when nothing is kept, or a worker is busy with it.

    \b
    Examples:
      picqer-bridge privacy erase --email a@example.org
      picqer-bridge privacy erase --order 1042 --shop nl --confirm 1042 --json
    """
    services = services_of(context)
    traces = _traces(services, email, order, shop)
    if not traces.anything:
        # An erasure may have ended before the store gave up the old bytes: nothing else would.
        _tell_of_bytes(compacted=services.privacy.compact())
    _require_traces(traces)
    _warn(traces)
    _require_same(traces.subject.value, confirm)
    done = erase(services, traces, who())
    if as_json:
        show_json(done)
    else:
        show(
            f"Erased: {done.orders} order(s), the content of {done.deliveries} deliveries, "
            f"{done.customers} customer(s), and {done.sentences} sentences that named them."
        )
    _tell_of_bytes(compacted=done.compacted)


def _traces(services: Services, email: str | None, order: str | None, shop: str | None) -> Traces:
    if (email is None) == (order is None):
        raise typer.BadParameter("give --email or --order")
    if email is not None:
        if "@" not in email or len(email) < 5:
            raise typer.BadParameter(f"{email!r} is no e-mail address")
        return trace_email(services, email.strip())
    return trace_order(services, str(order), known_shop(services, shop))


def _require_traces(traces: Traces) -> None:
    for remark in traces.remarks:
        complain(remark)
    if not traces.anything:
        complain("Nothing is kept of it.")
        raise typer.Exit(PROBLEM)


def _tell_of_bytes(*, compacted: bool) -> None:
    if not compacted:
        complain(
            "The store was too busy to give up the old bytes: stop the workers, and run the "
            "command again or wait for the next erasure."
        )


def _warn(traces: Traces) -> None:
    for story in traces.orders:
        complain(f"will be erased: {story.where.sentence}")
    for story in unfinished(traces):
        complain(
            f"Order {story.number} of {story.shop} is still under way: once erased, nothing more "
            f"is done for it, and the shop is not told of its shipments."
        )


def _require_same(value: str, confirm: str | None) -> None:
    """The value again, typed or given: what is erased does not come back."""
    if confirm is None:
        try:
            confirm = typer.prompt(f"Type {value} to erase it for good", err=True)
        except typer.Abort:
            complain("\nNobody answered; add --confirm with the value where nobody can.")
            raise typer.Exit(WRONG_USE) from None
    if confirm != value:
        complain("That is something else; nothing was erased.")
        raise typer.Exit(PROBLEM)


def _show(found: Export) -> None:
    for story in found.orders:
        show(f"order     {story.number} of {story.shop}: {story.where.sentence}")
    for delivery in found.deliveries:
        content = "with its content" if delivery.body is not None else "without content"
        show(f"delivery  {delivery.id} of {delivery.source}, {content}")
    for customer in found.customers:
        show(
            f"customer  {customer.customer_id} of {customer.shop}, idcustomer {customer.idcustomer}"
        )
    show("--json tells all of it, as a document for the person who asked.")
