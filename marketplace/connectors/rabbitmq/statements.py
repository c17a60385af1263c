"""The steps of a plan as they are shown: calls of the management API, in order."""

import json
from typing import Any, Final

from marketplace.connectors.base import Member, PortVariant, Principal
from marketplace.connectors.rabbitmq.config import NOTHING, RabbitmqConfig, exactly, queue_of
from marketplace.connectors.rabbitmq.management import path

HIDDEN_HASH: Final = "(hash of the derived password)"

type Call = dict[str, Any]


class RabbitmqWords:
    """Writes each step; the same variant and member give the same text."""

    rekeys = False

    def __init__(self, config: RabbitmqConfig) -> None:
        self._config = config

    def publish(self, variant: PortVariant) -> str:
        """Leave the mark of the handle."""
        handle = variant.handle(self._config.env)
        value = self._config.mark(handle=handle, digest=variant.digest, queue=queue_of(variant))
        return _written(_put(path("global-parameters", handle), {"value": value}))

    def login(self, variant: PortVariant, principal: Principal, *, renew: bool) -> str:
        """Make the user, without a password; it cannot log in yet."""
        del renew  # nothing of a user carries its own end
        login = self._config.login_of(variant, principal)
        user = {"password_hash": "", "tags": ""}
        made = _put(path("users", login), user) | {"unless_there": True}
        return _written(self._mark(variant, principal), made)

    def join(self, variant: PortVariant, member: Member) -> str:
        """Let the user read the queue, and nothing else."""
        login = self._config.login_of(variant, member.principal)
        rights = {"configure": NOTHING, "write": NOTHING, "read": exactly(queue_of(variant))}
        return _written(_put(path("permissions", self._config.vhost, login), rights))

    def entitle(self, variant: PortVariant, member: Member) -> str:
        """Give the user its password, and note end and agreement."""
        login = self._config.login_of(variant, member.principal)
        until = member.valid_until.isoformat() if member.valid_until else ""
        mark = self._mark(variant, member.principal, until=until, agreement=member.agreement_id)
        return _written(
            mark, _put(path("users", login), {"password_hash": HIDDEN_HASH, "tags": ""})
        )

    def disentitle(self, variant: PortVariant, principal: Principal) -> str:
        """Take the password and short-lived logins away."""
        login = self._config.login_of(variant, principal)
        shut = {"method": "PUT", "path": path("users", login), "if_there": True}
        return _written(
            {"do": "withdraw", "login": login},
            shut | {"body": {"password_hash": "", "tags": ""}},
        )

    def sessions(self, variant: PortVariant, principal: Principal) -> str:
        """Close the open connections."""
        return _written({"do": "close", "login": self._config.login_of(variant, principal)})

    def leave(self, variant: PortVariant, principal: Principal) -> str:
        """Delete permissions and user, close what was opened meanwhile, then forget."""
        login = self._config.login_of(variant, principal)
        return _written(
            _delete(path("permissions", self._config.vhost, login)),
            _delete(path("users", login)),
            {"do": "close", "login": login},
            _delete(path("global-parameters", login)),
        )

    def _mark(
        self, variant: PortVariant, principal: Principal, until: str | None = None, **more: str
    ) -> Call:
        facts = {"kind": principal.kind, "key": principal.key}
        handle = variant.handle(self._config.env)
        value = self._config.mark(handle=handle, **facts, until=until or "", **more)
        where = path("global-parameters", self._config.login_of(variant, principal))
        # Making a login again must not forget the end of an access that stands.
        return _put(where, {"value": value}) | ({"unless_there": True} if until is None else {})


def _put(where: str, body: object) -> Call:
    return {"method": "PUT", "path": where, "body": body}


def _delete(where: str) -> Call:
    return {"method": "DELETE", "path": where}


def _written(*calls: Call) -> str:
    return json.dumps(list(calls), sort_keys=True)
