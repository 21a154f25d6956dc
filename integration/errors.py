"""Everything that can go wrong in a run, in three families that decide what happens next.

::

    BridgeError
    ├── Deferred            wait: costs no attempt, never parks
    │   ├── OverBudget      our own rate limiter says no; names the moment it will say yes
    │   ├── RateLimited     Picqer answered 429 (or error_code 28): exponential countdown
    │   ├── LeaseHeld       another worker holds this job or this intent
    │   ├── NotYet          too early to know: parcels to come
    │   │   └── InDoubt     a write may have arrived and is too fresh to look up; no hint hurries it
    │   ├── NoLimiter       Redis is away, so no request may be sent
    │   ├── Stopping        this process was asked to stop; the job ends before its next call
    │   ├── LockedOut       the API key is refused: the whole account waits for one probe
    │   ├── Unreachable     the breaker of that account or shop is open
    │   └── Paused          a person paused this flow or shop
    ├── Retryable           retry: costs an attempt, exponential, then parks
    │   ├── Unavailable     nothing was changed on the other side
    │   ├── Busy            Picqer is working on that order (error_code 30)
    │   └── Ambiguous       a write was sent and no clear answer came: look before doing it again
    │       └── StoreAway   our own store cannot be reached, so what happened is not written down
    └── Rejected            park: a person has to look
        ├── Refused         the other side understood and said no (4xx)
        ├── NotFound        the thing is not there (404)
        └── Unmappable      our own rules say no: no productcode, no VAT group, other currency

The class docstring is the sentence a person reads when nothing better is known. Messages carry
ids, productcodes and order numbers only, never names, addresses or e-mail addresses.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Evidence:
    """What was asked and what came back, without personal data.

    ``status`` is the HTTP status, None when no answer came; ``error_code`` is Picqer's own code
    (picqer.com/en/api/response-codes).
    """

    method: str = ""
    path: str = ""
    status: int | None = None
    error_code: int | None = None


class BridgeError(Exception):
    """Something went wrong that no sentence describes better."""

    def __init__(self, message: str = "", *, evidence: Evidence | None = None) -> None:
        """Keep the sentence for a person and the evidence for a report."""
        super().__init__(message or type(self).sentence())
        self.evidence = evidence or Evidence()

    @classmethod
    def sentence(cls) -> str:
        """The first line of the docstring: the message when the raiser has nothing better."""
        return (cls.__doc__ or cls.__name__).strip().splitlines()[0]

    @property
    def code(self) -> str:
        """The stable name of this cause, used in the store, metrics and Sentry."""
        return type(self).__name__


class Deferred(BridgeError):
    """Not now: this waits without costing an attempt.

    ``seconds`` is how long to wait at the least; None lets the runner choose.
    """

    default_seconds: float | None = None

    def __init__(
        self, message: str = "", *, seconds: float | None = None, evidence: Evidence | None = None
    ) -> None:
        """Keep how long to wait, in seconds."""
        super().__init__(message, evidence=evidence)
        self.seconds = self.default_seconds if seconds is None else max(0.0, seconds)


class OverBudget(Deferred):
    """The rate limit of this Picqer account is used up for the moment."""


class RateLimited(Deferred):
    """Picqer answered that the rate limit is exceeded; the whole account pauses."""


class LeaseHeld(Deferred):
    """Another worker is busy with this."""

    default_seconds = 1.0


class NotYet(Deferred):
    """It is too early to know; the job looks again at the named moment."""


class InDoubt(NotYet):
    """A change may have reached Picqer; it is looked up when Picqer has had time to finish."""

    default_seconds = 60.0


class NoLimiter(Deferred):
    """Redis cannot be reached, and without the shared rate limit nothing is sent."""

    default_seconds = 2.0


class Stopping(Deferred):
    """This worker is stopping; another one goes on."""

    default_seconds = 0.0


class LockedOut(Deferred):
    """Picqer refuses this API key; check the key and the account, then it goes on by itself."""

    default_seconds = 60.0


class Unreachable(Deferred):
    """The other side did not answer several times in a row; one probe at a time goes out."""

    default_seconds = 15.0


class Paused(Deferred):
    """A person paused this; `picqer-bridge resume` lets it go on."""

    default_seconds = 30.0


class Retryable(BridgeError):
    """It may work when tried again; this costs an attempt."""


class Unavailable(Retryable):
    """The other side could not be reached or had an error, and nothing was changed."""


class Busy(Retryable):
    """Picqer is still working on this order."""


class Ambiguous(Retryable):
    """A change was sent without a clear answer; it is looked up before anything is sent again."""


class StoreAway(Ambiguous):
    """The store cannot be reached; nothing is lost, it goes on when the store is back."""


class Rejected(BridgeError):
    """A person has to look at this.

    ``blocked_on`` names the productcode that is missing or inactive, when one is: the job opens
    again when that product can be ordered.
    """

    def __init__(
        self,
        message: str = "",
        *,
        blocked_on: str | None = None,
        evidence: Evidence | None = None,
    ) -> None:
        """Keep the productcode that this waits for, if any."""
        super().__init__(message, evidence=evidence)
        self.blocked_on = blocked_on


class Refused(Rejected):
    """The other side understood the request and refused it."""


class NotFound(Rejected):
    """The other side does not know this."""


class Unmappable(Rejected):
    """The shop's data cannot be translated for Picqer."""
