"""The processes: does everybody live and get on with their work, and does a person hold any."""

from __future__ import annotations

from collections.abc import Iterator

from integration.liveness import look
from integration.ports import Finding, Verdict
from integration.services import Services

PROCESSES = "processes"
START = {
    "beat": "Start beat (`picqer-bridge run`, or systemctl start picqer-bridge-beat).",
    "worker": "Start the workers (`picqer-bridge run`, or systemctl start picqer-bridge-worker).",
}


def process_findings(services: Services) -> Iterator[Finding]:
    """What the store knows of them. Raises StoreAway."""
    seen = look(services)
    for kind in seen.missing:
        last = seen.heartbeats.get(kind)
        when = "has never been seen" if last is None else f"was last seen {last:.0f} seconds ago"
        yield Finding(PROCESSES, Verdict.FAIL, f"The process {kind} {when}.", START[kind])
    for kind, count in seen.stalled.items():
        sentence = f"{count} of the processes {kind} live, but do not get on with their work."
        fix = "Let a supervisor end them: `picqer-bridge pulse --end-stalled`."
        yield Finding(PROCESSES, Verdict.FAIL, sentence, fix)
    if not seen.missing and not seen.stalled:
        text = ", ".join(f"{kind} {count}" for kind, count in seen.working.items())
        yield Finding(PROCESSES, Verdict.OK, f"All live and get on with their work: {text}.")
    for queue in seen.unserved:
        yield Finding(
            "queues",
            Verdict.FAIL,
            f"Nobody takes work from the queue {queue}.",
            "See with which queues (-Q) the workers were started: the Procfile names them all.",
        )
    if not seen.unserved and not seen.missing:
        yield Finding("queues", Verdict.OK, "Every queue is served.")
    yield from _pauses(services)


def _pauses(services: Services) -> Iterator[Finding]:
    for flow, shop, who in services.gate.pauses():
        what = " of shop ".join(filter(None, (flow or "everything", shop)))
        options = "".join(
            f" --{name} {value}" for name, value in (("flow", flow), ("shop", shop)) if value
        )
        sentence = f"{what[0].upper()}{what[1:]} is paused by {who}."
        yield Finding("pauses", Verdict.WARN, sentence, f"`picqer-bridge resume{options}` ends it.")
