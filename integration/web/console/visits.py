"""One visit to the console: who asks, what was sent, and the answer to it.

Every page and every act goes through ``Visits.route``: it reads a form within bounds, finds out who
asks, refuses what that role may not do, checks that a form was ours, and adds the headers.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from typing import Any

import structlog
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import FormData
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import RedirectResponse, Response

from integration.errors import BridgeError, NotFound, StoreAway
from integration.web.console.access import NOBODY, Access, Role, Throttle
from integration.web.console.headers import PAGE
from integration.web.console.pages import Pages
from integration.web.console.sessions import Session, Sessions

MAX_FORM_BYTES = 64 * 1024
MAX_FIELDS = 600
MAX_SECONDS = 5.0
FORM = "application/x-www-form-urlencoded"
TOKEN_FIELD = "form_token"  # noqa: S105 - the name of a field
COOKIE = "picqer-bridge"
SECURE_COOKIE = f"__Host-{COOKIE}"
Handler = Callable[[Request], Coroutine[Any, Any, Response]]
log = structlog.get_logger(__name__)


class NotAllowed(Exception):
    """What was asked is refused; ``status`` and the message go to the visitor."""

    def __init__(self, status: int, message: str) -> None:
        """Keep what the visitor is told."""
        super().__init__(message)
        self.status = status


@dataclass(slots=True)
class Visit:
    """What a page knows of its visitor. ``form`` is empty unless one was sent."""

    session: Session
    form: FormData
    fresh_cookie: str | None = None

    def field(self, name: str, longest: int = 400) -> str:
        """A text of the form, without spaces around it; a file or a longer one is refused."""
        value = self.form.get(name, "")
        if not isinstance(value, str) or len(value) > longest:
            raise NotAllowed(400, f"The field {name} is longer than {longest} characters.")
        return value.strip()


def visit_of(request: Request) -> Visit:
    """The visit that this request belongs to."""
    visit = request.state.visit
    assert isinstance(visit, Visit)  # noqa: S101 - tells the type; the route below put it there
    return visit


class Visits:
    """Opens visits, and answers what goes wrong in one with a page."""

    def __init__(
        self, access: Access, sessions: Sessions, throttle: Throttle, pages: Pages
    ) -> None:
        """Remember what visits are made of."""
        self.access = access
        self.sessions = sessions
        self.throttle = throttle
        self.pages = pages

    def route(self, needs: Role) -> type[APIRoute]:
        """The kind of route that only this role, or a higher one, gets through."""
        visits = self

        class VisitedRoute(APIRoute):
            """A route whose handler finds a ``Visit``."""

            required = needs

            def get_route_handler(self) -> Handler:
                inner = super().get_route_handler()

                async def handle(request: Request) -> Response:
                    return await visits.answer(request, inner, needs)

                return handle

        return VisitedRoute

    async def answer(self, request: Request, inner: Handler, needs: Role) -> Response:
        """The handler's answer, or a page that says why there is none."""
        try:
            visit = await self._open(request)
            request.state.visit = visit
            self._admit(request, visit, needs)
            response = await inner(request)
        except NotAllowed as refused:
            response = self._refused(request, refused.status, str(refused))
        except RequestValidationError:
            response = self._refused(request, 404, "There is no such page.")
        except BridgeError as error:
            response = self._refused(request, _status_of(error), str(error))
        except Exception:
            log.exception("console.fault", path=request.url.path)
            text = "A fault in picqer-bridge itself. It was reported; nothing was half done."
            response = self._refused(request, 500, text)
        self._send_cookie(request, response)
        for name, value in PAGE.items():
            response.headers.setdefault(name, value)
        return response

    async def _open(self, request: Request) -> Visit:
        form = await _form(request) if request.method == "POST" else FormData()
        cookie = request.cookies.get(self._cookie_name(request), "")
        session = await run_in_threadpool(self.sessions.read, cookie) if cookie else None
        if session is not None:
            return Visit(session, form)
        fresh, made = await run_in_threadpool(self.sessions.begin, self.sessions.visitor())
        return Visit(fresh, form, made)

    def _admit(self, request: Request, visit: Visit, needs: Role) -> None:
        if request.method == "POST":
            if request.headers.get("sec-fetch-site", "same-origin") != "same-origin":
                raise NotAllowed(403, "This form was not sent from the console itself.")
            if not visit.session.accepts(visit.field(TOKEN_FIELD)):
                raise NotAllowed(
                    403, "This form is too old or not ours. Go back, load the page again, retry."
                )
        if visit.session.person.role >= needs:
            return
        if visit.session.person.role is Role.NOBODY:
            raise NotAllowed(401, "Sign in first.")
        raise NotAllowed(403, "A viewer may look and change nothing; ask an operator.")

    def _refused(self, request: Request, status: int, message: str) -> Response:
        if not isinstance(getattr(request.state, "visit", None), Visit):
            # Not through the sessions: they need the store, which may be what is away.
            request.state.visit = Visit(Session("", NOBODY, 0.0, ""), FormData())
        if status == 401 and request.method == "GET" and "live" not in request.query_params:
            return _to_sign_in(request, self.pages)
        return self.pages.page(request, "refused.html", status=status, message=message)

    def _cookie_name(self, request: Request) -> str:
        return SECURE_COOKIE if self.is_secure(request) else COOKIE

    def is_secure(self, request: Request) -> bool:
        """Whether this visitor came by https, perhaps through a proxy that does not say so."""
        if request.url.scheme == "https":
            return True
        scheme, _, host = self.access.address.partition("://")
        return scheme == "https" and request.headers.get("host") == host.split("/")[0]

    def _send_cookie(self, request: Request, response: Response) -> None:
        visit = getattr(request.state, "visit", None)
        if not isinstance(visit, Visit) or visit.fresh_cookie is None:
            return
        response.set_cookie(
            self._cookie_name(request),
            visit.fresh_cookie,
            max_age=int(self.access.session_seconds),
            path="/",
            secure=self.is_secure(request),
            httponly=True,
            samesite="strict",
        )


def _status_of(error: BridgeError) -> int:
    if isinstance(error, StoreAway):
        return 503
    return 404 if isinstance(error, NotFound) else 502


def _to_sign_in(request: Request, pages: Pages) -> Response:
    """To the sign-in page; one who followed a link from elsewhere may be signed in already.

    A browser keeps strict cookies to itself on such a first step, and sends them on the second.
    """
    if request.headers.get("sec-fetch-site") in ("cross-site", "same-site"):
        return pages.page(request, "once_more.html", status=200, signed_in=False)
    wanted = request.url.path + (f"?{request.url.query}" if request.url.query else "")
    target = request.url_for("sign_in").path
    if wanted != "/" and len(wanted) < 1000:
        target += "?" + pages.query(next=wanted)
    return RedirectResponse(target, status_code=303)


async def _form(request: Request) -> FormData:
    """What the form holds. Raises NotAllowed when it is too large, too slow, or no form."""
    length = request.headers.get("content-length", "")
    if not (length.isascii() and length.isdigit()):
        raise NotAllowed(411, "A form has to say how long it is.")
    if len(length) > 9 or int(length) > MAX_FORM_BYTES:
        raise NotAllowed(413, "This form is too large; choose fewer jobs at once.")
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != FORM:
        raise NotAllowed(415, "This is no form of the console.")
    try:
        async with asyncio.timeout(MAX_SECONDS):
            return await request.form(max_files=0, max_fields=MAX_FIELDS)
    except TimeoutError:
        raise NotAllowed(408, "The form did not arrive within 5 seconds.") from None
    except ClientDisconnect:
        raise NotAllowed(400, "The form was not sent to its end.") from None
    except HTTPException:
        raise NotAllowed(400, "This form cannot be read.") from None
