"""Proof, and reading, as the consumer: its own login, what is promised and what is not."""

import secrets
import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any, Final, Literal

from confluent_kafka import ConsumerGroupTopicPartitions, TopicCollection, TopicPartition

from marketplace.connectors.base import (
    ConnInfo,
    Grant,
    Limits,
    Part,
    Probe,
    ProbeDetail,
    QueryRefused,
    Rows,
)
from marketplace.connectors.brokers import messages
from marketplace.connectors.identifiers import role_name
from marketplace.connectors.kafka import acls, fetching, observing, reading, subject_rights, users
from marketplace.connectors.kafka.applying import our_time
from marketplace.connectors.kafka.config import CONTROL_TOPIC, KafkaConfig, groups_of, topic_of
from marketplace.connectors.kafka.fetching import Attempt
from marketplace.connectors.kafka.links import (
    Admin,
    NotThere,
    Refused,
    consumer_admin,
    patiently,
    provisioner,
    reader,
)

type Expected = Literal["access", "no_access"]

_ENDED: Final = "There is no access to this port at the moment."
_PROMISED: Final = frozenset({"published stream", "consumer group"})
_SUBJECT: Final = "registry subject"
_OUTSIDE: Final = "emporion-control"
_HARMLESS: Final = frozenset({"READ", "DESCRIBE"})


def probe(config: KafkaConfig, grant: Grant, expected: Expected, version: str) -> Probe:
    """Try both directions as the consumer and judge against what is expected.

    Brokers hear of a change one after another, so it is tried again for a while.
    """
    return patiently(
        config.settle_s,
        lambda: _once(config, grant, expected, version),
        lambda one: one.ok,
    )


def _once(config: KafkaConfig, grant: Grant, expected: Expected, version: str) -> Probe:
    login, topic = config.login_of(grant.variant, grant.principal), topic_of(grant.variant)
    at = our_time()
    with provisioner(config) as admin:
        mark = observing.mark_of(config, admin, login)
    group = f"{groups_of((mark or {}).get('agreement', ''))}probe" if mark else ""
    fetch = fetching.tries_fetch(config, login, topic, group or _OUTSIDE)
    if fetch.cluster:
        details = [_detail("published stream", f"fetch {topic}", fetch)]
        details += _attempts(config, login, topic, group)
    else:
        details = [_detail("login", f"log in as {login}", fetch)]
    details += _subject(config, login, topic)
    outcomes = {one.name: one.outcome for one in details}
    promised = _PROMISED | ({_SUBJECT} if config.rules_subjects else set())
    positive = all(outcomes.get(name) == "allowed" for name in promised)
    others = promised if expected == "access" else _PROMISED
    negative = all(one == "refused" for name, one in outcomes.items() if name not in others)
    worth = fetching.level_of(config, fetch.cluster or _cluster(config))
    return Probe(
        level=subject_rights.level(config, worth),
        positive=positive,
        negative=negative,
        expected=expected,
        ok=negative and positive == (expected == "access"),
        details=tuple(details),
        at=at,
        connector="kafka",
        connector_version=version,
    )


def _subject(config: KafkaConfig, login: str, topic: str) -> list[ProbeDetail]:
    """Ask the service that rules the registry: its word, since nobody logs in there by SCRAM."""
    if not config.rules_subjects:
        return []
    subject = subject_rights.subject_of(topic)
    outcome = "allowed" if subject_rights.allows(config, login, subject) else "refused"
    return [ProbeDetail(_SUBJECT, f"ask whether {subject} may be read", "", outcome)]


def _cluster(config: KafkaConfig) -> str:
    """Read the cluster's id as the marketplace, where the consumer is not let in."""
    with provisioner(config) as admin:
        asked = admin.client.describe_cluster(request_timeout=admin.timeout)
        return str(admin.wait(asked).cluster_id or "")


def _attempts(config: KafkaConfig, login: str, topic: str, group: str) -> list[ProbeDetail]:
    control = fetching.tries_fetch(config, login, CONTROL_TOPIC, group or _OUTSIDE)
    entered = consumer_admin(config, login)
    found = [_detail("control object", f"fetch {CONTROL_TOPIC}", control)]
    if group:
        tried = _tried(lambda: _committed(entered, group, topic))
        found.append(_detail("consumer group", f"read the offsets of {group}", tried))
    tried = _tried(lambda: _committed(entered, _OUTSIDE, topic))
    found.append(_detail("another group", f"read the offsets of {_OUTSIDE}", tried))
    tried = _tried(lambda: _only(_rights_on(entered, topic)))
    found.append(_detail("writing", f"ask which operations on {topic} are allowed", tried))
    tried = _tried(lambda: _only(_rights_on_cluster(entered)))
    words = "ask which operations on the cluster are allowed"
    return [*found, _detail("administering", words, tried)]


def _detail(name: str, words: str, tried: Attempt) -> ProbeDetail:
    return ProbeDetail(name, words, tried.code, tried.outcome)


def _tried(act: Callable[[], object]) -> Attempt:
    try:
        act()
    except Refused as refused:
        return Attempt("refused", refused.code)
    except NotThere as missing:
        return Attempt("missing", missing.message)
    return Attempt("allowed", "NONE")


def _committed(entered: Admin, group: str, topic: str) -> None:
    """Ask the coordinator for a group's offsets, which takes a right on the group."""
    wanted = [ConsumerGroupTopicPartitions(group, [TopicPartition(topic, 0)])]
    asked = entered.client.list_consumer_group_offsets(wanted, request_timeout=entered.timeout)
    entered.wait(asked[group])


def _rights_on(entered: Admin, topic: str) -> set[str]:
    """Ask the broker what this user may do with the topic: nothing is written to find out."""
    asked = entered.client.describe_topics(
        TopicCollection([topic]),
        include_authorized_operations=True,
        request_timeout=entered.timeout,
    )
    return {one.name for one in entered.wait(asked[topic]).authorized_operations or ()}


def _rights_on_cluster(entered: Admin) -> set[str]:
    asked = entered.client.describe_cluster(
        include_authorized_operations=True, request_timeout=entered.timeout
    )
    return {one.name for one in entered.wait(asked).authorized_operations or ()}


def _only(rights: set[str]) -> None:
    """Refuse where nothing but reading is allowed; the broker's answer is the evidence."""
    if not rights - _HARMLESS:
        raise Refused(f"ONLY {' '.join(sorted(rights)) or 'NONE'}")


def query(config: KafkaConfig, grant: Grant, sql: str, limits: Limits) -> Rows:
    """Read the last messages as the consumer."""
    limit = messages.rows_asked(grant.variant, sql, limits)
    began = time.perf_counter()
    login, topic = config.login_of(grant.variant, grant.principal), topic_of(grant.variant)
    with provisioner(config) as admin:
        mark = observing.mark_of(config, admin, login)
    if mark is None:
        raise QueryRefused("access-ended", _ENDED)
    group = f"{groups_of(mark['agreement'])}lab"
    try:
        with reader(config, login, config.password_of(login), group) as entered:
            entered.enter()
            found = fetching.last(entered, topic, limit)
    except (Refused, NotThere):
        raise QueryRefused("access-ended", _ENDED) from None
    payloads = [one.value for one in reading.plain(config, found)]
    elapsed = (time.perf_counter() - began) * 1000
    return messages.to_rows(payloads, grant.variant.columns, limits, elapsed_ms=elapsed)


def credentials(config: KafkaConfig, grant: Grant, ttl: timedelta) -> ConnInfo:
    """Make a short-lived user; Kafka knows no end of a user, so our sweep deletes it."""
    login, topic = config.login_of(grant.variant, grant.principal), topic_of(grant.variant)
    if not probe(config, grant, "access", "").positive:
        raise QueryRefused("access-ended", _ENDED)
    user, password = role_name(config.env, "t", login, secrets.token_hex(8)), secrets.token_hex(24)
    with provisioner(config) as admin:
        mark = observing.mark_of(config, admin, login)
        if mark is None:
            raise QueryRefused("access-ended", _ENDED)
        until, end = observing.until_of(mark), our_time() + ttl
        end = end if until is None else min(end, until)
        named = config.mark(credential_of=login, until=end.isoformat())
        groups = acls.rights_on_groups(user, mark["agreement"])
        acls.give(admin, [acls.mark(user, named)])  # first: the sweep finds it
        users.make(admin, config, user, password)
        acls.give(admin, [*acls.rights_on_topic(user, topic), *groups])
    if config.rules_subjects:
        subject_rights.settle(config, user, frozenset({subject_rights.subject_of(topic)}))
    servers = config.public_bootstrap or config.bootstrap
    host, _, port = servers.partition(",")[0].rpartition(":")
    settings = _properties(config, servers, user, password, mark["agreement"])
    return ConnInfo(
        host=host,
        port=int(port),
        database=groups_of(mark["agreement"]),
        user=user,
        password=password,
        expires_at=end,
        relation=topic,
        url=settings,
        parts=(
            Part("bootstrap", servers, secret=False),
            Part("user", user, secret=False),
            Part("password", password),
            Part("settings_file", settings + "\n", file_name="emporion.properties"),
        ),
    )


def _properties(config: KafkaConfig, servers: str, user: str, password: str, of: str) -> str:
    """Write the settings as every client of librdkafka reads them."""
    facts: dict[str, Any] = {
        "bootstrap.servers": servers,
        "security.protocol": "SASL_SSL" if config.tls else "SASL_PLAINTEXT",
        "sasl.mechanism": config.consumer_mechanism,
        "sasl.username": user,
        "sasl.password": password,
        "group.id": f"{groups_of(of)}1",
    }
    return "\n".join(f"{name}={value}" for name, value in facts.items())
