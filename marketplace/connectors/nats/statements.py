"""The steps of a plan as they are shown: one change of the account's claims, or one API call."""

import json
from typing import Any

from marketplace.connectors.base import Member, PortVariant, Principal
from marketplace.connectors.nats.config import NatsConfig, stream_of

NOTHING = {"pub": {"deny": [">"]}, "sub": {"deny": [">"]}}
"""The rights of a scope that was made and not let in yet."""


class NatsWords:
    """Writes each step; the same variant and member give the same text."""

    rekeys = True

    def __init__(self, config: NatsConfig) -> None:
        self._config = config

    def publish(self, variant: PortVariant) -> str:
        """Tag the account with the handle and its digest."""
        tag = self._config.tag_of(variant.handle(self._config.env))
        return self._write("tag", {"prefix": tag, "tag": f"{tag}{variant.digest}"})

    def login(self, variant: PortVariant, principal: Principal, *, renew: bool) -> str:
        """Add the consumer's scoped signing key; a renewed one ends every older credential."""
        role = self._config.role_of(variant, principal)
        mark = self._config.description(variant, principal, 0)
        return self._write("scope", {"role": role, "mark": json.loads(mark), "renew": renew})

    def join(self, variant: PortVariant, member: Member) -> str:
        """Give the scope its rights."""
        role = self._config.role_of(variant, member.principal)
        template = self._config.template(stream_of(variant)[0], role)
        return self._write("template", {"role": role, "template": template})

    def entitle(self, variant: PortVariant, member: Member) -> str:
        """Make the consumer's durable on the stream, or move its end; its position stays."""
        stream, subject = stream_of(variant)
        role = self._config.role_of(variant, member.principal)
        until = member.valid_until.isoformat() if member.valid_until else ""
        config = {
            "name": role,
            "durable_name": role,
            "filter_subject": subject,
            "ack_policy": "explicit",
            "deliver_policy": "all",
            "metadata": {
                "emporion": self._config.description(variant, member.principal, 0),
                "until": until,
                "agreement": member.agreement_id,
            },
        }
        body = {"stream_name": stream, "config": config}
        return self._write("api", {"subject": f"CONSUMER.CREATE.{stream}.{role}.{subject}"}, body)

    def disentitle(self, variant: PortVariant, principal: Principal) -> str:
        """Delete the durable."""
        role = self._config.role_of(variant, principal)
        stream = stream_of(variant)[0]
        return self._write("api", {"subject": f"CONSUMER.DELETE.{stream}.{role}"})

    def sessions(self, variant: PortVariant, principal: Principal) -> str:
        """Kick the open connections."""
        return self._write("kick", {"role": self._config.role_of(variant, principal)})

    def leave(self, variant: PortVariant, principal: Principal) -> str:
        """Take the scope out of the account; the server cuts what was let in under it."""
        return self._write("remove", {"role": self._config.role_of(variant, principal)})

    def _write(self, verb: str, facts: dict[str, Any], body: object = None) -> str:
        shown = {"do": verb, "account": self._config.account, **facts}
        return json.dumps(shown | ({"body": body} if body else {}), sort_keys=True)
