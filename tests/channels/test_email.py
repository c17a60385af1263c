"""Mail, handed to a real mail server on loopback."""

import email
import email.policy
import socket
import ssl
from collections.abc import Iterator
from datetime import UTC, datetime
from email.message import EmailMessage
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult

from marketplace.channels.base import ChannelError, Message
from marketplace.channels.email import EmailChannel, SmtpConfig, compose, message_id, one_line

SENDER = "Emporion <emporion@example.com>"
AT = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)


def message(**changes: Any) -> Message:
    facts: dict[str, Any] = {
        "id": "notice-7",
        "to": "ana@example.com",
        "subject": "Flight delays: a column goes",
        "text": "carrier_name goes on 1 April.\n",
        "at": AT,
    }
    return Message(**facts | changes)


class Mailbox:
    """Takes every mail, or answers as `reply` says."""

    def __init__(self) -> None:
        self.mails: list[EmailMessage] = []
        self.reply = ""

    async def handle_RCPT(  # noqa: N802 - aiosmtpd's name
        self, server: Any, session: Any, envelope: Any, to: str, _: Any
    ) -> str:
        if self.reply.startswith("RCPT"):
            return self.reply.removeprefix("RCPT ")
        envelope.rcpt_tos.append(to)
        return "250 OK"

    async def handle_DATA(  # noqa: N802 - aiosmtpd's name
        self, server: Any, session: Any, envelope: Any
    ) -> str:
        parsed = email.message_from_bytes(envelope.content, policy=email.policy.default)
        assert isinstance(parsed, EmailMessage)
        self.mails.append(parsed)
        return self.reply or "250 OK"


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        port: int = one.getsockname()[1]
        return port


@pytest.fixture
def mailbox() -> Mailbox:
    return Mailbox()


@pytest.fixture
def server(mailbox: Mailbox) -> Iterator[Controller]:
    controller = Controller(mailbox, hostname="127.0.0.1", port=free_port())
    controller.start()
    yield controller
    controller.stop()


def config(server: Controller, **changes: Any) -> SmtpConfig:
    facts: dict[str, Any] = {
        "host": "127.0.0.1",
        "port": server.port,
        "sender": SENDER,
        "security": "none",
    }
    return SmtpConfig(**facts | changes)


def test_a_mail_arrives_as_it_was_written(server: Controller, mailbox: Mailbox) -> None:
    sent = EmailChannel(config(server)).send(
        message(html="<p>carrier_name goes.</p>", unsubscribe_url="https://example.com/u/x")
    )

    (mail,) = mailbox.mails
    body, html = mail.get_body(("plain",)), mail.get_body(("html",))
    assert body is not None
    assert html is not None
    assert body.get_content().strip() == "carrier_name goes on 1 April."
    assert html.get_content().strip() == "<p>carrier_name goes.</p>"
    assert mail["From"] == SENDER
    assert mail["To"] == "ana@example.com"
    assert mail["Subject"] == "Flight delays: a column goes"
    assert mail["Date"] == "Sun, 01 Mar 2026 12:00:00 +0000"
    assert mail["Message-ID"] == sent.detail
    assert mail["Auto-Submitted"] == "auto-generated"
    assert mail["List-Unsubscribe"] == "<https://example.com/u/x>"
    assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"


def test_a_repeated_mail_has_the_same_id_and_another_recipients_has_not() -> None:
    again = message_id(message(text="again"), SENDER)

    assert message_id(message(), SENDER) == again
    assert message_id(message(to="petra@example.com"), SENDER) != again
    assert message_id(message(id="notice-8"), SENDER) != again
    assert again.endswith("@example.com>")


def test_mails_of_one_thread_refer_to_the_same_place() -> None:
    first = compose(message(id="one", thread="product/flight-delays"), SENDER)
    second = compose(message(id="two", thread="product/flight-delays"), SENDER)

    assert first["References"] == second["References"]
    assert first["Message-ID"] != second["Message-ID"]


def test_a_mandatory_notice_offers_no_way_out() -> None:
    mail = compose(message(), SENDER)

    assert mail["List-Unsubscribe"] is None
    assert mail["List-Unsubscribe-Post"] is None


@pytest.mark.parametrize(
    "subject",
    [
        "Delays\r\nBcc: sid@example.com",
        "Delays\nBcc: sid@example.com",
        "Delays\rBcc: sid@example.com",
        "Delays\u2028Bcc: sid@example.com",
        "Delays\x00\r\n\r\nBcc: sid@example.com",
        "Delays\x0b\x0c\x1c\x85Bcc: sid@example.com",
    ],
)
def test_no_header_can_be_smuggled_in(server: Controller, mailbox: Mailbox, subject: str) -> None:
    EmailChannel(config(server)).send(message(subject=subject))

    (mail,) = mailbox.mails
    assert mail["Subject"] == "Delays Bcc: sid@example.com"
    assert mail["Bcc"] is None
    assert mail["To"] == "ana@example.com"


@pytest.mark.parametrize(
    "to",
    [
        "",
        "ana",
        "ana@",
        "@example.com",
        "ana@example.com, sid@example.com",
        "ana@example.com\r\nBcc: sid@example.com",
        "ana@example.com\nsid@example.com",
        "ana@example.com>, <sid@example.com",
        "\x00ana@example.com",
    ],
)
def test_anything_but_one_address_is_refused(server: Controller, mailbox: Mailbox, to: str) -> None:
    with pytest.raises(ChannelError) as caught:
        EmailChannel(config(server)).send(message(to=to))

    assert caught.value.permanent is True
    assert mailbox.mails == []


def test_letters_of_all_scripts_survive(server: Controller, mailbox: Mailbox) -> None:
    EmailChannel(config(server)).send(message(subject="Verspätung ✈ تأخير", text="Grüße — 東京\n"))

    (mail,) = mailbox.mails
    body = mail.get_body()
    assert body is not None
    assert mail["Subject"] == "Verspätung ✈ تأخير"
    assert body.get_content().strip() == "Grüße — 東京"


def test_a_very_long_subject_is_cut() -> None:
    assert len(one_line("x" * 5000)) == 300


@pytest.mark.parametrize(
    ("reply", "permanent"),
    [
        ("RCPT 550 no such mailbox", True),
        ("RCPT 450 mailbox busy", False),
        ("554 spam", True),
        ("451 try later", False),
    ],
)
def test_the_servers_word_decides_if_it_is_tried_again(
    server: Controller, mailbox: Mailbox, reply: str, *, permanent: bool
) -> None:
    mailbox.reply = reply

    with pytest.raises(ChannelError) as caught:
        EmailChannel(config(server)).send(message())

    assert caught.value.permanent is permanent
    assert caught.value.message == reply.removeprefix("RCPT ")


def test_a_server_that_is_away_is_tried_again() -> None:
    channel = EmailChannel(SmtpConfig("127.0.0.1", free_port(), SENDER, security="none"))

    with pytest.raises(ChannelError) as caught:
        channel.send(message())

    assert caught.value.permanent is False


def test_without_tls_on_the_other_side_nothing_is_sent(
    server: Controller, mailbox: Mailbox
) -> None:
    with pytest.raises(ChannelError):
        EmailChannel(config(server, security="starttls")).send(message())

    assert mailbox.mails == []


@pytest.fixture
def tls_server(
    mailbox: Mailbox, authority: tuple[ssl.SSLContext, ssl.SSLContext]
) -> Iterator[Controller]:
    def login(_server: Any, _session: Any, _envelope: Any, _how: str, data: Any) -> AuthResult:
        fits = (data.login, data.password) == (b"emporion", b"a mail secret")
        return AuthResult(success=fits, handled=False)

    controller = Controller(
        mailbox,
        hostname="127.0.0.1",
        port=free_port(),
        tls_context=authority[0],
        require_starttls=True,
        authenticator=login,
        auth_required=True,
    )
    controller.start()
    yield controller
    controller.stop()


def test_the_certificate_of_the_mail_server_is_verified(
    tls_server: Controller, mailbox: Mailbox, authority: tuple[ssl.SSLContext, ssl.SSLContext]
) -> None:
    known = {"security": "starttls", "user": "emporion", "password": "a mail secret"}

    EmailChannel(config(tls_server, tls=authority[1], **known)).send(message())
    with pytest.raises(ChannelError, match="no TLS"):
        EmailChannel(config(tls_server, **known)).send(message())

    assert len(mailbox.mails) == 1


def test_a_wrong_password_is_for_a_person_to_mend_and_is_not_told(
    tls_server: Controller, mailbox: Mailbox, authority: tuple[ssl.SSLContext, ssl.SSLContext]
) -> None:
    wrong = config(
        tls_server, tls=authority[1], security="starttls", user="emporion", password="wrong word"
    )

    with pytest.raises(ChannelError) as caught:
        EmailChannel(wrong).send(message())

    assert caught.value.permanent is True
    assert "wrong word" not in caught.value.message
    assert "wrong word" not in repr(wrong)
    assert mailbox.mails == []


def test_a_server_that_hangs_up_is_tried_again(server: Controller, mailbox: Mailbox) -> None:
    mailbox.reply = "421 closing"

    with pytest.raises(ChannelError) as caught:
        EmailChannel(config(server)).send(message())

    assert caught.value.permanent is False
