"""The page docs/reference/settings.md says what the models say."""

from __future__ import annotations

from pathlib import Path

from integration.settings import Settings
from integration.settings.reference import page

PAGE = Path(__file__).parents[3] / "docs" / "reference" / "settings.md"


def test_the_page_of_settings_is_up_to_date() -> None:
    assert PAGE.read_text() == page(), (
        "picqer-bridge config --reference > docs/reference/settings.md"
    )


def test_every_setting_has_a_meaning_on_the_page() -> None:
    rows = [line.split(" | ") for line in page().splitlines() if line.startswith("| `")]
    assert len(rows) > 40
    for row in rows:
        assert len(row[-1].strip(" |")) > 10, row


def test_every_table_is_on_the_page() -> None:
    text = page()
    for name in Settings.model_fields:
        assert f"`{name}`" in text or f"[{name}" in text
    assert "`[shops.nl.custom]`" in text
