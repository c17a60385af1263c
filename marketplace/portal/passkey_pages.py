"""Passkeys: sign in with one, confirm with one that it is you, and keep one's own.

Each ceremony is a form: the page's script asks a question (JSON), has the device answer it, and
sends the form with the answer. Without a script the password form does the same.
"""

from typing import Any, Final

import structlog
from allauth.account.internal.flows.login import (
    get_authentication_records,
    record_authentication,
)
from allauth.account.utils import get_next_redirect_url, perform_login
from allauth.core import ratelimit
from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods, require_POST
from webauthn.helpers import generate_challenge

from marketplace.kernel.actors import Actor
from marketplace.kernel.errors import DomainError, NotAllowed, NotFound
from marketplace.kernel.identity import passkey_actions as acting
from marketplace.kernel.identity import passkeys
from marketplace.kernel.identity.current import actor_of_user, signed_in
from marketplace.kernel.identity.models import Passkey, User
from marketplace.kernel.identity.permissions import may_keep_passkeys
from marketplace.kernel.identity.queries import my_passkeys
from marketplace.kernel.identity.refusals import sign_in_refused
from marketplace.portal.pages import attempt, show, words_of
from marketplace.portal.settings_pages import section_links

log = structlog.get_logger(__name__)
FRESH_SECONDS: Final = 600  # how long a sign-in counts as fresh for a change of how one signs in


@require_POST
def passkey_question(request: HttpRequest) -> HttpResponse:
    """Ask whoever wants to sign in for a proof by any passkey of this site."""
    return _limited(request) or _question(request, passkeys.SIGN_IN)


@require_POST
def passkey_sign_in(request: HttpRequest) -> HttpResponse:
    """Sign in whoever's passkey answered; what was wrong is not told apart."""
    if refused := _limited(request):
        return refused
    try:
        user = _proven(request, passkeys.SIGN_IN)
    except DomainError as refused_:
        log.warning("passkey_refused", purpose=passkeys.SIGN_IN, why=str(refused_))
        messages.error(request, gettext("This passkey was not accepted. Sign in with a password."))
        back = get_next_redirect_url(request)
        return redirect(_with_next(reverse("account_login"), back))
    record_authentication(request, user, method="passkey")
    answer: HttpResponse = perform_login(request, user, email_verification="none")
    return answer


@require_POST
def passkey_confirm_question(request: HttpRequest) -> HttpResponse:
    """Ask who is signed in for a proof by a passkey of their own."""
    actor = signed_in(request)
    return _limited(request) or _question(request, passkeys.CONFIRM, my_passkeys(actor))


@require_POST
def passkey_confirm(request: HttpRequest) -> HttpResponse:
    """Note that who is signed in has just proven it, and go on to where that was asked."""
    actor = signed_in(request)
    if refused := _limited(request):
        return refused
    back = get_next_redirect_url(request) or reverse("settings_passkeys")
    try:
        user = _proven(request, passkeys.CONFIRM, own=actor)
    except DomainError as refused_:
        log.warning("passkey_refused", purpose=passkeys.CONFIRM, why=str(refused_))
        messages.error(request, words_of(refused_))
        return redirect(_with_next(reverse("account_reauthenticate"), back))
    record_authentication(request, user, method="passkey", reauthenticated=True)
    return redirect(back)


@require_http_methods(["GET", "HEAD", "POST"])
def settings_passkeys(request: HttpRequest) -> HttpResponse:
    """List one's passkeys, and add the one that a device has just made."""
    actor = signed_in(request)
    account = _account(actor)
    if request.method == "POST":
        if not fresh(request):
            return _confirm_first()
        attempt(
            request,
            lambda: _added(request, actor),
            "Added. You can sign in with it from now on; a mail says so too.",
        )
        return redirect("settings_passkeys")
    context = {
        "rows": list(my_passkeys(actor)),
        "offered": passkeys.offered(),
        "may": may_keep_passkeys(actor, account),
        "fresh": fresh(request),
        "confirm": _confirm_url(),
        "domain": settings.PASSKEY_RP_ID,
        "sections": section_links(),
        "section": "settings_passkeys",
        "nav": "settings",
    }
    return show(request, "portal/settings_passkeys.html", context)


@require_POST
def passkey_new_question(request: HttpRequest) -> HttpResponse:
    """Ask the device for a new passkey, where that is allowed and the sign-in is fresh."""
    actor = signed_in(request)
    account = _account(actor)
    if not (fresh(request) and may_keep_passkeys(actor, account)):
        raise NotAllowed("Confirm first that it is you.")
    if not passkeys.offered():
        raise NotFound
    challenge = generate_challenge()
    passkeys.begin(request.session, passkeys.ADD, challenge)
    return _json(passkeys.options_to_add(account, my_passkeys(actor), challenge))


@require_POST
def passkey_rename(request: HttpRequest, passkey_id: Any) -> HttpResponse:
    """Call a passkey otherwise."""
    actor = signed_in(request)
    name = request.POST.get("name", "").replace("\x00", "")
    attempt(
        request,
        lambda: acting.rename_passkey(actor, passkey_id=passkey_id, name=name),
        "Saved.",
    )
    return redirect("settings_passkeys")


@require_POST
def passkey_remove(request: HttpRequest, passkey_id: Any) -> HttpResponse:
    """Forget a passkey, after a fresh sign-in."""
    actor = signed_in(request)
    if not fresh(request) and _account(actor).has_usable_password():
        return _confirm_first()
    attempt(
        request,
        lambda: acting.remove_passkey(actor, passkey_id=passkey_id),
        "Removed: it opens nothing any more. Delete it on your device too.",
    )
    return redirect("settings_passkeys")


def fresh(request: HttpRequest) -> bool:
    """Tell whether the person proved within the last minutes who they are."""
    user = request.user if isinstance(request.user, User) else None
    records = get_authentication_records(request, user)
    newest = max((float(one.get("at", 0)) for one in records), default=0.0)
    return timezone.now().timestamp() - newest < FRESH_SECONDS


def _added(request: HttpRequest, actor: Actor) -> Passkey:
    challenge = passkeys.take(request.session, passkeys.ADD)
    answer = passkeys.parsed(request.POST.get("answer", ""))
    name = request.POST.get("name", "").replace("\x00", "")
    return acting.add_passkey(actor, answer=answer, challenge=challenge, name=name)


def _proven(request: HttpRequest, purpose: str, own: Actor | None = None) -> User:
    """Give the account whose passkey answered; the attempt is counted as a failed one until then.

    Raises DomainError: no challenge, no such passkey, not theirs, or a proof that does not hold.
    """
    challenge = passkeys.take(request.session, purpose)
    answer = passkeys.parsed(request.POST.get("answer", ""))
    wanted = passkeys.credential_id_of(answer)
    key = wanted.hex()[:64]
    if not ratelimit.consume(request, action="login_failed", key=key):
        raise passkeys.PasskeyRefused("Too many attempts. Wait a few minutes.")
    row = Passkey.objects.select_related("user").filter(credential_id=wanted).first()
    if row is None:
        raise passkeys.PasskeyRefused
    if not row.user.is_active or (own and row.user_id != own.user_id):
        why = "another-account" if row.user.is_active else "inactive"
        sign_in_refused(row.user, method="passkey", why=why)
        raise passkeys.PasskeyRefused
    actor = own or actor_of_user(row.user, via="passkey")
    try:
        acting.use_passkey(
            actor, passkey_id=row.pk, answer=answer, challenge=challenge, purpose=purpose
        )
    except passkeys.PasskeyRefused:
        sign_in_refused(row.user, method="passkey", why="wrong-proof")
        raise
    ratelimit.clear(request, action="login_failed", key=key)
    return row.user


def _question(request: HttpRequest, purpose: str, known: Any = ()) -> JsonResponse:
    if not passkeys.offered():
        raise NotFound
    challenge = generate_challenge()
    passkeys.begin(request.session, purpose, challenge)
    return _json(passkeys.options_to_prove(challenge, known))


def _json(options: dict[str, Any]) -> JsonResponse:
    response = JsonResponse(options)
    response["Cache-Control"] = "no-store"
    return response


def _limited(request: HttpRequest) -> HttpResponse | None:
    """Refuse who asks too often, by the limits of the password form."""
    refused: HttpResponse | None = ratelimit.consume_or_429(request, action="login")
    return refused


def _confirm_url() -> str:
    return _with_next(reverse("account_reauthenticate"), reverse("settings_passkeys"))


def _confirm_first() -> HttpResponse:
    return redirect(_confirm_url())


def _with_next(path: str, back: str | None) -> str:
    return f"{path}?{urlencode({'next': back})}" if back else path


def _account(actor: Actor) -> User:
    account = User.objects.filter(pk=actor.user_id).first()
    if account is None:
        raise NotFound
    return account
