"""Fixed places that programs look at."""

from datetime import UTC, datetime, timedelta

import pytest
from django.test import Client
from django.utils import timezone

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("contact", "line"),
    [
        ("security@acme.example", "Contact: mailto:security@acme.example"),
        ("https://acme.example/report", "Contact: https://acme.example/report"),
    ],
)
def test_who_finds_a_weakness_learns_whom_to_tell(settings, contact, line):
    settings.SECURITY_CONTACT = contact

    answer = Client().get("/.well-known/security.txt")

    lines = answer.text.splitlines()
    assert (answer.status_code, answer["Content-Type"]) == (200, "text/plain; charset=utf-8")
    assert lines[0] == line
    ends = datetime.strptime(lines[1], "Expires: %Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)
    assert timedelta(days=178) < ends - timezone.now() < timedelta(days=181)
    assert lines[2:] == [
        "Preferred-Languages: en, de",
        f"Canonical: {settings.BASE_URL}/.well-known/security.txt",
    ]


def test_an_instance_that_names_nobody_has_no_such_file(settings):
    settings.SECURITY_CONTACT = ""

    assert Client().get("/.well-known/security.txt").status_code == 404


def test_password_managers_find_their_pages(settings):
    assert Client().get("/.well-known/change-password")["Location"] == "/accounts/password/change/"
    found = Client().get("/.well-known/passkey-endpoints").json()
    page = f"{settings.BASE_URL}/settings/passkeys"
    assert found == {"enroll": page, "manage": page}
    settings.PASSKEY_RP_ID = ""
    assert Client().get("/.well-known/passkey-endpoints").status_code == 404
