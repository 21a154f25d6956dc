"""A cache in front of the shop, as a page-cache plugin or a content delivery network is one."""

from __future__ import annotations

from dataclasses import dataclass, field
from urllib.parse import parse_qsl, urlencode

from starlette.responses import Response


@dataclass(slots=True)
class PageCache:
    """Keeps every good answer under `/wp-json/` once it is switched on, whoever asked.

    `kind`: "" is off; "address" keeps by the whole address; "path" looks at the path alone, as
    networks do that are told to ignore the query. `told` are the headers of what it kept. It does
    not listen to what requests say about caches, as most do not.
    """

    kind: str = ""
    told: dict[str, str] = field(default_factory=dict)
    kept: dict[str, Response] = field(default_factory=dict)

    def answer(self, method: str, path: str, query: str) -> Response | None:
        """What was kept for this question, None when nothing was."""
        if method != "GET" or not self.kind:
            return None
        return self.kept.get(self._key(path, query))

    def keep(self, method: str, path: str, query: str, response: Response) -> None:
        """Keep a good answer, with the date that it has."""
        if method == "GET" and self.kind and response.status_code == 200:
            copy = Response(response.body, 200, dict(response.headers))
            copy.headers.update(self.told)
            self.kept[self._key(path, query)] = copy

    def _key(self, path: str, query: str) -> str:
        """Over https there is no signature in the address, so it is left out over http too."""
        if self.kind == "path":
            return path
        pairs = parse_qsl(query, keep_blank_values=True)
        return f"{path}?{urlencode([pair for pair in pairs if not pair[0].startswith('oauth_')])}"
