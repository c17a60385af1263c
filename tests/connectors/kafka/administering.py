"""What the double answers to administrators: ACLs, SCRAM users, logins."""

from typing import Any

from tests.connectors.kafka.messages import Error
from tests.connectors.kafka.security import (
    ALTER,
    CLUSTER,
    CLUSTER_NAME,
    DESCRIBE,
    LEAST_ITERATIONS,
    MOST_ITERATIONS,
    Acl,
    Credential,
    Refused,
    ScramLogin,
    mechanism_of,
    number_of,
)
from tests.connectors.kafka.state import Link, State

type Fields = dict[str, Any]

_NOT_ALLOWED = {
    "error_code": Error.CLUSTER_AUTHORIZATION_FAILED,
    "error_message": "Cluster authorization failed.",
}
_EXCEEDED = {
    "error_code": Error.THROTTLING_QUOTA_EXCEEDED,
    "error_message": "The throttling quota has been exceeded.",
}
_FINE = {"error_code": Error.NONE, "error_message": None}


def describe_acls(state: State, link: Link, asked: Fields) -> Fields:
    if not state.may(link, DESCRIBE, CLUSTER, CLUSTER_NAME):
        return _NOT_ALLOWED | {"resources": []}
    found: dict[tuple[int, str, int], list[Fields]] = {}
    for one in state.authorizer.matching(asked):
        found.setdefault(one[:3], []).append(one._asdict())
    resources = [
        {"resource_type": kind, "resource_name": name, "pattern_type": pattern, "acls": acls}
        for (kind, name, pattern), acls in found.items()
    ]
    return _FINE | {"resources": resources}


def create_acls(state: State, link: Link, asked: Fields) -> Fields:
    if not state.may(link, ALTER, CLUSTER, CLUSTER_NAME):
        return {"results": [_NOT_ALLOWED for _ in asked["creations"]]}
    if state.exceeded:
        return {"results": [_EXCEEDED for _ in asked["creations"]]}
    refused, last = state.refuses_last(asked["creations"])
    results = []
    for one in asked["creations"]:
        fails = one is last
        if not (state.lying or fails):
            state.authorizer.acls.add(Acl(**one))
        results.append(refused if fails else _FINE)
    return {"results": results}


def delete_acls(state: State, link: Link, asked: Fields) -> Fields:
    if not state.may(link, ALTER, CLUSTER, CLUSTER_NAME):
        return {"results": [_NOT_ALLOWED | {"matching": []} for _ in asked["filters"]]}
    if state.exceeded:
        return {"results": [_EXCEEDED | {"matching": []} for _ in asked["filters"]]}
    refused, last = state.refuses_last(asked["filters"])
    results = []
    for wanted in asked["filters"]:
        if wanted is last:
            results.append(refused | {"matching": []})
            continue
        gone = list(state.authorizer.matching(wanted))
        if not state.keeping:
            state.authorizer.acls -= set(gone)
        results.append(_FINE | {"matching": [_FINE | one._asdict() for one in gone]})
    return {"results": results}


def describe_scram(state: State, link: Link, asked: Fields) -> Fields:
    if not state.may(link, DESCRIBE, CLUSTER, CLUSTER_NAME):
        return _NOT_ALLOWED | {"results": []}
    known = {user for user, _ in state.credentials}
    named = asked["users"]
    wanted = [one["name"] for one in named] if named else sorted(known)
    return _FINE | {"results": [_described(state, user) for user in wanted]}


def _described(state: State, user: str) -> Fields:
    kept = [
        {"mechanism": number_of(mechanism), "iterations": one.iterations}
        for (name, mechanism), one in sorted(state.credentials.items())
        if name == user
    ]
    said = _FINE
    if not kept:
        words = f"Attempt to describe a user credential that does not exist: {user}"
        said = {"error_code": Error.RESOURCE_NOT_FOUND, "error_message": words}
    return {"user": user, **said, "credentials": kept}


def alter_scram(state: State, link: Link, asked: Fields) -> Fields:
    users = [one["name"] for one in (*asked["deletions"], *asked["upsertions"])]
    if not state.may(link, ALTER, CLUSTER, CLUSTER_NAME):
        return {"results": [{"user": user, **_NOT_ALLOWED} for user in users]}
    if state.exceeded:
        return {"results": [{"user": user, **_EXCEEDED} for user in users]}
    results = []
    for one in asked["deletions"]:
        key = one["name"], mechanism_of(one["mechanism"])
        said = _FINE
        if state.keeping and key in state.credentials:
            pass
        elif state.credentials.pop(key, None) is None:
            words = "Attempt to delete a user credential that does not exist"
            said = {"error_code": Error.RESOURCE_NOT_FOUND, "error_message": words}
        results.append({"user": one["name"], **said})
    for one in asked["upsertions"]:
        said = _FINE
        if not LEAST_ITERATIONS <= one["iterations"] <= MOST_ITERATIONS:
            said = {"error_code": Error.UNACCEPTABLE_CREDENTIAL, "error_message": "iterations"}
        else:
            mechanism = mechanism_of(one["mechanism"])
            facts = one["iterations"], one["salt"], one["salted_password"]
            state.credentials[one["name"], mechanism] = Credential.of(mechanism, *facts)
        results.append({"user": one["name"], **said})
    return {"results": results}


def handshake(state: State, link: Link, asked: Fields) -> Fields:
    link.mechanism = asked["mechanism"]
    known = link.mechanism in state.mechanisms
    if known and link.mechanism != "PLAIN":
        link.login = ScramLogin(link.mechanism, state.credentials)
    error = Error.NONE if known else Error.UNSUPPORTED_SASL_MECHANISM
    return {"error_code": error, "mechanisms": list(state.mechanisms)}


def authenticate(state: State, link: Link, asked: Fields) -> Fields:
    try:
        answer = _let_in(state, link, asked["auth_bytes"])
    except Refused:
        words = "Authentication failed during authentication due to invalid credentials"
        refused = {"error_code": Error.SASL_AUTHENTICATION_FAILED, "error_message": words}
        return refused | {"auth_bytes": b"", "session_lifetime_ms": 0}
    return _FINE | {"auth_bytes": answer, "session_lifetime_ms": 0}


def _let_in(state: State, link: Link, raw: bytes) -> bytes:
    if link.mechanism == "PLAIN":
        _, user, password = raw.decode().split("\0")
        if state.plain.get(user) != password:
            raise Refused
        link.principal = f"User:{user}"
        return b""
    answer = link.login.answer(raw)
    if link.login.done:
        link.principal = f"User:{link.login.user}"
    return bytes(answer)
