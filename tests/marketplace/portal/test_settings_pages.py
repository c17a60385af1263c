"""One's own settings: profile, mail and tokens."""

import re

import pytest

from marketplace.kernel.identity.actions import issue_token
from marketplace.kernel.identity.models import ApiToken, Session, User

pytestmark = pytest.mark.django_db
TOKEN = {"name": "notebook", "scopes": ["read", "query"], "days": "30"}


def secret_in(answer) -> str | None:
    found = re.search(r"mp_[A-Za-z0-9]{8}_[A-Za-z0-9]{38}", answer.text)
    return found[0] if found else None


def test_ana_says_how_she_is_called_and_whether_keys_work(people, as_ana):
    as_ana.post("/settings", {"display_name": "Ana Lyst"})

    ana = User.objects.get(username="ana")
    assert (ana.display_name, ana.single_keys, ana.mails) == ("Ana Lyst", False, True)


def test_single_keys_are_off_on_every_page_when_ana_says_so(people, as_ana):
    assert 'data-keys="off"' not in as_ana.get("/settings").text

    as_ana.post("/settings", {"display_name": "Ana Lyst"})

    assert 'data-keys="off"' in as_ana.get("/settings").text
    assert 'data-keys="off"' in as_ana.get("/inbox").text
    as_ana.post("/settings", {"display_name": "Ana Lyst", "single_keys": "on"})
    assert 'data-keys="off"' not in as_ana.get("/inbox").text


def test_a_name_that_is_too_long_is_refused_in_place(people, as_ana):
    answer = as_ana.post("/settings", {"display_name": "x" * 121})

    assert answer.status_code == 422
    assert User.objects.get(username="ana").display_name == "Ana Analyst"


def test_a_token_is_shown_once_and_works(people, as_ana):
    made = as_ana.post("/settings/tokens", TOKEN)
    shown = as_ana.get("/settings/tokens")
    again = as_ana.get("/settings/tokens")

    text = secret_in(shown)
    assert made["Location"] == "/settings/tokens"
    assert text is not None
    assert shown["Cache-Control"] == "no-store"
    assert secret_in(again) is None
    token = ApiToken.objects.get()
    assert (token.name, token.scopes, token.user.username) == (
        "notebook",
        ["query", "read"],
        "ana",
    )
    assert text not in token.digest


def test_the_secret_is_sealed_on_its_way(people, as_ana):
    as_ana.post("/settings/tokens", TOKEN)

    kept = [session.get_decoded() for session in Session.objects.all()]
    public = ApiToken.objects.get().public_id
    assert "shown_once" in kept[0]
    assert f"mp_{public}_" not in str(kept)


@pytest.mark.parametrize(
    "wrong",
    [
        {**TOKEN, "name": ""},
        {**TOKEN, "scopes": []},
        {**TOKEN, "scopes": ["root"]},
        {**TOKEN, "days": "3650"},
    ],
)
def test_a_wrong_token_is_refused_in_place(people, as_ana, wrong):
    assert as_ana.post("/settings/tokens", wrong).status_code == 422
    assert not ApiToken.objects.exists()


def test_a_token_is_taken_back(people, as_ana, ana, browser):
    token, _ = issue_token(ana, username="ana", name="old", scopes=["read"])
    url = f"/settings/tokens/{token.pk}/revoke"

    assert browser("olaf").post(url).status_code == 404
    token.refresh_from_db()
    assert token.revoked_at is None

    as_ana.post(url)
    token.refresh_from_db()
    assert token.revoked_at is not None
    assert as_ana.get("/settings/tokens").context["over"] == [token]


def test_only_ones_own_tokens_are_listed(people, ana, as_olaf):
    issue_token(ana, username="ana", name="hers", scopes=["read"])

    assert as_olaf.get("/settings/tokens").context["live"] == []


def test_settings_need_a_sign_in(client, db):
    for page in ("/settings", "/settings/tokens", "/settings/webhooks"):
        assert client.get(page).status_code == 302


def test_the_pages_cost_a_fixed_number_of_statements(people, as_ana, django_assert_num_queries):
    with django_assert_num_queries(6):
        as_ana.get("/settings")
    with django_assert_num_queries(5):
        as_ana.get("/settings/tokens")
