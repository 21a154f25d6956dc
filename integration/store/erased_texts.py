"""A person's address or order number in sentences of the store is replaced, wherever it stands.

Columns that the service works with (numbers of orders, productcodes) are left alone: an order's
own rows are forgotten as rows, and another order may have the same number.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, Table, Text, cast, or_, select, update

from integration.store.database import Database
from integration.store.schema import (
    audit,
    bookmarks,
    breakers,
    bulk_acts,
    deliveries,
    job_events,
    jobs,
    ledger,
)

REPLACEMENT = "[erased]"
SENTENCES: tuple[tuple[Table, str], ...] = (
    (deliveries, "reason"),
    (jobs, "reason"),
    (jobs, "progress"),
    (job_events, "text"),
    (job_events, "data"),
    (ledger, "details"),
    (breakers, "reason"),
    (bookmarks, "value"),
    (audit, "about"),
    (audit, "note"),
    (audit, "data"),
    (bulk_acts, "which"),
    (bulk_acts, "note"),
)
"""Where text for reading, or text of others, may stand."""


def erase_texts(database: Database, texts: Sequence[str]) -> int:
    """Replace these texts, as whole words in any case; returns in how many places."""
    word = re.compile(
        r"(?<!\w)(?:" + "|".join(re.escape(text) for text in texts) + r")(?!\w)", re.IGNORECASE
    )
    count = 0
    for table, column in SENTENCES:
        with database.begin() as connection:
            count += _erase_in(connection, table, column, texts, word)
    return count


def _erase_in(
    connection: Connection,
    table: Table,
    name: str,
    texts: Sequence[str],
    word: re.Pattern[str],
) -> int:
    column = table.c[name]
    as_text = cast(column, Text)
    forms = {form for text in texts for form in (text, json.dumps(text)[1:-1])}
    holding = or_(*(as_text.icontains(form, autoescape=True) for form in sorted(forms)))
    keys = list(table.primary_key.columns)
    rows = connection.execute(select(*keys, column.label("held")).where(holding)).all()
    count = 0
    for row in rows:
        erased = _erased(row.held, word)
        if erased != row.held:
            here = [key == getattr(row, key.name) for key in keys]
            connection.execute(update(table).where(*here).values({name: erased}))
            count += 1
    return count


def _erased(value: Any, word: re.Pattern[str]) -> Any:
    """The value without the words, in texts and in the texts of JSON."""
    match value:
        case str():
            return word.sub(REPLACEMENT, value)
        case list():
            return [_erased(one, word) for one in value]
        case dict():
            return {name: _erased(one, word) for name, one in value.items()}
        case _:
            return value
