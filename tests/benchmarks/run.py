"""``make bench``: what an effect costs, how long it takes, and ways to keep to the rate limit; when
asked for, also how soon work goes on after a fault.

Figures of one table are measured side by side in one run.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, replace
from pathlib import Path
from typing import get_args

import redis
from rich.console import Console

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from integration.embedded_broker import EmbeddedBroker
from integration.picqer.limit_state import connect
from integration.sandbox.picqer.rate_windows import WindowKind
from tests.benchmarks import calls_per_effect, flood, latency, limit_overhead, recovery, tables
from tests.benchmarks.limit_race import Course, Race, Row
from tests.benchmarks.limit_ways import all_ways
from tests.benchmarks.service import running

WINDOWS: tuple[WindowKind, ...] = get_args(WindowKind)
Figures = dict[str, Sequence[object]]
Part = Callable[[Console, argparse.Namespace], tuple[Figures, bool]]


def main(words: list[str] | None = None) -> int:
    """Measure and print; the exit code is 1 when a figure of ours misses its target."""
    arguments = _arguments().parse_args(words)
    console = Console()
    figures: Figures = {}
    all_met = True
    for name in arguments.only or USUAL:
        measured, met = PARTS[name](console, arguments)
        figures |= measured
        all_met = all_met and met
    if arguments.json:
        arguments.json.write_text(json.dumps(figures, indent=2))
    return 0 if all_met else 1


def _arguments() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__)
    parser.add_argument("--json", type=Path, help="write the figures to this file")
    parser.add_argument("--only", action="append", choices=PARTS, help="measure only this part")
    parser.add_argument(
        "--windows",
        choices=["all", *WINDOWS],
        default="sliding",
        help="how the server counts in the table of the limit (default: sliding)",
    )
    parser.add_argument(
        "--minutes", type=int, default=60, help="simulated minutes of each row (default: 60)"
    )
    parser.add_argument(
        "--kills",
        type=int,
        default=20,
        help="kills of the worker in the part recovery (default: 20)",
    )
    return parser


def _service(console: Console, _arguments: argparse.Namespace) -> tuple[Figures, bool]:
    """Requests per effect, and milliseconds from event to effect, of the whole service."""
    with tempfile.TemporaryDirectory(prefix="bridge-bench-") as folder, running(Path(folder)) as it:
        costs = calls_per_effect.measure(it)
        latencies = latency.measure(it)
    console.print(tables.costs(costs))
    console.print(tables.latencies(latencies))
    met = all(row.met for row in costs) and all(row.met for row in latencies)
    figures: Figures = {
        "costs": [asdict(row) for row in costs],
        "latencies": [asdict(row) for row in latencies],
    }
    return figures, met


def _limit(console: Console, arguments: argparse.Namespace) -> tuple[Figures, bool]:
    """Every way on the same course, once per window that was asked for; ours is the first row."""
    windows = WINDOWS if arguments.windows == "all" else (arguments.windows,)
    course = Course(minutes=arguments.minutes)
    rows: list[Row] = []
    met = True
    with _broker() as client:
        for window in windows:
            this = replace(course, window=window)
            raced = [Race(this, way).run() for way in all_ways(client)]
            console.print(tables.race(this, raced))
            rows += raced
            met = met and raced[0].met
    return {"limit": [asdict(row) for row in rows]}, met


def _overhead(console: Console, _arguments: argparse.Namespace) -> tuple[Figures, bool]:
    """Milliseconds that the limiter adds to each call."""
    with _broker() as client:
        rows = limit_overhead.measure(client)
    console.print(tables.overhead(rows))
    return {"overhead": [asdict(row) for row in rows]}, all(row.met for row in rows)


def _recovery(console: Console, arguments: argparse.Namespace) -> tuple[Figures, bool]:
    """Seconds until work goes on after kills and outages."""
    with tempfile.TemporaryDirectory(prefix="bridge-bench-") as folder:
        rows = recovery.measure(Path(folder), arguments.kills)
    console.print(tables.recoveries(rows))
    return {"recovery": [asdict(row) for row in rows]}, all(row.met for row in rows)


def _flood(console: Console, _arguments: argparse.Namespace) -> tuple[Figures, bool]:
    """Milliseconds of good deliveries while bad signatures flood the door."""
    with tempfile.TemporaryDirectory(prefix="bridge-bench-") as folder, running(Path(folder)) as it:
        row = flood.measure(it)
    console.print(tables.floods(row))
    return {"flood": [asdict(row)]}, row.met


@contextmanager
def _broker() -> Iterator[redis.Redis]:
    with (
        tempfile.TemporaryDirectory(prefix="bridge-bench-") as folder,
        EmbeddedBroker(Path(folder), durable=False) as broker,
        connect(broker.url) as client,
    ):
        yield client


PARTS: dict[str, Part] = {
    "service": _service,
    "limit": _limit,
    "overhead": _overhead,
    "flood": _flood,
    "recovery": _recovery,
}
USUAL = ("service", "limit", "overhead", "flood")
"""Recovery takes a minute and more for each kill: it is measured when it is asked for."""


if __name__ == "__main__":
    sys.exit(main())
