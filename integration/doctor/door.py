"""The door: do deliveries that are sent to ``public_url`` arrive at this service?

A redirect is the quiet mistake: a browser follows it, so the address looks right to a person,
while a webshop takes it for an answer and drops the delivery.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from urllib.parse import urljoin, urlsplit

from integration.ports import Finding, Look, Sight, Silence, Verdict
from integration.secure_url import is_loopback, secure_url

ADDRESS, DOOR = "door address", "door reachable"
LONGEST_SHOWN = 200
UNKNOWN = "there is no account or shop of this name"
"""What the door answers to a name that it does not know."""
LOGINS = frozenset({401, 403, 407})


def door_findings(shop: str, address: str | None, look: Look) -> Iterator[Finding]:
    """What is found at the door's address for this shop; None when public_url is not set."""
    if address is None:
        yield Finding(
            ADDRESS,
            Verdict.FAIL,
            "public_url is not set, so nobody can send us what happens.",
            "Set public_url to the https address under which this service is reached from outside.",
        )
        return
    if is_loopback(urlsplit(address).hostname or ""):
        yield Finding(
            ADDRESS,
            Verdict.WARN,
            f"public_url leads to this machine itself: a shop elsewhere cannot reach {address}.",
            "For anything but a trial, set public_url to an https address that others can reach.",
        )
    seen = look(address)
    yield _of_silence(address, seen) if isinstance(seen, Silence) else _of(shop, address, seen)


def _of_silence(address: str, silence: Silence) -> Finding:
    fix = (
        "Let the proxy show a certificate that is valid for this host, with its whole chain; "
        "webshops refuse it as we do."
        if silence.untrusted
        else "Correct public_url, or see that DNS, firewall, proxy and the web process let it in."
    )
    sentence = f"The door cannot be reached at {address}, because {silence.why}."
    return Finding(DOOR, Verdict.FAIL, sentence, fix)


def _of(shop: str, address: str, sight: Sight) -> Finding:
    """What an answer says about the door."""
    said = _json_object(sight)
    if 300 <= sight.status < 400:
        return _of_redirect(shop, address, sight)
    if sight.status == 200 and said.get("door") == f"shops/{shop}":
        return Finding(DOOR, Verdict.OK, f"The door answers at {address}.")
    if sight.status == 200 and isinstance(said.get("door"), str):
        return _of_another_door(shop, address, str(said["door"]))
    if sight.status == 404 and said.get("error") == UNKNOWN:
        return _of_unknown_shop(shop, address)
    if sight.status >= 500:
        return _of_dead_end(address, sight)
    return _of_stranger(address, sight)


def _of_redirect(shop: str, address: str, sight: Sight) -> Finding:
    target = _target(address, sight.location)
    leads = "without saying where to" if target is None else f"to {_shown(target)}"
    sentence = (
        f"{address} is answered with a redirect ({sight.status}) {leads}. Webshops do not follow "
        f"redirects: everything they send there is lost silently."
    )
    better = None if target is None else _public_url_of(target, address, f"/webhooks/shops/{shop}")
    fix = "Let the proxy pass /webhooks/ on to the web process without a redirect."
    if better is not None:
        fix = (
            f"Set public_url to {better} and restart; webhooks that a person entered at the shop "
            f"need the new address too."
        )
    return Finding(DOOR, Verdict.FAIL, sentence, fix)


def _public_url_of(target: str, address: str, path: str) -> str | None:
    """The public_url with which there would be no redirect; None when there is none."""
    if not target.endswith(path) or target == address or len(target) > LONGEST_SHOWN:
        return None
    try:
        return secure_url(target.removesuffix(path))
    except ValueError:
        return None


def _of_another_door(shop: str, address: str, door: str) -> Finding:
    return Finding(
        DOOR,
        Verdict.FAIL,
        f"{address} leads to the door of {_short(door)} and not to that of shops/{shop}.",
        "See how the proxy rewrites paths: what follows public_url must arrive unchanged.",
    )


def _of_unknown_shop(shop: str, address: str) -> Finding:
    return Finding(
        DOOR,
        Verdict.FAIL,
        f"A door answers at {address}, but it knows no shop {shop}.",
        "Restart the web process, so that it reads these settings; if that does not help, "
        "public_url leads to another installation.",
    )


def _of_dead_end(address: str, sight: Sight) -> Finding:
    return Finding(
        DOOR,
        Verdict.FAIL,
        f"{address} is answered with {sight.status} and {_who(sight)}: the door is not there.",
        "See that the web process runs and is well (/health/ready), and that the proxy leads to "
        "its port.",
    )


def _of_stranger(address: str, sight: Sight) -> Finding:
    fix = "Let the proxy pass /webhooks/ on to the web process, or correct public_url."
    if sight.status in LOGINS:
        fix = "Let /webhooks/ pass without a login: every delivery carries a signature of its own."
    sentence = f"{address} is answered with {sight.status} and {_who(sight)}, not by the door."
    return Finding(DOOR, Verdict.FAIL, sentence, fix)


def _who(sight: Sight) -> str:
    """What answered, for a person: "an HTML page of nginx"."""
    kind = sight.content_type.partition(";")[0].strip().lower()
    known = {"text/html": "an HTML page", "application/json": "a JSON document"}
    what = known.get(kind, f"an answer of type {_short(kind)}" if kind else "an answer")
    if sight.body is None:
        what = f"an unfinished {what.partition(' ')[2]}"
    return f"{what} of {_short(sight.server)}" if sight.server else what


def _json_object(sight: Sight) -> dict[str, object]:
    """The JSON object of the answer; empty when it is something else."""
    try:
        data = json.loads(sight.body or b"")
    except (ValueError, RecursionError):
        return {}
    return data if isinstance(data, dict) else {}


def _target(address: str, location: str | None) -> str | None:
    """Where a redirect leads, as a whole address; None when that cannot be read."""
    if not location:
        return None
    try:
        target = urljoin(address, location)
        return target if urlsplit(target).hostname else None
    except ValueError:
        return None


def _shown(target: str) -> str:
    """An address without user, query and fragment, which may hold anything."""
    parts = urlsplit(target)
    host = parts.netloc.rpartition("@")[2]
    return _short(f"{parts.scheme}://{host}{parts.path}")


def _short(text: str) -> str:
    """What others say, on one line and bounded."""
    return "".join(letter for letter in text if letter.isprintable())[:LONGEST_SHOWN]
