"""Connectors: the code for each kind of webshop, found by entry points.

A connector is one folder with ``settings.py client.py mapping.py webhook.py`` and one line in the
entry-point group ``integration.webshops``: its name, and a module that exposes ``CONNECTOR``.
The name is also that of its table in a shop's settings (``[shops.nl.custom]``).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from importlib.metadata import entry_points
from typing import Any, Generic, TypeVar

from pydantic import BaseModel

from integration.jobs import Delivery, Hint
from integration.policy import ShopPolicy
from integration.ports import CallGuard, Clock, ShopCare, Webshop

GROUP = "integration.webshops"

Installation = Callable[[], str]
"""Tells the short id of this installation's store, which stands in the names of our webhooks."""
Settings = TypeVar("Settings", bound=BaseModel)


class UnknownConnector(LookupError):
    """No installed package brings a connector of this name."""


@dataclass(frozen=True, slots=True)
class Connector(Generic[Settings]):
    """The code for one kind of webshop.

    ``settings`` is the model of the connector's own table. ``connect`` gives a client for one run.
    ``verify`` says whether a delivery is signed by the shop; ``hints`` reads what it is about and
    raises ``jobs.Unreadable`` or ``jobs.NothingToDo``; ``is_ping`` recognises an unsigned message
    that only tests the address. None of them makes a request. ``care`` gives what looks after the
    webhooks that the shop keeps, and asks for the installation's id only when it needs it, because
    that reads the store; None when the platform keeps no webhooks.
    """

    name: str
    settings: type[Settings]
    connect: Callable[[Settings, ShopPolicy, CallGuard, Clock], Webshop]
    verify: Callable[[Delivery, Settings], bool]
    hints: Callable[[Delivery, Settings], Sequence[Hint]]
    is_ping: Callable[[Delivery], bool] = lambda _delivery: False
    care: Callable[[Settings, ShopPolicy, CallGuard, Clock, Installation], ShopCare] | None = None


def names() -> list[str]:
    """The names of all installed connectors, sorted."""
    return sorted({point.name for point in entry_points(group=GROUP)})


def find(name: str) -> Connector[Any]:
    """The connector of this name. Raises UnknownConnector, which suggests a name that is near."""
    for point in entry_points(group=GROUP, name=name):
        connector = point.load().CONNECTOR
        if not isinstance(connector, Connector):
            raise TypeError(f"{point.value}.CONNECTOR is not an integration.webshops.Connector")
        return connector
    known = names()
    near = get_close_matches(name, known, n=1)
    meant = f"did you mean {near[0]}?" if near else f"installed are: {', '.join(known)}"
    raise UnknownConnector(f"there is no connector {name!r}; {meant}")
