"""Log lines: one per event, for people or machines, without local variables."""

from __future__ import annotations

import io
import json
import logging
from collections.abc import Iterator
from contextlib import redirect_stderr

import pytest
import structlog

from integration.errors import StoreAway
from integration.settings import Settings
from workers import logs


class Written(io.StringIO):
    """What a process wrote since it was configured."""

    def configure(self, env: dict[str, str]) -> None:
        with redirect_stderr(self):
            logs.configure(Settings.load(env))

    def lines(self) -> list[dict[str, object]]:
        return [json.loads(line) for line in self.getvalue().splitlines()]


@pytest.fixture
def written() -> Iterator[Written]:
    """What is written to standard error, with logging as it was put back afterwards."""
    stream = Written()
    root = logging.getLogger()
    handlers, level = root.handlers, root.level
    levels = {name: logging.getLogger(name).level for name in logs.QUIET}
    yield stream
    root.handlers, root.level = handlers, level
    for name, before in levels.items():
        logging.getLogger(name).setLevel(before)
    structlog.reset_defaults()


def test_where_nobody_watches_each_line_is_json(written: Written) -> None:
    written.configure({})
    structlog.get_logger("here").info("job.done", job=7)
    logging.getLogger("a.library").warning("it is %s", "slow")
    ours, library = written.lines()
    assert (ours["event"], ours["job"], ours["level"]) == ("job.done", 7, "info")
    assert (library["event"], library["level"]) == ("it is slow", "warning")


def test_what_is_bound_to_a_run_is_in_its_lines(written: Written) -> None:
    written.configure({})
    with structlog.contextvars.bound_contextvars(flow="create_order"):
        structlog.get_logger("here").info("job.done")
    assert written.lines()[0]["flow"] == "create_order"


def test_the_level_leaves_the_less_important_out(written: Written) -> None:
    written.configure({"BRIDGE_LOG__LEVEL": "warning"})
    structlog.get_logger("here").info("job.done")
    logging.getLogger("a.library").info("chatter")
    assert written.getvalue() == ""


@pytest.mark.parametrize("form", ["text", "json"])
def test_a_traceback_shows_no_local_variables(written: Written, form: str) -> None:
    written.configure({"BRIDGE_LOG__FORMAT": form})
    try:
        _fail("A. Jan" + "sen")
    except ZeroDivisionError:
        structlog.get_logger("here").exception("run.fault")
    assert "ZeroDivisionError" in written.getvalue()
    assert "Jansen" not in written.getvalue()


@pytest.mark.parametrize("form", ["text", "json"])
def test_a_traceback_shows_no_words_of_foreign_errors(written: Written, form: str) -> None:
    written.configure({"BRIDGE_LOG__FORMAT": form})
    try:
        _stumble("A. Jan" + "sen")
    except RuntimeError:
        structlog.get_logger("here").exception("run.fault")
        logging.getLogger("a.library").exception("it failed")
    assert written.getvalue().count("run.fault") == written.getvalue().count("it failed") == 1
    assert written.getvalue().count("in _stumble") >= 2
    assert "ValueError" in written.getvalue()
    assert "which led to" in written.getvalue()
    assert "Jansen" not in written.getvalue()


def test_a_traceback_shows_the_words_of_our_own_errors(written: Written) -> None:
    written.configure({})
    try:
        _lose_the_store()
    except StoreAway:
        structlog.get_logger("here").exception("run.fault")
    assert "StoreAway: the store is away" in str(written.lines()[0]["exception"])


def _lose_the_store() -> None:
    raise StoreAway("the store is away")


def _stumble(customer: str) -> None:
    try:
        int(customer)
    except ValueError as error:
        raise RuntimeError(f"{customer} is no number") from error


def _fail(customer: str) -> float:
    return len(customer) / 0


def test_lines_of_every_tick_and_visitor_are_left_out(written: Written) -> None:
    written.configure({})
    for name in ("celery.beat", "celery.app.trace", "uvicorn.access"):
        logging.getLogger(name).info("once more")
    assert written.getvalue() == ""


def test_uvicorn_writes_no_line_twice(written: Written) -> None:
    logging.getLogger("uvicorn").addHandler(logging.StreamHandler(written))
    written.configure({})
    logging.getLogger("uvicorn.error").info("Application startup complete.")
    assert len(written.lines()) == 1
