"""Which scenarios may run beside each other: each one, but those that share an installation."""

from __future__ import annotations

from xdist.scheduler import LoadScopeScheduling

SHARED = ("test_hard_day.py", "test_stalled.py", "test_rate_limit_in_real_time.py")
"""Files whose tests look at one installation: a second process would start it a second time."""


class BesideEachOther(LoadScopeScheduling):
    """Hands every scenario to the next free process, and the files of ``SHARED`` as one.

    pytest-xdist's own ``loadgroup`` lost its groups with pytest 9.2, without a word.
    """

    def _split_scope(self, nodeid: str) -> str:
        file = nodeid.partition("::")[0]
        return file if file.endswith(SHARED) else nodeid
