"""What the people of an account do behind our back, on the stub of its SQL API."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import cache
from typing import Any

from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from marketplace.connectors.base import Finding, PortVariant, Principal
from marketplace.connectors.snowflake import SnowflakeConfig, SnowflakeConnector
from marketplace.connectors.snowflake.bootstrap import administrator_statements
from marketplace.connectors.snowflake.statements import qualified
from tests.connectors.contract import ROWS, Told
from tests.connectors.snowflake.account import Grantee
from tests.connectors.snowflake.server import ACCOUNT, Stub

DATABASE = "PRODUCTS"


@cache
def a_key() -> str:
    """A private key, made for these tests."""
    key = generate_private_key(public_exponent=65_537, key_size=2_048)
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    return pem.decode()


def config(stub: Stub, **changes: Any) -> SnowflakeConfig:
    facts: dict[str, Any] = {
        "account": ACCOUNT.lower(),
        "user": "EMPORION",
        "private_key": a_key(),
        "database": DATABASE,
        "source_database": "RAW",
        "env": "test",
        "consumer_warehouse": "CONSUMERS",
        "endpoint": stub.address,
    }
    return SnowflakeConfig(**facts | changes)


def prepare(stub: Stub, given: SnowflakeConfig) -> None:
    """Do as an administrator does: warehouses, our script, the tables that products are made of."""
    for warehouse in ("EMPORION", "CONSUMERS", "GROWTH_WH", "ADMIN"):
        stub.admin(f"CREATE WAREHOUSE IF NOT EXISTS {warehouse}")
    stub.admin(f"CREATE ROLE IF NOT EXISTS {given.role}")
    for statement in administrator_statements(given):
        stub.admin(statement)
    table = qualified("RAW", "flights", "delays")
    stub.admin("CREATE DATABASE IF NOT EXISTS RAW")
    stub.admin('CREATE SCHEMA IF NOT EXISTS RAW."flights"')
    stub.admin(
        f'CREATE TABLE IF NOT EXISTS {table} ("id" NUMBER NOT NULL PRIMARY KEY,'
        ' "carrier" VARCHAR, "minutes" NUMBER, "note" VARCHAR)'
    )
    for row in ROWS:
        cells = ["NULL" if one is None else f"'{one}'" for one in row]
        stub.admin(f"INSERT INTO {table} SELECT {', '.join(cells)}")
    stub.admin(f"GRANT USAGE ON DATABASE RAW TO ROLE {given.role}")
    stub.admin(f'GRANT USAGE ON SCHEMA RAW."flights" TO ROLE {given.role}')
    stub.admin(f"GRANT SELECT ON TABLE {table} TO ROLE {given.role}")


class SnowflakeLevers:
    """An account of its own for each test."""

    refused_with = "42S02"
    shortest = 3.0

    def __init__(self, stub: Stub, **changes: Any) -> None:
        self.stub = stub
        self.config = config(stub, **changes)
        prepare(stub, self.config)
        self.connector: Any = SnowflakeConnector(self.config)
        self.port = "port-1"
        self.relation, self.base = ("products", "delays"), ("flights", "delays")

    def view(self, variant: PortVariant) -> str:
        return qualified(DATABASE, variant.relation_schema, variant.relation_name)

    # --- the Platform of the contract ----------------------------------------------------------

    def now(self) -> datetime:
        return datetime.now(UTC)

    def fingerprint(self) -> object:
        account, store = self.stub.account, self.stub.engine.store
        tables = sorted(
            (path, repr(store.execute(f"SELECT * FROM {one.store} ORDER BY ALL").fetchall()))
            for path, one in account.relations.items()
            if hasattr(one, "store")
        )
        return (
            repr(sorted(account.roles)),
            repr(sorted((name, one.key) for name, one in account.users.items())),
            repr(sorted(account.memberships, key=repr)),
            repr(sorted(account.rights, key=repr)),
            repr(sorted(account.relations.items(), key=repr)),
            repr(sorted(account.policies.items(), key=repr)),
            repr(sorted(account.schemas)),
            tables,
        )

    def takes_membership(self, variant: PortVariant, principal: Principal) -> None:
        login = self.config.login_of(principal)
        handle = self.config.handle_of(variant)
        self.stub.admin(f"REVOKE DATABASE ROLE {DATABASE}.{handle} FROM ROLE {login}")

    def takes_entitlement(self, variant: PortVariant, principal: Principal) -> None:
        login, handle = self.config.login_of(principal), self.config.handle_of(variant)
        table = qualified(DATABASE, self.config.control, "ENTITLEMENT")
        self.stub.admin(f"DELETE FROM {table} WHERE HANDLE = '{handle}' AND CONSUMER = '{login}'")

    def alters_view(self, variant: PortVariant) -> None:
        """A colleague who may use our role: the view shows more rows and has no policy."""
        base = qualified("RAW", *self.base)
        self.stub.run_as(
            self.config.role,
            f"CREATE OR REPLACE SECURE VIEW {self.view(variant)} COPY GRANTS AS"
            f' SELECT t."id", t."carrier", t."minutes" FROM {base} AS t',
        )

    def lets_in(self, variant: PortVariant) -> str:
        self.stub.admin("CREATE ROLE IF NOT EXISTS BOB")
        self.stub.admin(f"GRANT SELECT ON VIEW {self.view(variant)} TO ROLE BOB")
        return "BOB"

    def drops_login(self, principal: Principal) -> None:
        login = self.config.login_of(principal)
        self.stub.admin(f"DROP USER {login}")
        self.stub.admin(f"DROP ROLE {login}")

    def remakes_login(self, principal: Principal) -> None:
        login = self.config.login_of(principal)
        self.stub.admin(f"CREATE ROLE IF NOT EXISTS {login}")
        self.stub.admin(
            f"CREATE USER IF NOT EXISTS {login} TYPE = SERVICE DEFAULT_ROLE = {login}"
            " DEFAULT_SECONDARY_ROLES = ()"
        )

    def lies(self) -> None:
        """Changes of entitlements answer success and are not kept."""
        self.stub.lies = True

    @contextmanager
    def keeping(self, variant: PortVariant) -> Iterator[None]:
        """Ends of entitlements and of memberships answer success and end nothing."""
        del variant
        self.stub.keeps = True
        yield
        self.stub.keeps = False

    @contextmanager
    def throttling(self) -> Iterator[Told]:
        """Every request is answered 429, with seven seconds to wait."""
        self.stub.faults = [(429, {"Retry-After": "7"})] * 1000
        yield Told(lambda: 1000 - len(self.stub.faults), 7.0)
        self.stub.faults = []

    def secrets(self) -> list[str]:
        body = a_key().splitlines()
        return [a_key(), body[1], body[-2]]

    def weak(self) -> list[Finding]:
        role: Grantee = ("ROLE", self.config.role)
        del self.stub.account.rights[role, "CREATE ROLE", "ACCOUNT", ()]
        return list(self.connector.check())

    def strong(self) -> list[Finding]:
        self.stub.admin(f"GRANT MANAGE GRANTS ON ACCOUNT TO ROLE {self.config.role}")
        return list(self.connector.check())
