"""The steps of a plan as they are shown: calls of IAM, in order, as JSON."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from marketplace.connectors.aws import documents, strict
from marketplace.connectors.aws.config import AwsConfig, to_tag
from marketplace.connectors.aws.documents import Document
from marketplace.connectors.base import Grant, Member, PortVariant, Principal

type Call = dict[str, Any]

OURS: Final = "emporion"
"""The tag that every object of ours carries; its value is the instance."""


@dataclass(frozen=True, slots=True)
class Reading:
    """What a connector lets its consumers do.

    `actions` is all that a role of ours may ever do; `reader` writes the reader policy of a
    variant.
    """

    actions: tuple[str, ...]
    reader: Callable[[PortVariant], Document]


@dataclass(frozen=True, slots=True)
class Names:
    """What one member's things are called."""

    handle: str
    login: str
    role: str
    reader: str
    mark: str

    @classmethod
    def of(cls, config: AwsConfig, handle: str, login: str) -> "Names":
        """Name the role, and by ARN the reader policy and the mark."""
        return cls(
            handle=handle,
            login=login,
            role=config.iam_arn("role", handle, login),
            reader=config.iam_arn("policy", handle, handle),
            mark=config.iam_arn("policy", handle, login),
        )

    @classmethod
    def for_grant(cls, config: AwsConfig, grant: Grant) -> "Names":
        """Name what belongs to a consumer on a port."""
        handle = config.handle_of(grant.variant)
        return cls.of(config, handle, config.login_of(handle, grant.principal))


class AwsWords:
    """Writes each step; the same variant and member give the same text."""

    rekeys = False
    """An earlier end stands in the mark, which denies at once to every session that is open."""

    def __init__(self, config: AwsConfig, reading: Reading) -> None:
        self._config = config
        self._reading = reading

    def names(self, variant: PortVariant, principal: Principal) -> Names:
        """Name what belongs to one member of a variant."""
        handle = self._config.handle_of(variant)
        return Names.of(self._config, handle, self._config.login_of(handle, principal))

    def publish(self, variant: PortVariant) -> str:
        """Make the reader policy as it is wanted."""
        document = self._reading.reader(variant)
        return written(
            reader_policy(self._config, self._config.handle_of(variant), variant.digest, document)
        )

    def login(self, variant: PortVariant, principal: Principal, *, renew: bool) -> str:
        """Make the mark and the role, which nobody may assume yet."""
        del renew
        names = self.names(variant, principal)
        facts = {"emporion:kind": principal.kind, "emporion:key": to_tag(principal.key)}
        return written(
            {
                "do": "mark",
                "policy": names.mark,
                "tags": self._tags(names.handle) | facts,
                "document": documents.mark(self._reading.actions, None, ""),
                "unless_there": True,
            },
            {
                "do": "role",
                "role": names.role,
                "mark": names.mark,
                "tags": self.role_tags(names.handle, principal),
                "boundary": self._config.boundary,
                "trust": documents.closed_trust(self._config, documents.HIDDEN),
            },
            {"do": "attach", "role": names.role, "policy": names.mark},
        )

    def join(self, variant: PortVariant, member: Member) -> str:
        """Attach the reader policy to the role."""
        names = self.names(variant, member.principal)
        return written({"do": "attach", "role": names.role, "policy": names.reader})

    def entitle(self, variant: PortVariant, member: Member) -> str:
        """Write the end into the mark, then let the role be assumed until then."""
        names = self.names(variant, member.principal)
        until = member.valid_until
        facts = {
            "emporion:until": until.isoformat() if until else "",
            "emporion:agreement": to_tag(member.agreement_id),
        }
        return written(
            {
                "do": "mark",
                "policy": names.mark,
                "tags": facts,
                "document": documents.mark(self._reading.actions, until, ""),
            },
            {"do": "bound", "role": names.role, "boundary": self._config.boundary},
            {"do": "attach", "role": names.role, "policy": names.mark},
            self._trust(names, until, closed=False),
        )

    def disentitle(self, variant: PortVariant, principal: Principal) -> str:
        """Let the role be assumed by nobody."""
        return written(self._trust(self.names(variant, principal), None, closed=True))

    def sessions(self, variant: PortVariant, principal: Principal) -> str:
        """Deny everything to the sessions that are open now."""
        return written(self.cut(self.names(variant, principal)))

    def leave(self, variant: PortVariant, principal: Principal) -> str:
        """Take every policy off the role (its mark last), delete it, and then the mark."""
        names = self.names(variant, principal)
        return written({"do": "forget", "role": names.role, "mark": names.mark})

    def cut(self, names: Names) -> Call:
        """Write the call that ends open sessions."""
        older = documents.mark(self._reading.actions, None, documents.NOW)["Statement"][-1]
        return {"do": "cut", "policy": names.mark, "statement": older}

    def role_tags(self, handle: str, principal: Principal) -> dict[str, str]:  # noqa: ARG002 - for who needs it
        """Write the tags of a member's role."""
        return tags_of(self._config, handle)

    def _tags(self, handle: str) -> dict[str, str]:
        return tags_of(self._config, handle)

    def _trust(self, names: Names, until: datetime | None, *, closed: bool) -> Call:
        write = documents.closed_trust(self._config, documents.HIDDEN)
        if not closed:
            write = documents.open_trust(self._config, documents.HIDDEN, until)
        return {"do": "trust", "role": names.role, "document": write, "if_there": closed}


def tags_of(config: AwsConfig, handle: str) -> dict[str, str]:
    """Write the tags by which we know our own."""
    return {OURS: config.instance, "emporion:handle": handle}


def reader_policy(config: AwsConfig, handle: str, digest: str, document: Document) -> Call:
    """Write the call that makes a reader policy. Raises Permanent when it is too large for IAM."""
    text = strict.fits(document, strict.MANAGED_POLICY, "the reader policy")
    sealed = {"emporion:digest": digest, "emporion:seal": config.seal(digest + text)}
    arn = config.iam_arn("policy", handle, handle)
    return {
        "do": "policy",
        "policy": arn,
        "document": document,
        "tags": tags_of(config, handle) | sealed,
    }


def written(*calls: Call) -> str:
    """Write calls as one step."""
    return json.dumps(list(calls), sort_keys=True, ensure_ascii=False)
