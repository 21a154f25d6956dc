"""The commands that the documentation asks people to type."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[1]
BLOCK = re.compile(r"^```(?P<language>\w+)\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL)
ANY_BLOCK = re.compile(r"^```.*?^```$", re.MULTILINE | re.DOTALL)
INLINE = re.compile(r"`([^`\n]+)`")
PROGRAM = re.compile(r"(?:\S+=\S+ )*(?:\.venv/bin/)?picqer-bridge (?P<words>.+)")
MAKE = re.compile(r"(?:\S+=\S+ )*make (?P<words>.+)")


@dataclass(frozen=True, slots=True)
class Block:
    """A fenced block of one language: where it begins, and its text."""

    page: str
    line: int
    text: str

    def __str__(self) -> str:
        return f"{self.page}:{self.line}"

    def lines(self) -> list[str]:
        """The commands, those over several lines in one, without what is said about them."""
        joined = self.text.replace("\\\n", " ")
        bare = (re.sub(r"\s+# .*$", "", line).rstrip() for line in joined.splitlines())
        return [line for line in bare if line]


def pages() -> list[Path]:
    """Every page that people read."""
    return [*sorted(ROOT.glob("*.md")), *sorted((ROOT / "docs").rglob("*.md"))]


def blocks(language: str) -> list[Block]:
    """Every fenced block of a language, in all pages."""
    found = []
    for path in pages():
        text = path.read_text("utf-8")
        for match in BLOCK.finditer(text):
            if match["language"] == language:
                line = text.count("\n", 0, match.start()) + 1
                found.append(Block(str(path.relative_to(ROOT)), line, match["text"]))
    return found


def commands(program: re.Pattern[str]) -> Iterator[tuple[str, str]]:
    """Where a program is named with words after it, in a block or in a sentence, and the words."""
    for block in blocks("sh"):
        for line in block.lines():
            for part in re.split(r" (?:&&|\|) ", line):
                if match := program.fullmatch(part):
                    yield str(block), re.sub(r"\s+>.*$", "", match["words"])
    for path in pages():
        for text in INLINE.findall(ANY_BLOCK.sub("", path.read_text("utf-8"))):
            if match := program.fullmatch(text):
                yield str(path.relative_to(ROOT)), match["words"]
