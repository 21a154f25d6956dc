"""Crash points: named places, one in every gap between two effects, where a test kills a process.

A promise about being killed is worth nothing until it was tried at every moment that matters. A
moment matters when something was sent or committed and the next such thing was not: there stands
``crash_point("create_order.after_post")``. Unarmed it is one look at an empty list.

A process is armed by the setting ``crash_points``, a folder; the settings refuse it unless every
Picqer account is a simulated one on this machine. While the folder holds a file of a point's name,
the first process to reach that point dies there by SIGKILL. The file is renamed before, so that a
process that is started again does not die again; a number in it says at which arrival to die.
"""

from __future__ import annotations

import os
import signal
import threading
from pathlib import Path

FIRED = ".fired"
"""Added to the name of a file once a process has died for it; the file then holds its id."""
_folders: list[Path] = []


def arm(folder: Path | None) -> None:
    """Let this process die at the points that the folder names from now on; None: at no point."""
    _folders[:] = [] if folder is None else [folder]


def crash_point(name: str, about: str = "") -> None:
    """Die here, if a test wants so.

    ``about`` tells arrivals at one point apart, such as the flow of a run: the file of such an
    arrival may also be named ``runner.before_end@create_order``.
    """
    for folder in _folders:
        _reach(folder / name)
        if about:
            _reach(folder / f"{name}@{about}")


def _reach(file: Path) -> None:
    """Die for this file, if it is there and this is the arrival that it waits for."""
    ours = file.with_name(f"{file.name}.{os.getpid()}.{threading.get_ident()}")
    try:
        file.rename(ours)  # Of several that arrive together, one gets it.
    except FileNotFoundError:
        return
    arrivals = int(ours.read_text() or "1")
    if arrivals > 1:
        ours.write_text(str(arrivals - 1))
        ours.rename(file)
        return
    ours.write_text(str(os.getpid()))
    ours.rename(file.with_name(file.name + FIRED))
    os.kill(os.getpid(), signal.SIGKILL)
