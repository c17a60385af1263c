"""Tokens, sealed values, and logs that say neither."""

import pytest

from marketplace.kernel import sealing
from marketplace.kernel.identity import tokens
from marketplace.kernel.logs import Redaction


def test_a_token_is_recognised_by_its_form_before_any_database():
    text, public, digest = tokens.make()

    assert text.startswith(f"mp_{public}_")
    assert tokens.public_id(text) == public
    assert tokens.same(digest, text)
    assert tokens.public_id(text[:-1] + ("a" if text[-1] != "a" else "b")) is None
    assert tokens.public_id("mp_short") is None
    assert not tokens.same(digest, tokens.make()[0])


def test_a_sealed_value_opens_only_at_its_place():
    sealed = sealing.seal("s3cret", place="platform/a/secret")

    assert b"s3cret" not in sealed
    assert sealing.unseal(sealed, place="platform/a/secret") == "s3cret"
    with pytest.raises(sealing.Unsealable):
        sealing.unseal(sealed, place="platform/b/secret")


def test_a_rotated_key_still_opens_what_the_old_one_sealed(settings):
    import base64

    old, new = (base64.b64encode(bytes([n]) * 32).decode() for n in (1, 2))
    settings.FIELD_KEY = old
    sealed = sealing.seal("s3cret", place="x")
    settings.FIELD_KEY = f"{new},{old}"

    assert sealing.unseal(sealed, place="x") == "s3cret"
    settings.FIELD_KEY = new
    with pytest.raises(sealing.Unsealable):
        sealing.unseal(sealed, place="x")


def test_logs_say_no_secret_and_no_forged_line():
    redact = Redaction(["warehouse-password"])
    token = tokens.make()[0]

    line = redact(None, "info", {"event": f"{token} warehouse-password\nforged", "n": 1})

    assert line == {"event": "[token] [secret]\\nforged", "n": 1}
