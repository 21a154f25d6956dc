"""Installations for the acceptance tests, and their logs in the report of a test that failed."""

from __future__ import annotations

import secrets
from collections.abc import Generator, Iterator
from contextlib import contextmanager

import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.engine import make_url

from tests.acceptance.installation import Installation, Ware, until_nothing, with_logs

WARES = (
    Ware("MUG-BLUE", "Blue mug", 40),
    Ware("MUG-RED", "Red mug", 25),
    Ware("TEAPOT", "Teapot", 12),
    Ware("TEA-BOX", "Box of tea", 100),
)


@contextmanager
def new_postgres_database(postgres_url: str) -> Iterator[str]:
    """A database of its own, dropped afterwards."""
    name = f"bridge_{secrets.token_hex(6)}"
    admin = create_engine(postgres_url, isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name}"))
    yield make_url(postgres_url).set(database=name).render_as_string(hide_password=False)
    with admin.connect() as connection:
        connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))
    admin.dispose()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Add the end of every process' log to the report of a failure."""
    return with_logs((yield))


@pytest.fixture(scope="session")
def installation(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    """A small shop on SQLite that several files share: each leaves it working and at rest."""
    folder = tmp_path_factory.mktemp("small-shop")
    with Installation(folder, wares=WARES) as started:
        started.wait_until_settled()
        # The first product also reads the account's VAT groups, once a day.
        started.shop.add_product(sku="SAUCER", name="Saucer", price_net="2.00", sellable=0)
        until_nothing(lambda: [] if "SAUCER" in started.picqer.books.productcodes else ["no"], 30)
        until_nothing(started.oracle.unfinished, 30)
        yield started
