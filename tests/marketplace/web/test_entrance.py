"""Sign-in, sign-out and what stands around them, in our frame."""

import pytest
from django.urls import clear_url_caches

from tests.marketplace.web.conftest import template_options


@pytest.fixture(autouse=True)
def _entrance(settings, db):
    settings.ROOT_URLCONF = "tests.marketplace.web.entrance_urls"
    settings.TEMPLATES = [
        template_options(
            "django.template.context_processors.request",
            "django.contrib.auth.context_processors.auth",
            "django.contrib.messages.context_processors.messages",
        )
    ]
    settings.TEMPLATES[0]["APP_DIRS"] = True
    settings.MIDDLEWARE = [name for name in settings.MIDDLEWARE if "whitenoise" not in name]
    clear_url_caches()
    yield
    clear_url_caches()


def test_sid_finds_a_form_to_sign_in(client):
    page = client.get("/accounts/login/?next=/access").content.decode()

    assert "<h1>Sign in</h1>" in page
    assert page.count("/accounts/password/reset/") == 1
    assert 'class="btn ghost" href="/accounts/login/"' not in page
    assert 'name="login"' in page
    assert 'autocomplete="current-password"' in page
    assert '<input type="hidden" name="next" value="/access">' in page
    assert "Sign in with" not in page


def test_allauths_own_words_are_written_as_ours_are(client):
    assert "Remember me" in client.get("/accounts/login/").content.decode()


def test_a_wrong_password_is_said_in_the_form(client):
    answer = client.post("/accounts/login/", {"login": "sid", "password": "wrong"})

    page = answer.content.decode()
    assert answer.status_code == 200
    assert 'role="alert"' in page
    assert 'class="banner bad"' in page


def test_a_provider_that_is_configured_has_a_button_that_posts(client, settings):
    settings.SOCIALACCOUNT_PROVIDERS = {
        "openid_connect": {
            "APPS": [
                {
                    "provider_id": "acme",
                    "name": "Acme ID",
                    "client_id": "c",
                    "secret": "s",
                    "settings": {"server_url": "https://id.example.org"},
                }
            ]
        }
    }

    page = client.get("/accounts/login/").content.decode()

    assert "Sign in with Acme ID" in page
    assert '<form method="post" action="/accounts/oidc/acme/login/' in page
    assert "or with a password" in page


@pytest.mark.parametrize(
    "address",
    ["/accounts/password/reset/", "/accounts/password/reset/done/", "/accounts/inactive/"],
)
def test_the_other_doors_stand_in_the_same_frame(client, address):
    page = client.get(address).content.decode()

    assert 'class="entrance"' in page


def test_ana_is_asked_before_she_is_signed_out(client, django_user_model):
    client.force_login(django_user_model.objects.create(username="ana", password="!"))

    page = client.get("/accounts/logout/").content.decode()

    assert "<h1>Sign out?</h1>" in page
    assert client.get("/accounts/password/change/").status_code in {200, 302}
