"""What the refusals of a WooCommerce shop mean, and of what stands in front of it.

WordPress refuses with ``{code, message, data: {status}}``. It answers 404 for a thing that is not
there and for a route that is not there. What has no such code was not said by WordPress: a
firewall, a check for robots, a page for visitors while the shop is closed. Such a thing says
nothing about an order, so it never parks one at once. Source: WooCommerce REST v3, errors; seen in
WooCommerce 11.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from integration.errors import BridgeError, Evidence, LockedOut, NotFound, Refused, Unavailable
from integration.http import ErrorBody, read_error_body, without_personal_data
from integration.others_words import quoted
from integration.webshops.woocommerce.caches import EXCLUDE, Cached, cache_named

ROOT = "/wp-json/wc/v3"
NO_ROUTE = "rest_no_route"
WRONG_PARAMETER = "rest_invalid_param"
OWN_CODES = ("woocommerce_", "product_", "rest_post_invalid_id", "rest_setting_")
"""How the codes begin with which WooCommerce itself says that a thing is not there."""
MOVED_FOR_GOOD = (301, 308)
_CODE = re.compile(r"[a-z0-9]+(?:[_-][a-z0-9]+)*", re.ASCII)
_CHOICES = re.compile(r"((?:[\w-]+, )+)(?:([\w-]+) \w+ ([\w-]+)|(?:\w+ )?([\w-]+))")
"""A list in a sentence, in whatever language: ``a, b, and c`` or ``a, b en c``."""


class NoRoute(Unavailable):
    """The shop's WooCommerce does not know this address of the REST API."""


class KeyRefused(LockedOut):
    """WooCommerce refuses the key, or what it is used for; the whole shop waits."""


class KeptOut(LockedOut):
    """Something in front of the shop keeps the bridge out; the whole shop waits."""


class Moved(LockedOut):
    """The shop's address in the settings leads elsewhere for good; the whole shop waits."""


class WrongParameter(Refused):
    """WordPress knows no such value of a parameter; ``choices`` are those that it named."""

    choices: tuple[str, ...] = ()


class Said:
    """What one answer says: ``code`` is WordPress' word for a refusal, None when it has none."""

    def __init__(self) -> None:
        """Nothing was said yet."""
        self.code: str | None = None
        self.headers: Mapping[str, str] = {}
        self.choices: tuple[str, ...] = ()

    def hear(self, headers: Mapping[str, str]) -> None:
        """Keep the headers of the answer, whatever becomes of it."""
        self.headers = headers

    def read(self, data: object) -> ErrorBody:
        """Remember the code; the message ends with it."""
        body = read_error_body(data)
        if not isinstance(data, dict) or not isinstance(data.get("code"), str):
            return body
        self.code = _slug(data["code"])
        about = _about_parameters(data)
        self.choices = tuple(choice for text in about for choice in choices_in(text))
        words = "".join(f": {quoted(without_personal_data(text))}" for text in about)
        return ErrorBody(message=f"{body.message}{words} ({self.code})")


def _slug(code: str) -> str:
    """WordPress' codes are words for programs; whatever else stands there is not repeated."""
    return code if _CODE.fullmatch(code) else "no code of WordPress"


def _about_parameters(data: Mapping[str, object]) -> list[str]:
    """What is wrong with the parameters that were refused."""
    about = data.get("data")
    parameters = about.get("params") if isinstance(about, dict) else None
    return [str(text) for text in parameters.values()] if isinstance(parameters, dict) else []


def choices_in(sentence: str) -> list[str]:
    """The slugs that a sentence lists; the language of the sentence is the shop's."""
    found = _CHOICES.search(sentence[:5000])
    if found is None:
        return []
    return [*found[1].removesuffix(", ").split(", "), *filter(None, found.groups()[1:])]


class Refusals:
    """Puts into words what a shop answers instead of what was asked for."""

    def __init__(self, shop: str) -> None:
        """``shop`` is its name in the settings."""
        self._shop = shop
        self._name = f"shop {shop}"

    def reworded(self, error: BridgeError, said: Said, *, reads: bool) -> BridgeError:
        """The same error, or the one that fits WordPress better."""
        evidence, code = error.evidence, said.code
        status = evidence.status or 0
        if status in (401, 403):
            return self._locked_out(evidence, status, code)
        if 300 <= status < 400:
            return self._redirected(error, status)
        if status == 404 and code == NO_ROUTE:
            return NoRoute(self._no_route(evidence), evidence=evidence)
        if isinstance(error, NotFound) and not _is_own(code):
            return Unavailable(self._no_rest(evidence), evidence=evidence)
        if isinstance(error, Unavailable) and status == 200:
            return Unavailable(self._no_json(evidence), evidence=evidence)
        if isinstance(error, NotFound | Refused) and reads:
            cached = self.cached(evidence, said.headers)
            if cached is not None:
                return cached
        return self._refused(error, said) if isinstance(error, Refused) and status else error

    def cached(self, evidence: Evidence, headers: Mapping[str, str]) -> Cached | None:
        """The error of an answer that came from a cache; None when none says so."""
        header = cache_named(headers)
        if header is None:
            return None
        return Cached(
            f"{self._name}: {evidence.method} {evidence.path}: a cache answered in place of the "
            f"shop, as the header {header} says, so this may be long past; {EXCLUDE}",
            evidence=evidence,
        )

    def _refused(self, error: BridgeError, said: Said) -> BridgeError:
        """A refusal of WordPress' own is one; another may pass."""
        if said.code is None:
            return Unavailable(self._not_by_wordpress(error.evidence), evidence=error.evidence)
        if said.code != WRONG_PARAMETER:
            return error
        wrong = WrongParameter(str(error), evidence=error.evidence)
        wrong.choices = said.choices
        return wrong

    def _redirected(self, error: BridgeError, status: int) -> BridgeError:
        """A new address for good is a matter of the settings: every request meets it."""
        if status in MOVED_FOR_GOOD:
            return Moved(str(error), evidence=error.evidence)
        passing = "unless it is a page for the time that the shop is closed, which passes"
        return Unavailable(f"{error}, {passing}", evidence=error.evidence)

    def _locked_out(self, evidence: Evidence, status: int, code: str | None) -> LockedOut:
        if code is None:
            what = (
                f"{self._name} answered {status}, and not by WooCommerce itself: a firewall or "
                f"security plugin keeps the bridge out; allow its requests to {ROOT}"
            )
            return KeptOut(what, evidence=evidence)
        what = (
            f"{self._name} refuses the key ({status}, {code}): it is wrong, or it may not do this; "
            f"make a key with the permission Read/Write for a user who may manage the shop, and "
            f"put it in shops.{self._shop}.woocommerce"
        )
        return KeyRefused(what, evidence=evidence)

    def _not_by_wordpress(self, evidence: Evidence) -> str:
        return (
            f"{self._name}: {evidence.method} {evidence.path}: answered {evidence.status}, and not "
            f"by WooCommerce itself: a firewall, a check for robots or the host's web server; "
            f"allow the bridge's requests to {ROOT}"
        )

    def _no_route(self, evidence: Evidence) -> str:
        return (
            f"{self._name}: {evidence.method} {evidence.path}: the shop knows no such address; "
            f"check that WooCommerce is active and not older than version 5.8"
        )

    def _no_rest(self, evidence: Evidence) -> str:
        return (
            f"{self._name}: {evidence.method} {evidence.path}: answered {evidence.status}, and not "
            f"by WooCommerce itself; set the permalinks in WordPress to anything but Plain, check "
            f"the address in the settings, and look for a plugin that switches the REST API off"
        )

    def _no_json(self, evidence: Evidence) -> str:
        return (
            f"{self._name}: {evidence.method} {evidence.path}: the answer is no JSON (or too "
            f"large): a maintenance page, or a plugin that prints into answers"
        )


def _is_own(code: str | None) -> bool:
    return code is not None and code.startswith(OWN_CODES)
