"""Picqer's error bodies (picqer.com/en/api/response-codes). Pure.

An error is ``{"error": true, "error_code": 24, "error_message": "..."}`` in most cases; the
message may repeat what was sent, so the code is put in words of ours and the message cleaned.
"""

from __future__ import annotations

from integration.http import ErrorBody, read_error_body

MEANINGS = {
    1: "unknown application error",
    5: "a required field is missing",
    7: "there is no such id",
    8: "not implemented",
    9: "invalid country code",
    10: "invalid address",
    12: "invalid customer",
    13: "the order has no products",
    14: "unknown VAT group",
    20: "not found",
    21: "not found, or in another status",
    22: "invalid JSON",
    23: "a line lacks product or amount",
    24: "an ordered product does not exist",
    25: "the customer does not exist",
    26: "the shipment cannot be created",
    28: "rate limit exceeded",
    29: "the account's monthly order limit is reached",
    30: "the order is being processed",
    32: "the order was processed before",
    33: "a processed order's lines cannot change",
}


def read_error(data: object) -> ErrorBody:
    """The error_code and a message without personal data; nothing when it is no error."""
    if not isinstance(data, dict) or data.get("error") in (None, False, 0, ""):
        return ErrorBody()
    code = _code(data.get("error_code"))
    said = read_error_body(data).message
    meaning = MEANINGS.get(code or 0, "")
    message = " - ".join(part for part in (meaning, said) if part)
    return ErrorBody(code, message)


def _code(value: object) -> int | None:
    """The error_code; Picqer writes a number, a text of digits is taken too."""
    if isinstance(value, bool) or not isinstance(value, int | str):
        return None
    text = str(value)
    return int(text) if text.isascii() and text.isdigit() and len(text) < 6 else None
