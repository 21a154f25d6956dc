"""What decides is pure: it is handed time, randomness and the world, and reads none of them."""

from __future__ import annotations

from typing import Protocol

OUTSIDE = {
    "celery",
    "http",
    "httpx",
    "kombu",
    "pydantic_settings",
    "redis",
    "requests",
    "smtplib",
    "socket",
    "sqlalchemy",
    "sqlite3",
    "subprocess",
    "urllib3",
}
CLOCKS = ("datetime.now", "datetime.utcnow", "datetime.today", "date.today")
CHANCE_AND_TIME = {"random", "secrets", "time", "uuid"}
ESSENTIAL = {
    "integration.domain",
    "integration.errors",
    "integration.flows.complete_order",
    "integration.flows.create_order",
    "integration.flows.create_product",
    "integration.flows.push_stock",
    "integration.flows.reconcile",
    "integration.jobs",
    "integration.picqer.mapping",
    "integration.picqer.webhook",
    "integration.ports",
    "integration.webshops.custom.mapping",
    "integration.webshops.custom.webhook",
    "integration.webshops.woocommerce.mapping",
    "integration.webshops.woocommerce.webhook",
}


class Module(Protocol):
    """A module as the folder's conftest reads it."""

    name: str

    def imported(self) -> list[tuple[int, str]]: ...
    def names_used(self) -> list[tuple[int, str]]: ...


def test_the_modules_that_must_be_pure_exist_under_their_names(pure_modules: list[Module]) -> None:
    missing = ESSENTIAL - {module.name for module in pure_modules}
    assert not missing


def test_pure_modules_import_no_network_no_store_and_no_settings(
    pure_modules: list[Module],
) -> None:
    offenders = [
        f"{module.name}:{line} imports {name}"
        for module in pure_modules
        for line, name in module.imported()
        if name.split(".")[0] in OUTSIDE
    ]
    assert offenders == []


def test_pure_modules_read_no_clock(pure_modules: list[Module]) -> None:
    offenders = [
        f"{module.name}:{line} calls {name}"
        for module in pure_modules
        for line, name in module.names_used()
        if name.endswith(CLOCKS)
    ]
    assert offenders == []


def test_pure_modules_import_no_randomness_and_no_time(pure_modules: list[Module]) -> None:
    offenders = [
        f"{module.name}:{line} imports {name}"
        for module in pure_modules
        for line, name in module.imported()
        if name.split(".")[0] in CHANCE_AND_TIME
    ]
    assert offenders == []
