"""``picqer-bridge alarm``: trying the way to a person, and what was told."""

from __future__ import annotations

from integration.errors import Unavailable
from tests.contract.cli.conftest import Bridge


def test_a_test_message_goes_out_and_the_command_says_how(bridge: Bridge) -> None:
    result = bridge("alarm", "test")
    assert result.exit_code == 0
    assert "A test message was sent by" in result.stdout
    (notice,) = bridge.world.alarm.told
    assert notice.cause == "test"
    assert bridge.json("alarm", "test")["sent"] is True


def test_a_test_message_that_could_not_be_sent_says_why(bridge: Bridge) -> None:
    bridge.world.alarm.fail(Unavailable("The mail server does not answer."))
    result = bridge("alarm", "test")
    assert (result.exit_code, result.stdout) == (1, "")
    assert "The mail server does not answer." in result.stderr


def test_what_was_noticed_is_listed_with_what_was_told(bridge: Bridge) -> None:
    causes = bridge.services.open_causes
    causes.told(causes.seen("silent redis", "Redis cannot be reached"), 1)
    result = bridge("alarm", "list")
    assert "Redis cannot be reached" in result.stdout
    (cause,) = bridge.json("alarm", "list")
    assert (cause["cause"], cause["messages"]) == ("silent redis", 1)
