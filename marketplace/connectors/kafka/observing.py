"""Reading what stands: rules, marks among them, users, the topic; no writes."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from confluent_kafka import TopicCollection

from marketplace.connectors.base import Observed, ObservedMember, PortVariant, Principal
from marketplace.connectors.kafka import acls, subject_rights, users
from marketplace.connectors.kafka.acls import Acl
from marketplace.connectors.kafka.config import KafkaConfig, topic_of
from marketplace.connectors.kafka.links import Admin, NotThere, provisioner

type Mark = dict[str, str]


@dataclass
class _Standing:
    """What stands of one member."""

    principal: Principal
    marks: list[Mark]
    rules: set[Acl]
    iterations: int | None
    subjects: frozenset[str]
    """Of the registry; empty where no service rules them."""

    @property
    def mark(self) -> Mark:
        """The mark that holds end and agreement; a crash may have left an older one beside it."""
        return max(self.marks, key=lambda one: (one.get("agreement", "") != "", one.get("until")))


def observe(
    config: KafkaConfig, variant: PortVariant, principals: frozenset[Principal] | None
) -> Observed:
    """Read one handle."""
    topic, handle = topic_of(variant), variant.handle(config.env)
    with provisioner(config) as admin:
        rules = acls.read(admin)
        marks = acls.marks(config, rules)
        ours = _members(config, variant, marks)
        chosen = {
            login: one for login, one in ours.items() if principals is None or one in principals
        }
        known = users.read(admin, config, chosen)
        exists = topic_exists(admin, topic)
    standing = {
        login: _Standing(
            principal,
            marks[login],
            {one for one in rules if one.login == login and not one.is_mark},
            known.get(login),
            subject_rights.held(config, login) if config.rules_subjects else frozenset(),
        )
        for login, principal in chosen.items()
    }
    members = {login: _member(config, login, one, topic) for login, one in standing.items()}
    altered = any(_excess(login, one, topic) for login, one in standing.items())
    handles = marks.get(handle, [])
    return Observed(
        exists=bool(handles),
        view_digest=handles[0].get("digest", "") if len(handles) == 1 and not altered else "",
        members=frozenset(members.values()),
        foreign=tuple(_foreign(config, rules, marks, topic)),
        drift=tuple(_drift(members.values(), exists=exists, altered=altered)),
    )


def topic_exists(admin: Admin, topic: str) -> bool:
    """Look for a topic without making it."""
    asked = admin.client.describe_topics(TopicCollection([topic]), request_timeout=admin.timeout)
    try:
        admin.wait(asked[topic])
    except NotThere:
        return False
    return True


def mark_of(config: KafkaConfig, admin: Admin, login: str) -> Mark | None:
    """Read a member's mark, None when there is none, or none that names an agreement."""
    found = acls.marks(config, acls.read(admin, login)).get(login, [])
    named = [one for one in found if one.get("agreement")]
    return max(named, key=lambda one: one.get("until", "")) if named else None


def until_of(mark: Mark) -> datetime | None:
    """Read the end of an access from its mark."""
    return datetime.fromisoformat(mark["until"]) if mark.get("until") else None


def _members(
    config: KafkaConfig, variant: PortVariant, marks: dict[str, list[Mark]]
) -> dict[str, Principal]:
    """Find the users of this handle; a copy of a mark under another name is not ours."""
    handle, found = variant.handle(config.env), {}
    for login, facts in marks.items():
        for one in facts:
            if one.get("handle") == handle and "key" in one:
                principal = Principal(one["kind"], one["key"])
                if config.login_of(variant, principal) == login:
                    found[login] = principal
    return found


def _member(config: KafkaConfig, login: str, one: _Standing, topic: str) -> ObservedMember:
    """Name what is missing of one member."""
    mark = one.mark
    agreement = mark.get("agreement", "")
    groups = {rule for rule in one.rules if rule.resource == "GROUP"}
    topics = {rule for rule in one.rules if rule.resource == "TOPIC"}
    wanted = acls.rights_on_groups(login, agreement) if agreement else set()
    subjects = frozenset({subject_rights.subject_of(topic)} if config.rules_subjects else ())
    missing = {
        "login": one.iterations is None,
        "identity": one.iterations not in {None, config.iterations_of(login)},
        "membership": not wanted or groups != wanted or _excess(login, one, topic),
        "entitlement": not agreement
        or len(one.marks) != 1
        or not acls.rights_on_topic(login, topic) <= topics
        or one.subjects != subjects,
    }
    return ObservedMember(
        principal=one.principal,
        valid_until=until_of(mark),
        agreement_id=agreement,
        missing=frozenset(part for part, is_missing in missing.items() if is_missing),
    )


def _excess(login: str, one: _Standing, topic: str) -> bool:
    """Whether somebody gave a user of ours more than we did."""
    agreement = one.mark.get("agreement", "")
    allowed = acls.rights_on_topic(login, topic)
    if agreement:
        allowed |= acls.rights_on_groups(login, agreement)
        return bool(one.rules - allowed)
    return any(rule.resource != "GROUP" for rule in one.rules - allowed)


def _foreign(
    config: KafkaConfig, rules: Iterable[Acl], marks: dict[str, list[Mark]], topic: str
) -> list[str]:
    """Say who else may read the topic, by a rule of somebody else."""
    return [
        f"{one.login} may read {topic} by the {one.pattern} rule on {one.name}"
        for one in sorted(rules)
        if one.lets_read(topic) and one.login != config.user and one.login not in marks
    ]


def _drift(members: Iterable[ObservedMember], *, exists: bool, altered: bool) -> list[str]:
    found = ["view-altered"] * altered + ["stream-missing"] * (not exists)
    return found + [
        f"login-remade:{one.principal}"
        for one in sorted(members, key=lambda one: one.principal)
        if "identity" in one.missing
    ]
