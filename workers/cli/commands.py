"""A group of commands in which known errors end with a sentence and an exit code.

0: done. 1: a problem was found. 2: the command or the settings are wrong.
"""

from __future__ import annotations

import re
from difflib import get_close_matches
from typing import Any

import typer
from typer.core import TyperGroup

from integration.embedded_broker import BrokerUnavailable
from integration.errors import BridgeError
from integration.settings import SettingsError
from workers.cli.asking import PROBLEM, WRONG_USE
from workers.cli.connection import StoreNotReady
from workers.cli.screen import complain

__all__ = ["PROBLEM", "WRONG_USE", "Commands", "group"]


class Commands(TyperGroup):
    """Typer's group; a misspelt command is answered with the one that was probably meant."""

    def invoke(self, ctx: Any) -> Any:
        """Run the command; a known error is told without a traceback."""
        try:
            return super().invoke(ctx)
        except typer.BadParameter as error:
            error.message = suggested(error.message)
            raise
        except SettingsError as error:
            complain(str(error))
            raise typer.Exit(WRONG_USE) from None
        except (BridgeError, StoreNotReady, BrokerUnavailable) as error:
            complain(str(error))
            raise typer.Exit(PROBLEM) from None


def suggested(message: str) -> str:
    """The message about a value that is none of those there are, with the one probably meant."""
    message = message.removeprefix("Value error, ")
    found = re.search(r"'([^']*)' is not one of (.*)", message)
    if found is None:
        return message
    near = get_close_matches(found[1], re.findall(r"'([^']*)'", found[2]), n=1, cutoff=0.5)
    hint = f" Did you mean '{near[0]}'?" if near else ""
    # A group within a group passes it on, with the hint.
    return message if message.endswith(hint) else f"{message}{hint}"


def group(name: str | None = None, help_text: str | None = None) -> typer.Typer:
    """A group of commands that prints plainly and never shows what variables held."""
    return typer.Typer(
        name=name,
        help=help_text,
        cls=Commands,
        no_args_is_help=True,
        rich_markup_mode=None,
        pretty_exceptions_enable=False,
        add_completion=False,
        context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    )
