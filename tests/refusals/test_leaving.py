"""Refusals about logins, and about people who leave."""

import pytest

from catalog.models import PlatformConnection
from marketplace.kernel.errors import Invalid
from marketplace.kernel.identity import passkeys
from marketplace.kernel.identity.models import User
from marketplace.kernel.identity.passkey_actions import add_passkey, use_passkey
from subscriptions.actions import lab
from subscriptions.consumers import known
from subscriptions.models import AccessAgreement, IssuedLogin
from tests.authenticator import Device
from tests.refusals.provoked import provokes
from tests.rows import nothing_changes

pytestmark = pytest.mark.django_db


@provokes("not-withdrawable")
def test_a_platform_that_cannot_drop_one_login(api, platform, ask_curated, work, ana):
    ask_curated()
    work()
    lab.credentials(ana, agreement_id=AccessAgreement.objects.get().pk, minutes=30)
    PlatformConnection.objects.update(kind="memory", config={"env": "test"}, sealed={}, secret=None)
    row = IssuedLogin.objects.get()

    with nothing_changes():
        answer = api.ana.post(f"/credentials/{row.pk}/revoke", {"reason": "Lost."})

    assert (answer.status, answer.code) == (409, "not-withdrawable")


def test_a_name_that_no_platform_can_show_is_refused(mesh):
    User.objects.create(username="ana\u202e", password="!")

    with nothing_changes(), pytest.raises(Invalid, match="no user called"):
        known("user", "ana\u202e")


@provokes("last-of-role")
def test_the_last_of_governance_cannot_leave(api, mesh):
    with nothing_changes():
        answer = api.pia.post("/accounts/gus/deactivate", {"reason": "He left."})

    assert (answer.status, answer.code) == (409, "last-of-role")


@provokes("not-described")
def test_drafting_a_table_that_is_not_there(api, platform):
    body = {"relation": "customer.nothing", "product": "customer.nothing", "team": "customer"}

    with nothing_changes():
        answer = api.pia.post("/platforms/warehouse/harvest", body)

    assert (answer.status, answer.code) == (409, "not-described")


@provokes("passkey-refused")
def test_a_passkey_that_answers_another_question(people, ana):
    account = User.objects.get(username="ana")
    account.password = "md5$salt$anything"
    account.save()
    device, asked, another = Device(), b"a" * 64, b"b" * 64
    made = device.make(passkeys.options_to_add(account, (), asked))
    row = add_passkey(ana, answer=made, challenge=asked)
    answer = device.prove(passkeys.options_to_prove(asked))

    with nothing_changes(), pytest.raises(passkeys.PasskeyRefused) as refused:
        use_passkey(
            ana, passkey_id=row.pk, answer=answer, challenge=another, purpose=passkeys.SIGN_IN
        )

    assert (refused.value.status, refused.value.code) == (422, "passkey-refused")
