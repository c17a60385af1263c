"""Tokens and the caller's own account, over REST and from the command line."""

import pytest
from django.core.management import CommandError, call_command

from marketplace.kernel.identity.models import ApiToken, User
from marketplace.kernel.identity.tokens import public_id
from tests.rest import Caller

pytestmark = pytest.mark.django_db


def test_ana_reads_who_she_is(api, people):
    me = api.ana.get("/me").json

    assert (me["username"], me["kind"], me["via"]) == ("ana", "user", "token")
    assert me["teams"] == [{"team": "growth", "role": "member"}]
    assert me["scopes"] == ["*"]


def test_a_token_is_shown_once_and_works(api, people):
    made = api.ana.post("/tokens", {"name": "report", "scopes": ["read"], "days": 7}).json
    listed = api.ana.get("/tokens").json["results"]

    assert Caller(made["token"]).get("/me").json["scopes"] == ["read"]
    assert [one["name"] for one in listed] == ["report", "token"]
    assert "token" not in listed[0]
    assert made["token"] not in str(ApiToken.objects.values_list())


def test_a_revoked_token_opens_nothing(api, people):
    made = api.ana.post("/tokens", {"scopes": ["read"]}).json

    assert api.ana.delete(f"/tokens/{made['id']}").status == 204
    assert Caller(made["token"]).get("/me").code == "sign-in-first"
    assert api.ana.delete(f"/tokens/{made['id']}").status == 204


def test_a_token_makes_no_wider_one(api, people):
    admin = api.with_scopes("ana", "admin", "read")

    assert admin.post("/tokens", {"scopes": ["read"]}).status == 201
    assert admin.post("/tokens", {"scopes": ["publish"]}).code == "not-allowed"
    assert admin.post("/tokens", {"scopes": ["*"]}).code == "not-allowed"
    assert admin.post("/tokens").json["scopes"] == ["admin", "read"]
    assert api.with_scopes("ana", "read").post("/tokens", {"scopes": ["read"]}).status == 403


def test_tokens_of_others_are_not_there(api, people):
    made = api.ana.post("/tokens", {"name": "laptop"}).json

    assert api.olaf.get(f"/tokens/{made['id']}").code == "not-found"
    assert api.olaf.delete(f"/tokens/{made['id']}").code == "not-found"
    assert api.olaf.post("/tokens", {"username": "ana"}).code == "not-allowed"
    assert api.olaf.post("/tokens", {"username": "nobody"}).code == "not-found"
    assert ApiToken.objects.get(pk=made["id"]).revoked_at is None


def test_a_sponsor_keeps_the_tokens_of_a_program(api, people):
    ana = User.objects.get(username="ana")
    User.objects.create(username="loader", kind="service", sponsor=ana, password="!")

    made = api.ana.post("/tokens", {"username": "loader", "scopes": ["lineage", "read"]}).json

    me = Caller(made["token"]).get("/me").json
    assert (me["username"], me["kind"], me["on_behalf_of"]) == ("loader", "service", "ana")


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({"scopes": ["fly"]}, "/scopes/0"),
        ({"days": 366}, "/days"),
        ({"days": 0}, "/days"),
        ({"name": "x" * 81}, "/name"),
        ({"name": 5}, "/name"),
        ({"secret": "x"}, "/secret"),
    ],
)
def test_a_wrong_token_is_refused(api, people, body, pointer):
    answer = api.ana.post("/tokens", body)

    assert answer.status == 400
    assert [at for at, _ in answer.errors] == [pointer]


def test_the_command_prints_a_token_and_nothing_else(people, capsys):
    call_command("issue_token", "ana", "--scope", "read", "--scope", "query", "--days", "3")

    printed = capsys.readouterr().out
    assert public_id(printed.strip())
    assert printed.count("\n") == 1
    token = ApiToken.objects.get()
    assert (token.scopes, token.user.username) == (["query", "read"], "ana")
    assert (token.expires_at - token.created_at).days == 3


@pytest.mark.parametrize("words", [["nobody"], ["ana", "--scope", "fly"], ["ana", "--days", "366"]])
def test_the_command_refuses(people, words):
    with pytest.raises(CommandError):
        call_command("issue_token", *words)

    assert not ApiToken.objects.exists()


def test_a_session_needs_its_csrf_token(people):
    from django.test import Client

    browser = Client(enforce_csrf_checks=True)
    browser.force_login(
        User.objects.get(username="ana"), "django.contrib.auth.backends.ModelBackend"
    )

    refused = browser.post("/api/v1/tokens", {}, content_type="application/json")

    assert browser.get("/api/v1/me").json()["via"] == "session"
    assert refused.status_code == 403
    assert refused.json()["code"] == "not-allowed"
    assert not ApiToken.objects.exists()
