"""Pages: templates filled with what is known, everything escaped, nothing inline."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from datetime import datetime
from functools import cache
from importlib.resources import files
from urllib.parse import urlencode

from jinja2 import Environment, PackageLoader, StrictUndefined, pass_context
from jinja2.runtime import Context
from markupsafe import Markup
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from integration.jobs import Flow, State
from integration.operate import cause_of
from integration.others_words import OPENS, without_others_words
from integration.web.console import moments
from integration.web.console.access import Role

STATIC = files("integration.web.console") / "static"
KINDS: Mapping[str, str] = {
    "console.css": "text/css; charset=utf-8",
    "console.js": "text/javascript; charset=utf-8",
    "icon.svg": "image/svg+xml",
}
THEMES = ("light", "dark")
SAID: Mapping[str, str] = {
    "retried": "The job is open and runs as soon as it can.",
    "dismissed": "The job was put aside for good; only a retry opens it again.",
    "noted": "The note was written down.",
    "paused": "Paused. The door goes on accepting; nothing is lost.",
    "resumed": "Resumed. What waited goes on by itself.",
    "no_pause": "There was no such pause any more.",
    "asked": "Asked for: the reconciliation runs as soon as it can.",
    "signed_out": "You are signed out.",
}
"""What a page says after an act; the address carries only the word."""


class Pages:
    """Fills templates. ``zone`` is the IANA name of the zone times are shown in."""

    def __init__(self, zone: str, now: Callable[[], datetime], *, is_open: bool) -> None:
        """Prepare the templates; ``is_open``: nobody has to sign in."""
        self.zone = zone
        self._now = now
        self._is_open = is_open
        self._templates = Environment(
            loader=PackageLoader("integration.web.console", "templates"),
            autoescape=True,
            finalize=_for_this_visitor,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._templates.filters |= {"duration": moments.duration}
        self._templates.globals |= {
            "amount": moments.amount,
            "address": self.address,
            "cause_of": cause_of,
            "Flow": Flow,
            "Role": Role,
            "State": State,
            "asset": asset,
        }

    def page(
        self, request: Request, template: str, *, status: int = 200, **words: object
    ) -> Response:
        """This page for this visitor. Everything in ``words`` is escaped."""
        now = self._now()
        visit = request.state.visit
        theme = request.cookies.get("theme", "")
        text = self._templates.get_template(template).render(
            words,
            status=status,
            visit=visit,
            person=visit.session.person,
            form_token=visit.session.token,
            is_open=self._is_open,
            path=request.url.path,
            here=request.url.path + (f"?{request.url.query}" if request.url.query else ""),
            said=SAID.get(request.query_params.get("said", "")),
            theme=theme if theme in THEMES else "",
            zone=self.zone,
            now=now,
            moment=lambda at: self._moment(at, now),
        )
        return HTMLResponse(text, status_code=status)

    def _moment(self, at: datetime | None, now: datetime) -> Markup:
        """A time of the viewer's zone, with UTC in its title, for machines and for people."""
        if at is None:
            return Markup("")
        return Markup('<time datetime="{}" title="{} · {}">{}</time>').format(
            at.isoformat(timespec="seconds"),
            moments.ago(at, now),
            moments.in_utc(at),
            moments.short(at, self.zone, now),
        )

    @staticmethod
    def query(**parts: object) -> str:
        """The part of an address after the question mark; what is empty is left out."""
        return urlencode(
            {name: str(part) for name, part in parts.items() if part not in (None, "")}
        )

    def address(self, path: str, **parts: object) -> str:
        """A path of the console with these parts, each encoded."""
        query = self.query(**parts)
        return f"{path}?{query}" if query else path


@pass_context
def _for_this_visitor(context: Context, value: object) -> object:
    """Whoever may not see personal data sees no words of others either: they may name people."""
    if not isinstance(value, str) or OPENS not in value:
        return value
    may_see = context["person"].role >= Role.OPERATOR
    return value if may_see else without_others_words(value)


@cache
def static_file(name: str) -> bytes:
    """What is in one of the files that are shipped with the console. Raises KeyError."""
    if name not in KINDS:
        raise KeyError(name)
    return (STATIC / name).read_bytes()


@cache
def asset(name: str) -> str:
    """The address of a shipped file, with the digest of what is in it."""
    return f"/static/{name}?v={hashlib.sha256(static_file(name)).hexdigest()[:12]}"
