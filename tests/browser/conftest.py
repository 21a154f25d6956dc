"""A browser for all tests of this folder, and a console of its own for each."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from tests.browser.serving import browsing, chromium, serving
from tests.browser.watched import Watched
from tests.contract.console.seeded import (
    ACCESS,
    OPERATOR,
    OPERATORS_PASSWORD,
    Morning,
    Seeded,
)

NO_BROWSER = "tests in a real browser need Chromium: apt-get install chromium, or set CHROMIUM"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """All of them are of a browser; without one, each says in a sentence what to install."""
    here = Path(__file__).parent
    for item in items:
        if here in item.path.parents:
            item.add_marker(pytest.mark.browser)
            if chromium() is None:
                item.add_marker(pytest.mark.skip(reason=NO_BROWSER))


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    with browsing() as found:
        yield found


@pytest.fixture(scope="session")
def morning(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Morning]:
    played = Morning(tmp_path_factory.mktemp("console"))
    yield played
    played.close()


@pytest.fixture(scope="session")
def servers(morning: Morning) -> Iterator[tuple[str, str]]:
    """The addresses of the same console without and with passwords."""
    services = morning.begin().services
    with serving(services) as open_one, serving(services, ACCESS) as guarded_one:
        yield open_one, guarded_one


@pytest.fixture
def seeded(morning: Morning) -> Seeded:
    return morning.begin()


@pytest.fixture
def open_console(servers: tuple[str, str], seeded: Seeded) -> str:
    """The address of a console without passwords."""
    return servers[0]


@pytest.fixture
def guarded_console(servers: tuple[str, str], seeded: Seeded) -> str:
    """The address of a console with two passwords."""
    return servers[1]


@pytest.fixture
def watched(browser: Browser) -> Iterator[Callable[[str], Watched]]:
    """Opens windows at a console; what went wrong in one fails the test at its end."""
    opened: list[Watched] = []

    def window(url: str, **options: object) -> Watched:
        opened.append(Watched(browser, url, **options))
        return opened[-1]

    yield window
    for one in opened:
        one.close()
    assert [wrong for one in opened for wrong in one.wrong] == []


@pytest.fixture
def page(watched: Callable[[str], Watched], open_console: str) -> Page:
    """A window at a console without passwords."""
    return watched(open_console).page


@pytest.fixture
def operators(watched: Callable[[str], Watched], guarded_console: str) -> Page:
    """A window in which an operator signed in."""
    found = watched(guarded_console).page
    found.goto("/")
    found.get_by_label("Name").fill(OPERATOR.name)
    found.get_by_label("Password").fill(OPERATORS_PASSWORD)
    found.get_by_role("button", name="Sign in").click()
    found.wait_for_url("**/")
    return found
