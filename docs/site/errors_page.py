"""The page docs/reference/errors.md, written from the errors, their causes and the source."""

from __future__ import annotations

import ast
import inspect
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

from integration import errors
from integration.errors import BridgeError, Deferred, Rejected, Retryable
from integration.operate.causes import BUG, CAUSES, Cause

ROOT = Path(__file__).parents[2]
PACKAGES = ("integration", "workers")
ELSEWHERE = ("sandbox", "testing", "chaos", "cli")
"""Parts of the packages that raise nothing a job can end with."""

HEAD = """\
# Errors

A job that does not end well keeps a **code** and a sentence. `picqer-bridge order 1042`,
`picqer-bridge jobs show 17` and the console show both; metrics, alarms and Sentry name the code.
`picqer-bridge jobs list --code Unmappable` finds the jobs with one.

A code belongs to one of three families, which says what happens next. The sentence names the order
or product, and mostly what to do. Sentences are listed below each code as they stand in the source,
with `{...}` for what is filled in: look for a few words of the one you have. What Picqer or a shop
answered is put into a sentence as it is, without quotes and personal data.

Exit codes are with the [command line](command-line.md). A code that begins with `Bug.` names the
fault in the program, for example `Bug.KeyError`.

This page is written by `make reference`.
"""
FAMILIES: dict[type[BridgeError], tuple[str, str]] = {
    Rejected: (
        "A person has to look",
        (
            "The job parks. Doing the same again would give the same answer: put right what the "
            "sentence names, then [retry](../how-to/retry-a-job.md)."
        ),
    ),
    Retryable: (
        "Tried again",
        "Costs an attempt. The pauses grow, and after 15 attempts the job parks.",
    ),
    Deferred: (
        "Waits",
        "Costs no attempt and never parks: the job goes on by itself when the reason has passed.",
    ),
}
OF_NO_ERROR = ("Crashes", BUG)
"""Causes that no error class raises: they park, because the run did not end by itself."""
WAITS_WITHOUT_ERROR = ("GoesOn",)


def page() -> str:
    """The whole page, in Markdown."""
    said = _sentences()
    parts = [HEAD]
    for family, (title, about) in FAMILIES.items():
        parts += [f"## {title}\n", f"{about}\n"]
        parts += [_entry(cause, said) for cause in _causes_of(family)]
    return "\n".join(parts)


def _classes() -> list[type[BridgeError]]:
    found = [one for _, one in inspect.getmembers(errors, inspect.isclass)]
    return [one for one in found if issubclass(one, BridgeError) and one not in _ROOTS]


_ROOTS = {BridgeError, *FAMILIES}


def _causes_of(family: type[BridgeError]) -> Iterator[Cause]:
    """The causes of a family, in the order in which they are listed. An error without one fails."""
    codes = {one.__name__ for one in _classes() if issubclass(one, family)}
    missing = codes - set(CAUSES)
    if missing:
        raise LookupError(f"integration/operate/causes.py has no cause for {sorted(missing)}")
    if family is Rejected:
        codes |= set(OF_NO_ERROR)
    if family is Deferred:
        codes |= set(WAITS_WITHOUT_ERROR)
    return (cause for code, cause in CAUSES.items() if code in codes)


def _entry(cause: Cause, said: dict[str, list[str]]) -> str:
    kind = getattr(errors, cause.code, None)
    title = f"{_capital(cause.title)}."
    lines = [f"### {cause.code}\n", f"| cause | {title} |", "|---|---|", f"| fix | {cause.fix} |"]
    listed = said.get(cause.code, [])
    if kind and kind.sentence() != title:
        listed = [kind.sentence(), *listed]
    if listed:
        lines += ["", "It says one of these:", "", *(f"- {_code(each)}" for each in listed)]
    return "\n".join([*lines, ""])


def _capital(text: str) -> str:
    return text[0].upper() + text[1:]


def _code(text: str) -> str:
    """As code, also when it holds backticks itself."""
    return f"`` {text} ``" if "`" in text else f"`{text}`"


# --- What the source says ----------------------------------------------------------------------


def _sentences() -> dict[str, list[str]]:
    """Every sentence that an error is raised with, by code, in alphabetical order."""
    codes = {one.__name__ for one in _classes()}
    found: dict[str, set[str]] = defaultdict(set)
    for path in _sources():
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Call) and node.args and ast.unparse(node.func) in codes:
                text = _template(node.args[0])
                if text:
                    found[ast.unparse(node.func)].add(text)
    return {code: sorted(texts, key=str.lower) for code, texts in found.items()}


def _sources() -> Iterator[Path]:
    for package in PACKAGES:
        for path in sorted((ROOT / package).rglob("*.py")):
            if not set(ELSEWHERE) & set(path.relative_to(ROOT).parts):
                yield path


def _template(node: ast.expr) -> str:
    """The text of a literal, ``{...}`` for what is filled in; empty when it is made elsewhere."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return _one_line(node.value)
    if not isinstance(node, ast.JoinedStr):
        return ""
    parts = [str(p.value) if isinstance(p, ast.Constant) else "{...}" for p in node.values]
    text = _one_line("".join(parts))
    return text if any(letter.isalpha() for letter in text) else ""


def _one_line(text: str) -> str:
    return " ".join(text.split())
