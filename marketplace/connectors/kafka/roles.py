"""Rights on subjects of the registry, as role bindings of Confluent's metadata service (MDS).

DeveloperRead on the subject, for the same user that has the rules on the topic. Paths and bodies
are those of the vendor's "Metadata API Reference"; principals are `User:<name>`.
"""

import json
from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import quote, urlsplit

from marketplace.connectors.base import NeedsHuman, Permanent, Transient
from marketplace.connectors.brokers import rest
from marketplace.connectors.kafka.config import KafkaConfig

ROLE: Final = "DeveloperRead"
_KIND: Final = "Subject"
_FORBIDDEN: Final = frozenset({401, 403})
_BUSY: Final = frozenset({408, 425, 429})
_FAULT: Final = 500
_OK: Final = range(200, 300)


def held(config: KafkaConfig, login: str) -> frozenset[str]:
    """Read which subjects a user may read; a pattern that is a prefix ends in `*`."""
    told = _ask(config, "POST", f"{_of(login)}/resources", _scope(config))
    return frozenset(
        one["name"] + ("" if one["patternType"] == "LITERAL" else "*")
        for one in told
        if one["resourceType"] == _KIND
    )


def settle(config: KafkaConfig, login: str, wanted: frozenset[str]) -> str:
    """Make a user's subjects exactly these; shrinks before it grows.

    What is taken is read back at once: after a revoke nobody looks for this user again.
    """
    stands = held(config, login)
    excess = stands - wanted
    _bind(config, "DELETE", login, excess)
    if excess and (kept := held(config, login) & excess):
        raise Transient(f"{login} may still read the subjects {', '.join(sorted(kept))}", 1.0)
    _bind(config, "POST", login, wanted - stands)
    return f"{len(wanted - stands)} subjects given, {len(excess)} taken"


def allows(config: KafkaConfig, login: str, subject: str) -> bool:
    """Ask the service whether it would let a user read a subject."""
    action = {
        "scope": _scope(config),
        "resourceType": _KIND,
        "resourceName": subject,
        "operation": "Read",
    }
    asked = {"userPrincipal": f"User:{login}", "actions": [action]}
    return bool(_ask(config, "PUT", "authorize", asked) == ["ALLOWED"])


def _bind(config: KafkaConfig, method: str, login: str, subjects: frozenset[str]) -> None:
    if not subjects:
        return
    patterns = [
        {
            "resourceType": _KIND,
            "name": one.removesuffix("*"),
            "patternType": "PREFIXED" if one.endswith("*") else "LITERAL",
        }
        for one in sorted(subjects)
    ]
    asked = {"scope": _scope(config), "resourcePatterns": patterns}
    _ask(config, method, f"{_of(login)}/bindings", asked)


def _of(login: str) -> str:
    return f"principals/{quote(f'User:{login}', safe='')}/roles/{ROLE}"


def _scope(config: KafkaConfig) -> Mapping[str, Mapping[str, str]]:
    clusters = {
        "kafka-cluster": config.mds_kafka_cluster,
        "schema-registry-cluster": config.mds_registry_cluster,
    }
    return {"clusters": clusters}


def _ask(config: KafkaConfig, method: str, what: str, body: object) -> Any:
    """Ask the service. Raises Transient, NeedsHuman, Permanent."""
    url = urlsplit(config.mds_url)
    server = rest.Server("MDS", url.hostname or "", url.port, tls=url.scheme == "https")
    where = f"{url.path.rstrip('/')}/security/1.0/{what}"
    login = (config.mds_user, config.mds_password)
    answer = rest.exchange(server, method, where, login, json.dumps(body))
    words = f"MDS {method} {what.partition('/')[0]}: {answer.status}"
    if answer.status in _FORBIDDEN:
        raise NeedsHuman(words)
    if answer.status in _BUSY or answer.status >= _FAULT:
        after = answer.headers.get("retry-after", "")
        raise Transient(words, float(after) if after.isdecimal() else 1.0)
    if answer.status not in _OK:
        raise Permanent(words)
    return json.loads(answer.content) if answer.content else None
