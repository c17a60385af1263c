"""Secrets of platforms: sealed by field, or referred to."""

import http.server
import json
import threading

import pytest

from catalog.actions.platforms import register_platform
from catalog.models import PlatformConnection
from catalog.queries import connector_of, secrets
from catalog.queries.secrets import NoSecret
from marketplace.kernel.errors import Invalid

pytestmark = pytest.mark.django_db
CONFIG = {"host": "127.0.0.1", "port": 1, "database": "d", "user": "provisioner"}


@pytest.fixture(autouse=True)
def _fresh():
    secrets.forget()
    yield
    secrets.forget()


def lake(pia, **given):
    return register_platform(
        pia, key="lake", name="Lake", kind="postgres", config=CONFIG, secrets=given
    )


def test_a_secret_is_sealed_for_its_field_and_opens_for_the_connector(pia):
    row = lake(pia, password="very-secret-words")

    assert list(row.sealed["password"]) == ["sealed"]
    assert "very-secret-words" not in json.dumps(row.sealed)
    assert connector_of(row).config.password == "very-secret-words"
    moved = PlatformConnection(key="other", kind="postgres", config=CONFIG, sealed=row.sealed)
    with pytest.raises(NoSecret, match="no key opens password of other"):
        secrets.opened(moved)


def test_a_secret_that_is_kept_elsewhere_is_looked_up(pia, monkeypatch, tmp_path, settings):
    monkeypatch.setenv("EMPORION_SECRET_LAKE", "from-the-environment")
    settings.SECRETS_DIR = str(tmp_path)
    (tmp_path / "lake").write_text("from-a-file\n")

    row = lake(pia, password="env:EMPORION_SECRET_LAKE")
    assert row.sealed == {"password": {"ref": "env:EMPORION_SECRET_LAKE"}}
    assert connector_of(row).config.password == "from-the-environment"
    assert connector_of(lake(pia, password="file:lake")).config.password == "from-a-file"


@pytest.mark.parametrize(
    ("reference", "words"),
    [
        ("env:PATH", "has to start with EMPORION_SECRET_"),
        ("env:EMPORION_SECRET_NONE", "is not set"),
        ("file:../passwd", "is not below the folder of secrets"),
        ("file:none", "cannot be read"),
        ("vault:secret/lake#password", "needs VAULT_ADDR"),
    ],
)
def test_a_reference_that_leads_nowhere_is_refused_with_its_place(
    pia, reference, words, tmp_path, settings
):
    settings.SECRETS_DIR = str(tmp_path)

    with pytest.raises(Invalid, match=words) as refused:
        lake(pia, password=reference)

    assert [e["pointer"] for e in refused.value.facts["errors"]] == ["/secrets"]
    assert not PlatformConnection.objects.exists()


def test_a_secret_in_vault_is_read_with_the_token(pia, monkeypatch):
    asked = []

    class Vault(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            asked.append((self.path, self.headers["X-Vault-Token"]))
            body = json.dumps({"data": {"data": {"password": "from-vault"}}}).encode()
            self.send_response(200)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *args):
            """Say nothing."""

    server = http.server.HTTPServer(("127.0.0.1", 0), Vault)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        monkeypatch.setenv("VAULT_ADDR", f"http://127.0.0.1:{server.server_port}")
        monkeypatch.setenv("VAULT_TOKEN", "a-token")
        row = lake(pia, password="vault:secret/lake#password")
        assert connector_of(row).config.password == "from-vault"
        connector_of(row)
    finally:
        server.shutdown()
        thread.join()
        server.server_close()

    assert asked == [("/v1/secret/data/lake", "a-token")]  # once: kept for five minutes
