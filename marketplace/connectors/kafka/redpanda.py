"""Rights on subjects of Redpanda's schema registry, as its own access rules (25.2 and newer).

`/security/acls` of the registry lists, makes and deletes rules of Kafka's form on the resource
type SUBJECT. Its users are the cluster's SCRAM users, so a proof reads as the consumer.
"""

import json
from typing import Any, Final
from urllib.parse import quote, urlencode, urlsplit

from marketplace.connectors.base import NeedsHuman, Permanent, Transient
from marketplace.connectors.brokers import rest
from marketplace.connectors.kafka.config import KafkaConfig

type Rule = dict[str, str]

_FIELDS: Final = (
    "principal",
    "resource",
    "resource_type",
    "pattern_type",
    "host",
    "operation",
    "permission",
)
_FORBIDDEN: Final = frozenset({401, 403})
_BUSY: Final = frozenset({408, 425, 429})
_MISSING: Final = 404
_FAULT: Final = 500
_OK: Final = range(200, 300)


def held(config: KafkaConfig, login: str) -> frozenset[str]:
    """Read which subjects a user may read; a prefix ends in `*`, another right is named by it."""
    return frozenset(_named(one) for one in _rules(config, login))


def settle(config: KafkaConfig, login: str, wanted: frozenset[str]) -> str:
    """Make a user's rules exactly reading these subjects; shrinks before it grows.

    What is taken is read back at once: after a revoke nobody looks for this user again.
    """
    stands = _rules(config, login)
    excess = [one for one in stands if _named(one) not in wanted]
    missing = wanted - {_named(one) for one in stands}
    if excess:
        _ask(config, "DELETE", "security/acls", excess)
        kept = {_named(one) for one in _rules(config, login)} - wanted
        if kept:
            raise Transient(f"{login} still has rules on {', '.join(sorted(kept))}", 1.0)
    if missing:
        _ask(config, "POST", "security/acls", [_rule(login, one) for one in sorted(missing)])
    return f"{len(missing)} subjects given, {len(excess)} taken"


def allows(config: KafkaConfig, login: str, subject: str) -> bool:
    """Read the newest schema as the consumer; where there is none, the rule is what counts."""
    answer = rest.exchange(
        _server(config),
        "GET",
        f"{_path(config)}/subjects/{quote(subject, safe='')}/versions/latest",
        (login, config.password_of(login)),
    )
    if answer.status in _BUSY or answer.status >= _FAULT:
        raise Transient(f"registry GET subjects: {answer.status}", _after(answer))
    if answer.status == _MISSING:
        return subject in held(config, login)
    return answer.status in _OK


def _rules(config: KafkaConfig, login: str) -> list[Rule]:
    told = _ask(config, "GET", f"security/acls?{urlencode({'principal': f'User:{login}'})}")
    return [{name: str(one[name]) for name in _FIELDS} for one in told or ()]


def _named(one: Rule) -> str:
    """Name what a rule gives: a subject that may be read, anything else with its operation."""
    plain = (one["resource_type"], one["permission"], one["host"]) == ("SUBJECT", "ALLOW", "*")
    prefix = "" if one["pattern_type"] == "LITERAL" and one["resource"] != "*" else "*"
    subject = one["resource"].removesuffix("*") + prefix
    if plain and one["operation"] == "READ":
        return subject
    return f"{one['permission']} {one['operation']} {one['resource_type']} {subject}"


def _rule(login: str, subject: str) -> Rule:
    values = (f"User:{login}", subject, "SUBJECT", "LITERAL", "*", "READ", "ALLOW")
    return dict(zip(_FIELDS, values, strict=True))


def _server(config: KafkaConfig) -> rest.Server:
    url = urlsplit(config.registry_url)
    return rest.Server("registry", url.hostname or "", url.port, tls=url.scheme == "https")


def _path(config: KafkaConfig) -> str:
    return urlsplit(config.registry_url).path.rstrip("/")


def _after(answer: rest.Answer) -> float:
    after = answer.headers.get("retry-after", "")
    return float(after) if after.isdecimal() else 1.0


def _ask(config: KafkaConfig, method: str, what: str, body: object = None) -> Any:
    """Ask the registry as the marketplace. Raises Transient, NeedsHuman, Permanent."""
    login = (config.registry_user, config.registry_password)
    text = None if body is None else json.dumps(body)
    answer = rest.exchange(_server(config), method, f"{_path(config)}/{what}", login, text)
    words = f"registry {method} {what.partition('?')[0]}: {answer.status}"
    if answer.status in _FORBIDDEN:
        raise NeedsHuman(words)
    if answer.status in _BUSY or answer.status >= _FAULT:
        raise Transient(words, _after(answer))
    if answer.status not in _OK:
        raise Permanent(words)
    return json.loads(answer.content) if answer.content else None
