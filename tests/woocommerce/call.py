"""One call of the REST API as its endpoints see it, and what they answer."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar
from urllib.parse import parse_qsl, urlencode

from tests.woocommerce.captures import Json
from tests.woocommerce.refusals import Refusal, not_in_enum, out_of_bounds, too_many

_LIST = re.compile(r"([^\[\]]+)\[(\d*)\]")
MOST_PER_PAGE = 100
BATCH_LIMIT = 100

Found = TypeVar("Found")


def flat_query(raw: str) -> dict[str, str]:
    """The query as PHP reads it: of two equal names the last, `name[]` gets a number."""
    found: dict[str, str] = {}
    for name, value in parse_qsl(raw, keep_blank_values=True):
        match = _LIST.fullmatch(name)
        if match is None or match[2]:
            found[name] = value
        else:
            place = sum(1 for known in found if known.startswith(f"{match[1]}["))
            found[f"{match[1]}[{place}]"] = value
    return found


@dataclass(frozen=True, slots=True)
class Answer:
    """Status, body and headers of an answer."""

    body: Any
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Call:
    """A request that has been let in. `ids` are the numbers of its path, `home` the shop's URL."""

    method: str
    path: str
    ids: tuple[int, ...]
    query: dict[str, str]
    body: Json
    home: str

    def text(self, name: str, default: str = "") -> str:
        """A parameter as text."""
        return self.query.get(name, default)

    def texts(self, name: str) -> list[str]:
        """A parameter that is a list: with commas, or as `name[]`."""
        given = [value for key, value in self.query.items() if key.startswith(f"{name}[")]
        return [part.strip() for text in given or [self.text(name)]
                for part in text.split(",") if part.strip()]  # fmt: skip

    def flag(self, name: str) -> bool:
        """A parameter that is true or false."""
        return self.text(name).lower() in {"1", "true"}

    def choice(self, name: str, choices: list[str]) -> str:
        """A parameter that has to be one of those; the first when it is left out."""
        given = self.text(name, choices[0])
        if given not in choices:
            raise not_in_enum(name, choices)
        return given

    @property
    def per_page(self) -> int:
        """How many a page holds: 10 unless asked otherwise, at most 100 (038)."""
        given = self._whole("per_page", 10)
        if not 1 <= given <= MOST_PER_PAGE:
            raise out_of_bounds("per_page", "between 1 (inclusive) and 100 (inclusive)")
        return given

    @property
    def page(self) -> int:
        """Which page, from 1."""
        given = self._whole("page", 1)
        if given < 1:
            raise out_of_bounds("page", "greater than or equal to 1")
        return given

    def _whole(self, name: str, default: int) -> int:
        text = self.text(name, str(default))
        return int(text) if text.lstrip("-").isdecimal() else 0

    @property
    def dp(self) -> int:
        """To how many decimals amounts are shown."""
        return self._whole("dp", 2)

    def page_of(
        self, rows: Sequence[Found], shown: Callable[[Found], Json], *, told: Json | None = None
    ) -> Answer:
        """One page of the rows, with the totals and links to other pages.

        `told` is what links say of orders besides the query; beyond the end a page of orders
        forgets even the totals (093).
        """
        size, page = self.per_page, self.page
        chosen = rows[(page - 1) * size : page * size]
        total = 0 if told is not None and page > 1 and not chosen else len(rows)
        pages = -(-total // size)
        headers = {"X-WP-Total": str(total), "X-WP-TotalPages": str(pages)}
        if told and chosen:
            told = {**told, "dp": self.dp, "context": "view"}
        links = []
        if page > 1:
            links.append(f'<{self._at(min(page - 1, pages), told)}>; rel="prev"')
        if pages > page:
            links.append(f'<{self._at(page + 1, told)}>; rel="next"')
        if links:
            headers["Link"] = ", ".join(links)
        return Answer([self.fields(shown(row)) for row in chosen], headers=headers)

    def _at(self, page: int, told: Json | None) -> str:
        """The address of another page of the same list (031, 091)."""
        plain = {name: "1" if value == "true" else value for name, value in self.query.items()}
        query = {**plain, "page": page, **(told or {})}
        if told:
            query.pop("status", None)
        return f"{self.home}{self.path}?{urlencode(query)}"

    def fields(self, document: Json) -> Json:
        """The document, cut down to the fields that `_fields` names."""
        wanted = {name.partition(".")[0] for name in self.texts("_fields")}
        if not wanted:
            return document
        return {name: value for name, value in document.items() if name in wanted}

    def made(self, document: Json, path: str) -> Answer:
        """The answer to something new: 201 and where it is."""
        location = f"{self.home}/wp-json/wc/v3/{path}"
        return Answer(self.fields(document), 201, {"Location": location})

    def batch(
        self,
        create: Callable[[Json], Json],
        update: Callable[[Json], Json],
        delete: Callable[[int], Json],
    ) -> Answer:
        """Do many things at once; what one refuses stands in its place (020), at most 100."""
        work: list[tuple[str, Any]] = [
            (kind, item) for kind in ("create", "update", "delete")
            for item in self.body.get(kind) or ()
        ]  # fmt: skip
        if len(work) > BATCH_LIMIT:
            raise too_many(BATCH_LIMIT)
        done: Json = {}
        for kind, item in work:
            number = item if kind == "delete" else item.get("id", 0)
            try:
                act: Callable[[Any], Json] = {"create": create, "update": update}.get(kind, delete)
                result = act(item)
            except Refusal as refusal:
                result = refusal.in_batch(number)
            done.setdefault(kind, []).append(result)
        return Answer(done)
