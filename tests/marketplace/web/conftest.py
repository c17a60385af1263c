"""Templates without a database: our own engine, a person from the test, minimal addresses."""

from collections.abc import Callable, Iterator
from types import SimpleNamespace
from typing import Any

import pytest
from django.conf import settings
from django.template.backends.django import DjangoTemplates
from django.test import RequestFactory
from django.urls import clear_url_caches

ANA = SimpleNamespace(
    is_authenticated=True,
    email="ana@example.org",
    get_username=lambda: "ana",
    called="Ana Analyst",
)
SID = SimpleNamespace(is_authenticated=False)
CHROME = {
    "waiting": 4,
    "unread": 2,
    "instance_name": "Emporion",
    "theme": "",
    "is_owner": True,
    "is_governance": True,
    "is_operator": False,
}


def person_and_chrome(_request: object) -> dict[str, Any]:
    return {"user": ANA, "chrome": CHROME}


def template_options(*processors: str) -> dict[str, Any]:
    return {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [settings.BASE_DIR / "templates"],
        "OPTIONS": {
            "builtins": [
                "marketplace.kernel.web.templatetags.emporion",
                "django.templatetags.i18n",
            ],
            "context_processors": list(processors),
        },
    }


@pytest.fixture
def frame_urls(settings) -> Iterator[None]:
    settings.ROOT_URLCONF = "tests.marketplace.web.urls"
    clear_url_caches()
    yield
    clear_url_caches()


@pytest.fixture
def show(frame_urls) -> Callable[..., str]:
    """Render a template for Ana, or for another person: `show("x.html", {...}, user=SID)`."""
    options = template_options()
    engine = DjangoTemplates(
        {"NAME": "kit", "DIRS": options["DIRS"], "APP_DIRS": False, "OPTIONS": options["OPTIONS"]}
    )

    def render(template: str, context: dict[str, Any] | None = None, **more: Any) -> str:
        request = RequestFactory().get("/here?q=1")
        values = {"user": ANA, "chrome": CHROME, "request": request, **(context or {}), **more}
        return str(engine.get_template(template).render(values, request))

    return render
