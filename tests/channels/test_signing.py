"""Signatures of webhooks, with the reference implementation of the standard as the judge."""

import base64
import time
from datetime import UTC, datetime

import pytest
from standardwebhooks.webhooks import Webhook, WebhookVerificationError

from marketplace.channels.signing import BadSignature, headers, new_secret, sign, verify

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
BODY = b'{"test": 2432232314}'


def accepted(secret: str, given: dict[str, str], body: bytes, now: float | None = None) -> bool:
    try:
        verify(secret, given, body, now=time.time() if now is None else now)
    except BadSignature:
        return False
    return True


def test_the_example_of_the_standard() -> None:
    """From the specification's test vectors, as the reference library has it."""
    theirs = Webhook(SECRET).sign(
        "msg_p5jXN8AQM9LWM0D4loKWxJek", datetime.fromtimestamp(1614265330, UTC), BODY.decode()
    )

    assert sign(SECRET, "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, BODY) == theirs


@pytest.mark.parametrize("body", [b"{}", b'{ "spaces" :  1 }\n', '{"ü": "\u202e"}'.encode(), b""])
def test_the_reference_accepts_what_we_sign(body: bytes) -> None:
    secret = new_secret()

    given = headers([secret], "evt_1", int(time.time()), body)

    reference = Webhook(secret).sign(
        "evt_1", datetime.fromtimestamp(int(given["webhook-timestamp"]), UTC), body.decode()
    )
    assert given["webhook-signature"] == reference
    assert accepted(secret, given, body)
    assert not accepted(new_secret(), given, body)


def test_we_accept_what_the_reference_signs() -> None:
    now = time.time()
    signature = Webhook(SECRET).sign("evt_1", datetime.fromtimestamp(now, UTC), BODY.decode())
    given = {
        "webhook-id": "evt_1",
        "webhook-timestamp": str(int(now)),
        "webhook-signature": f"v1a,not-this-one v2,{signature} {signature}",
    }

    assert accepted(SECRET, given, BODY, now)
    assert not accepted(new_secret(), given, BODY, now)


def test_while_secrets_are_exchanged_both_fit() -> None:
    old, new = new_secret(), new_secret()

    given = headers([new, old], "evt_1", int(time.time()), BODY)

    for secret in (old, new):
        assert accepted(secret, given, BODY)
        assert Webhook(secret).verify(BODY.decode(), given) == {"test": 2432232314}
    assert not accepted(new_secret(), given, BODY)


@pytest.mark.parametrize(
    "change",
    [
        {"webhook-id": "evt_2"},
        {"webhook-timestamp": "1614265331"},
        {"webhook-signature": "v1,AAAA"},
        {"webhook-signature": "v1,ünïcode"},
        {"webhook-signature": ""},
        {"webhook-timestamp": "yesterday"},
        {"webhook-id": ""},
    ],
)
def test_a_changed_header_is_refused(change: dict[str, str]) -> None:
    given = headers([SECRET], "evt_1", 1614265330, BODY)

    with pytest.raises(BadSignature):
        verify(SECRET, given | change, BODY, now=1614265330)


def test_a_changed_body_is_refused_even_by_a_space() -> None:
    given = headers([SECRET], "evt_1", 1614265330, BODY)

    with pytest.raises(BadSignature):
        verify(SECRET, given, BODY + b" ", now=1614265330)
    with pytest.raises(WebhookVerificationError):
        Webhook(SECRET).verify(BODY.decode() + " ", given)


@pytest.mark.parametrize(("age", "fits"), [(300, True), (-300, True), (301, False), (-301, False)])
def test_a_replay_after_five_minutes_is_refused(age: int, *, fits: bool) -> None:
    given = headers([SECRET], "evt_1", 1614265330, BODY)

    assert accepted(SECRET, given, BODY, 1614265330 + age) is fits
    if not fits:
        with pytest.raises(BadSignature, match="too old"):
            verify(SECRET, given, BODY, now=1614265330 + age)


def test_a_new_secret_has_32_random_bytes() -> None:
    one, other = new_secret(), new_secret()

    assert one != other
    assert one.startswith("whsec_")
    assert len(base64.b64decode(one.removeprefix("whsec_"))) == 32


@pytest.mark.parametrize(
    "secret", ["", "whsec_", "whsec_c2hvcnQ=", "whsec_%%%", "whsec_" + "A" * 88]
)
def test_a_secret_that_does_not_fit_is_refused(secret: str) -> None:
    with pytest.raises(ValueError, match="secret"):
        sign(secret, "evt_1", 1, b"")


@pytest.mark.parametrize("message_id", ["", "evt.1"])
def test_an_id_that_could_be_shifted_into_the_timestamp_is_refused(message_id: str) -> None:
    with pytest.raises(ValueError, match="id"):
        sign(SECRET, message_id, 1, b"")


def test_without_a_secret_nothing_is_signed() -> None:
    with pytest.raises(ValueError, match="secret"):
        headers([], "evt_1", 1, b"")
