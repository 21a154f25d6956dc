"""Meta data: the pairs that plugins and WooCommerce itself keep at orders, lines and products."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import count
from typing import Any

from tests.woocommerce.captures import Json

Numbers = Iterable[int]


class MetaData:
    """The pairs of one thing, each with an id, in the order in which they came."""

    def __init__(self) -> None:
        self._numbers = count(1)
        self.pairs: list[Json] = []

    def get(self, key: str) -> Any:
        """The value under that key, None when there is none."""
        return next((pair["value"] for pair in self.pairs if pair["key"] == key), None)

    def set(self, key: str, value: Any) -> None:
        """Keep the value under that key; None as the value takes the pair away."""
        pair = next((pair for pair in self.pairs if pair["key"] == key), None)
        if value is None:
            self.pairs = [each for each in self.pairs if each["key"] != key]
        elif pair is None:
            self.pairs.append({"id": next(self._numbers), "key": key, "value": value})
        else:
            pair["value"] = value

    def take(self, sent: Iterable[Mapping[str, Any]] | None) -> None:
        """Keep what a request sent as `meta_data`: by id where it names one, else by key."""
        for each in sent or ():
            named = next((p for p in self.pairs if p["id"] == each.get("id")), None)
            if named is not None:
                self.set(named["key"], each.get("value"))
            else:
                self.set(str(each["key"]), each.get("value"))

    def shown(self) -> list[Json]:
        """The pairs as orders and products show them."""
        return [dict(pair) for pair in self.pairs]

    def shown_at_line(self) -> list[Json]:
        """The pairs as lines show them: with texts for people, attributes capitalised (024)."""
        return [
            {
                **pair,
                "display_key": pair["key"]
                if str(pair["key"]).startswith("_")
                else str(pair["key"]).capitalize(),
                "display_value": pair["value"],
            }
            for pair in self.pairs
        ]
