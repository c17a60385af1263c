"""How the actions on passkeys and sessions are called: Ana has a device and a browser."""

from typing import Any

from marketplace.kernel.identity import passkeys
from marketplace.kernel.identity.models import Passkey, Session, User
from marketplace.kernel.identity.sessions import SessionStore, opened
from tests.authenticator import Device
from tests.permissions.calls.register import of
from tests.permissions.scene import Scene

_CHALLENGE = bytes(64)


def _ana() -> User:
    ana = User.objects.get(username="ana")
    ana.password = "md5$salt$anything"
    ana.save()
    return ana


def _kept() -> tuple[Passkey, Device]:
    ana, device = _ana(), Device()
    made = device.make(passkeys.options_to_add(ana, (), _CHALLENGE))
    found = passkeys.checked_new(made, _CHALLENGE)
    row = Passkey.objects.create(
        user=ana, name="key", credential_id=device.id, public_key=found.credential_public_key
    )
    return row, device


@of("marketplace.kernel.identity.passkey_actions.add_passkey")
def _add(_scene: Scene) -> dict[str, Any]:
    made = Device().make(passkeys.options_to_add(_ana(), (), _CHALLENGE))
    return {"answer": made, "challenge": _CHALLENGE}


@of("marketplace.kernel.identity.passkey_actions.rename_passkey")
def _rename(_scene: Scene) -> dict[str, Any]:
    return {"passkey_id": _kept()[0].pk, "name": "another"}


@of("marketplace.kernel.identity.passkey_actions.remove_passkey")
def _remove(_scene: Scene) -> dict[str, Any]:
    return {"passkey_id": _kept()[0].pk}


@of("marketplace.kernel.identity.passkey_actions.use_passkey")
def _use(_scene: Scene) -> dict[str, Any]:
    row, device = _kept()
    answer = device.prove(passkeys.options_to_prove(_CHALLENGE))
    facts = {"answer": answer, "challenge": _CHALLENGE, "purpose": passkeys.SIGN_IN}
    return {"passkey_id": row.pk, **facts}


@of("marketplace.kernel.identity.session_actions.end_session")
def _end_one(_scene: Scene) -> dict[str, Any]:
    store = SessionStore()
    store["_auth_user_id"] = str(User.objects.get(username="ana").pk)
    opened(store, "a browser")
    store.create()
    return {"ref": Session.objects.get(account__username="ana").ref}


@of("marketplace.kernel.identity.session_actions.end_sessions")
def _end_all(_scene: Scene) -> dict[str, Any]:
    return {}


@of("marketplace.kernel.identity.refusals.note_refusal")
def _refusal(_scene: Scene) -> dict[str, Any]:
    return {"username": "ana", "method": "password", "why": "wrong-password"}
