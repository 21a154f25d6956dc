"""``picqer-bridge sandbox chaos``: a storm of faults, and what both sides say afterwards."""

from __future__ import annotations

import secrets
from typing import Annotated

import typer

from workers.cli.commands import PROBLEM
from workers.cli.screen import JsonFlag, complain, show, show_json


def chaos(
    seconds: Annotated[
        float, typer.Option(min=1, max=86_400, help="For how long faults are put in.")
    ] = 60.0,
    seed: Annotated[
        int | None, typer.Option(min=0, help="Which storm; drawn and printed when left out.")
    ] = None,
    as_json: JsonFlag = False,
) -> None:
    """Let a storm of faults rage over the sandbox, and see whether every promise holds.

    The real service with three workers stands between a simulated Picqer and a demo shop, all of
    its own in a temporary folder: nothing of yours is read or touched. Processes are killed and
    frozen, the broker is emptied, the store is locked, answers and webhooks are lost, doubled and
    late, limits fall. Then all is mended, both sides come to rest (a minute or two), and both
    books are compared. Exit code 0 when every promise held, 1 when one was broken or Ctrl-C ended
    it before it was at rest. The same seed brings the same storm.

    \b
    Examples:
      picqer-bridge sandbox chaos
      picqer-bridge sandbox chaos --seconds 600 --seed 42
      picqer-bridge sandbox chaos --seconds 30 --json
    """
    # The service must never need the sandbox: only this command brings it in.
    from workers.chaos import run_chaos  # noqa: PLC0415
    from workers.chaos.report import as_record, in_words  # noqa: PLC0415
    from workers.local import NotReady  # noqa: PLC0415

    drawn = secrets.randbelow(1_000_000) if seed is None else seed
    tell = complain if as_json else show
    tell(f"Seed {drawn}. Everything here is simulated. Ctrl-C ends it with a report so far.")
    try:
        report = run_chaos(drawn, seconds, tell=tell)
    except NotReady as error:
        complain(str(error))
        raise typer.Exit(PROBLEM) from None
    if report is None:
        complain("Stopped before it began.")
        raise typer.Exit(PROBLEM)
    if as_json:
        show_json(as_record(report))
    else:
        for line in in_words(report):
            show(line)
    if not report.held:
        raise typer.Exit(PROBLEM)
