"""``picqer-bridge sandbox chaos``: a storm of faults over the real service between two sandboxes.

Everything of it is its own: both sides are simulated, broker and store are in a temporary folder,
and nothing of a configured service is read or touched.
"""

from __future__ import annotations

import shutil
import tempfile
import threading
from pathlib import Path
from random import Random

from workers.chaos.plan import WORKERS
from workers.chaos.report import Report
from workers.chaos.storm import Storm, Tell
from workers.day.stage import Stage
from workers.stopping import stopped_by_signals

__all__ = ["Report", "run_chaos"]

SHOP_SETTINGS = ('on_cancel = "cancel"', 'customer_mail = "shop"', "poll_seconds = 30")

READY_SECONDS = 120.0
"""Eight processes start at once, perhaps on a busy machine."""


def run_chaos(seed: int, seconds: float, *, tell: Tell) -> Report | None:
    """Let a storm rage for so many seconds; returns its report.

    SIGINT and SIGTERM end it early with a report so far; None when that came before it began.
    ``tell`` hears each fault. Logs stay when the service did not start or a promise was broken,
    otherwise nothing does. Raises NotReady and BrokerUnavailable. Call it from the main thread.
    """
    folder = Path(tempfile.mkdtemp(prefix="picqer-bridge-chaos-"))
    stopping = threading.Event()
    stage = Stage(
        folder,
        tell=lambda _sentence: None,
        random=Random(seed),  # noqa: S311 - a storm is to come again from its seed
        workers=len(WORKERS),
        shop_settings=SHOP_SETTINGS,
        ready_seconds=READY_SECONDS,
        own_broker=True,  # Ours may be emptied; one that the environment names may not.
    )

    def stop() -> None:
        stopping.set()
        stage.ask_to_stop()

    report: Report | None = None
    with stopped_by_signals(stop), stage:
        if not stage.asked_to_stop:
            report = Storm(stage, seed, seconds, tell=tell, stopping=stopping).play()
    if report is None or report.folder is None:
        shutil.rmtree(folder, ignore_errors=True)
    return report
