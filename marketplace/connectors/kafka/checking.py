"""Looking at the provisioner's own user: enough to work, and no more than that."""

from confluent_kafka import TopicCollection

from marketplace.connectors.base import ConnectorError, Finding, NeedsHuman
from marketplace.connectors.kafka import subject_rights, users
from marketplace.connectors.kafka.bootstrap import ON_CLUSTER, ON_CONTROL
from marketplace.connectors.kafka.config import CONTROL_TOPIC, KafkaConfig
from marketplace.connectors.kafka.links import Admin, NotThere, provisioner


def check(config: KafkaConfig) -> list[Finding]:
    """Name what is missing (error) and what is too much (warning)."""
    try:
        with provisioner(config) as admin:
            return [*_judged(config, admin), *_roles(config)]
    except NeedsHuman as refused:
        return [Finding("error", "not-let-in", refused.message)]
    except ConnectorError as error:
        return [Finding("error", "unreachable", error.message)]


def _judged(config: KafkaConfig, admin: Admin) -> list[Finding]:
    asked = admin.client.describe_cluster(
        include_authorized_operations=True, request_timeout=admin.timeout
    )
    rights = {one.name for one in admin.wait(asked).authorized_operations or ()}
    if lacks := sorted(ON_CLUSTER - rights):
        text = f"It may not {', '.join(lacks)} on the cluster: only that writes rules and users."
        return [Finding("error", "cluster-rights-missing", text)]
    found = []
    if excess := sorted(rights - ON_CLUSTER):
        text = f"It may {', '.join(excess)} on the cluster as well."
        found.append(Finding("warning", "cluster-rights-excess", text))
    found += _on_control(admin)
    return [*found, *_users_can_be_made(config, admin)]


def _roles(config: KafkaConfig) -> list[Finding]:
    """Look whether the service that rules the registry lets us read role bindings."""
    if not config.rules_subjects:
        return []
    try:
        subject_rights.held(config, config.user)
    except ConnectorError as error:
        return [Finding("error", "no-registry-roles", error.message)]
    return []


def _on_control(admin: Admin) -> list[Finding]:
    asked = admin.client.describe_topics(
        TopicCollection([CONTROL_TOPIC]),
        include_authorized_operations=True,
        request_timeout=admin.timeout,
    )
    try:
        told = admin.wait(asked[CONTROL_TOPIC])
    except NotThere:
        text = f"The topic {CONTROL_TOPIC} is missing: prepare()."
        return [Finding("error", "not-prepared", text)]
    rights = {one.name for one in told.authorized_operations or ()}
    if excess := sorted(rights - ON_CONTROL):
        text = f"It may {', '.join(excess)} on a topic that it was given no such right on."
        return [Finding("warning", "topic-rights-excess", text)]
    return []


def _users_can_be_made(config: KafkaConfig, admin: Admin) -> list[Finding]:
    """Ask for a user's credential, which a cluster without SCRAM users cannot answer."""
    try:
        users.read(admin, config, [config.user])
    except NeedsHuman as unable:
        text = f"SCRAM users cannot be made here ({unable.message})."
        return [Finding("error", "no-scram-users", text)]
    return []
