"""Telling Redis without waiting: in order, never twice, and never over a line that may not know."""

from __future__ import annotations

import secrets

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
