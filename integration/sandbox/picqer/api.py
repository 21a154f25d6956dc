"""The API under /api/v1: a router that runs each handler under the lock of the books."""

import logging
from collections.abc import Awaitable, Callable

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route, Router
from starlette.types import Receive, Scope, Send

from integration.sandbox.picqer.books import Books
from integration.sandbox.picqer.endpoints import (
    account,
    customers,
    hooks,
    order_details,
    orders,
    picklists,
    products,
)
from integration.sandbox.picqer.endpoints.call import Answer, Call, Endpoint, Handler
from integration.sandbox.picqer.refusals import Refusal, error_body
from integration.sandbox.picqer.wire import encode

log = logging.getLogger(__name__)

PREFIX = "/api/v1"
LAG = "sandbox.lag"
ENDPOINTS: list[Endpoint] = [
    *products.ENDPOINTS,
    *orders.ENDPOINTS,
    *order_details.ENDPOINTS,
    *customers.ENDPOINTS,
    *picklists.ENDPOINTS,
    *account.ENDPOINTS,
    *hooks.ENDPOINTS,
]


def json_response(body: object, status: int, headers: dict[str, str] | None = None) -> Response:
    """Return a response in Picqer's JSON; without a body when that is None."""
    content = b"" if body is None else encode(body)
    return Response(content, status, headers, media_type="application/json")


def create_api(books: Books) -> Router:
    """Return the router of every endpoint; unknown ones answer 404 in Picqer's words."""
    routes = [
        Route(PREFIX + path, _endpoint(books, handler), methods=[method])
        for method, path, handler in ENDPOINTS
    ]
    return Router(routes, default=_unknown, redirect_slashes=False)


def _endpoint(books: Books, handler: Handler) -> Callable[[Request], Awaitable[Response]]:
    async def run(request: Request) -> Response:
        call = Call(
            ids=request.path_params,
            query=dict(request.query_params),
            raw=await request.body(),
            lag=request.scope.get(LAG, 0.0),
        )
        with books.lock:
            answer = _answer(books, handler, call)
            return json_response(answer.body, answer.status)

    return run


def _answer(books: Books, handler: Handler, call: Call) -> Answer:
    try:
        return handler(books, call)
    except Refusal as refusal:
        return Answer(refusal.body(), refusal.status)
    except Exception:
        log.exception("The sandbox failed at a request; this is a defect of the sandbox")
        return Answer(error_body(1, "Unknown application error"), 500)


async def _unknown(scope: Scope, receive: Receive, send: Send) -> None:
    response = json_response(error_body(7, "Resource not found"), 404)
    await response(scope, receive, send)
