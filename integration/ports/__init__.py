"""What the flows may ask of the world: one Protocol per thing, implemented by adapters.

Every method raises only errors of ``integration.errors``. Store ports (Inbox, Jobs, Ledger,
StockBook, Shipments, Gate, Bookmarks) work inside ``Store.transaction()`` when one is open on
this thread and in a transaction of their own otherwise.
"""

from __future__ import annotations

from integration.ports.alarm import Alarm, News, Notice, OpenCause, OpenCauses
from integration.ports.audit import Act, Audit, AuditEntry, AuditFilter
from integration.ports.bulk import BulkAct, BulkActs, BulkState
from integration.ports.calls import Call, CallGuard
from integration.ports.care import Deed, Finding, HookAction, ShopCare, ShopHook, Verdict
from integration.ports.clock import Clock
from integration.ports.condition import Reach, RedisCondition, StoreCondition
from integration.ports.gate import Gate
from integration.ports.inbox import DeliveryRecord, Inbox
from integration.ports.jobs import JobCause, JobFilter, JobGroup, Jobs, Message
from integration.ports.ledger import Ledger, LedgerEntry, LedgerKey, LedgerState, Made
from integration.ports.limit import LaneCounts, Limiter, LimitView, Permit
from integration.ports.look import Look, Sight, Silence
from integration.ports.picqer import Greeting, OrderDraft, Page, Picqer, ProductDraft, Row
from integration.ports.privacy import KnownCustomer, OrderTraces, Privacy
from integration.ports.shipments import PicklistRow, Shipments
from integration.ports.signals import Mailer, WakeUp
from integration.ports.stock import Difference, OrderBooking, StockBook
from integration.ports.store import Bookmarks, Store
from integration.ports.webshop import (
    Capabilities,
    OrderChange,
    ShopAnswer,
    ShownStock,
    StockAnswer,
    StockItem,
    StockResult,
    Webshop,
)

__all__ = [
    "Act",
    "Alarm",
    "Audit",
    "AuditEntry",
    "AuditFilter",
    "Bookmarks",
    "BulkAct",
    "BulkActs",
    "BulkState",
    "Call",
    "CallGuard",
    "Capabilities",
    "Clock",
    "Deed",
    "DeliveryRecord",
    "Difference",
    "Finding",
    "Gate",
    "Greeting",
    "HookAction",
    "Inbox",
    "JobCause",
    "JobFilter",
    "JobGroup",
    "Jobs",
    "KnownCustomer",
    "LaneCounts",
    "Ledger",
    "LedgerEntry",
    "LedgerKey",
    "LedgerState",
    "LimitView",
    "Limiter",
    "Look",
    "Made",
    "Mailer",
    "Message",
    "News",
    "Notice",
    "OpenCause",
    "OpenCauses",
    "OrderBooking",
    "OrderChange",
    "OrderDraft",
    "OrderTraces",
    "Page",
    "Permit",
    "PicklistRow",
    "Picqer",
    "Privacy",
    "ProductDraft",
    "Reach",
    "RedisCondition",
    "Row",
    "Shipments",
    "ShopAnswer",
    "ShopCare",
    "ShopHook",
    "ShownStock",
    "Sight",
    "Silence",
    "StockAnswer",
    "StockBook",
    "StockItem",
    "StockResult",
    "Store",
    "StoreCondition",
    "Verdict",
    "WakeUp",
    "Webshop",
]
