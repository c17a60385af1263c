"""One's own settings: how one is called, whether keys do something, tokens of one's programs."""

from typing import Any, Final

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST
from django.views.i18n import set_language

from marketplace.kernel.actors import Actor
from marketplace.kernel.errors import DomainError, Invalid, NotFound
from marketplace.kernel.identity.actions import change_profile, issue_token, revoke_token
from marketplace.kernel.identity.current import actor_of, signed_in
from marketplace.kernel.identity.models import Membership, User
from marketplace.kernel.identity.queries import my_tokens
from marketplace.kernel.identity.tokens import SCOPES
from marketplace.kernel.web import words
from marketplace.portal import shown_once
from marketplace.portal.form_code import as_code
from marketplace.portal.pages import REFUSED, attempt, blame, show, words_of

DAYS: Final = (7, 30, 90, 365)
_SHOWN: Final = 100
_SECTIONS: Final = (
    ("settings", "Profile"),
    ("settings_notifications", "Notifications"),
    ("settings_searches", "Kept searches"),
    ("settings_passkeys", "Passkeys"),
    ("settings_sessions", "Sessions"),
    ("settings_tokens", "Tokens"),
    ("settings_logins", "Logins"),
    ("settings_webhooks", "Webhooks"),
)


class ProfileForm(forms.Form):
    """How one is called, and whether single keys do something."""

    display_name = forms.CharField(
        label="Name", max_length=120, help_text="Others see it beside what you ask and decide."
    )
    single_keys = forms.BooleanField(
        label="Single-key shortcuts",
        required=False,
        help_text="Off, no single key does anything on any page, in every browser you sign in "
        "with. Keys with Ctrl or ⌘ stay.",
    )


class TokenForm(forms.Form):
    """A token for a program that acts as oneself."""

    name = forms.CharField(
        label="Name", max_length=80, help_text="Where it will be used; it stands in the audit."
    )
    scopes = forms.MultipleChoiceField(
        label="What it may do",
        choices=list(SCOPES.items()),
        initial=["read"],
        widget=forms.CheckboxSelectMultiple,
    )
    days = forms.TypedChoiceField(
        label="Ends after",
        coerce=int,
        choices=[(days, f"{days} days") for days in DAYS],
        initial=30,
    )


@require_http_methods(["GET", "HEAD", "POST"])
def settings(request: HttpRequest) -> HttpResponse:
    """Show and change one's profile."""
    actor = signed_in(request)
    account = _account(actor)
    form = ProfileForm(
        request.POST if request.method == "POST" else None,
        initial={"display_name": account.called, "single_keys": account.single_keys},
    )
    status = 200
    if request.method == "POST":
        status = REFUSED
        if form.is_valid():
            try:
                change_profile(actor, **form.cleaned_data)
            except NotFound:
                raise
            except DomainError as refused:
                blame(form, refused, {"/display_name": "display_name"})
            else:
                messages.success(request, "Saved.")
                return redirect("settings")
    memberships = Membership.objects.select_related("team").filter(user_id=account.pk)
    context = {
        "form": form,
        "account": account,
        "memberships": list(memberships.order_by("team__name")),
        "roles": sorted(actor.roles),
    }
    return _page(request, "settings", context, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
def settings_language(request: HttpRequest) -> HttpResponse:
    """Keep a language for this browser and, signed in, for the account: its pages and mails."""
    actor = actor_of(request)
    wanted = request.POST.get("language", "")
    if actor.signed_in and wanted:
        try:
            change_profile(actor, language=wanted)
        except Invalid as refused:
            messages.error(request, words_of(refused))
            return redirect("settings")
    return set_language(request)


@require_http_methods(["GET", "HEAD", "POST"])
def settings_tokens(request: HttpRequest) -> HttpResponse:
    """List one's tokens, and make one; its text is shown on the next page and never again."""
    actor = signed_in(request)
    form = TokenForm(request.POST if request.method == "POST" else None)
    status = 200
    code = as_code("POST", "tokens", _body(form)) if "code" in request.POST else None
    if request.method == "POST" and code is None:
        status = REFUSED
        if form.is_valid():
            try:
                token, text = issue_token(actor, username=actor.subject, **form.cleaned_data)
            except NotFound:
                raise
            except DomainError as refused:
                fields = {"/name": "name", "/scopes": "scopes", "/days": "days"}
                blame(form, refused, fields)
            else:
                shown_once.keep(
                    request,
                    title=f"Token {token.name}",
                    value=text,
                    text=f"It ends on {words.day(token.expires_at)}. "
                    "Send it as Authorization: Bearer.",
                )
                return redirect("settings_tokens")
    now = timezone.now()
    rows = list(my_tokens(actor)[:_SHOWN])
    context = {
        "form": form,
        "code": code,
        "secret": shown_once.take(request) if request.method != "POST" else None,
        "live": [t for t in rows if t.revoked_at is None and t.expires_at > now],
        "over": [t for t in rows if t.revoked_at is not None or t.expires_at <= now],
    }
    return _page(request, "settings_tokens", context, status=status)


def _body(form: TokenForm) -> dict[str, Any]:
    """Give what stands in the form, whether it is right or not, as the API takes it."""
    days = str(form["days"].value() or "")
    return {
        "name": str(form["name"].value() or ""),
        "scopes": list(form["scopes"].value() or []),
        "days": int(days) if days.isdecimal() else days,
    }


@require_POST
def token_revoke(request: HttpRequest, token_id: Any) -> HttpResponse:
    """Take a token back at once."""
    actor = signed_in(request)
    attempt(
        request,
        lambda: revoke_token(actor, token_id=token_id),
        "The token opens nothing any more.",
    )
    return redirect("settings_tokens")


def section_links() -> list[dict[str, str]]:
    """Give the sections of the settings as links."""
    return [{"key": name, "label": label, "href": reverse(name)} for name, label in _SECTIONS]


def _page(
    request: HttpRequest, section: str, context: dict[str, Any], *, status: int = 200
) -> HttpResponse:
    whole = context | {"sections": section_links(), "section": section, "nav": "settings"}
    response = show(request, f"portal/{section}.html", whole, status=status)
    if whole.get("secret"):
        response["Cache-Control"] = "no-store"
    return response


def _account(actor: Actor) -> User:
    account = User.objects.filter(pk=actor.user_id).first()
    if account is None:
        raise NotFound
    return account
