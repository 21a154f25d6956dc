"""Nothing in the tree belongs to one person's machine."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

# Written in pieces, so that this file does not find itself.
HOMES = ("home", "Users")
PLACES = re.compile(
    rf"(?<![\w.~-])/(?:{'|'.join(HOMES)})/[a-z]\w*"
    r"|(?<![\w.~-])/(?:work|root)/\w+"
    r"|\b[A-Z]:\\Users"
)


def versioned(root: Path) -> list[Path]:
    """The files that belong to the project: versioned, or about to be."""
    listed = subprocess.run(
        [
            "git",
            "-c",
            "safe.directory=*",
            "ls-files",
            "-z",
            "--cached",
            "--others",
            "--exclude-standard",
        ],
        cwd=root,
        capture_output=True,
        text=True,
        check=True,
    )
    paths = (root / name for name in listed.stdout.split("\0") if name)
    return [path for path in paths if path.is_file()]


def test_no_file_names_a_folder_of_a_development_machine(root: Path) -> None:
    files = versioned(root)
    offenders = [
        f"{path.relative_to(root)}: {found[0]}"
        for path in files
        if (found := PLACES.search(path.read_text("utf-8", errors="replace")))
    ]
    assert len(files) > 50
    assert offenders == []


def test_no_file_with_secrets_is_versioned(root: Path) -> None:
    names = {path.name for path in versioned(root)}
    assert names & {".env", "bridge.toml"} == set()
    assert {".env.example", "bridge.example.toml"} <= names
