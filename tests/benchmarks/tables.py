"""The tables that ``make bench`` prints."""

from __future__ import annotations

from collections.abc import Sequence

from rich.table import Column, Table

from tests.benchmarks import flood
from tests.benchmarks.calls_per_effect import Cost
from tests.benchmarks.latency import Latency
from tests.benchmarks.limit_overhead import LIMIT, Overhead
from tests.benchmarks.limit_race import Course, Row
from tests.benchmarks.recovery import Recovery
from tests.benchmarks.service import ANSWER_SECONDS


def costs(rows: Sequence[Cost]) -> Table:
    """Requests per effect."""
    table = Table("effect", "requests", "at the least", "which", title="Requests at Picqer")
    for row in rows:
        table.add_row(row.effect, str(row.calls), str(row.expected), row.what)
    return table


def latencies(rows: Sequence[Latency]) -> Table:
    """From event to effect."""
    title = f"Idle service, answers of {ANSWER_SECONDS * 1000:.0f} ms (milliseconds)"
    table = Table("path", "events", "p50", "target", "p99", "target", title=title)
    for row in rows:
        target = "" if row.target_p50 is None else f"{row.target_p50:.0f}"
        table.add_row(
            row.path, str(row.count), f"{row.p50:.0f}", target, f"{row.p99:.0f}",
            f"{row.target_p99:.0f}",
        )  # fmt: skip
    return table


def recoveries(rows: Sequence[Recovery]) -> Table:
    """From a fault to orders that are processing."""
    title = "After a fault, until an order is processing (seconds)"
    table = Table("fault", "orders", "p50", "p99", "promised p99", "promise", title=title)
    for row in rows:
        figures = (f"{row.p50:.1f}", f"{row.p99:.1f}", f"{row.target_p99:.0f}")
        table.add_row(row.what, str(row.count), *figures, row.verdict)
    return table


def floods(row: flood.Flood) -> Table:
    """Good deliveries alone, and beside a flood of bad signatures."""
    table = Table(
        "beside", "refused a second", "cost of each", "good", "not taken", "p50", "p99", "target",
        "met", title="Good deliveries while bad signatures flood the door (milliseconds)",
    )  # fmt: skip
    figures = [
        (str(one.good), str(one.not_taken), f"{one.p50:.0f}", f"{one.p99:.0f}")
        for one in (row.before, row.meanwhile)
    ]
    table.add_row("nothing", "", "", *figures[0], "", "")
    told = (f"{row.rate:.0f} of {flood.RATE}", f"{row.cost:.0f} us")
    target = (f"{flood.TARGET_P99:.0f}", "yes" if row.met else "no")
    table.add_row("the flood", *told, *figures[1], *target)
    return table


def race(course: Course, rows: Sequence[Row]) -> Table:
    """Ways to keep to the limit, in front of one kind of window."""
    table = Table(
        Column("way", footer="target of ours", no_wrap=True),
        Column("use", footer="99 %", justify="right", no_wrap=True),
        Column("429s", footer="0", justify="right", no_wrap=True),
        Column("longest pause", justify="right"),
        Column("order p50", justify="right", no_wrap=True),
        Column("order p99", footer="1.0 s", justify="right", no_wrap=True),
        title=f"{course.limit} requests a minute, window {course.window}, {course.minutes} minutes",
        caption=(
            f"{course.orders_per_minute:.0f} orders a minute of {course.calls_per_order} calls at "
            f"{course.round_trip * 1000:.0f} ms beside an endless bulk job"
        ),
        show_footer=True,
    )
    for row in rows:
        table.add_row(
            row.way,
            f"{row.use * 100:.1f} %",
            str(row.refused),
            f"{row.pause:.1f} s",
            f"{row.p50:.2f} s",
            f"{row.p99:.2f} s",
        )
    return table


def overhead(rows: Sequence[Overhead]) -> Table:
    """What the limiter costs each call."""
    table = Table(
        "on the loopback (ms)",
        "p50",
        "of PING",
        "p99",
        "of PING",
        "target p50",
        title=f"The limiter's own time, with a full log of {LIMIT}",
    )
    for row in rows:
        table.add_row(
            row.what,
            f"{row.p50:.3f}",
            f"{row.ratio_p50:.1f} x",
            f"{row.p99:.3f}",
            f"{row.ratio_p99:.1f} x",
            "" if row.target is None else f"{row.target:.1f}",
        )
    return table
