"""Passkeys (W3C Web Authentication, level 3): what a device is asked, and what it answered.

A challenge is used once: it is deleted before the answer is looked at, whatever comes of it. This
and its making are bookkeeping of a sign-in, as a session is, and no actions.
"""

import json
from collections.abc import Iterable, MutableMapping
from datetime import timedelta
from typing import Any, Final
from uuid import UUID

from django.conf import settings
from django.db import connection
from django.utils import timezone
from webauthn import (
    base64url_to_bytes,
    generate_authentication_options,
    generate_registration_options,
    options_to_json,
    verify_authentication_response,
    verify_registration_response,
)
from webauthn.authentication.verify_authentication_response import VerifiedAuthentication
from webauthn.helpers.exceptions import WebAuthnException
from webauthn.helpers.structs import (
    AuthenticatorSelectionCriteria,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)
from webauthn.registration.verify_registration_response import VerifiedRegistration

from marketplace.kernel.errors import DomainError
from marketplace.kernel.identity.models import Passkey, PasskeyChallenge, User

ADD: Final = "add"
SIGN_IN: Final = "sign-in"
CONFIRM: Final = "confirm"
_LASTS: Final = timedelta(minutes=5)
_IN_SESSION: Final = "passkey_challenge"
_LONGEST: Final = 20_000  # characters of an answer; attestations are not asked for
_TAKEN: Final = """
    DELETE FROM identity_passkeychallenge WHERE id = %s AND purpose = %s AND expires_at > now()
    RETURNING challenge
"""


class PasskeyRefused(DomainError):
    """The passkey was not accepted: unknown, removed, for another site, or used before."""

    code = "passkey-refused"
    title = "This passkey was not accepted."
    status = 422


def offered() -> bool:
    """Tell whether this instance has a domain that passkeys can be made for."""
    return bool(settings.PASSKEY_RP_ID and settings.PASSKEY_ORIGINS)


def handle_of(user: User) -> bytes:
    """Give what a device keeps of an account: its number, which says nothing about the person."""
    return f"emporion:{user.pk}".encode()


def options_to_add(user: User, known: Iterable[Passkey], challenge: bytes) -> dict[str, Any]:
    """Ask for a new passkey that the device can find by itself, with its user verified."""
    options = generate_registration_options(
        rp_id=settings.PASSKEY_RP_ID,
        rp_name=settings.INSTANCE,
        user_id=handle_of(user),
        user_name=user.username,
        user_display_name=user.called,
        challenge=challenge,
        authenticator_selection=AuthenticatorSelectionCriteria(
            resident_key=ResidentKeyRequirement.REQUIRED,
            user_verification=UserVerificationRequirement.REQUIRED,
        ),
        exclude_credentials=_described(known),
    )
    return dict(json.loads(options_to_json(options)))


def options_to_prove(challenge: bytes, known: Iterable[Passkey] = ()) -> dict[str, Any]:
    """Ask for a proof by any passkey of this site, or by one of those that are ``known``."""
    options = generate_authentication_options(
        rp_id=settings.PASSKEY_RP_ID,
        challenge=challenge,
        allow_credentials=_described(known),
        user_verification=UserVerificationRequirement.REQUIRED,
    )
    return dict(json.loads(options_to_json(options)))


def begin(session: MutableMapping[str, Any], purpose: str, challenge: bytes) -> None:
    """Bind a challenge to a session and a purpose; what is over is forgotten meanwhile."""
    now = timezone.now()
    PasskeyChallenge.objects.filter(expires_at__lte=now).delete()
    row = PasskeyChallenge.objects.create(
        purpose=purpose, challenge=challenge, expires_at=now + _LASTS
    )
    session[_IN_SESSION] = str(row.pk)


def take(session: MutableMapping[str, Any], purpose: str) -> bytes:
    """Give the session's challenge and delete it, in one statement. Raises PasskeyRefused."""
    kept = session.pop(_IN_SESSION, "")
    with connection.cursor() as cursor:
        cursor.execute(_TAKEN, [UUID(kept) if kept else None, purpose])
        row = cursor.fetchone()
    if row is None:
        raise PasskeyRefused("The question was answered already, or is too old. Try again.")
    return bytes(row[0])


def parsed(text: str) -> dict[str, Any]:
    """Read what a browser sends of a credential. Raises PasskeyRefused."""
    try:
        found = json.loads(text) if len(text) <= _LONGEST else None
    except ValueError:
        found = None
    if not isinstance(found, dict) or not isinstance(found.get("response"), dict):
        raise PasskeyRefused("The answer of the device cannot be read.")
    return found


def credential_id_of(answer: dict[str, Any]) -> bytes:
    """Give the id of the passkey that answers; empty when there is none that can be read."""
    try:
        return base64url_to_bytes(str(answer.get("rawId") or ""))
    except ValueError:
        return b""


def checked_new(answer: dict[str, Any], challenge: bytes) -> VerifiedRegistration:
    """Check the answer to `options_to_add`. Raises PasskeyRefused."""
    try:
        return verify_registration_response(
            credential=answer,
            expected_challenge=challenge,
            expected_rp_id=settings.PASSKEY_RP_ID,
            expected_origin=settings.PASSKEY_ORIGINS,
            require_user_verification=True,
        )
    except (WebAuthnException, ValueError, KeyError, TypeError) as wrong:
        raise PasskeyRefused("Its answer does not fit this site or this question.") from wrong


def checked_proof(
    answer: dict[str, Any], challenge: bytes, passkey: Passkey
) -> VerifiedAuthentication:
    """Check the answer to `options_to_prove` against a kept key and its count.

    Raises PasskeyRefused: also when the device counts less than before, which a copy would do.
    """
    handle = (answer.get("response") or {}).get("userHandle")
    try:
        if handle and base64url_to_bytes(str(handle)) != handle_of(passkey.user):
            raise PasskeyRefused("It was made for another account.")
        return verify_authentication_response(
            credential=answer,
            expected_challenge=challenge,
            expected_rp_id=settings.PASSKEY_RP_ID,
            expected_origin=settings.PASSKEY_ORIGINS,
            credential_public_key=bytes(passkey.public_key),
            credential_current_sign_count=passkey.sign_count,
            require_user_verification=True,
        )
    except (WebAuthnException, ValueError, KeyError, TypeError) as wrong:
        raise PasskeyRefused("Its answer does not fit this site or this question.") from wrong


def _described(known: Iterable[Passkey]) -> list[PublicKeyCredentialDescriptor]:
    return [PublicKeyCredentialDescriptor(id=bytes(one.credential_id)) for one in known]
