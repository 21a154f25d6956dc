"""The clock of this machine beside those of others."""

from __future__ import annotations

from datetime import datetime

from integration.ports import Finding, Verdict

CLOCK = "clock"
NOTICED_SECONDS = 5.0
"""Headers tell whole seconds, and answers take a while: less says nothing."""
HARMFUL_SECONDS = 60.0
"""A custom shop's signatures are refused from five minutes on; more suffers before."""


def clock_finding(who: str, theirs: datetime, ours: datetime) -> Finding:
    """How far our clock is from that of ``who`` ("Redis", "shop nl")."""
    seconds = (ours - theirs).total_seconds()
    if abs(seconds) < NOTICED_SECONDS:
        return Finding(CLOCK, Verdict.OK, f"Our clock agrees with that of {who}.")
    verdict = Verdict.WARN if abs(seconds) < HARMFUL_SECONDS else Verdict.FAIL
    way = "ahead of" if seconds > 0 else "behind"
    sentence = f"The clock of this machine is {abs(seconds):.0f} seconds {way} that of {who}."
    fix = "Let this machine keep its time by NTP (`timedatectl set-ntp true`), or that one."
    return Finding(CLOCK, verdict, sentence, fix)
