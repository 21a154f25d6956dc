"""How a fault came up, for logs: places and kinds of errors, without the data they stumbled over.

The words of foreign errors quote what they could not work with, and people with it; our own errors
carry ids and codes only, once the words of others are left out.
"""

from __future__ import annotations

import traceback
from collections.abc import Iterator
from typing import TextIO

from structlog.typing import ExcInfo

from integration.others_words import without_others_words

SPEAKING = "integration.errors"
"""Errors of this module carry ids and codes only, so their words may be repeated."""
MOST_ERRORS = 20


def told(exc_info: ExcInfo) -> str:
    """The traceback of an error and of those that led to it, the first one first."""
    return "\n\nwhich led to:\n\n".join(map(_told, reversed([*_chain(exc_info[1])])))


def tell(stream: TextIO, exc_info: ExcInfo) -> None:
    """Write the same below a line of text."""
    stream.write("\n" + told(exc_info))


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    """The error, what it came from, and so on; bounded, because such a chain may be a ring."""
    for _ in range(MOST_ERRORS):
        if error is None:
            return
        yield error
        hidden = error.__suppress_context__
        error = error.__cause__ or (None if hidden else error.__context__)


def _told(error: BaseException) -> str:
    kind = type(error)
    words = f": {without_others_words(str(error))}" if kind.__module__ == SPEAKING else ""
    return "".join(traceback.format_tb(error.__traceback__)) + kind.__qualname__ + words
