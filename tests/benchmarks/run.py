"""``make bench``: what an effect costs and how long it takes, side by side in one run."""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from dataclasses import asdict
from pathlib import Path

from rich.console import Console
from rich.table import Table

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from tests.benchmarks import calls_per_effect, latency
from tests.benchmarks.service import ANSWER_SECONDS, running


def main() -> int:
    """Run both benchmarks; the exit code is 1 when a figure misses its target."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", type=Path, help="write the figures to this file")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="bridge-bench-") as folder, running(Path(folder)) as it:
        costs = calls_per_effect.measure(it)
        latencies = latency.measure(it)
    console = Console()
    console.print(_cost_table(costs))
    console.print(_latency_table(latencies))
    if arguments.json:
        figures = {"costs": [asdict(row) for row in costs]}
        figures["latencies"] = [asdict(row) for row in latencies]
        arguments.json.write_text(json.dumps(figures, indent=2))
    return 0 if _all_met(costs, latencies) else 1


def _cost_table(costs: list[calls_per_effect.Cost]) -> Table:
    table = Table("effect", "requests", "at the least", "which", title="Requests at Picqer")
    for row in costs:
        table.add_row(row.effect, str(row.calls), str(row.expected), row.what)
    return table


def _latency_table(latencies: list[latency.Latency]) -> Table:
    title = f"Idle service, answers of {ANSWER_SECONDS * 1000:.0f} ms (milliseconds)"
    table = Table("path", "events", "p50", "target", "p99", "target", title=title)
    for row in latencies:
        target = "" if row.target_p50 is None else f"{row.target_p50:.0f}"
        table.add_row(
            row.path, str(row.count), f"{row.p50:.0f}", target, f"{row.p99:.0f}",
            f"{row.target_p99:.0f}",
        )  # fmt: skip
    return table


def _all_met(costs: list[calls_per_effect.Cost], latencies: list[latency.Latency]) -> bool:
    return all(row.calls <= row.expected for row in costs) and all(
        row.p99 <= row.target_p99 and row.p50 <= (row.target_p50 or row.p50) for row in latencies
    )


if __name__ == "__main__":
    sys.exit(main())
