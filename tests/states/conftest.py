"""How long the state machines play: the same games in ``make test``, new ones in a soak."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import structlog
from hypothesis import settings

settings.register_profile("soak", deadline=None)


@pytest.fixture(autouse=True, scope="module")
def _quiet() -> Iterator[None]:
    """Games are shrunk to their shortest; the log lines of thousands of them tell nothing."""
    before = structlog.get_config()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger("critical"))
    yield
    structlog.configure(**before)
