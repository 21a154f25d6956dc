"""How the demo shop behaves towards the bridge; every field may be changed while it runs."""

from dataclasses import dataclass


@dataclass(slots=True)
class Manners:
    """`echo`: the bridge's own writes, and stock that moves by a sale, come back as events.

    `page_size` is how many orders, products or stock figures are on a page. `answer_seconds` is
    how long every answer takes on top of the work.
    """

    echo: bool = False
    page_size: int = 50
    answer_seconds: float = 0.0
