"""The ``Gate`` port in SQL: what holds work back, and what the store remembers about itself."""

from __future__ import annotations

from integration.ports import Clock
from integration.store.database import Database
from integration.store.gate_births import Births
from integration.store.gate_breakers import Breakers
from integration.store.gate_pauses import Pauses


class SqlGate(Pauses, Breakers, Births):
    """Pauses, breakers, lock-outs, first sights, the birth and the heartbeats."""

    def __init__(self, database: Database, *, clock: Clock | None = None) -> None:
        """Keep them in this store; ``clock`` only ages what this process remembers of breakers."""
        Breakers.__init__(self, database, clock=clock)
