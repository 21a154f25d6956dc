"""What another server said, within a sentence of ours: «so». Pure.

Nobody can tell a name from another word. So what a shop or Picqer wrote itself stands between these
two signs, and whatever leaves the service (logs, Sentry, Redis and with it Flower, messages to
people, the pages of a viewer) goes without it. The store keeps it, for whoever mends the cause.
"""

from __future__ import annotations

import re

OPENS, CLOSES = "«", "»"
_QUOTED = re.compile(f"{OPENS}[^{CLOSES}]*(?:{CLOSES}|$)")
LEFT_OUT = f"{OPENS}…{CLOSES}"


def quoted(words: str) -> str:
    """Another's words as a part of a sentence of ours; nothing when there are none."""
    inner = words.replace(OPENS, "").replace(CLOSES, "")
    return f"{OPENS}{inner}{CLOSES}" if inner else ""


def without_others_words(sentence: str) -> str:
    """The sentence without what others said in it; also when it was cut off in the middle."""
    return _QUOTED.sub(LEFT_OUT, sentence)
