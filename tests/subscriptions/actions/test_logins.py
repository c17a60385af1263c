"""Every short-lived login stands in the ledger, and each can be dropped and proven gone."""

import psycopg
import pytest
from django.core.management import CommandError, call_command

from catalog.models import PlatformConnection
from marketplace.connectors.withdrawing import Withdrawn
from marketplace.kernel.actors import SYSTEM
from marketplace.kernel.events.models import Event
from subscriptions.actions import credentials as sweeping
from subscriptions.actions import lab, logins
from subscriptions.actions.agreements import revoke
from subscriptions.lab import PlatformAway
from subscriptions.models import AccessAgreement, IssuedLogin
from subscriptions.queries.logins import standing
from tests.rest import api

__all__ = ["api"]
pytestmark = pytest.mark.django_db(transaction=False)


@pytest.fixture
def given(platform, ask_curated, work, ana):
    """A login of Ana's on growth's agreement, with its secret."""
    ask_curated()
    work()
    return lab.credentials(ana, agreement_id=AccessAgreement.objects.get().pk, minutes=30)


def opens(given) -> bool:
    try:
        with psycopg.connect(given.url, connect_timeout=10) as session:
            session.execute(f"SELECT count(*) FROM {given.relation}".encode())
    except psycopg.OperationalError:
        return False
    return True


def test_a_login_stands_in_the_ledger_without_its_secret(given):
    row = IssuedLogin.objects.get()

    assert (row.person, row.login, row.state) == ("ana", given.user, "live")
    assert row.expires_at == given.expires_at
    kept = str(list(IssuedLogin.objects.values())) + str(list(Event.objects.values("data")))
    assert given.password not in kept
    assert opens(given)


def test_dropping_it_ends_its_sessions_and_is_read_back(given, ana):
    session = psycopg.connect(given.url, autocommit=True)
    session.execute("SELECT 1")

    row = logins.withdraw(ana, login_id=IssuedLogin.objects.get().pk, reason="A stolen laptop.")

    assert (row.state, row.proof["sessions"], row.proof["gone"]) == ("revoked", 1, True)
    assert row.proof["read_back"] == "no such role, 0 sessions"
    with pytest.raises(psycopg.OperationalError):
        session.execute("SELECT 1")
    session.close()
    assert not opens(given)
    told = Event.objects.get(name="access.credentials.withdrawn")
    assert (told.data["user"], told.data["reason"]) == ("ana", "A stolen laptop.")


def test_a_platform_that_is_away_is_asked_again(given, olaf, monkeypatch):
    kept = PlatformConnection.objects.get()
    config = kept.config
    PlatformConnection.objects.update(config={**config, "port": 1})
    row = IssuedLogin.objects.get()

    with pytest.raises(PlatformAway):
        logins.withdraw(olaf, login_id=row.pk, reason="An incident.")
    row.refresh_from_db()
    assert (row.state, bool(row.error)) == ("withdrawing", True)

    PlatformConnection.objects.update(config=config)
    monkeypatch.setattr(logins, "RETRY", logins.RETRY * 0)
    assert logins.drop_due() == 1
    row.refresh_from_db()
    assert (row.state, row.withdrawn_by, row.error) == ("revoked", "olaf", "")
    assert not opens(given)


def test_the_sweep_notes_who_is_connected(given):
    sweeping._last.clear()
    with psycopg.connect(given.url):
        sweeping.clean_up()

    assert IssuedLogin.objects.get().seen_at is not None


def test_it_ends_with_the_access(given, olaf, work):
    agreement = AccessAgreement.objects.get()
    revoke(olaf, agreement_id=agreement.pk, reason="Over.")
    work()

    row = IssuedLogin.objects.select_related("agreement").get()
    assert standing(row, row.issued_at) == "ended"


def test_who_sees_and_drops_whose(api, given):
    row = IssuedLogin.objects.get()
    address = f"/credentials/{row.pk}"

    for name in ("ana", "olaf", "gus", "dana", "pia"):
        assert getattr(api, name).get(address).json["login"] == given.user
    for name in ("petra", "sid"):
        assert getattr(api, name).get(address).status == 404
        assert getattr(api, name).get("/credentials").json["results"] == []
        assert getattr(api, name).post(f"{address}/revoke", {"reason": "x"}).status == 404
    assert api.ana.post(f"{address}/revoke", {"reason": " "}).code == "invalid"
    assert given.password not in api.ana.get("/credentials").text

    done = api.olaf.post(f"{address}/revoke", {"reason": "An incident."}).json

    assert (done["state"], done["withdrawn_by"]) == ("revoked", "olaf")
    assert api.ana.post(f"{address}/revoke", {"reason": "Again."}).code == "impossible-move"


def test_a_login_that_was_not_made_is_told(platform, ask_curated, work, ana):
    ask_curated()
    work()
    PlatformConnection.objects.update(config={**PlatformConnection.objects.get().config, "port": 1})

    with pytest.raises(PlatformAway):
        lab.credentials(ana, agreement_id=AccessAgreement.objects.get().pk, minutes=5)

    row = IssuedLogin.objects.get()
    assert (row.state, row.login) == ("failed", "")


def test_from_the_shell(given, capsys):
    call_command("logins", "list", "--person", "ana")
    listed = capsys.readouterr().out
    call_command("logins", "revoke", str(IssuedLogin.objects.get().pk), "--reason", "Test.")

    assert given.user in listed
    assert "revoked; no such role" in capsys.readouterr().out


def test_a_new_login_from_the_shell_is_that_persons(platform, ask_curated, work, capsys):
    ask_curated()
    work()
    agreement = str(AccessAgreement.objects.get().pk)

    for name in ("", "nobody", "sid"):
        with pytest.raises(CommandError):
            call_command("logins", "make", agreement, "--person", name)
    assert IssuedLogin.objects.count() == 0
    call_command("logins", "make", agreement, "--person", "ana", "--minutes", "5")

    told = dict(line.split(": ", 1) for line in capsys.readouterr().out.splitlines())
    row = IssuedLogin.objects.get()
    assert (row.person, row.login) == ("ana", told["login"])
    with psycopg.connect(told["address"], connect_timeout=10) as session:
        assert session.execute(f"SELECT count(*) FROM {told['relation']}".encode()).fetchone()
    assert told["password"] in told["address"]


def test_what_ended_with_another_is_noted_too(given, ana, olaf):
    lab.credentials(ana, agreement_id=AccessAgreement.objects.get().pk, minutes=30)
    first, second = IssuedLogin.objects.order_by("issued_at")
    logins.ask_withdrawal(olaf, login_id=second.pk, reason="A stolen key.")
    IssuedLogin.objects.filter(pk=first.pk).update(login="handle/login/one")
    found = Withdrawn("x", True, None, True, "denied", others="handle/login/")  # noqa: FBT003

    logins.note_withdrawn(SYSTEM, login_id=second.pk, found=found)

    first.refresh_from_db()
    assert (first.state, first.withdrawn_by) == ("revoked", "olaf")
    assert (first.withdraw_reason, first.proof["read_back"]) == ("A stolen key.", "denied")
    assert Event.objects.filter(name="access.credentials.withdrawn").count() == 2
