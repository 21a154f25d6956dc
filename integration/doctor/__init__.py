"""The doctor: is all well with a shop's connection, and if not, what puts it right.

It only looks: nothing is written, here or at the shop, and no breaker is told. The command line
prints what it finds, and the console can show the same.
"""

from integration.doctor.examination import Examined, Part, examine
from integration.doctor.shop import parts_of_shop

__all__ = ["Examined", "Part", "examine", "parts_of_shop"]
