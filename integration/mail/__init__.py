"""Mail over SMTP: to customers about their shipments, and to the person who is to be told."""

from integration.mail.alarm import MailAlarm, NoAlarm
from integration.mail.handing_in import MailServer
from integration.mail.smtp import NoMailer, SmtpMailer

__all__ = ["MailAlarm", "MailServer", "NoAlarm", "NoMailer", "SmtpMailer"]
