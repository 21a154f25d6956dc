"""Going live: a plan of what would happen when a shop goes over to this service, and doing it.

The plan only reads. The shop is held by a pause until it goes live.
"""

from integration.golive.act import go_live, is_held
from integration.golive.plan import LivePlan, make_plan

__all__ = ["LivePlan", "go_live", "is_held", "make_plan"]
