"""What the store knows of one person or one order: told to them, or erased for good.

Only the inbox holds personal data; orders, jobs and timelines hold ids that lead to a person.
"""

from __future__ import annotations

from integration.privacy.erasing import Erased, erase, unfinished
from integration.privacy.exporting import Export, export
from integration.privacy.tracing import Subject, Traces, trace_email, trace_order

__all__ = [
    "Erased",
    "Export",
    "Subject",
    "Traces",
    "erase",
    "export",
    "trace_email",
    "trace_order",
    "unfinished",
]
