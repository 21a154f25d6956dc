"""The console in a real server and a real browser: for tests, and for `make screenshots`."""

from __future__ import annotations

import os
import shutil
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import uvicorn
from fastapi import FastAPI
from playwright.sync_api import Browser, sync_playwright

from integration.services import Services
from integration.web.console import console
from integration.web.console.access import Access, Throttle

CHROMIUM_FLAGS = (
    "--no-sandbox",  # CI runs as root in a container of its own
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
START_SECONDS = 20.0
OPEN = Access()


def chromium() -> str | None:
    """The browser to use: CHROMIUM, or the first on the PATH; None when there is none."""
    names = ("chromium", "chromium-browser", "google-chrome-stable", "google-chrome")
    return os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, names)), None)


@contextmanager
def browsing() -> Iterator[Browser]:
    """A headless browser."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=chromium(), headless=True, args=list(CHROMIUM_FLAGS)
        )
        yield browser
        browser.close()


@contextmanager
def serving(services: Services, access: Access = OPEN) -> Iterator[str]:
    """The address of a server that shows the console of these services."""
    application = FastAPI(docs_url=None, redoc_url=None, openapi_url=None)
    application.include_router(console(services, access, Throttle(time.monotonic)))
    listener = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(application, log_config=None, lifespan="off"))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
    thread.start()
    until = time.monotonic() + START_SECONDS
    while not server.started and time.monotonic() < until:
        time.sleep(0.01)
    yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    server.should_exit = True
    thread.join(timeout=START_SECONDS)
    listener.close()
