"""Somebody who visits the console without a browser: keeps cookies, fills in forms."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterable, Mapping
from html import unescape
from typing import Self
from urllib.parse import urlencode

import httpx
from fastapi import FastAPI

FORM_TOKEN = re.compile(r'name="form_token" value="([0-9a-f]{64})"')
Fields = Mapping[str, object] | Iterable[tuple[str, str]]


class Visitor:
    """Asks an application, and keeps its cookies unless told otherwise."""

    def __init__(self, app: FastAPI, base: str = "http://127.0.0.1:8001") -> None:
        transport = httpx.ASGITransport(app, raise_app_exceptions=False)
        self.client = httpx.AsyncClient(transport=transport, base_url=base)
        self._loop = asyncio.Runner()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._loop.run(self.client.aclose())
        self._loop.close()

    def get(self, path: str, **headers: str) -> httpx.Response:
        return self._loop.run(self.client.get(path, headers=_named(headers)))

    def send(self, path: str, body: str = "", **headers: str) -> httpx.Response:
        """A form without anything that the page it stands on would have added."""
        named = {"Content-Type": "application/x-www-form-urlencoded", **_named(headers)}
        return self._loop.run(self.client.post(path, content=body, headers=named))

    def post(self, path: str, fields: Fields = (), **headers: str) -> httpx.Response:
        """A form with the token that pages for this visitor carry."""
        pairs = list(fields.items()) if isinstance(fields, Mapping) else list(fields)
        return self.send(path, urlencode([("form_token", self.token()), *pairs]), **headers)

    def token(self) -> str:
        """The token in this visitor's forms."""
        for path in ("/sign-in", "/hooks"):
            found = FORM_TOKEN.search(self.get(path).text)
            if found:
                return found[1]
        raise AssertionError("no page shows a form")

    def sign_in(self, name: str, password: str, **fields: str) -> httpx.Response:
        return self.post("/sign-in", {"name": name, "password": password, **fields})


def words_of(answer: httpx.Response) -> str:
    """What a person reads on the page, without tags."""
    return " ".join(unescape(re.sub(r"<[^>]*>", " ", answer.text)).split())


def _named(headers: Mapping[str, str]) -> dict[str, str]:
    return {name.replace("_", "-"): value for name, value in headers.items()}
