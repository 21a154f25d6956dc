"""What must hold between the settings that say who is told."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from integration.settings.checks import Origin
from integration.settings.mistakes import Mistake


def check_alarm(tree: Mapping[str, object], origin: Origin) -> Iterator[Mistake]:
    """One way to one person, and what that way needs."""
    alarm, mail = _table(tree, "alarm"), _table(tree, "mail")
    if alarm.get("mail_to") and alarm.get("webhook_url"):
        text = "is set beside alarm.mail_to: keep one of the two, so that nobody is told twice"
        yield Mistake("alarm.webhook_url", text, origin(("alarm", "webhook_url")))
    if alarm.get("mail_to") and not (mail.get("host") and mail.get("sender")):
        text = "needs mail.host and mail.sender"
        yield Mistake("alarm.mail_to", text, origin(("alarm", "mail_to")))
    if alarm.get("webhook_url") and not alarm.get("webhook_secret"):
        text = "needs alarm.webhook_secret, so that the receiver knows who posts"
        yield Mistake("alarm.webhook_url", text, origin(("alarm", "webhook_url")))


def _table(tree: Mapping[str, object], name: str) -> Mapping[str, object]:
    table = tree.get(name)
    return table if isinstance(table, dict) else {}
