"""``picqer-bridge doctor``: is all well with this installation, and if not, what puts it right."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import typer

from integration.doctor import SETTINGS, Examined, mistake_findings
from integration.examinations import examine_installation
from integration.ports import Verdict
from integration.settings import SettingsError
from workers.cli.commands import PROBLEM, WRONG_USE
from workers.cli.connection import Connection, connection_of, known_account, known_shop
from workers.cli.options import AccountOption, ShopOption
from workers.cli.screen import JsonFlag, show, show_json

STYLES = {Verdict.OK: "green", Verdict.WARN: "yellow", Verdict.FAIL: "red"}


def doctor(
    context: typer.Context,
    shop: ShopOption = None,
    account: AccountOption = None,
    as_json: JsonFlag = False,
) -> None:
    """Examine this installation, and say how to put right what is wrong.

    Settings, versions, store, Redis, processes, the door, each Picqer account and each shop. It
    looks and asks, and changes nothing. Takes at most ten seconds. Exit code 1 when anything is
    FAIL, 2 when the settings hold mistakes; WARN alone gives 0.

    \b
    Examples:
      picqer-bridge doctor
      picqer-bridge doctor --shop nl --json
      picqer-bridge doctor --account main
    """
    connection = connection_of(context)
    is_wrong_use = False
    try:
        examined = _examined(connection, account, shop)
    except SettingsError as error:
        is_wrong_use = True
        lines = ((one.origin, f"{one.setting}: {one.text}") for one in error.mistakes)
        examined = (Examined(SETTINGS, finding) for finding in mistake_findings(lines))
    verdicts = _tell(examined, as_json)
    if is_wrong_use:
        raise typer.Exit(WRONG_USE)
    if Verdict.FAIL in verdicts:
        raise typer.Exit(PROBLEM)


def _examined(connection: Connection, account: str | None, shop: str | None) -> Iterator[Examined]:
    settings = connection.settings()
    services = connection.unchecked_services(settings)
    known_account(services, account)
    known_shop(services, shop)
    return examine_installation(services, settings, account=account, shop=shop)


def _tell(examined: Iterator[Examined], as_json: bool) -> list[Verdict]:
    """Print what is found, as it is found; returns every verdict."""
    found = []
    for one in examined:
        found.append(one)
        if not as_json:
            _show(one)
    verdicts = [one.finding.verdict for one in found]
    if as_json:
        show_json([_record(one) for one in found])
    else:
        show(summary_of(verdicts))
    return verdicts


def _show(examined: Examined) -> None:
    finding = examined.finding
    mark = finding.verdict.value.upper()
    show(f"{mark:<5} {examined.subject}: {finding.sentence}", STYLES[finding.verdict])
    if finding.fix is not None:
        show(f"      {finding.fix}")


def _record(examined: Examined) -> dict[str, object]:
    finding = examined.finding
    return {
        "subject": examined.subject,
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
