"""A disk that can be filled to the last byte, and emptied again."""

from __future__ import annotations

import os
import resource
import subprocess
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Protocol

MIB = 1024 * 1024
DISK_MIB = 24
"""Enough for a store and the journal that it grows before it is tidied."""


class Disk(Protocol):
    """Where a store is kept."""

    folder: Path

    def fill(self, pids: Iterable[int]) -> None:
        """From now on these processes cannot make a file any longer."""

    def free(self) -> None:
        """From now on they can again."""


class Tmpfs:
    """A file system of its own in memory, filled by a file beside the store: the true ENOSPC."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._filler = folder / "filler"

    def fill(self, pids: Iterable[int]) -> None:
        with self._filler.open("wb", buffering=0) as filler:
            try:
                while filler.write(bytes(4096)):
                    pass
            except OSError:
                os.fsync(filler.fileno())

    def free(self) -> None:
        self._filler.unlink(missing_ok=True)


class Quota:
    """Without root: the processes may not write beyond the first pages of any file, logs too."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._before: dict[int, tuple[int, int]] = {}

    def fill(self, pids: Iterable[int]) -> None:
        for pid in pids:
            soft, hard = resource.prlimit(pid, resource.RLIMIT_FSIZE)
            self._before[pid] = (soft, hard)
            resource.prlimit(pid, resource.RLIMIT_FSIZE, (4096, hard))

    def free(self) -> None:
        for pid, limits in self._before.items():
            resource.prlimit(pid, resource.RLIMIT_FSIZE, limits)
        self._before.clear()


@contextmanager
def small_disk(folder: Path) -> Iterator[Disk]:
    """A disk in ``folder``: a file system of its own where we may mount one."""
    folder.mkdir()
    words = ["mount", "-t", "tmpfs", "-o", f"size={DISK_MIB}m", "tmpfs", str(folder)]
    if os.geteuid() or subprocess.run(words, capture_output=True, check=False).returncode:
        yield Quota(folder)
        return
    try:
        yield Tmpfs(folder)
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)
