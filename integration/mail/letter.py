"""What a customer reads about a shipment: Dutch or English, as text and as HTML. No input/output.

Each template of a text begins with the subject, on a line of its own.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import datetime
from email.errors import HeaderParseError
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, parseaddr

from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape

from integration.domain import Parcel, Shipment
from integration.errors import Refused

LANGUAGES = ("nl", "en")
WITHOUT_LANGUAGE = "nl"
"""The language of a customer whose shop does not say: Picqer is a Dutch service."""
ANOTHER_LANGUAGE = "en"

_TEMPLATES = Environment(
    loader=PackageLoader("integration.mail", "templates"),
    autoescape=select_autoescape(["html"]),
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
    keep_trailing_newline=True,
)


def letter_about(
    shipment: Shipment, *, sender: str, to: str, language: str | None, number: str, at: datetime
) -> EmailMessage:
    """The mail that says that this shipment of order ``number`` is under way.

    Its Message-ID is made of the shipment, so that the same mail twice can be recognised. Raises
    Refused when the customer's address is not one.
    """
    chosen = language_of(language)
    words: Mapping[str, object] = {
        "number": " ".join(number.split()),
        "parcels": [_shown(parcel) for parcel in shipment.parcels],
    }
    written = _TEMPLATES.get_template(f"shipped.{chosen}.txt").render(words)
    subject, _, text = written.partition("\n")
    letter = EmailMessage(policy=SMTP.clone(cte_type="7bit"))
    letter["From"] = sender
    letter["To"] = checked_address(to)
    letter["Subject"] = subject
    letter["Date"] = format_datetime(at)
    letter["Message-ID"] = _message_id(sender, number, shipment)
    letter["Content-Language"] = chosen
    letter["Auto-Submitted"] = "auto-generated"
    letter.set_content(text.lstrip("\n"))
    html = _TEMPLATES.get_template(f"shipped.{chosen}.html").render(words, language=chosen)
    letter.add_alternative(html, subtype="html")
    return letter


def language_of(language: str | None) -> str:
    """The language to write in: ``nl-BE`` is Dutch, what we do not speak is English."""
    if not language:
        return WITHOUT_LANGUAGE
    first = language.replace("_", "-").partition("-")[0].lower()
    return first if first in LANGUAGES else ANOTHER_LANGUAGE


def checked_address(text: str) -> Address:
    """A bare e-mail address. Raises Refused, without repeating it."""
    try:
        address = Address(addr_spec=text.strip())
    except (HeaderParseError, ValueError, IndexError):
        address = Address()
    if not address.username or not address.domain or not address.addr_spec.isascii():
        raise Refused("the customer's e-mail address cannot be used; correct it in the shop")
    return address


def _shown(parcel: Parcel) -> Mapping[str, str | None]:
    """A parcel with its link only when a browser may safely follow it."""
    url = parcel.tracking_url or ""
    safe = url.startswith(("https://", "http://")) and not any(sign.isspace() for sign in url)
    return {
        "code": parcel.tracking_code,
        "carrier": parcel.carrier,
        "url": url if safe else None,
    }


def _message_id(sender: str, number: str, shipment: Shipment) -> str:
    domain = parseaddr(sender)[1].rpartition("@")[2]
    about = f"{number}\n{shipment.shipment_key}".encode()
    return f"<shipped.{hashlib.sha256(about).hexdigest()[:32]}@{domain}>"
