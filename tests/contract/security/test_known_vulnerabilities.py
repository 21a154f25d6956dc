"""The audit of the locked packages: it fails for what is known, and not for want of a network."""

from __future__ import annotations

import json
import sys

from tests.contract.security.known_vulnerabilities import LOCK, NOT_ASKED, ask, verdict, words

CLEAN = {"name": "celery", "version": "5.6.3", "vulns": []}
KNOWN = {
    "name": "urllib3",
    "version": "1.0",
    "vulns": [{"id": "PYSEC-1", "fix_versions": ["2.6.0"]}, {"id": "PYSEC-2", "fix_versions": []}],
}
UNKNOWN = {"name": "amqp", "skip_reason": "not found"}


def answer(*packages: object) -> str:
    return json.dumps({"dependencies": packages, "fixes": []})


def test_a_known_vulnerability_fails_and_says_what_mends_it() -> None:
    text, code = verdict(answer(CLEAN, KNOWN))
    assert code == 1
    assert "urllib3 1.0 has PYSEC-1, mended in 2.6.0" in text
    assert "PYSEC-2, mended in no version yet" in text


def test_nothing_known_says_how_many_packages_were_looked_at() -> None:
    assert verdict(answer(CLEAN, UNKNOWN)) == (
        "audit: nothing is known against 1 of 2 packages",
        0,
    )


def test_without_a_network_it_says_so_and_does_not_fail() -> None:
    for nothing in ("", "Traceback", "[]", "null", answer(UNKNOWN), answer()):
        assert verdict(nothing) == (NOT_ASKED, 0)


def test_a_command_that_hangs_or_fails_is_no_answer() -> None:
    assert ask([sys.executable, "-c", "raise SystemExit(1)"]) == ""


def test_the_command_looks_at_the_versions_that_the_service_runs() -> None:
    assert words(LOCK)[4] == "requirements/run.txt"
    assert "--require-hashes" in words(LOCK)
