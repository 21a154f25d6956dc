"""One pass over a long list at Picqer, which goes on where a run stopped.

A complete pass moves a bookmark to the moment it began; the next one starts from there.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from integration.crash_points import crash_point
from integration.ports import Page, Row
from integration.services import Work

FIRST_LOOK_BACK = timedelta(days=2)
"""How far back the first pass of a new installation looks."""


class Sweep:
    """The pass that this job is on. ``since`` is from when to look, ``start`` the next offset."""

    def __init__(self, work: Work, bookmark: str) -> None:
        """Go on with the pass in the job's progress, or begin a new one."""
        self._work = work
        self._bookmark = bookmark
        self._scope = f"picqer/{work.job.account}"
        progress = work.job.progress
        now = work.services.store.now()
        self.began = _instant(progress.get("began")) or now
        self.since = _instant(progress.get("since")) or self._last(now)
        self.start = int(str(progress.get("start", 0)))
        self.stage = int(str(progress.get("stage", 0)))
        self.found: list[str] = [str(text) for text in _list(progress.get("found"))]

    def keep(self, page: Page[Row]) -> None:
        """Remember that this page is done."""
        self.start = page.next or 0
        self._save()
        crash_point("reconcile.after_page")

    def next_stage(self) -> None:
        """Go on with the next list of this pass, from its beginning."""
        self.stage, self.start = self.stage + 1, 0
        self._save()
        crash_point("reconcile.after_stage")

    def complete(self) -> None:
        """The next pass begins where this one began."""
        bookmarks = self._work.services.bookmarks
        bookmarks.set(self._scope, self._bookmark, self.began.isoformat())
        crash_point("reconcile.after_bookmark")

    def _save(self) -> None:
        progress: dict[str, object] = {
            "began": self.began.isoformat(),
            "since": self.since.isoformat(),
            "start": self.start,
            "stage": self.stage,
            "found": sorted(set(self.found)),
        }
        self._work.services.jobs.save_progress(self._work.job, progress)

    def _last(self, now: datetime) -> datetime:
        kept = self._work.services.bookmarks.get(self._scope, self._bookmark)
        last = None if kept is None else _instant(kept[0])
        return last or now - FIRST_LOOK_BACK


def _instant(value: object) -> datetime | None:
    return datetime.fromisoformat(value) if isinstance(value, str) else None


def _list(value: object) -> list[object]:
    return value if isinstance(value, list) else []
