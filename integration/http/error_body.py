"""What the bodies of errors say, as most servers write them. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from integration.http.wording import without_personal_data
from integration.others_words import quoted


@dataclass(frozen=True, slots=True)
class ErrorBody:
    """What an error's body says: ``code`` is Picqer's, ``message`` are its words «so»."""

    code: int | None = None
    message: str = ""


def read_error_body(data: object) -> ErrorBody:
    """The message of an error as most servers write it: under error, message, detail or title.

    Field errors (``errors``) are added with the names of the fields.
    """
    if not isinstance(data, dict):
        return ErrorBody()
    texts = [data.get(key) for key in ("error_message", "message", "detail", "title", "error")]
    message = next((text for text in texts if isinstance(text, str) and text.strip()), "")
    fields = data.get("errors")
    if isinstance(fields, dict):
        message = "; ".join(filter(None, [message, *map(_field_message, fields.items())]))
    return ErrorBody(message=quoted(without_personal_data(message)))


def _field_message(item: tuple[object, object]) -> str:
    field_name, said = item
    first = said[0] if isinstance(said, list) and said else said
    return f"{field_name}: {without_personal_data(first)}"
