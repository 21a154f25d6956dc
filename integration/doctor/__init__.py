"""The doctor: is all well with an installation, and if not, what puts it right.

One file per subject. It only looks: nothing is written, here or elsewhere, and no breaker is told.
The command line prints what it finds, and the console can show the same.
"""

from integration.doctor.examination import Examined, Part, examine
from integration.doctor.settings import SETTINGS, mistake_findings
from integration.doctor.shared import Shared
from integration.doctor.shop import Asking, parts_of_shop

__all__ = [
    "SETTINGS",
    "Asking",
    "Examined",
    "Part",
    "Shared",
    "examine",
    "mistake_findings",
    "parts_of_shop",
]
