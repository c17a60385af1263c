"""What programs look for at fixed places (RFC 8615): whom to tell of a weakness, and the like."""

from datetime import timedelta
from typing import Final

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from marketplace.kernel.errors import NotFound
from marketplace.kernel.identity import passkeys

_HOLDS: Final = timedelta(days=180)  # RFC 9116 advises less than a year


@require_safe
def security_txt(request: HttpRequest) -> HttpResponse:  # noqa: ARG001 - the same for everybody
    """Say whom to tell of a weakness (RFC 9116); nothing while nobody was named."""
    contact = settings.SECURITY_CONTACT
    if not contact:
        raise NotFound
    scheme = "" if ":" in contact else "mailto:"
    ends = (timezone.now() + _HOLDS).replace(hour=0, minute=0, second=0, microsecond=0)
    lines = [
        f"Contact: {scheme}{contact}",
        f"Expires: {ends:%Y-%m-%dT%H:%M:%SZ}",
        f"Preferred-Languages: {', '.join(code for code, _ in settings.LANGUAGES)}",
        f"Canonical: {settings.BASE_URL}{reverse('security_txt')}",
    ]
    body = "".join(f"{line}\n" for line in lines)
    return HttpResponse(body, content_type="text/plain; charset=utf-8")


@require_safe
def change_password(request: HttpRequest) -> HttpResponse:  # noqa: ARG001
    """Lead password managers to the page that changes a password (W3C)."""
    return redirect("account_change_password")


@require_safe
def passkey_endpoints(request: HttpRequest) -> HttpResponse:  # noqa: ARG001
    """Say where passkeys are added and removed (W3C passkey endpoints)."""
    if not passkeys.offered():
        raise NotFound
    page = f"{settings.BASE_URL}{reverse('settings_passkeys')}"
    return JsonResponse({"enroll": page, "manage": page})
