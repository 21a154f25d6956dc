"""Telling Redis without waiting: in order, never twice, and never over a line that may not know."""

from __future__ import annotations

import os
import secrets
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from time import monotonic

import pytest
import redis

from integration.picqer.script_lines import MOST_IDLE, Script, ScriptLines, lines_of

COUNT_UP = "return tostring(redis.call('INCRBY', KEYS[1], ARGV[1]))"


@pytest.fixture
def lines(limiter_client: redis.Redis) -> ScriptLines:
    return ScriptLines(limiter_client)


@pytest.fixture
def script() -> Script:
    return Script(COUNT_UP, [f"script-lines:{secrets.token_hex(6)}"])


def test_what_was_told_happens_before_what_is_asked_next(
    lines: ScriptLines, script: Script
) -> None:
    assert lines.run(script, ["1"]) == "1"
    for _ in range(50):
        assert lines.tell(script, ["1"])
    assert lines.run(script, ["1"]) == "52"


def test_nothing_is_told_before_redis_has_run_the_script_on_that_line(
    lines: ScriptLines, script: Script
) -> None:
    assert not lines.tell(script, ["1"])
    lines.run(script, ["0"])
    assert not lines.tell(Script(COUNT_UP + " ", script.keys), ["1"])
    assert lines.run(script, ["0"]) == "0"


def test_a_redis_that_forgot_the_script_is_given_it_again(
    lines: ScriptLines, script: Script, limiter_client: redis.Redis
) -> None:
    lines.run(script, ["1"])
    limiter_client.script_flush()
    assert lines.tell(script, ["1"]), "nobody can know yet"
    assert lines.run(script, ["1"]) == "2", "what was told is lost, what is asked is not"
    assert lines.tell(script, ["1"])
    assert lines.run(script, ["0"]) == "3"


def test_a_line_that_redis_closed_is_replaced_at_once(
    lines: ScriptLines, script: Script, limiter_client: redis.Redis
) -> None:
    lines.run(script, ["1"])
    limiter_client.client_kill_filter(_type="normal", skipme=True)
    assert lines.run(script, ["1"]) == "2"


def test_an_error_of_the_script_leaves_the_lines_usable(lines: ScriptLines, script: Script) -> None:
    with pytest.raises(redis.ResponseError):
        lines.run(script, ["no number"])
    assert lines.run(script, ["1"]) == "1"


def test_limiters_that_share_a_client_share_its_lines(limiter_client: redis.Redis) -> None:
    assert lines_of(limiter_client) is lines_of(limiter_client)
    assert MOST_IDLE > 1


def test_a_forked_child_speaks_on_lines_of_its_own(
    lines: ScriptLines, script: Script, limiter_client: redis.Redis
) -> None:
    """A child that took up its parent's line would read the answers that the parent waits for."""
    lines.run(script, ["1"])
    assert lines.tell(script, ["1"]), "its answer is owed to the parent"
    connected = _connections_made(limiter_client)
    child = os.fork()
    if child == 0:
        os._exit(0 if lines.run(script, ["1"]) == "3" else 1)
    _, status = os.waitpid(child, 0)
    assert os.waitstatus_to_exitcode(status) == 0
    assert _connections_made(limiter_client) == connected + 1
    assert lines.run(script, ["1"]) == "4", "the parent's own line still answers in order"


def test_of_many_lines_that_are_idle_only_some_are_kept(
    lines: ScriptLines, script: Script, limiter_client: redis.Redis
) -> None:
    at_once = MOST_IDLE + 4
    lines.run(script, ["0"])
    before = len(limiter_client.client_list())
    limiter_client.client_pause(60_000, all=False)
    with ThreadPoolExecutor(at_once) as threads:
        asked = [threads.submit(lines.run, script, ["1"]) for _ in range(at_once)]
        _until(lambda: len(limiter_client.client_list()) == before + at_once - 1)
        limiter_client.client_unpause()
    assert sorted(int(one.result()) for one in asked) == [*range(1, at_once + 1)]
    _until(lambda: len(limiter_client.client_list()) == before + MOST_IDLE - 1)
    assert lines.run(script, ["0"]) == str(at_once)


def _connections_made(client: redis.Redis) -> int:
    return int(client.info("stats")["total_connections_received"])


def _until(happened: Callable[[], bool]) -> None:
    """Look again and again; another thread makes it happen."""
    latest = monotonic() + 10.0
    while not happened():
        assert monotonic() < latest
