"""A double of AWS on loopback: moto with its IAM authentication on, behind a gate of ours.

Run as `python -m tests.connectors.aws.double`; it prints its port. moto checks keys and signatures
and keeps the state; the gate decides as `evaluation` says, with the clock, and adds what moto does
not know: the end of sessions, sessions of roles that were deleted, `SimulatePrincipalPolicy`.
"""

import io
import json
import os
import sys
import threading
import uuid
from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

os.environ["INITIAL_NO_AUTH_ACTION_COUNT"] = "0"
os.environ["MOTO_IAM_LOAD_MANAGED_POLICIES"] = "false"

from moto import backends
from moto.core import responses
from moto.iam.access_control import IAMRequestBase
from moto.iam.models import iam_backends
from moto.moto_server.werkzeug_app import (
    DomainDispatcherApplication,
    MotoRequestHandler,
    create_backend_app,
)
from moto.s3.models import s3_backends
from moto.sts.models import sts_backends
from werkzeug.serving import make_server

from tests.connectors.aws import evaluation, worlds
from tests.connectors.aws.asking import ACCOUNT, Asked, read
from tests.connectors.aws.kept import Kept
from tests.connectors.aws.lake import Lake, Refusal

Start = Callable[..., Any]
ADMIN = {"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}}


class Gate:
    """Stands before moto."""

    def __init__(self) -> None:
        self.kept = Kept(DomainDispatcherApplication(create_backend_app))
        self.sessions: dict[str, tuple[str, datetime]] = {}
        self.worlds: dict[str, worlds.World] = {}
        self.lies: set[str] = set()
        self.throttled = 0
        self.lock = threading.RLock()
        self.lake = Lake(self.may, lambda: {one.arn for one in self.iam.roles.values()})

    @property
    def iam(self) -> Any:
        return iam_backends[ACCOUNT]["aws"]

    # --- one request ---------------------------------------------------------------------------

    def __call__(self, environ: dict[str, Any], start: Start) -> Iterable[bytes]:
        body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
        environ["wsgi.input"] = io.BytesIO(body)
        with self.lock:
            if environ["PATH_INFO"].startswith("/double/"):
                self.kept.forget()
                return self.lever(environ["PATH_INFO"].removeprefix("/double/"), body, start)
            asked = read(environ, body, {one.name: one.arn for one in self.iam.roles.values()})
            if asked is not None:
                refused = self.refusal(asked, environ, start)
                if refused is not None:
                    return refused
            answer = self.kept.ask(asked, environ, body, start)
            self.remember()
            return answer

    def refusal(
        self, asked: Asked, environ: dict[str, Any], start: Start
    ) -> Iterable[bytes] | None:
        if "QueryExecutionId" in asked.values:
            asked.resource = self.lake.athena.executions[
                asked.values["QueryExecutionId"]
            ].workgroup.arn
        if self.throttled:
            self.throttled -= 1
            return error(start, asked, "Throttling", 400, ("Retry-After", "7"))
        verdict = self.verdict(asked)
        if verdict != "allowed":
            return error(start, asked, verdict, 403)
        if asked.action == "iam:SimulatePrincipalPolicy":
            return self.simulated(asked, start)
        if asked.action in self.lies:
            return answered(start, asked)
        return self.of_lake(asked, start)

    def of_lake(self, asked: Asked, start: Start) -> Iterable[bytes] | None:
        """Answer what moto does not of Lake Formation and Athena."""
        if asked.service not in {"lakeformation", "athena"}:
            return None
        try:
            told = self.lake.answer(asked, self.identity(asked.key)[0])
        except Refusal as refusal:
            return error(start, asked, refusal.code, 400, words=refusal.words)
        return None if told is None else answered(start, asked, json.dumps(told))

    def may(self, key: str, action: str, resource: str) -> bool:
        """Whether a key may do something, beside what it asks for."""
        asked = Asked(action.partition(":")[0], action, resource, key, {})
        return self.verdict(asked) == "allowed"

    def verdict(self, asked: Asked) -> str:
        if asked.action == "sts:GetCallerIdentity":
            return "allowed"
        who = self.identity(asked.key)
        if isinstance(who, str):
            return who
        arn, own, limits, context = who
        context |= asked.context | {"aws:CurrentTime": datetime.now(UTC).isoformat()}
        if asked.action == "sts:AssumeRole":
            return self.may_assume(asked, arn, own, context)
        granted = [*own, *self.resource_policies(asked, arn, context)]
        decisions = {
            evaluation.decide(asked.action, one, context, granted, *limits)
            for one in (asked.resource, *asked.also)
        }
        return "allowed" if decisions == {"allowed"} else "AccessDenied"

    def identity(self, key: str) -> Any:
        """Who asks: ARN, own policies, what bounds them, context; or the code of a refusal."""
        user = self.iam.get_user_from_access_key_id(key)
        if user is not None:
            inline = [json.loads(text) for text in user.policies.values()]
            managed = [document(one) for one in user.managed_policies.values()]
            return user.arn, inline + managed, [], {"aws:username": user.name}
        session = sts_backends[ACCOUNT]["aws"].get_assumed_role_from_access_key(key)
        if session is None:
            return "InvalidClientTokenId"
        number, issued = self.sessions[key]
        role = next((one for one in self.iam.roles.values() if one.arn == session.role_arn), None)
        if session.expiration.replace(tzinfo=UTC) <= datetime.now(UTC):
            return "ExpiredToken"
        if role is None or role.id != number:
            return "AccessDenied"
        inline = [json.loads(one) for one in role.policies.values()]
        managed = [document(one) for one in role.managed_policies.values()]
        limits = [[json.loads(session.policy)]] if session.policy else []
        if role.permissions_boundary_arn:
            limits.append([document(self.iam.managed_policies[role.permissions_boundary_arn])])
        context = {"aws:TokenIssueTime": issued.isoformat(), "aws:PrincipalArn": role.arn}
        for one in role.tags:
            context[f"aws:PrincipalTag/{one['Key']}"] = one["Value"]
        return role.arn, inline + managed, limits, context

    def may_assume(self, asked: Asked, arn: str, own: list[Any], context: dict[str, str]) -> str:
        role = next((one for one in self.iam.roles.values() if one.arn == asked.resource), None)
        if role is None:
            return "AccessDenied"
        trust = json.loads(role.assume_role_policy_document)
        trusts = evaluation.matches(trust, "Allow", asked.action, role.arn, context, principal=arn)
        denied = evaluation.matches(trust, "Deny", asked.action, role.arn, context, principal=arn)
        decision = evaluation.decide(asked.action, role.arn, context, own)
        return "allowed" if trusts and not denied and decision == "allowed" else "AccessDenied"

    def resource_policies(self, asked: Asked, arn: str, context: dict[str, str]) -> list[Any]:
        """Give what a bucket's policy grants this principal, as if it were the identity's own."""
        if asked.service != "s3" or ":::" not in asked.resource:
            return []
        bucket = s3_backends[ACCOUNT]["aws"].buckets.get(
            asked.resource.split(":::")[1].split("/")[0]
        )
        if bucket is None or not bucket.policy:
            return []
        found = json.loads(bucket.policy)
        return [
            {"Statement": [{"Effect": effect, "Action": asked.action, "Resource": asked.resource}]}
            for effect in ("Allow", "Deny")
            if evaluation.matches(
                found, effect, asked.action, asked.resource, context, principal=arn
            )
        ]

    def remember(self) -> None:
        """Note of each new session which role it is of: the one that stands when it begins."""
        for one in sts_backends[ACCOUNT]["aws"].assumed_roles:
            if one.access_key_id not in self.sessions:
                self.sessions[one.access_key_id] = (one.user_id.split(":")[0], datetime.now(UTC))

    def simulated(self, asked: Asked, start: Start) -> Iterable[bytes]:
        """Answer `SimulatePrincipalPolicy` for a user."""
        name = asked.values["PolicySourceArn"].rsplit("/", 1)[-1]
        user = self.iam.users[name]
        own = [json.loads(text) for text in user.policies.values()]
        own += [document(one) for one in user.managed_policies.values()]

        def listed(start: str) -> list[str]:
            return [one for key, one in asked.values.items() if key.startswith(start)]

        keys = listed("ContextEntries.member.1.ContextKeyName")
        context = dict(zip(keys, listed("ContextEntries.member.1.ContextKeyValues"), strict=True))
        results = "".join(
            f"<member><EvalActionName>{action}</EvalActionName><EvalResourceName>{resource}"
            "</EvalResourceName><EvalDecision>"
            f"{evaluation.decide(action, resource, context, own)}</EvalDecision></member>"
            for action in listed("ActionNames.member")
            for resource in listed("ResourceArns.member")
        )
        inside = f"<EvaluationResults>{results}</EvaluationResults><IsTruncated>false</IsTruncated>"
        return answered(start, asked, inside)

    # --- levers of a test ----------------------------------------------------------------------

    def lever(self, name: str, body: bytes, start: Start) -> Iterable[bytes]:
        given = json.loads(body or b"null")
        answer: object = None
        if name == "reset":
            answer = self.reset()
        elif name == "lies":
            self.lies = set(given)
        elif name == "throttle":
            self.throttled = int(given)
        elif name == "left":
            answer = self.throttled
        elif name == "save":
            self.worlds[given["name"]] = worlds.save(given["keys"], self.sessions, self.lake)
        elif name == "load":
            answer = self.load(given)
        elif name == "age":
            self.age(**given)
        elif name == "rows":
            self.lake.rows |= given
        elif name == "part":
            self.lake.part = given
        elif name == "waits":
            self.lake.waits = bool(given)
        elif name == "batches":
            answer, self.lake.batches = self.lake.batches, []
        elif name == "lake":
            answer = self.lake.dump()
        body = json.dumps(answer).encode()
        start("200 OK", [("Content-Length", str(len(body)))])
        return [body]

    def reset(self) -> dict[str, str]:
        """Forget everything; give the keys of a fresh administrator."""
        from moto.moto_api._internal.models import moto_api_backend

        moto_api_backend.reset()
        self.sessions, self.lies, self.throttled = {}, set(), 0
        self.lake.reset()
        self.iam.create_user("eu-central-1", "root-admin")
        self.iam.put_user_policy("root-admin", "all", json.dumps(ADMIN))
        key = self.iam.create_access_key("root-admin")
        return {"id": key.access_key_id, "secret": key.secret_access_key}

    def load(self, name: str) -> object:
        """Bring an account back as it was saved; gives its keys, None when it was not."""
        if name not in self.worlds:
            return None
        self.reset()
        keys, self.sessions = worlds.load(self.worlds[name], self.lake)
        return keys

    def age(self, key: str, seconds: float) -> None:
        """Let a session have begun earlier."""
        number, issued = self.sessions[key]
        self.sessions[key] = (number, issued - timedelta(seconds=seconds))


def document(policy: Any) -> Any:
    version = next(one for one in policy.versions if one.is_default)
    return json.loads(version.document)


def error(
    start: Start,
    asked: Asked,
    code: str,
    status: int,
    *headers: tuple[str, str],
    words: str = "",
) -> Iterable[bytes]:
    words = words or f"not authorized to perform {asked.action} on {asked.resource}"
    if asked.service in {"iam", "sts"}:
        body = (
            f"<ErrorResponse><Error><Type>Sender</Type><Code>{code}</Code><Message>{words}</Message>"
            f"</Error><RequestId>{uuid.uuid4()}</RequestId></ErrorResponse>"
        )
    elif asked.service == "s3":
        body = f"<Error><Code>{code}</Code><Message>{words}</Message></Error>"
    else:
        named = "AccessDeniedException" if code == "AccessDenied" else code
        body = json.dumps({"__type": named, "message": words})
    kind = "application/xml" if body.startswith("<") else "application/x-amz-json-1.1"
    given = [("Content-Type", kind), ("Content-Length", str(len(body.encode()))), *headers]
    if kind != "application/xml":
        given.append(("x-amzn-ErrorType", json.loads(body)["__type"]))
    start(f"{status} Refused", given)
    return [body.encode()]


def answered(start: Start, asked: Asked, inside: str = "") -> Iterable[bytes]:
    """Answer with success."""
    name = asked.action.partition(":")[2]
    body = (
        f"<{name}Response><{name}Result>{inside}</{name}Result><ResponseMetadata><RequestId>"
        f"{uuid.uuid4()}</RequestId></ResponseMetadata></{name}Response>"
        if asked.service in {"iam", "sts"}
        else inside or "{}"
    )
    kind = "application/xml" if body.startswith("<") else "application/x-amz-json-1.1"
    start("200 OK", [("Content-Type", kind), ("Content-Length", str(len(body)))])
    return [body.encode()]


class Quiet(MotoRequestHandler):
    protocol_version = "HTTP/1.1"  # connections are kept

    def log(self, *_: Any) -> None:
        pass


def main() -> None:
    IAMRequestBase.check_action_permitted = lambda *_: None  # the gate has decided
    modules = list(backends.list_of_moto_modules())  # moto reads its folder with every request
    backends.list_of_moto_modules = lambda: modules
    responses.method_names_from_class = cache(responses.method_names_from_class)
    server = make_server("127.0.0.1", 0, Gate(), threaded=True, request_handler=Quiet)
    sys.stdout.write(f"{server.server_port}\n")
    sys.stdout.flush()
    server.serve_forever()


if __name__ == "__main__":
    main()
