"""Mail to customers about their shipments, over SMTP; off by default."""

from integration.mail.smtp import MailServer, NoMailer, SmtpMailer

__all__ = ["MailServer", "NoMailer", "SmtpMailer"]
