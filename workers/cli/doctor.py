"""``picqer-bridge doctor``: is all well with the connections, and if not, what puts it right."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

import typer

from integration.doctor import Examined
from integration.ports import Verdict
from integration.wiring import examine_shops
from workers.cli.commands import PROBLEM, WRONG_USE
from workers.cli.connection import connection_of, known_shop
from workers.cli.screen import JsonFlag, complain, show, show_json

STYLES = {Verdict.OK: "green", Verdict.WARN: "yellow", Verdict.FAIL: "red"}


def doctor(
    context: typer.Context,
    shop: Annotated[str | None, typer.Option(help="Only this shop.")] = None,
    as_json: JsonFlag = False,
) -> None:
    """Examine the connection with each shop, and say how to put right what is wrong.

    Looks at the door from outside and asks the shops; changes nothing. Takes at most ten seconds.
    Exit code 1 when anything is FAIL; WARN alone gives 0.

    \b
    Examples:
      picqer-bridge doctor
      picqer-bridge doctor --shop nl --json
    """
    connection = connection_of(context)
    settings = connection.settings()
    services = connection.services(settings)
    known_shop(services, shop)
    names = sorted(services.shops) if shop is None else [shop]
    if not names:
        complain("There is no shop in the settings yet: copy bridge.example.toml to bridge.toml.")
        raise typer.Exit(WRONG_USE)
    found = []
    for examined in examine_shops(services, settings, names):
        found.append(examined)
        if not as_json:
            _show(examined)
    verdicts = [examined.finding.verdict for examined in found]
    if as_json:
        show_json([_record(examined) for examined in found])
    else:
        show(summary_of(verdicts))
    if Verdict.FAIL in verdicts:
        raise typer.Exit(PROBLEM)


def _show(examined: Examined) -> None:
    finding = examined.finding
    mark = finding.verdict.value.upper()
    show(f"{mark:<5} {examined.shop}: {finding.sentence}", STYLES[finding.verdict])
    if finding.fix is not None:
        show(f"      {finding.fix}")


def _record(examined: Examined) -> dict[str, object]:
    finding = examined.finding
    return {
        "shop": examined.shop,
        "check": finding.check,
        "verdict": finding.verdict,
        "sentence": finding.sentence,
        "fix": finding.fix,
    }


def summary_of(verdicts: Sequence[Verdict]) -> str:
    """How many there are of each, and what to do about it."""
    counts = ", ".join(f"{verdicts.count(one)} {one.value.upper()}" for one in Verdict)
    if Verdict.FAIL in verdicts:
        return f"{counts}: put right what is FAIL, from the top, and look again."
    if Verdict.WARN in verdicts:
        return f"{counts}: it works; see whether what is WARN is meant so."
    return f"{counts}: all is well."
