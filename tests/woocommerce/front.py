"""What listens to HTTP: WordPress in front of the REST API, its pages, headers and faults."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import UTC
from email.utils import format_datetime
from typing import Any

import anyio.to_thread
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from integration.sandbox.shop.traffic import ABORT
from tests.woocommerce.books import Asked, Books
from tests.woocommerce.call import Answer, Call, flat_query
from tests.woocommerce.deliveries import Deliveries, encoded
from tests.woocommerce.faults import Fault, Faults
from tests.woocommerce.page_cache import PageCache
from tests.woocommerce.refusals import Refusal
from tests.woocommerce.routes import ROOT, Routes
from tests.woocommerce.signing import Access, Shown

REST = "/wp-json/"
UPLOADS = "/wp-content/uploads/"
NOT_FOUND = (
    "<!DOCTYPE html><html><head><title>Page not found</title></head>"
    "<body><h1>Oops! That page can't be found.</h1></body></html>"
)
FIXED_HEADERS = {
    "X-Powered-By": "PHP/8.2.36",
    "X-Robots-Tag": "noindex",
    "X-Content-Type-Options": "nosniff",
    "Access-Control-Expose-Headers": "X-WP-Total, X-WP-TotalPages, Link",
    "Access-Control-Allow-Headers": "Authorization, X-WP-Nonce, Content-Disposition, "
    "Content-MD5, Content-Type",
    "Expires": "Wed, 11 Jan 1984 05:00:00 GMT",
    "Cache-Control": "no-cache, must-revalidate, max-age=0, no-store, private",
}


@dataclass(slots=True)
class Manners:
    """How the site is set up. `plain_permalinks`: WordPress knows no `/wp-json/` addresses."""

    plain_permalinks: bool = False
    pictures: dict[str, bytes] = field(default_factory=dict)
    cache: PageCache = field(default_factory=PageCache)


class Front:
    """The ASGI application: takes a request, lets it meet a fault, answers as WordPress does."""

    def __init__(
        self,
        *,
        books: Books,
        routes: Routes,
        access: Access,
        deliveries: Deliveries,
        faults: Faults,
        manners: Manners,
        home: str,
    ) -> None:
        self._books = books
        self._routes = routes
        self._access = access
        self._deliveries = deliveries
        self._faults = faults
        self._manners = manners
        self._home = home

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request; the work is done in a thread, as it may call webhooks."""
        request = Request(scope, receive)
        body = await request.body()
        response = await anyio.to_thread.run_sync(self._cached_or_handled, request, body)
        if response is None:
            scope["state"][ABORT]()
            while (await receive())["type"] != "http.disconnect":
                pass
            return
        await response(scope, receive, send)

    def _cached_or_handled(self, request: Request, body: bytes) -> Response | None:
        """What the cache has, else what the shop says, with its time; None: cut the connection."""
        asked, cache = (request.method, request.url.path, request.url.query), self._manners.cache
        kept = cache.answer(*asked)
        if kept is not None:
            return kept
        response = self._handle(request, body)
        if response is not None:
            response.headers["Date"] = format_datetime(self._books.clock().astimezone(UTC), True)
            cache.keep(*asked, response)
        return response

    def _handle(self, request: Request, body: bytes) -> Response | None:
        """Do what is asked and write it down; None when the connection is to be cut."""
        query = flat_query(request.url.query)
        path = self._rest_path(request.url.path, query)
        fault = self._faults.take(request.method, path.removeprefix(ROOT))
        response: Response | None = None
        if fault is None or fault.commit:
            response = self._respond(request, path, query, body)
        if fault is not None:
            response = None if fault.drop else _faulty(fault)
        status = None if response is None else response.status_code
        with self._books.lock:
            asked = Asked(request.method, path, query, _json(body), status)
            self._books.log.append(asked)
        return response

    @staticmethod
    def _rest_path(path: str, query: dict[str, str]) -> str:
        """WordPress takes the route from `rest_route` too, whatever its permalinks are."""
        if path in {"/", "/index.php"} and "rest_route" in query:
            return REST.rstrip("/") + "/" + query["rest_route"].lstrip("/")
        return path

    def _respond(self, request: Request, path: str, query: dict[str, str], body: bytes) -> Response:
        by_route = path != request.url.path
        if path.startswith(UPLOADS):
            return self._picture(path.removeprefix(UPLOADS))
        if not f"{path}/".startswith(REST) or (self._manners.plain_permalinks and not by_route):
            return _page(path)
        try:
            return self._rest(request, path, query, body)
        except Refusal as refusal:
            allowed = {} if refusal.status == 401 else {"Allow": self._allowed(path)}
            extra = {"Vary": "Origin"} if refusal.status == 401 else allowed
            return self._reply(Answer(refusal.body, refusal.status, extra))

    def _rest(self, request: Request, path: str, query: dict[str, str], body: bytes) -> Response:
        if path.rstrip("/") in {REST.rstrip("/"), ROOT.rstrip("/")}:
            return self._reply(Answer(self._index(path)))
        route, ids, allowed = self._routes.find(request.method, path)
        url = f"{self._home}{request.url.path}"
        authorization = request.headers.get("authorization", "")
        with self._books.lock:
            shown = Shown(request.method, url, query, authorization)
            self._access.check(shown, route.anonymous)
            call = Call(request.method, path, ids, query, _sent(body), self._home)
            answer = route.endpoint(call)
        self._deliveries.ping_now()
        headers = {"Allow": allowed} | answer.headers
        return self._reply(Answer(answer.body, answer.status, headers))

    def _allowed(self, path: str) -> str:
        for method in ("GET", "POST", "DELETE"):
            try:
                return self._routes.find(method, path)[2]
            except Refusal:
                continue
        return ""

    def _reply(self, answer: Answer) -> Response:
        link = {"Link": f'<{self._home}{REST}>; rel="https://api.w.org/"'}
        return Response(
            encoded(answer.body),
            answer.status,
            {**FIXED_HEADERS, **link, **answer.headers},
            "application/json; charset=UTF-8",
        )

    def _index(self, path: str) -> dict[str, Any]:
        """What WordPress says of itself to anybody."""
        if path.rstrip("/") == ROOT.rstrip("/"):
            return {"namespace": "wc/v3", "routes": {}}
        return {
            "name": "Proefwinkel",
            "description": "",
            "url": self._home,
            "home": self._home,
            "gmt_offset": "1",
            "timezone_string": str(self._books.settings.zone),
            "namespaces": ["oembed/1.0", "wc/v1", "wc/v2", "wc/v3", "wc/store/v1", "wp/v2"],
            "authentication": [],
            "routes": {},
        }

    def _picture(self, name: str) -> Response:
        content = self._manners.pictures.get(name)
        if content is None:
            return _page(name)
        return Response(content, media_type="image/png")


def _page(path: str) -> Response:
    if path == "/":
        return Response("<!DOCTYPE html><html><body>Proefwinkel</body></html>", 200,
                        media_type="text/html; charset=UTF-8")  # fmt: skip
    return Response(NOT_FOUND, 404, media_type="text/html; charset=UTF-8")


def _faulty(fault: Fault) -> Response:
    return Response(fault.body, fault.status, fault.headers, fault.content_type)


def _sent(body: bytes) -> dict[str, Any]:
    """The body as parsed JSON; raises Refusal when it is none."""
    if not body:
        return {}
    parsed = _json(body)
    if not isinstance(parsed, dict):
        raise Refusal(400, "rest_invalid_json", "Invalid JSON body passed.")
    return parsed


def _json(body: bytes) -> Any:
    try:
        return json.loads(body) if body else None
    except ValueError:
        return None
