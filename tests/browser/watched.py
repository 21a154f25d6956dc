"""A window of the browser, with an eye on what goes wrong in it."""

from __future__ import annotations

from playwright.sync_api import Browser, ConsoleMessage, Request

MEASURE_SHIFTS = """
window.shifted = 0;
new PerformanceObserver((list) => {
  for (const entry of list.getEntries()) if (!entry.hadRecentInput) window.shifted += entry.value;
}).observe({ type: "layout-shift", buffered: true });
"""
TIME_OUT_MILLISECONDS = 30_000


class Watched:
    """One window at this address, with cookies of its own. ``wrong`` tells what went wrong."""

    def __init__(self, browser: Browser, url: str, **options: object) -> None:
        self.wrong: list[str] = []
        self._url = url
        self._context = browser.new_context(base_url=url, **options)
        self._context.set_default_timeout(TIME_OUT_MILLISECONDS)
        self._context.add_init_script(MEASURE_SHIFTS)
        self.page = self._context.new_page()
        self.page.on("console", self._said)
        self.page.on("pageerror", lambda error: self.wrong.append(f"script: {error}"))
        self.page.on("request", self._asked)

    def close(self) -> None:
        self._context.close()

    def _said(self, message: ConsoleMessage) -> None:
        # What is refused on purpose is told in the browser's console as well.
        if (
            message.type in ("error", "warning")
            and "the server responded with a status" not in message.text
        ):
            self.wrong.append(f"console: {message.text}")

    def _asked(self, request: Request) -> None:
        if not request.url.startswith((self._url, "data:")):
            self.wrong.append(f"asked elsewhere: {request.url}")
