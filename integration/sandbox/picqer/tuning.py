"""What can be turned while a sandbox runs: delays, habits and doubts about the real Picqer."""

from dataclasses import dataclass, fields, replace
from typing import Any, Literal, get_type_hints

from pydantic import TypeAdapter

Tags = Literal["list", "object", "filled"]


@dataclass(frozen=True, slots=True)
class Tuning:
    """One setting of every knob; all times are seconds.

    Each knob stands for something Picqer does not document, or for the speed of an account:
    `answer_seconds` how long every API request takes; `process_delay` the time between the answer
    to process and its picklists; `tags` the shape of empty tags (`[]`, `{}`) or one tag on
    everything; `newest_first` the order of lists; `lines_per_picklist` splits a processed order
    over several picklists (0: one per warehouse); `closes_by_itself` whether a fully picked
    picklist closes at its shipment; `retry_after` the Retry-After of a 429 (None: no such header).
    Hook deliveries: `hook_timeout`, `hook_retries`, `hook_retry_factor` (scales the delays of a
    series that spans about 17 hours at 1.0), `hook_copies` (2: everything is delivered twice),
    `hook_jitter` (deliveries are put off at random up to this, so that they change places).
    """

    answer_seconds: float = 0.0
    process_delay: float = 0.05
    require_user_agent: bool = True
    tags: Tags = "list"
    newest_first: bool = False
    lines_per_picklist: int = 0
    closes_by_itself: bool = True
    retry_after: int | None = None
    hook_timeout: float = 10.0
    hook_retries: int = 15
    hook_retry_factor: float = 1.0
    hook_copies: int = 1
    hook_jitter: float = 0.0

    def turned(self, **changes: Any) -> "Tuning":
        """Return this tuning with some knobs turned; ValueError for a knob or value unknown."""
        hints = get_type_hints(Tuning)
        known = {field.name for field in fields(self)}
        unknown = sorted(set(changes) - known)
        if unknown:
            raise ValueError(f"no such knob: {', '.join(unknown)}; known: {', '.join(known)}")
        checked = {
            name: TypeAdapter(hints[name]).validate_python(value) for name, value in changes.items()
        }
        return replace(self, **checked)
