"""Every cause for which a job waits or parks, in plain words, and what puts it right. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Cause:
    """A cause by its ``code``: what happened, and ``fix``, what a person does about it."""

    code: str
    title: str
    fix: str


BUG = "Bug"
"""Codes of our own faults begin with this and name the exception: ``Bug.KeyError``."""
_KNOWN = (
    Cause(
        "Unmappable",
        "the shop's data cannot be translated for Picqer",
        "Put right in the shop what the reason names (a line without SKU, a country, a VAT rate, "
        "another currency), or in the settings of the shop; then retry.",
    ),
    Cause(
        "Refused",
        "the other side understood the request and refused it",
        "The reason holds its own message: put right there what it names, then retry.",
    ),
    Cause(
        "NotFound",
        "the other side does not know this",
        "See whether it was deleted there. If it is to come back, restore it and retry; otherwise "
        "dismiss.",
    ),
    Cause(
        "Crashes",
        "its worker died several times while running it",
        "Look at the worker's log (memory, a crash in a library), then retry.",
    ),
    Cause(
        BUG,
        "a fault in picqer-bridge itself",
        "It was reported. Install a version that mends it, then retry.",
    ),
    Cause(
        "Unavailable",
        "the other side could not be reached, or had an error of its own",
        "See whether Picqer and the shop are up (`picqer-bridge doctor`), then retry.",
    ),
    Cause(
        "Busy",
        "Picqer kept being busy with that order",
        "See whether somebody has the order open in Picqer, then retry.",
    ),
    Cause(
        "Ambiguous",
        "changes were sent and never clearly answered",
        "See whether Picqer and the shop are up, then retry: it is looked up before anything is "
        "sent again.",
    ),
    Cause(
        "StoreAway",
        "the store could not be reached",
        "See that the database runs and its disk is not full, then retry.",
    ),
    Cause(
        "OverBudget",
        "the rate limit is used up for the moment",
        "Nothing needs to be done; `picqer-bridge limit` shows how it stands.",
    ),
    Cause(
        "RateLimited",
        "Picqer answered 429",
        "Nothing needs to be done. If it lasts, another program uses the same key: "
        "`picqer-bridge limit` shows it.",
    ),
    Cause("LeaseHeld", "another worker is busy with it", "Nothing needs to be done."),
    Cause("NotYet", "it is too early to know", "Nothing needs to be done."),
    Cause(
        "InDoubt",
        "a change may have reached Picqer and is looked up in a moment",
        "Nothing needs to be done.",
    ),
    Cause("GoesOn", "a long job goes on with its next part", "Nothing needs to be done."),
    Cause("NoLimiter", "Redis cannot be reached", "Start Redis; it then goes on by itself."),
    Cause("Stopping", "a worker was stopped", "Start the workers; it then goes on by itself."),
    Cause(
        "LockedOut",
        "Picqer refuses the API key",
        "Make a new key in Picqer and write it into the settings, or see whether the account was "
        "blocked; it then goes on by itself.",
    ),
    Cause(
        "Unreachable",
        "the other side did not answer several times in a row",
        "See whether it is up; it then goes on by itself.",
    ),
    Cause(
        "Paused",
        "a person paused it",
        "`picqer-bridge resume`, with the options of the pause, lets it go on.",
    ),
)
CAUSES: Mapping[str, Cause] = {cause.code: cause for cause in _KNOWN}


def cause_of(code: str | None) -> Cause:
    """The cause with this code; one that nobody knows says so."""
    if code is not None and code in CAUSES:
        return CAUSES[code]
    if code is not None and code.startswith(f"{BUG}."):
        return CAUSES[BUG]
    return Cause(
        code or "", "no cause was written down", "Read the reason, put it right, then retry."
    )
