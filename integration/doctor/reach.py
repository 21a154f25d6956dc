"""The way to a server: its name (DNS), and its certificate (TLS)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from integration.ports import Finding, Reach, Silence, Verdict

REACH, CERTIFICATE = "address", "certificate"
SOON = timedelta(days=14)
"""Whoever renews by itself has done so by then."""


def reach_findings(
    address: str, setting: str, reach: Callable[[str], Reach | Silence], now: datetime
) -> Iterator[Finding]:
    """Whether the name of this address is known and its certificate good. ``setting`` names it."""
    host = urlsplit(address).hostname or address
    found = reach(address)
    if isinstance(found, Silence):
        yield _of_silence(host, setting, found)
        return
    if found.proxy:
        yield Finding(REACH, Verdict.OK, f"Requests to {host} go through a proxy.")
        return
    yield Finding(REACH, Verdict.OK, f"{host} is {', '.join(found.addresses[:4])}.")
    if found.valid_until is not None:
        yield _of_certificate(host, found.valid_until, now)


def _of_silence(host: str, setting: str, silence: Silence) -> Finding:
    sentence = f"{host} cannot be reached, because {silence.why}."
    if silence.untrusted:
        fix = "Let it show a valid certificate with its whole chain; or set REQUESTS_CA_BUNDLE."
        return Finding(CERTIFICATE, Verdict.FAIL, sentence, fix)
    fix = f"Check {setting}; else see to DNS, firewall and whether it is up."
    return Finding(REACH, Verdict.FAIL, sentence, fix)


def _of_certificate(host: str, until: datetime, now: datetime) -> Finding:
    sentence = f"The certificate of {host} is valid until {until:%Y-%m-%d}."
    if until - now > SOON:
        return Finding(CERTIFICATE, Verdict.OK, sentence)
    fix = f"Renew it before then, or tell whoever looks after {host}."
    return Finding(CERTIFICATE, Verdict.WARN, sentence, fix)
