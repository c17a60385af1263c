"""The SQL API over HTTP, as it is documented: tokens, 200, 202, 401, 422, 429, cancelling."""

import base64
import gzip
import json
import threading
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_der_public_key

from tests.connectors.snowflake.account import Account, User
from tests.connectors.snowflake.engine import Engine
from tests.connectors.snowflake.grammar import Refused
from tests.connectors.snowflake.statements import Outcome, Session

ACCOUNT = "TESTORG-TESTACCOUNT"
_FIELDS = {"statement", "timeout", "database", "schema", "warehouse", "role", "bindings"}
_PARAMETERS = {"query_tag", "timezone", "rows_per_resultset"}
_HOUR_S = 3_600


@dataclass
class Job:
    """One statement on its way."""

    handle: str
    session: Session
    statement: str
    most: int
    seconds: float
    partition: int
    created: float = field(default_factory=time.time)
    done: threading.Event = field(default_factory=threading.Event)
    outcome: Outcome | None = None
    refused: Refused | None = None

    def run(self) -> None:
        try:
            described, rows = self.session.run(self.statement)
            self.outcome = described, rows[: self.most] if self.most else rows
        except Refused as refused:
            self.refused = refused
        finally:
            self.done.set()

    def stop(self, code: str, words: str) -> None:
        if not self.done.is_set():
            self.session.cancelled.set()
            self.done.wait(10)
            self.outcome, self.refused = None, Refused(code, "57014", words)


class Stub:
    """The account behind an address on loopback, with the levers of a test.

    ``patience`` is after how many seconds a statement is answered with 202; ``faults`` are answers
    (status, headers) given to the next requests instead; ``lost`` counts down requests that are
    carried out and never answered; ``partition`` is how many rows a partition has; with ``lies``
    changes of entitlements answer success and are not kept, with ``keeps`` their ends and those of
    memberships.
    """

    def __init__(self) -> None:
        self.account = Account()
        self.engine = Engine(self.account)
        self.jobs: dict[str, Job] = {}
        self.requests: dict[str, str] = {}
        self.log: list[tuple[str, str, str]] = []
        self.faults: list[tuple[int, dict[str, str]]] = []
        self.lost = 0
        self.lies = self.keeps = False
        self.patience = 45.0
        self.partition = 1_000
        self.address = ""

    def admin(self, sql: str) -> Outcome:
        """Run a statement as the account's administrator, as people with a console do."""
        return self.run_as("ACCOUNTADMIN", sql)

    def run_as(self, role: str, sql: str) -> Outcome:
        self.account.users.setdefault("ADMIN", User("ACCOUNTADMIN"))
        database = next(iter(self.account.databases), "")
        return Session(self.engine, "ADMIN", role, (database, "ADMIN")).run(sql)

    # --- requests ----------------------------------------------------------------------------

    def user_of(self, headers: Any) -> tuple[str, str]:
        """Who asks, by the token, and the role it is bound to. Raises Refused."""
        wrong = Refused("390144", "08001", "JWT token is invalid.", 401)
        kind, _, token = headers.get("Authorization", "").partition(" ")
        how = headers.get("X-Snowflake-Authorization-Token-Type", "")
        if kind != "Bearer":
            raise wrong
        if how == "PROGRAMMATIC_ACCESS_TOKEN":
            for name, user in self.account.users.items():
                for secret, role in user.tokens.values():
                    if secret == token:
                        return name, role
            raise Refused("394400", "08001", "Programmatic access token is invalid.", 401)
        if how != "KEYPAIR_JWT":
            raise wrong
        try:
            return self._signed(token), ""
        except (ValueError, KeyError, InvalidSignature):
            raise wrong from None

    def _signed(self, token: str) -> str:
        """Take a token apart and check everything in it. Raises ValueError, InvalidSignature."""
        head, body, signature = token.split(".")
        header, claims = (json.loads(_decoded(one)) for one in (head, body))
        account, _, user = claims["sub"].partition(".")
        found = self.account.users[user]
        key = load_der_public_key(base64.b64decode(found.key))
        if header != {"alg": "RS256", "typ": "JWT"} or not isinstance(key, RSAPublicKey):
            raise ValueError("not RS256")
        key.verify(_decoded(signature), f"{head}.{body}".encode(), PKCS1v15(), SHA256())
        now = time.time()
        lives = claims["exp"] - claims["iat"]
        if account != ACCOUNT or claims["iss"] != f"{claims['sub']}.{found.fingerprint}":
            raise ValueError("for another account or key")
        if not (claims["iat"] - 60 <= now < claims["exp"] and 0 < lives <= _HOUR_S):
            raise ValueError("out of its time")
        return user

    def submit(self, who: tuple[str, str], query: dict[str, str], body: dict[str, Any]) -> Job:
        """Take a statement up. Raises Refused."""
        if not set(body) <= _FIELDS | {"parameters"} or "statement" not in body:
            raise Refused("391902", "", "Unsupported field in the request.", 400)
        parameters = body.get("parameters", {})
        if not set(parameters) <= _PARAMETERS:
            raise Refused("391902", "", "Unsupported parameter in the request.", 400)
        user, bound = who
        role = body.get("role") or self.account.users[user].default_role
        holds = (("ROLE", role), ("USER", user)) in self.account.memberships
        if not holds or (bound and role != bound):
            raise Refused("390189", "08001", f"Role '{role}' is not granted to this user.", 403)
        known = self.requests.get(query["requestId"])
        if known is not None:
            return self.jobs[known]
        warehouse = body.get("warehouse") or self.account.users[user].default_warehouse
        session = Session(self.engine, user, role, (body.get("database", ""), warehouse))
        session.lies, session.keeps = self.lies, self.keeps
        session.values = _bound(body.get("bindings", {}))
        most = int(parameters.get("rows_per_resultset", 0))
        job = Job(
            str(uuid.uuid4()), session, body["statement"], most, body["timeout"], self.partition
        )
        self.jobs[job.handle] = job
        self.requests[query["requestId"]] = job.handle
        if "SYSTEM$WAIT" in job.statement or self.patience == 0:
            threading.Thread(target=job.run, daemon=True).start()
            job.done.wait(0 if query.get("async") == "true" else self.patience)
        else:
            job.run()
        return job

    def answer(
        self, job: Job, partition: int = 0, *, waited: bool = True
    ) -> tuple[int, dict[str, Any]]:
        """Say how a statement stands."""
        if not job.done.is_set() and time.time() - job.created > job.seconds:
            job.stop("000630", "Statement reached its statement or warehouse timeout.")
        about = {
            "statementHandle": job.handle,
            "statementStatusUrl": f"/api/v2/statements/{job.handle}",
            "createdOn": int(job.created * 1000),
        }
        if job.refused is not None and waited:
            status = 408 if job.refused.code == "000630" else job.refused.status
            told = {"code": job.refused.code, "sqlState": job.refused.sqlstate}
            return status, about | told | {"message": job.refused.words}
        if job.outcome is None or not (waited and job.done.is_set()):
            words = "Asynchronous execution in progress."
            return 202, about | {"code": "333334", "message": words}
        described, rows = job.outcome
        parts = [rows[at : at + job.partition] for at in range(0, len(rows), job.partition)] or [[]]
        if partition:
            return 200, {"data": parts[partition]}
        listed = [{"rowCount": len(one), "uncompressedSize": 0} for one in parts]
        meta = {"numRows": len(rows), "format": "jsonv2", "rowType": described}
        meta["partitionInfo"] = listed
        told = {
            "code": "090001",
            "sqlState": "00000",
            "message": "Statement executed successfully.",
        }
        return 200, about | told | {"resultSetMetaData": meta, "data": parts[0]}


def _bound(bindings: dict[str, Any]) -> list[str | None]:
    if [str(place) for place in range(1, len(bindings) + 1)] != list(bindings):
        raise Refused("391902", "", "Bindings are numbered from 1.", 400)
    if any(one["type"] != "TEXT" for one in bindings.values()):
        raise Refused("391902", "", "Unsupported type of binding.", 400)
    return [one["value"] for one in bindings.values()]


def _decoded(part: str) -> bytes:
    return base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))


def _handler(stub: Stub) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, *args: Any) -> None:
            """Quiet."""

        def do_POST(self) -> None:
            self._handle()

        def do_GET(self) -> None:
            self._handle()

        def _handle(self) -> None:
            content = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            if stub.faults:
                status, headers = stub.faults.pop(0)
                self._send(status, {"code": "390429", "message": "Too many requests."}, headers)
                return
            try:
                status, said = self._said(content)
            except Refused as refused:
                told = {"code": refused.code, "sqlState": refused.sqlstate}
                status, said = refused.status, told | {"message": refused.words}
            if stub.lost:
                stub.lost -= 1
                self.close_connection = True
                return
            self._send(status, said, {})

        def _said(self, content: bytes) -> tuple[int, dict[str, Any]]:
            where = urlsplit(self.path)
            query = {key: one[0] for key, one in parse_qs(where.query).items()}
            if not self.headers.get("User-Agent"):
                raise Refused("391903", "", "The User-Agent header is required.", 400)
            who = stub.user_of(self.headers)
            parts = where.path.removeprefix("/api/v2/statements").strip("/").split("/")
            if self.command == "POST" and parts == [""]:
                body = json.loads(content)
                job = stub.submit(who, query, body)
                status, said = stub.answer(job, waited=bool(stub.patience))
                stub.log.append((job.session.role, job.statement, f"{status} {said['code']}"))
                return status, said
            job = stub.jobs.get(parts[0])
            if job is None or job.session.user != who[0]:
                raise Refused("391922", "02000", "Statement handle not found.", 404)
            if self.command == "POST" and parts[1:] == ["cancel"]:
                job.stop("000604", "SQL execution canceled")
                return 200, {"code": "000604", "message": "Successfully canceled statement"}
            if self.command == "GET" and len(parts) == 1:
                return stub.answer(job, int(query.get("partition", 0)))
            raise Refused("391902", "", "Unknown operation.", 405)

        def _send(self, status: int, said: dict[str, Any], headers: dict[str, str]) -> None:
            body = json.dumps(said).encode()
            self.send_response(status)
            if "partition=" in self.path and status == 200:
                body = gzip.compress(body)
                self.send_header("Content-Encoding", "gzip")
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

    return Handler


@contextmanager
def a_stub() -> Iterator[Stub]:
    """Serve an empty account on loopback."""
    stub = Stub()
    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(stub))
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    stub.address = f"http://127.0.0.1:{server.server_address[1]}"
    try:
        yield stub
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
        stub.engine.store.close()
