"""Send mail, safely built: no header can be injected, and a retry has the same Message-ID."""

import smtplib
import ssl
from dataclasses import dataclass, field
from email.message import EmailMessage
from email.utils import formatdate

_TIMEOUT = 15.0


@dataclass(frozen=True, slots=True)
class Smtp:
    """A mail server. Without STARTTLS mail goes in clear: for a sink on loopback only."""

    host: str
    port: int
    user: str = ""
    password: str = field(default="", repr=False)
    starttls: bool = True


@dataclass(frozen=True, slots=True)
class Letter:
    """One mail to one person. ``key`` makes the Message-ID, so that retries are one mail."""

    key: str
    sender: str
    to: str
    subject: str
    text: str
    unsubscribe: str = ""


class MailFailed(Exception):
    """The server refused (``permanent``) or did not answer."""

    def __init__(self, message: str, *, permanent: bool) -> None:
        super().__init__(message)
        self.permanent = permanent


def build(letter: Letter) -> EmailMessage:
    """Build the message; line breaks in header values become spaces."""
    message = EmailMessage()
    domain = letter.sender.rpartition("@")[2].strip("> ") or "localhost"
    message["From"] = _line(letter.sender)
    message["To"] = _line(letter.to)
    message["Subject"] = _line(letter.subject)
    message["Message-ID"] = f"<{_line(letter.key)}@{domain}>"
    message["Date"] = formatdate()
    message["Auto-Submitted"] = "auto-generated"
    if letter.unsubscribe:
        message["List-Unsubscribe"] = f"<{_line(letter.unsubscribe)}>"
    message.set_content(letter.text)
    return message


def send(letter: Letter, server: Smtp) -> None:
    """Hand a mail to the server. Raises MailFailed."""
    try:
        with smtplib.SMTP(server.host, server.port, timeout=_TIMEOUT) as line:
            if server.starttls:
                line.starttls(context=ssl.create_default_context())
            if server.user:
                line.login(server.user, server.password)
            line.send_message(build(letter))
    except smtplib.SMTPRecipientsRefused as refused:
        code = max(code for code, _ in refused.recipients.values())
        raise MailFailed(f"refused with {code}", permanent=_is_permanent(code)) from None
    except smtplib.SMTPResponseException as refused:
        raise MailFailed(
            f"answered {refused.smtp_code}", permanent=_is_permanent(refused.smtp_code)
        ) from None
    except (OSError, smtplib.SMTPException) as failed:
        raise MailFailed(f"{type(failed).__name__}", permanent=False) from None


def _is_permanent(code: int) -> bool:
    return code >= 500  # noqa: PLR2004 - RFC 5321: 5xx is final


def _line(text: str) -> str:
    return " ".join(text.replace("\r", " ").replace("\n", " ").split())
