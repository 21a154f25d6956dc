"""The example settings as somebody has them who replaced what says "replace"."""

from __future__ import annotations

from pathlib import Path

ROOT = Path(__file__).parents[1]
OWN_SECRET = "whsec_MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE="
EXAMPLE_SECRET = "whsec_cmVwbGFjZS13aXRoLXJhbmRvbS1ieXRlcy1vZi15b3Vycw=="


def with_own_secrets(text: str) -> str:
    return text.replace("replace-with", "our-own-for").replace(EXAMPLE_SECRET, OWN_SECRET)


def example_settings() -> str:
    return with_own_secrets((ROOT / "bridge.example.toml").read_text("utf-8"))


def example_environment() -> dict[str, str]:
    lines = with_own_secrets((ROOT / ".env.example").read_text("utf-8")).splitlines()
    return dict(line.split("=", 1) for line in lines if line and not line.startswith("#"))


def example_file(folder: Path) -> Path:
    file = folder / "bridge.toml"
    file.write_text(example_settings(), "utf-8")
    return file
