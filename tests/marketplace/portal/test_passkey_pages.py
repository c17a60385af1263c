"""Passkeys: made, used, renamed, removed; and every wrong answer, which changes nothing."""

import json

import pytest
from django.test import Client

from marketplace.kernel.events.models import Event
from marketplace.kernel.identity.models import Passkey, PasskeyChallenge, User
from subscriptions.models import Mail, Notice
from tests.authenticator import Device
from tests.rest import api  # noqa: F401 - a fixture
from tests.rows import all_rows

pytestmark = pytest.mark.django_db
PHRASE = "a long phrase of hers"
_TRAIL = ("events_event", "events_chain", "events_delivery")
WRONG = "This passkey was not accepted. Sign in with a password."


@pytest.fixture
def accounts(people, settings) -> None:
    """Ana and Olaf have passwords; the hash is a quick one, passwords are tested elsewhere."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    for name in ("ana", "olaf"):
        user = User.objects.get(username=name)
        user.set_password(PHRASE)
        user.here_for = "consumer"
        user.save()


@pytest.fixture
def ana_in(accounts) -> Client:
    """Ana, signed in with her password a moment ago."""
    return by_password("ana")


@pytest.fixture
def device(ana_in) -> Device:
    """Ana's security key, which has a passkey here."""
    device = Device()
    assert add(ana_in, device).status_code == 302
    assert Passkey.objects.count() == 1
    return device


def by_password(name: str) -> Client:
    client = Client()
    client.post("/accounts/login/", {"login": name, "password": PHRASE})
    return client


def add(client: Client, device: Device, name: str = "key ring"):
    asked = client.post("/settings/passkeys/question")
    answer = json.dumps(device.make(asked.json())) if asked.status_code == 200 else "{}"
    return client.post("/settings/passkeys", {"answer": answer, "name": name})


def question(client: Client) -> dict:
    return client.post("/sign-in/passkey/question").json()


def sign_in(client: Client, answer: dict, **more: str):
    return client.post("/sign-in/passkey", {"answer": json.dumps(answer), **more})


def is_in(client: Client) -> bool:
    return client.get("/access").status_code == 200


def kept() -> dict:
    """Every row that may not change when a passkey is refused.

    The question itself is used up, and the audit trail says that somebody was refused.
    """
    rows = all_rows()
    own = ("identity_session", "identity_passkeychallenge", *_TRAIL)
    return {table: found for table, found in rows.items() if table not in own}


def refused(client: Client, answer: dict) -> None:
    """Sign-in is refused, the same words whatever was wrong, and nothing has changed."""
    before = kept()

    page = sign_in(client, answer)

    assert (page.status_code, page["Location"]) == (302, "/accounts/login/")
    assert WRONG in client.get(page["Location"]).text
    assert not is_in(client)
    assert kept() == before


def test_ana_adds_a_passkey_and_signs_in_with_it(device):
    client = Client()
    answer = device.prove(question(client))

    page = sign_in(client, answer, next="/access")

    assert (page.status_code, page["Location"]) == (302, "/access")
    assert is_in(client)
    row = Passkey.objects.get()
    assert (row.name, row.user.username, row.sign_count, row.synced) == (
        "key ring",
        "ana",
        1,
        False,
    )
    assert row.last_used_at is not None
    names = list(Event.objects.filter(name__startswith="passkey").values_list("name", "actor"))
    assert names == [("passkey.added", "ana"), ("passkey.used", "ana")]
    shown = client.get("/settings/passkeys").text
    assert "key ring" in shown
    assert ">never<" not in shown


def test_she_hears_of_it_by_mail(device, work):
    work()

    notice = Notice.objects.get(type="PASSKEY_CHANGED")
    assert (notice.title, notice.mandatory) == ("A passkey was added: key ring", True)
    mail = Mail.objects.get(notice=notice)
    assert mail.to == "ana@example.org"
    assert "If you did not add it" in mail.text


def test_the_question_asks_for_a_verified_user_and_a_key_that_is_found_by_itself(ana_in):
    asked = ana_in.post("/settings/passkeys/question")
    proof = question(Client())

    wanted = asked.json()["authenticatorSelection"]
    assert (wanted["residentKey"], wanted["userVerification"]) == ("required", "required")
    assert (proof["userVerification"], proof["rpId"], proof["allowCredentials"]) == (
        "required",
        "localhost",
        [],
    )
    assert asked["Cache-Control"] == "no-store"


def test_a_replayed_answer_is_refused(device):
    first, second = Client(), Client()
    answer = device.prove(question(first))
    sign_in(first, answer)
    assert is_in(first)

    question(second)
    refused(second, answer)


def test_a_question_is_answered_once(device):
    client = Client()
    asked = question(client)
    sign_in(client, device.prove(asked) | {"rawId": "unknown"})
    assert not PasskeyChallenge.objects.exists()

    refused(client, device.prove(asked))


def test_a_question_of_another_session_is_not_hers(device):
    refused(Client(), device.prove(question(Client())))


def test_a_question_to_confirm_is_none_to_sign_in(device, ana_in):
    asked = ana_in.post("/sign-in/confirm/question").json()
    before = kept()

    sign_in(ana_in, device.prove(asked))

    assert kept() == before


def test_an_old_question_is_refused(device):
    client = Client()
    asked = question(client)
    PasskeyChallenge.objects.update(expires_at="2020-01-01T00:00Z")

    refused(client, device.prove(asked))


@pytest.mark.parametrize(
    "wrong",
    [
        {"origin": "https://evil.example"},
        {"origin": "http://localhost:8000.evil.example"},
        {"domain": "evil.example"},
        {"verifies": False},
        {"handle": b"ZW1wb3Jpb246OTk5OTk"},
    ],
)
def test_an_answer_for_another_site_or_without_its_user_is_refused(device, wrong):
    vars(device).update(wrong)
    client = Client()

    refused(client, device.prove(question(client)))


def test_another_key_with_the_same_id_is_refused(device):
    client = Client()

    refused(client, Device().prove(question(client)))


def test_a_counter_that_goes_backwards_is_refused(device):
    device.count = 7
    client = Client()
    sign_in(client, device.prove(question(client)))
    assert Passkey.objects.get().sign_count == 8

    device.count = 3
    copy = Client()
    refused(copy, device.prove(question(copy)))
    assert Passkey.objects.get().sign_count == 8


def test_a_removed_key_opens_nothing(device, ana_in):
    ana_in.post(f"/settings/passkeys/{Passkey.objects.get().pk}/remove")
    assert not Passkey.objects.exists()
    assert Event.objects.filter(name="passkey.removed", actor="ana").count() == 1
    client = Client()

    refused(client, device.prove(question(client)))


def test_a_deactivated_person_stays_out(device):
    User.objects.filter(username="ana").update(is_active=False)
    client = Client()

    refused(client, device.prove(question(client)))


@pytest.mark.parametrize("answer", ["", "[]", "{}", "x" * 30_000, '{"response": {}, "rawId": 3}'])
def test_what_is_no_answer_is_refused(device, answer):
    client = Client()
    question(client)
    before = kept()

    page = client.post("/sign-in/passkey", {"answer": answer})

    assert page["Location"] == "/accounts/login/"
    assert kept() == before


def test_a_wrong_proof_is_a_fact_of_the_audit_trail(device):
    client = Client()
    answer = device.prove(question(client))
    question(client)  # a newer question: the answer to the first one fits no more

    refused(client, answer)

    row = Event.objects.get(name="sign_in.refused")
    assert (row.subject, row.data["method"], row.data["why"]) == (
        "user/ana",
        "passkey",
        "wrong-proof",
    )


def test_too_many_attempts_are_refused_whatever_they_hold(device, settings):
    settings.ACCOUNT_RATE_LIMITS = {"login": "60/m/ip", "login_failed": "2/m/key"}
    client = Client()
    for _ in range(2):
        sign_in(client, Device().prove(question(client)))

    refused(client, device.prove(question(client)))


def test_it_leads_to_no_other_site(device):
    client = Client()

    page = sign_in(client, device.prove(question(client)), next="https://evil.example/")

    assert page["Location"] == "/"


def test_nothing_is_added_without_a_fresh_sign_in(accounts, as_ana):
    before = kept()

    page = add(as_ana, Device())

    assert page["Location"] == "/accounts/reauthenticate/?next=%2Fsettings%2Fpasskeys"
    assert as_ana.post("/settings/passkeys/question").status_code == 403
    assert kept() == before
    assert "Confirm it is you" in as_ana.get("/settings/passkeys").text


def test_a_passkey_confirms_that_it_is_she(device, as_ana):
    asked = as_ana.post("/sign-in/confirm/question").json()
    assert [one["id"] for one in asked["allowCredentials"]] == [device.name]

    sent = {"answer": json.dumps(device.prove(asked)), "next": "/settings/passkeys"}
    page = as_ana.post("/sign-in/confirm", sent)

    assert page["Location"] == "/settings/passkeys"
    assert "Confirm it is you" not in as_ana.get("/settings/passkeys").text
    assert Event.objects.get(name="passkey.used").data["purpose"] == "confirm"


def test_olafs_passkey_does_not_confirm_ana(accounts, as_ana):
    olaf = by_password("olaf")
    device = Device(b"a device of olaf")
    add(olaf, device)
    asked = as_ana.post("/sign-in/confirm/question").json()
    before = kept()

    page = as_ana.post("/sign-in/confirm", {"answer": json.dumps(device.prove(asked))})

    assert page["Location"].startswith("/accounts/reauthenticate/")
    assert kept() == before


def test_one_device_has_one_passkey_here(device, ana_in):
    before = kept()

    page = add(ana_in, device, name="again")

    assert page.status_code == 302
    assert "has a passkey here already" in ana_in.get("/settings/passkeys").text
    assert kept() == before


def test_who_comes_by_single_sign_on_adds_none(people, as_ana):
    session = as_ana.session
    session.save()

    assert "through your organisation" in as_ana.get("/settings/passkeys").text
    assert as_ana.post("/settings/passkeys/question").status_code == 403


def test_ana_renames_hers_and_nobody_elses(device, ana_in):
    row = Passkey.objects.get()
    olaf = by_password("olaf")
    assert olaf.post(f"/settings/passkeys/{row.pk}/rename", {"name": "mine"}).status_code == 404
    assert olaf.post(f"/settings/passkeys/{row.pk}/remove").status_code == 404
    ana_in.post(f"/settings/passkeys/{row.pk}/rename", {"name": " "})
    row.refresh_from_db()
    assert row.name == "key ring"

    ana_in.post(f"/settings/passkeys/{row.pk}/rename", {"name": "safe at home"})

    row.refresh_from_db()
    assert row.name == "safe at home"


def test_an_instance_without_a_domain_offers_none(accounts, settings, ana_in):
    settings.PASSKEY_RP_ID = ""

    assert "bare address" in ana_in.get("/settings/passkeys").text
    assert "passkey" not in Client().get("/accounts/login/").text
    assert Client().post("/sign-in/passkey/question").status_code == 404


def test_the_sign_in_page_works_without_a_script(accounts):
    page = Client().get("/accounts/login/").text

    assert page.index("<passkey-door") > page.index('name="password"')
    assert is_in(by_password("ana"))


def test_they_are_listed_renamed_and_removed_over_rest(device, api):  # noqa: F811
    row = api.ana.get("/passkeys").json["results"][0]
    assert (row["name"], row["synced"], row["last_used_at"]) == ("key ring", False, None)
    assert "public_key" not in row
    assert api.olaf.get("/passkeys").json["results"] == []
    assert api.olaf.delete(f"/passkeys/{row['id']}").code == "not-found"

    assert api.ana.patch(f"/passkeys/{row['id']}", {"name": "spare"}).json["name"] == "spare"
    assert api.with_scopes("ana", "read").delete(f"/passkeys/{row['id']}").status == 403
    assert Passkey.objects.get().name == "spare"

    assert api.ana.delete(f"/passkeys/{row['id']}").status == 204
    assert not Passkey.objects.exists()


def test_the_page_costs_a_fixed_number_of_statements(device, ana_in, django_assert_max_num_queries):
    ana_in.get("/settings/passkeys")
    with django_assert_max_num_queries(6):
        ana_in.get("/settings/passkeys")
