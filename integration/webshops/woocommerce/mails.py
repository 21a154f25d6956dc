"""WooCommerce's own mails to customers, and who tells a customer that an order is on its way.

WooCommerce mails the customer by itself when an order becomes completed, and so it does for an
order note that is meant for the customer. Nothing in the REST API keeps the first from happening,
so the bridge sees to it that the two never tell the same. The rule, for `customer_mail`:

- ``off``: the bridge asks for no mail. WooCommerce's mail about completed orders comes or not, as
  the merchant chose there.
- ``shop``: as long as that mail will come, notes of shipments are private: whatever was shipped,
  the customer gets one mail, when the order is completed. A note is for the customer when that
  mail does not come: the order was completed by us before this shipment, the status on shipping
  is another one, or the mail is switched off. So each shipment is mailed at most once, and each
  order at least once. Whether a shipment is the last one cannot be told from an order (some of
  its lines are virtual or were refunded), so it makes no difference.
- ``bridge``: the bridge mails each shipment itself; WooCommerce's mail would be a second one.

Source: WooCommerce REST v3, setting options, groups ``email_<mail>``; seen in WooCommerce 11.
"""

from __future__ import annotations

from collections.abc import Iterator

from integration.errors import LockedOut, NotFound, Refused
from integration.policy import CustomerMail
from integration.ports import Finding, Verdict
from integration.webshops.woocommerce.rest import NoRoute, ShopRest

COMPLETED = "completed"
COMPLETED_MAIL = "customer_completed_order"
NOTE_MAIL = "customer_note"
CHECK = "mail"
EMAILS = "in WooCommerce, Settings, Emails"


def is_mail_on(rest: ShopRest, mail: str) -> bool:
    """Whether WooCommerce sends this mail; True, as it comes, where the key may not look."""
    try:
        options = rest.rows(f"/settings/email_{mail}")
    except (LockedOut, NotFound, NoRoute, Refused):
        return True
    return not any(
        isinstance(option, dict) and option.get("id") == "enabled" and option.get("value") == "no"
        for option in options
    )


def completion_mails(rest: ShopRest, shipped_status: str) -> bool:
    """Whether WooCommerce mails the customer when an order gets this status on shipping.

    What plugins send for statuses of their own is not known.
    """
    return shipped_status == COMPLETED and is_mail_on(rest, COMPLETED_MAIL)


def mail_findings(rest: ShopRest, mail: CustomerMail, shipped_status: str) -> Iterator[Finding]:
    """Who mails the customer; a warning when two do, or nobody although the shop ought to."""
    is_double = completion_mails(rest, shipped_status)
    if mail is CustomerMail.BRIDGE and is_double:
        sentence = (
            "WooCommerce itself mails the customer when an order is completed, and picqer-bridge "
            'mails each shipment too (customer_mail = "bridge"): the customer gets two mails.'
        )
        fix = f'Switch "Completed order" off {EMAILS}, or set customer_mail = "off".'
        yield Finding(CHECK, Verdict.WARN, sentence, fix)
    elif mail is CustomerMail.SHOP and not is_double and not is_mail_on(rest, NOTE_MAIL):
        sentence = (
            'Nobody mails the customer: customer_mail = "shop" has the shop mail the note of each '
            'shipment, and its mail "Customer note" is switched off.'
        )
        yield Finding(CHECK, Verdict.WARN, sentence, f'Switch "Customer note" on {EMAILS}.')
    else:
        yield Finding(CHECK, Verdict.OK, _who_mails(mail, shipped_status, is_double=is_double))


def _who_mails(mail: CustomerMail, shipped_status: str, *, is_double: bool) -> str:
    if mail is CustomerMail.BRIDGE:
        return "picqer-bridge mails the customer about each shipment; WooCommerce sends nothing."
    if is_double and mail is CustomerMail.OFF:
        return (
            "WooCommerce itself mails the customer when an order is completed; picqer-bridge sends "
            'nothing. customer_mail = "off" cannot silence WooCommerce: for no mail at all, switch '
            f'"Completed order" off {EMAILS}.'
        )
    if is_double:
        return (
            "WooCommerce itself mails the customer once, when an order is completed; notes of "
            "shipments are private until then, and mailed when they come later. To have each "
            f'shipment mailed with its tracking links instead, switch "Completed order" off '
            f"{EMAILS}."
        )
    if mail is CustomerMail.SHOP:
        return "The shop mails the customer the note of each shipment, with its tracking links."
    return (
        f"picqer-bridge sends the customer nothing, and neither does WooCommerce's own mail about "
        f'completed orders; the status on shipping is "{shipped_status}".'
    )
