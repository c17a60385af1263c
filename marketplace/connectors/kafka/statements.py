"""The steps of a plan as they are shown: what to make of a user and of its rules, in order."""

import json
from collections.abc import Iterable, Iterator
from typing import Any

from marketplace.connectors.base import Member, PortVariant, Principal
from marketplace.connectors.kafka import acls, subject_rights
from marketplace.connectors.kafka.acls import Acl
from marketplace.connectors.kafka.config import KafkaConfig, topic_of

type Call = dict[str, Any]


class KafkaWords:
    """Writes each step; the same variant and member give the same text."""

    rekeys = False

    def __init__(self, config: KafkaConfig) -> None:
        self._config = config

    def publish(self, variant: PortVariant) -> str:
        """Leave the mark of the handle."""
        handle = variant.handle(self._config.env)
        facts = {"handle": handle, "digest": variant.digest, "topic": topic_of(variant)}
        return _written(_rules(handle, {acls.mark(handle, self._config.mark(**facts))}))

    def login(self, variant: PortVariant, principal: Principal, *, renew: bool) -> str:
        """Make the user, with its derived password; it may do nothing yet."""
        del renew  # nothing of a user carries its own end
        login = self._config.login_of(variant, principal)
        mark = self._mark(variant, principal, until="", agreement="")
        user = {
            "do": "user",
            "login": login,
            "mechanism": self._config.consumer_mechanism,
            "iterations": self._config.iterations_of(login),
        }
        return _written({"do": "mark", "login": login, "rules": _listed({mark})}, user)

    def join(self, variant: PortVariant, member: Member) -> str:
        """Let the user read as a consumer group of its agreement, and have nothing else."""
        login = self._config.login_of(variant, member.principal)
        wanted = acls.rights_on_groups(login, member.agreement_id)
        return _written(
            {"do": "only-ours", "login": login},
            _rules(login, wanted, "TOPIC", "GROUP", "BROKER"),
        )

    def entitle(self, variant: PortVariant, member: Member) -> str:
        """Let the user read the topic, and note end and agreement."""
        login = self._config.login_of(variant, member.principal)
        until = member.valid_until.isoformat() if member.valid_until else ""
        mark = self._mark(variant, member.principal, until=until, agreement=member.agreement_id)
        groups = acls.rights_on_groups(login, member.agreement_id)
        topic = acls.rights_on_topic(login, topic_of(variant))
        return _written(
            {"do": "only-ours", "login": login},
            _rules(login, {mark, *groups, *topic}, "TRANSACTIONAL_ID", "TOPIC", "GROUP"),
            *self._subjects(login, subject_rights.subject_of(topic_of(variant))),
        )

    def disentitle(self, variant: PortVariant, principal: Principal) -> str:
        """Take the right on the topic away, and short-lived users with theirs."""
        login = self._config.login_of(variant, principal)
        return _written(
            _rules(login, (), "TOPIC"),
            *self._subjects(login),
            {"do": "withdraw", "login": login},
        )

    def sessions(self, variant: PortVariant, principal: Principal) -> str:
        """Fetch as the consumer until it is refused: Kafka ends no session from afar."""
        login = self._config.login_of(variant, principal)
        return _written({"do": "await-refusal", "login": login, "topic": topic_of(variant)})

    def leave(self, variant: PortVariant, principal: Principal) -> str:
        """Take every other right and the user away, then forget."""
        login = self._config.login_of(variant, principal)
        return _written(
            _rules(login, (), "TOPIC", "GROUP", "BROKER"),
            *self._subjects(login),
            {"do": "forget", "login": login},
            _rules(login, (), "TRANSACTIONAL_ID"),
        )

    def _subjects(self, login: str, *subjects: str) -> Iterator[Call]:
        """Say which of the registry's subjects a user is to read, where a service rules that."""
        if self._config.rules_subjects:
            yield {"do": "subjects", "login": login, "subjects": sorted(subjects)}

    def _mark(self, variant: PortVariant, principal: Principal, **more: str) -> Acl:
        facts = {"kind": principal.kind, "key": principal.key}
        handle = variant.handle(self._config.env)
        login = self._config.login_of(variant, principal)
        return acls.mark(login, self._config.mark(handle=handle, **facts, **more))


def _rules(login: str, wanted: Iterable[Acl], *resources: str) -> Call:
    """Say that of a user's rules on these kinds of resource exactly these are to stand."""
    kinds = list(resources or ("TRANSACTIONAL_ID",))
    return {"do": "rules", "login": login, "on": kinds, "rules": _listed(wanted)}


def _listed(rules: Iterable[Acl]) -> list[list[str]]:
    return [list(one) for one in sorted(rules)]


def _written(*calls: Call) -> str:
    return json.dumps(list(calls), sort_keys=True)
