"""The sandbox as an ASGI application: the API behind its front, and the control interface."""

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Mount, Route
from starlette.types import ASGIApp

from integration.sandbox.picqer.api import create_api
from integration.sandbox.picqer.books import Books
from integration.sandbox.picqer.control import Control
from integration.sandbox.picqer.control_http import create_control
from integration.sandbox.picqer.front import Front


async def _welcome(_request: Request) -> Response:
    return JSONResponse(
        {
            "what": "A simulated Picqer. Nothing here is real.",
            "api": "/api/v1",
            "control": "/control/docs",
        }
    )


def create_app(books: Books) -> ASGIApp:
    """Return the application over the given books.

    Work that is due later (picklists after process) is done when the next request comes, or by a
    server that runs the agenda; hook deliveries wait for `books.deliveries` to be started.
    """
    routes = [Route("/", _welcome), Mount("/control", create_control(Control(books)))]
    return Front(books, create_api(books), Starlette(routes=routes))
