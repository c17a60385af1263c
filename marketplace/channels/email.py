"""Mail by SMTP: headers that cannot be forged through content, and verified TLS."""

import hashlib
import smtplib
import ssl
import time
from dataclasses import dataclass, field
from email.errors import MessageError
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, parseaddr
from typing import ClassVar, Final, Literal

from marketplace.channels.base import ChannelError, Message, Sent

_TIMEOUT_S: Final = 15.0
_PERMANENT: Final = 500
_LONGEST_HEADER: Final = 300


@dataclass(frozen=True, slots=True)
class SmtpConfig:
    """A mail server. `security`: "tls" from the start, "starttls", or "none" for a local sink."""

    host: str
    port: int
    sender: str
    security: Literal["tls", "starttls", "none"] = "starttls"
    user: str = ""
    password: str = field(default="", repr=False, metadata={"secret": True})
    tls: ssl.SSLContext | None = field(default=None, repr=False)
    """Replaces the system's trust, for a company's own authority."""


def one_line(text: str) -> str:
    """Make a header value of any text: no CR, LF or other control character, 300 characters."""
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())[:_LONGEST_HEADER]


def message_id(message: Message, sender: str) -> str:
    """Name a mail the same at every attempt, so a repeated one is recognised as the same."""
    digest = hashlib.sha256(f"{message.id}\n{message.to}".encode()).hexdigest()[:32]
    return f"<{digest}@{_domain(sender)}>"


def compose(message: Message, sender: str) -> EmailMessage:
    """Write the mail: text, HTML beside it if there is any. Raises ChannelError for an address."""
    mail = EmailMessage(policy=SMTP)
    mail["From"] = _address(sender)
    mail["To"] = _address(message.to)
    mail["Subject"] = one_line(message.subject)
    mail["Date"] = format_datetime(message.at)
    mail["Message-ID"] = message_id(message, sender)
    mail["Auto-Submitted"] = "auto-generated"
    if message.thread:
        digest = hashlib.sha256(message.thread.encode()).hexdigest()[:32]
        mail["References"] = f"<{digest}@{_domain(sender)}>"
    if message.unsubscribe_url:
        mail["List-Unsubscribe"] = f"<{one_line(message.unsubscribe_url)}>"
        mail["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    mail.set_content(message.text)
    if message.html:
        mail.add_alternative(message.html, subtype="html")
    return mail


def _address(text: str) -> Address:
    """Read one address. Two addresses, control characters or none are refused."""
    if any(not character.isprintable() for character in text):
        raise ChannelError("the address contains a control character", permanent=True)
    name, address = parseaddr(text)
    try:
        parsed = Address(display_name=name, addr_spec=address)
    except (ValueError, IndexError, MessageError):
        raise ChannelError(f"{text!r} is not an e-mail address", permanent=True) from None
    if not parsed.username or not parsed.domain:
        raise ChannelError(f"{text!r} is not an e-mail address", permanent=True)
    return parsed


def _domain(sender: str) -> str:
    return _address(sender).domain


class EmailChannel:
    """Sends mails one by one, each on a connection of its own."""

    kind: ClassVar[str] = "email"

    def __init__(self, config: SmtpConfig) -> None:
        self._config = config

    def send(self, message: Message) -> Sent:
        """Send one mail. Raises ChannelError: permanent for 5xx answers and bad addresses."""
        mail = compose(message, self._config.sender)
        started = time.monotonic()
        try:
            with self._connect() as server:
                if self._config.user:
                    server.login(self._config.user, self._config.password)
                server.send_message(mail)
        except smtplib.SMTPRecipientsRefused as error:
            code, words = next(iter(error.recipients.values()))
            raise _refused(code, words) from None
        except smtplib.SMTPResponseException as error:
            raise _refused(error.smtp_code, error.smtp_error) from None
        except smtplib.SMTPNotSupportedError as error:
            raise ChannelError(str(error), permanent=True) from None
        except ssl.SSLError as error:
            raise ChannelError(f"no TLS with the mail server: {error.reason}") from None
        except (smtplib.SMTPException, OSError) as error:
            raise ChannelError(f"the mail server: {type(error).__name__}") from None
        elapsed = (time.monotonic() - started) * 1000
        return Sent(detail=str(mail["Message-ID"]), elapsed_ms=elapsed)

    def _connect(self) -> smtplib.SMTP:
        config = self._config
        tls = config.tls or ssl.create_default_context()
        if config.security == "tls":
            return smtplib.SMTP_SSL(config.host, config.port, timeout=_TIMEOUT_S, context=tls)
        server = smtplib.SMTP(config.host, config.port, timeout=_TIMEOUT_S)
        if config.security == "starttls":
            try:
                server.starttls(context=tls)
            except BaseException:
                server.close()
                raise
        return server


def _refused(code: int, words: bytes | str) -> ChannelError:
    text = words.decode(errors="replace") if isinstance(words, bytes) else words
    return ChannelError(f"{code} {one_line(text)}", permanent=code >= _PERMANENT)
