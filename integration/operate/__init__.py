"""What people do with the work of this service: each act is one transaction with its audit entry.

The command line, the console and Flower call these and nothing below them, so that every act is
written down with who did it. ``who`` reads like ``ann (console)``.
"""

from __future__ import annotations

from integration.operate.backfilling import (
    Backfill,
    BackfillView,
    ProductSurvey,
    begin_backfill,
    survey_orders,
    survey_products,
    view_backfill,
)
from integration.operate.bulk import begin_bulk, cancel_bulk, carry_out, step_bulk
from integration.operate.causes import Cause, cause_of
from integration.operate.deliveries import replay, reveal
from integration.operate.going_live import go_live, is_held, live_since
from integration.operate.holding import name_of_pause, pause, resume
from integration.operate.jobs import Result, dismiss, note, retry
from integration.operate.moments import moment_meant
from integration.operate.parked import ParkedGroup, parked_groups, reasons_of
from integration.operate.plans import Plan, PlannedGroup, plan
from integration.operate.reconciling import Observation, ask_for, observations

__all__ = [
    "Backfill",
    "BackfillView",
    "Cause",
    "Observation",
    "ParkedGroup",
    "Plan",
    "PlannedGroup",
    "ProductSurvey",
    "Result",
    "ask_for",
    "begin_backfill",
    "begin_bulk",
    "cancel_bulk",
    "carry_out",
    "cause_of",
    "dismiss",
    "go_live",
    "is_held",
    "live_since",
    "moment_meant",
    "name_of_pause",
    "note",
    "observations",
    "parked_groups",
    "pause",
    "plan",
    "reasons_of",
    "replay",
    "resume",
    "retry",
    "reveal",
    "step_bulk",
    "survey_orders",
    "survey_products",
    "view_backfill",
]
