"""Single sign-on with an OpenID provider that runs: discovery, PKCE, code, token, who it is."""

import json
import sys
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
from allauth.socialaccount.providers.oauth2.client import OAuth2Error

from deploy.embedded.children import Child, wait_until
from deploy.embedded.state import free_port
from marketplace.kernel.identity.models import Membership, User
from marketplace.kernel.identity.sign_on.views import nonce_of, refuse_foreign

pytestmark = [pytest.mark.django_db, pytest.mark.slow]
NORA = {
    "sub": "u-17",
    "preferred_username": "nora",
    "name": "Nora Novak",
    "email": "nora@acme.example",
    "email_verified": True,
}


@pytest.fixture(scope="module")
def provider(tmp_path_factory):
    """The provider's address; it knows Nora."""
    port = free_port()
    log = tmp_path_factory.mktemp("provider") / "log"
    claims = ["--user-claims", json.dumps(NORA)]
    child = Child(
        "OpenID provider",
        [sys.executable, "-m", "oidc_provider_mock", "-p", str(port), *claims],
        log,
    )
    child.start()
    address = f"http://127.0.0.1:{port}"

    def answers():
        try:
            return (
                requests.get(f"{address}/.well-known/openid-configuration", timeout=5).status_code
                == 200
            )
        except requests.ConnectionError:
            return False

    wait_until(answers, child, seconds=60)
    yield address
    child.stop(5)


@pytest.fixture
def sign_on(client, provider, settings):
    """Sign in with the provider as a browser does; give the marketplace's last answer."""
    app = settings.OIDC_APP | {"client_id": "emporion", "secret": "s3cret"}
    app["settings"] = {"server_url": provider}
    kept = settings.SOCIALACCOUNT_PROVIDERS["openid_connect"]
    settings.SOCIALACCOUNT_PROVIDERS = {"openid_connect": kept | {"APPS": [app]}}

    def go(*, nonce="", **form):
        sent = client.post("/accounts/oidc/oidc/login/?next=/access")
        asked = parse_qs(urlsplit(sent["Location"]).query)
        assert sent["Location"].startswith(f"{provider}/oauth2/authorize?")
        assert asked["code_challenge_method"] == ["S256"]
        assert asked["nonce"] == [nonce_of(asked["state"][0])]
        address = sent["Location"].replace(asked["nonce"][0], nonce or asked["nonce"][0])
        back = requests.post(address, data=form, timeout=30, allow_redirects=False)
        assert back.status_code == 302
        return client.get(back.headers["Location"].removeprefix("http://testserver"))

    return go


def test_nora_comes_in_with_an_account_of_her_own_and_no_role(sign_on, client):
    answer = sign_on(sub="u-17")

    assert (answer.status_code, answer["Location"]) == (302, "/access")
    nora = User.objects.get()
    assert (nora.username, nora.email, nora.called) == ("nora", "nora@acme.example", "Nora Novak")
    assert (nora.kind, nora.roles, nora.is_superuser) == ("user", [], False)
    assert not Membership.objects.exists()
    assert client.get("/access").status_code == 200


def test_she_is_the_same_person_the_second_time(sign_on, client):
    sign_on(sub="u-17")
    client.logout()

    assert sign_on(sub="u-17").status_code == 302
    assert User.objects.count() == 1


def test_a_refusal_of_the_provider_lets_nobody_in(sign_on, client):
    answer = sign_on(action="deny")

    assert answer["Location"] == "/accounts/3rdparty/login/cancelled/"
    assert client.get(answer["Location"]).status_code == 200
    assert not User.objects.exists()
    assert client.get("/access").status_code == 302


def test_a_token_that_was_made_for_another_sign_in_lets_nobody_in(sign_on, client):
    answer = sign_on(sub="u-17", nonce=nonce_of("the state of somebody else"))

    assert answer.status_code == 401
    assert not User.objects.exists()
    assert client.get("/access").status_code == 302


@pytest.mark.parametrize(
    ("told", "why"),
    [
        ({"userinfo": {"sub": "u-17"}}, "nonce"),
        ({"id_token": {"sub": "u-17"}}, "nonce"),
        ({"id_token": {"sub": "u-17", "nonce": nonce_of("b")}}, "nonce"),
        ({"id_token": {"sub": "u-17", "nonce": nonce_of("a")}, "userinfo": {"sub": "u-18"}}, "of"),
    ],
    ids=["no token", "no nonce", "another nonce", "info of somebody else"],
)
def test_what_a_provider_tells_of_another_sign_in_is_refused(told, why):
    with pytest.raises(OAuth2Error, match=why):
        refuse_foreign(told, "a")


def test_whom_the_operator_locked_out_stays_out(sign_on, client):
    sign_on(sub="u-17")
    client.logout()
    User.objects.update(is_active=False)

    sign_on(sub="u-17")

    assert client.get("/access").status_code == 302
