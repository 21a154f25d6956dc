"""Connectors are found by their entry points, and a misspelt one is named."""

from __future__ import annotations

import pytest

from integration import webshops
from integration.webshops.custom import CONNECTOR


def test_the_custom_connector_is_found_by_its_name() -> None:
    assert webshops.find("custom") is CONNECTOR
    assert "custom" in webshops.names()


def test_an_unknown_connector_is_refused_with_a_suggestion() -> None:
    with pytest.raises(webshops.UnknownConnector, match="did you mean custom"):
        webshops.find("custum")
    with pytest.raises(webshops.UnknownConnector, match=r"installed are: .*custom"):
        webshops.find("zzz")


class NoConnector:
    """An entry point whose module does not bring what it should."""

    name = "odd"
    value = "odd.module"

    def load(self) -> NoConnector:
        return self

    CONNECTOR = object()


def test_a_module_without_a_connector_is_a_fault_that_names_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(webshops, "entry_points", lambda **_given: [NoConnector()])
    with pytest.raises(TypeError, match=r"odd\.module\.CONNECTOR"):
        webshops.find("odd")
