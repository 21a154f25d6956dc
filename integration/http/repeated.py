"""What a server's refusal repeats of the request that it refuses: people and keys. Pure."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator

from requests.auth import AuthBase

from integration.http.auth import BasicAuth, BearerAuth

SHORTEST = 4
"""Characters; shorter words (NL, van, 12) stand in any sentence."""
_ABOUT_PEOPLE = re.compile(
    "name|contact|company|address|street|zip|post|city|region|phone|mail|vatnumber|remark|note",
    re.IGNORECASE,
)
_KEPT = "…"


def without_what_was_sent(message: str, body: bytes | None, auth: AuthBase) -> str:
    """The message without what this request said of a person, word for word, and without its key.

    Names cannot be told from other words, unless one knows them: and what was sent is known.
    Codes and amounts stay, for they say what is wrong.
    """
    personal = _personal(json.loads(body)) if message and body else ()
    words = {word for text in personal for word in (text, *re.findall(r"[\w.@+-]+", text))}
    unwanted = [word for word in {*words, *_secrets(auth)} if len(word) >= SHORTEST]
    if not message or not unwanted:
        return message
    longest_first = sorted(unwanted, key=lambda word: (-len(word), word))
    found = re.compile("|".join(map(re.escape, longest_first)), re.IGNORECASE)
    return found.sub(_KEPT, message)


def _personal(value: object, *, about: bool = False) -> Iterator[str]:
    """Every text under a key that tells of people."""
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from _personal(inner, about=about or bool(_ABOUT_PEOPLE.search(key)))
    elif isinstance(value, list):
        for inner in value:
            yield from _personal(inner, about=about)
    elif about and isinstance(value, str):
        yield " ".join(value.split())


def _secrets(auth: AuthBase) -> Iterable[str]:
    return auth.secrets if isinstance(auth, BasicAuth | BearerAuth) else ()
