"""The differences that a look at both sides may find, in words."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Kind(StrEnum):
    """What kind of difference it is."""

    MISSING_ORDER = "missing order"
    DOUBLED_ORDER = "doubled order"
    CANCELLED_ORDER = "cancelled order"
    UNTOLD_ORDER = "untold shipment"
    STOCK = "stock"
    MISSING_PRODUCT = "missing product"
    CHANGED_PRODUCT = "changed product"


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing that is not on both sides as it ought to be.

    ``subject`` is an order's number, a reference or a productcode; ``shop`` is empty for what
    belongs to a whole account. ``remedy`` says what puts it right.
    """

    kind: Kind
    account: str
    shop: str
    subject: str
    in_shop: str
    at_picqer: str
    remedy: str
