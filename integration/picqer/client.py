"""The ``Picqer`` port over HTTP: one method per endpoint, a permit before every request."""

from __future__ import annotations

from integration.clock import SystemClock
from integration.jobs import Lane
from integration.picqer.access import DEADLINE_SECONDS, Access, Api
from integration.picqer.account import AccountWide
from integration.picqer.orders import Orders
from integration.picqer.picklists import Picklists
from integration.picqer.products import Products
from integration.ports import CallGuard, Clock, Limiter


class PicqerClient(Orders, Products, Picklists, AccountWide):
    """One run's client of one account. It holds no connection: sessions belong to threads."""

    def __init__(
        self,
        access: Access,
        *,
        limiter: Limiter,
        guard: CallGuard,
        lane: Lane,
        born: float,
        clock: Clock | None = None,
        deadline: float = DEADLINE_SECONDS,
    ) -> None:
        """Stand in ``lane`` of the limiter; ``born``: the job's creation, in epoch seconds."""
        self._api = Api(
            access,
            limiter=limiter,
            guard=guard,
            lane=lane,
            born=born,
            clock=clock or SystemClock(),
            deadline=deadline,
        )
