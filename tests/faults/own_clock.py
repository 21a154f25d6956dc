"""The clock of single processes of ours, set while they run; everybody else's stays right."""

from __future__ import annotations

import shutil
import struct
import subprocess
from pathlib import Path

import pytest

COMPILER = shutil.which("cc")
SOURCE = Path(__file__).with_suffix(".c")

needs_compiler = pytest.mark.skipif(
    COMPILER is None, reason="no C compiler (cc) is here, which makes a clock for one process"
)


class OwnClock:
    """What the process that is started with ``environment`` thinks that the time is.

    Its monotonic clock is left alone, as it is when a clock is set.
    """

    def __init__(self, library: Path, file: Path) -> None:
        """``library`` comes from ``build``; ``file`` tells it how far it is off."""
        self._library, self._file = library, file
        self._file.write_bytes(struct.pack("q", 0))

    def set(self, ahead: float) -> None:
        """Let it jump to so many seconds ahead of the right time, at once."""
        with self._file.open("r+b") as file:
            file.write(struct.pack("q", int(ahead)))

    @property
    def environment(self) -> dict[str, str]:
        """What lets a process have this clock."""
        return {"LD_PRELOAD": str(self._library), "OWN_CLOCK": str(self._file)}


def build(folder: Path) -> Path:
    """Compile the library that stands between a process and the time."""
    library = folder / "own-clock.so"
    words = [str(COMPILER), "-shared", "-fPIC", "-O1", "-o", library, SOURCE]
    subprocess.run(words, check=True, timeout=60)
    return library
