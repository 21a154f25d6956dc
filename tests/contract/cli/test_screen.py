"""Text for people on a terminal, plain lines elsewhere, and nothing that steers a terminal."""

from __future__ import annotations

import io
import json
from contextlib import redirect_stdout
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal

import pytest

from integration.jobs import Flow
from workers.cli.moments import moment
from workers.cli.screen import as_json, cell, show, show_json, show_table

ESCAPE = "\x1b"


class Terminal(io.StringIO):
    """A standard output that says it is a terminal."""

    def isatty(self) -> bool:
        return True


@pytest.fixture
def terminal(monkeypatch: pytest.MonkeyPatch) -> Terminal:
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.delenv("NO_COLOR", raising=False)
    return Terminal()


def test_a_terminal_gets_colour_unless_no_color_is_set(
    terminal: Terminal, monkeypatch: pytest.MonkeyPatch
) -> None:
    with redirect_stdout(terminal):
        show("parked", style="red")
        monkeypatch.setenv("NO_COLOR", "1")
        show("parked", style="red")
    assert terminal.getvalue().splitlines() == [f"{ESCAPE}[31mparked{ESCAPE}[0m", "parked"]


def test_a_terminal_gets_a_drawn_table_with_every_word(terminal: Terminal) -> None:
    with redirect_stdout(terminal):
        show_table(("id", "reason"), [(12, "a word " * 40)])
    drawn = terminal.getvalue()
    assert "─" in drawn
    assert drawn.count("word") == 40


def test_elsewhere_columns_are_plain_and_never_cut(capsys: pytest.CaptureFixture[str]) -> None:
    show_table(("id", "reason"), [(12, "long " * 60), (3, None)])
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "id  reason"
    assert lines[1] == "12  " + ("long " * 60).rstrip()
    assert lines[2] == "3   -"


def test_control_characters_of_others_are_not_printed(capsys: pytest.CaptureFixture[str]) -> None:
    show(f"a{ESCAPE}[2Jb\nc\u202ed")
    assert capsys.readouterr().out == "a [2Jb c d\n"


def test_values_become_plain_json() -> None:
    @dataclass(frozen=True)
    class Thing:
        flow: Flow
        at: datetime
        price: Decimal
        more: tuple[object, ...]

    noon = datetime(2026, 11, 23, 12, tzinfo=UTC)
    assert as_json(Thing(Flow.CREATE_ORDER, noon, Decimal("8.20"), ({1: None},))) == {
        "flow": "create_order",
        "at": "2026-11-23T12:00:00+00:00",
        "price": "8.20",
        "more": [{"1": None}],
    }


def test_cells_read_like_words() -> None:
    assert [cell(one) for one in (None, True, False, "", 3)] == ["-", "yes", "no", "-", "3"]


def test_moments_may_be_told_by_their_distance() -> None:
    noon = datetime(2026, 11, 23, 12, tzinfo=UTC)
    assert moment("90m", noon) == datetime(2026, 11, 23, 10, 30, tzinfo=UTC)
    assert moment("2026-11-23T10:00", noon) == datetime(2026, 11, 23, 10, tzinfo=UTC)
    assert moment("2026-11-23T10:00+01:00", noon) == datetime(2026, 11, 23, 9, tzinfo=UTC)


def test_json_holds_nothing_that_steers_a_terminal_or_cannot_be_written() -> None:
    words = "Caf\xe9 \x9b31m \u202e \ud800 \x1b]0;"
    written = io.StringIO()
    with redirect_stdout(written):
        show_json({"name": words})
    assert all(letter == "\n" or letter.isprintable() for letter in written.getvalue())
    assert json.loads(written.getvalue()) == {"name": words}
