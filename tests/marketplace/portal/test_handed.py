"""What a platform hands out is shown whole: keys one by one, files to be saved."""

import base64
from datetime import UTC, datetime

from django.template.loader import render_to_string

from marketplace.connectors.base import ConnInfo, Part
from marketplace.portal.handed import shown

CREDS = "-----BEGIN NATS USER JWT-----\nabc\n------END NATS USER JWT------\n"


def given(*parts: Part) -> ConnInfo:
    return ConnInfo(
        host="nats.example",
        port=4222,
        database="ORDERS",
        user="mp_x_c",
        password=CREDS,
        expires_at=datetime(2026, 1, 1, tzinfo=UTC),
        relation="orders.placed",
        url="nats://nats.example:4222",
        parts=parts,
    )


def test_a_file_is_shown_copied_and_saved_without_asking_again():
    (secret,) = shown(given(Part("creds_file", CREDS, file_name="emporion.creds")))["secrets"]

    page = render_to_string("components/handed_part.html", {"part": secret})

    assert secret["long"]
    assert 'download="emporion.creds"' in page
    kept = secret["href"].partition("base64,")[2]
    assert base64.b64decode(kept).decode() == CREDS
    assert f"<code>{CREDS}</code>" in page
    assert "data-copy" in page


def test_what_is_no_secret_stands_in_the_open():
    found = shown(given(Part("server", "nats://nats.example:4222", secret=False)))

    assert found["secrets"] == []
    assert [(str(one["label"]), one["value"]) for one in found["open"]] == [
        ("Server", "nats://nats.example:4222")
    ]


def test_a_connector_that_names_no_parts_hands_out_address_and_password():
    assert [str(one["label"]) for one in shown(given())["secrets"]] == [
        "Address with password",
        "Password",
    ]
