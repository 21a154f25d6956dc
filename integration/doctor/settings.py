"""The settings: every mistake is a finding, and what is allowed but seldom meant is told."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime

from integration.ports import Finding, Verdict

SETTINGS = "settings"


@dataclass(frozen=True, slots=True)
class SettingsInForce:
    """What is looked at of settings without mistakes.

    ``exposed_file``: other users of this machine may read it, and it holds secrets.
    ``orders_since`` is that of each shop that sets it.
    """

    accounts: int
    shops: int
    exposed_file: str | None
    orders_since: dict[str, datetime]
    is_console_open: bool
    is_debugging: bool


def mistake_findings(mistakes: Iterable[tuple[str, str]]) -> list[Finding]:
    """A finding for each mistake: where it came from (empty: nowhere), and what it is."""
    return [
        Finding(
            SETTINGS,
            Verdict.FAIL,
            text,
            f"Correct it in {origin or 'bridge.toml'}, and look again: "
            "`picqer-bridge config --reference` tells what each setting may be.",
        )
        for origin, text in mistakes
    ]


def settings_findings(settings: SettingsInForce, now: datetime) -> Iterator[Finding]:
    """What is found in settings that hold no mistake."""
    if not settings.shops or not settings.accounts:
        yield Finding(
            SETTINGS,
            Verdict.FAIL,
            f"There are {settings.accounts} Picqer accounts and {settings.shops} shops in the "
            "settings: one of each is needed.",
            "Copy bridge.example.toml to bridge.toml and fill it in.",
        )
    else:
        text = f"{_count(settings.accounts, 'Picqer account')}, {_count(settings.shops, 'shop')}"
        yield Finding(SETTINGS, Verdict.OK, f"The settings hold no mistake: {text}.")
    yield from _exposed(settings.exposed_file)
    yield from _in_the_future(settings.orders_since, now)
    if settings.is_console_open:
        yield Finding(
            "console",
            Verdict.WARN,
            "The console has no password: everybody on this machine can use it.",
            "Set console.password; then it is also on the door's own address.",
        )
    if settings.is_debugging:
        yield Finding(
            "log",
            Verdict.WARN,
            "log.level is debug, which writes a lot.",
            "Set it to info when what was looked for is found.",
        )


def _exposed(file: str | None) -> Iterator[Finding]:
    if file is not None:
        yield Finding(
            "settings file",
            Verdict.WARN,
            f"Other users of this machine may read {file}, which holds secrets.",
            f"chmod 600 {file}, or name files for the secrets (api_key_file, ...).",
        )


def _in_the_future(orders_since: dict[str, datetime], now: datetime) -> Iterator[Finding]:
    for shop, since in sorted(orders_since.items()):
        if since > now:
            yield Finding(
                "orders_since",
                Verdict.WARN,
                f"Orders of shop {shop} are left alone until {since:%Y-%m-%d %H:%M} UTC, which is "
                "still to come.",
                f"Correct shops.{shop}.orders_since unless that is meant.",
            )


def _count(number: int, what: str) -> str:
    return f"{number} {what}" if number == 1 else f"{number} {what}s"
