"""The double keeps to what is documented: examples of the standards, and a transcript."""

import base64

import pytest

from tests.connectors.kafka.levers import KafkaLevers
from tests.connectors.kafka.security import (
    ALL,
    ALLOW,
    DENY,
    DESCRIBE,
    GROUP,
    LITERAL,
    PREFIXED,
    READ,
    TOPIC,
    WRITE,
    Acl,
    Authorizer,
    Credential,
    Refused,
    ScramLogin,
    salted,
)
from tests.connectors.kafka.transcripts import GOLDEN, record
from tests.connectors.kafka.wire import Malformed, Reader, Writer

SHA_256 = "SCRAM-SHA-256"


def test_what_crosses_the_wire_is_as_it_was_written_down(levers: KafkaLevers) -> None:
    assert record(levers) == GOLDEN.read_text()


def the_rfcs_user() -> ScramLogin:
    salt = base64.b64decode("W22ZaJ0SNY7soEsUEjb6gQ==")
    key = salted(SHA_256, "pencil", salt, 4096)
    kept = {("user", SHA_256): Credential.of(SHA_256, 4096, salt, key)}
    return ScramLogin(SHA_256, kept, nonce="%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0")


def test_a_login_runs_as_in_the_example_of_rfc_7677() -> None:
    login = the_rfcs_user()
    nonce = "rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0"

    first = login.answer(b"n,,n=user,r=rOprNGfwEbeRWgbNEkqO")
    last = login.answer(f"c=biws,r={nonce},p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=".encode())

    assert first == f"r={nonce},s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096".encode()
    assert last == b"v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4="
    assert login.done


@pytest.mark.parametrize(
    "proof",
    ["eHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=", base64.b64encode(bytes(32)).decode()],
)
def test_a_wrong_proof_lets_nobody_in(proof: str) -> None:
    login = the_rfcs_user()
    login.answer(b"n,,n=user,r=rOprNGfwEbeRWgbNEkqO")

    with pytest.raises(Refused):
        login.answer(
            b"c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,p=" + proof.encode()
        )
    assert not login.done


@pytest.mark.parametrize(
    ("acl", "operation", "name", "allowed"),
    [
        ((TOPIC, "a", LITERAL, "User:ana", "*", READ, ALLOW), READ, "a", True),
        ((TOPIC, "a", LITERAL, "User:ana", "*", READ, ALLOW), DESCRIBE, "a", True),
        ((TOPIC, "a", LITERAL, "User:ana", "*", READ, ALLOW), WRITE, "a", False),
        ((TOPIC, "a", LITERAL, "User:ana", "*", DESCRIBE, ALLOW), READ, "a", False),
        ((TOPIC, "a", LITERAL, "User:ana", "*", READ, ALLOW), READ, "ab", False),
        ((TOPIC, "a", PREFIXED, "User:ana", "*", READ, ALLOW), READ, "ab", True),
        ((TOPIC, "*", LITERAL, "User:*", "*", ALL, ALLOW), READ, "z", True),
        ((TOPIC, "a", LITERAL, "User:bob", "*", READ, ALLOW), READ, "a", False),
        ((GROUP, "a", LITERAL, "User:ana", "*", READ, ALLOW), READ, "a", False),
    ],
)
def test_rules_mean_what_the_documentation_says(
    acl: tuple[int, str, int, str, str, int, int],
    operation: int,
    name: str,
    allowed: bool,  # noqa: FBT001 - what pytest gives
) -> None:
    rules = Authorizer({"User:dba"}, {Acl(*acl)})

    assert rules.allows("User:ana", operation, TOPIC, name) is allowed
    assert rules.allows("User:dba", operation, TOPIC, name)
    rules.acls.add(Acl(TOPIC, name, LITERAL, "User:*", "*", operation, DENY))
    assert not rules.allows("User:ana", operation, TOPIC, name)


def test_a_message_is_read_as_it_was_written() -> None:
    spec = (("name", "string"), ("numbers", ["int32"]), ("raw", "bytes"), ("yes", "bool"))
    value = {"name": "flüge", "numbers": [1, -2], "raw": None, "yes": True}
    for flexible in (False, True):
        writer = Writer(flexible=flexible)
        writer.write(spec, value)
        raw = writer.done()
        assert Reader(raw, flexible=flexible).read(spec) == value
        with pytest.raises(Malformed):
            Reader(raw[:-3], flexible=flexible).read(spec)


def test_a_flexible_message_has_the_bytes_of_kip_482() -> None:
    """A compact string is its length and one as a varint; a structure ends with its tags."""
    writer = Writer(flexible=True)
    writer.write((("name", "string"), ("many", ["int8"])), {"name": "a" * 200, "many": None})

    assert writer.done() == b"\xc9\x01" + b"a" * 200 + b"\x00\x00"
