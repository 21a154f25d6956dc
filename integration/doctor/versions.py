"""The versions of what this runs on: those it was made for, and those that are known to fail."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from integration.ports import Finding, Verdict

OLDEST_PYTHON = (3, 11)
CELERY, KOMBU = ((5, 6, 3), (5, 7)), ((5, 7), (5, 8))
"""From the first, and below the second: docs/decisions/0002-celery-5-6-with-kombu-5-7.md."""


def version_findings(versions: Mapping[str, str]) -> Iterator[Finding]:
    """``versions`` of ``picqer-bridge``, ``python``, ``celery`` and ``kombu``."""
    python, celery, kombu = (versions.get(name, "") for name in ("python", "celery", "kombu"))
    own = versions.get("picqer-bridge", "")
    wrong = list(_wrong(numbers(python), numbers(celery), numbers(kombu), versions))
    yield from wrong
    if not wrong:
        sentence = f"picqer-bridge {own}, Python {python}, Celery {celery}, kombu {kombu}."
        yield Finding("versions", Verdict.OK, sentence)


def _wrong(
    python: tuple[int, ...],
    celery: tuple[int, ...],
    kombu: tuple[int, ...],
    versions: Mapping[str, str],
) -> Iterator[Finding]:
    install = "Install the versions of requirements/run.txt."
    if python < OLDEST_PYTHON:
        sentence = f"Python {versions.get('python')} is older than 3.11."
        yield Finding("python version", Verdict.FAIL, sentence, "Install Python 3.11 or newer.")
    if celery >= CELERY[1]:
        sentence = (
            f"Celery {versions.get('celery')}: its workers may die when the broker does, with work "
            "in their hands."
        )
        yield Finding("celery version", Verdict.FAIL, sentence, install)
    elif celery < CELERY[0]:
        sentence = f"Celery {versions.get('celery') or '(none)'} is older than 5.6.3."
        yield Finding("celery version", Verdict.FAIL, sentence, install)
    if not KOMBU[0] <= kombu < KOMBU[1]:
        sentence = (
            f"kombu {versions.get('kombu') or '(none)'} is not 5.7: a lost connection to Redis, or "
            "lost messages, would be noticed late."
        )
        yield Finding("kombu version", Verdict.FAIL, sentence, install)


def numbers(version: str) -> tuple[int, ...]:
    """The numbers that a version begins with: ``5.7.0rc1`` is (5, 7, 0)."""
    found = re.match(r"\d+(\.\d+)*", version)
    return tuple(map(int, found[0].split("."))) if found else ()
