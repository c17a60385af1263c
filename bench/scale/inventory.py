"""What stands on the warehouse, read as its owner; and what somebody may do to it by hand."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

import psycopg
from psycopg import sql

from bench.chaos.ground import PRODUCT, RELATION

FOREIGN: Final = "bench_stranger"
_MEMBERS: Final = """
    SELECT m.rolname, a.inherit_option, a.set_option, a.admin_option
    FROM pg_auth_members a JOIN pg_roles h ON h.oid = a.roleid JOIN pg_roles m ON m.oid = a.member
    WHERE h.rolname = %s AND m.rolname LIKE 'mp\\_%%\\_c' ORDER BY 1
"""
_ENTITLED: Final = """
    SELECT login, agreement, expires_at FROM emporion_entitlements.entitlement
    WHERE handle = %s ORDER BY 1
"""
_LEFT: Final = """
    SELECT (SELECT count(*) FROM emporion_entitlements.entitlement WHERE handle = %(h)s)
         + (SELECT count(*) FROM pg_auth_members a JOIN pg_roles h ON h.oid = a.roleid
            JOIN pg_roles m ON m.oid = a.member
            WHERE h.rolname = %(h)s AND m.rolname LIKE 'mp\\_%%\\_c')
"""


@contextmanager
def owner() -> Iterator[psycopg.Connection[Any]]:
    """Connect as the warehouse's owner, who is bound by nothing of ours."""
    with psycopg.connect(os.environ["EMPORION_WAREHOUSE_ADMIN_DSN"], autocommit=True) as link:
        yield link


def handle_name() -> str:
    """Give the name of the port's reader handle."""
    from subscriptions.models import Handle

    return str(Handle.objects.get(port__product__key=PRODUCT).name)


def stands() -> tuple[list[Any], list[Any]]:
    """Give memberships and entitlements of the port's handle, in order."""
    handle = handle_name()
    with owner() as link:
        return (
            link.execute(_MEMBERS.encode(), [handle]).fetchall(),
            link.execute(_ENTITLED.encode(), [handle]).fetchall(),
        )


def left() -> int:
    """Count memberships and entitlements that stand on the port's handle."""
    with owner() as link:
        row = link.execute(_LEFT.encode(), {"h": handle_name()}).fetchone()
    return int(row[0]) if row else 0


def login_of(person: str) -> str:
    """Give the name of a person's login on the warehouse."""
    from catalog.models import PlatformConnection
    from catalog.queries import connector_of
    from marketplace.connectors.base import Principal

    connector: Any = connector_of(PlatformConnection.objects.get(key="warehouse"))
    return str(connector.config.login_of(Principal("user", person)))


def change(people: list[str]) -> dict[str, str]:
    """Do what somebody may do by hand, to each of these; give the kind of drift of each.

    In turn: a membership is taken, an entitlement is deleted, an end is moved, a login is dropped.
    All of it is one transaction, so that it has one time.
    """
    handle, expected = handle_name(), {}
    does = (_unjoin, _disentitle, _prolong, _drop)
    with owner() as link, link.transaction():
        for number, person in enumerate(people):
            do = does[number * len(does) // len(people)]
            expected[person] = do(link, handle, login_of(person))
    return expected


def let_strangers_in(number: int) -> None:
    """Give roles of others the right to read the published view."""
    with owner() as link, link.transaction():
        for one in range(number):
            name = sql.Identifier(f"{FOREIGN}_{one:03}")
            link.execute(sql.SQL("CREATE ROLE {} NOLOGIN").format(name))
            view = sql.Identifier(*RELATION.split("."))
            link.execute(sql.SQL("GRANT SELECT ON {} TO {}").format(view, name))


def strangers() -> int:
    """Count roles of others that may read the published view."""
    asked = (
        "SELECT count(*) FROM pg_roles WHERE rolname LIKE %s"
        " AND has_table_privilege(oid, %s, 'SELECT')"
    )
    with owner() as link:
        row = link.execute(asked.encode(), [f"{FOREIGN}%", RELATION]).fetchone()
    return int(row[0]) if row else 0


def _unjoin(link: psycopg.Connection[Any], handle: str, login: str) -> str:
    asked = sql.SQL("REVOKE {} FROM {} GRANTED BY {}")
    user = os.environ["WAREHOUSE_USER"]
    link.execute(asked.format(*(sql.Identifier(one) for one in (handle, login, user))))
    return "missing"


def _disentitle(link: psycopg.Connection[Any], handle: str, login: str) -> str:
    asked = "DELETE FROM emporion_entitlements.entitlement WHERE handle = %s AND login = %s"
    link.execute(asked.encode(), [handle, login])
    return "missing"


def _prolong(link: psycopg.Connection[Any], handle: str, login: str) -> str:
    asked = (
        "UPDATE emporion_entitlements.entitlement SET expires_at = expires_at + interval '1 day'"
        " WHERE handle = %s AND login = %s"
    )
    link.execute(asked.encode(), [handle, login])
    return "altered"


def _drop(link: psycopg.Connection[Any], _handle: str, login: str) -> str:
    name = sql.Identifier(login)
    link.execute(sql.SQL("DROP OWNED BY {}").format(name))
    link.execute(sql.SQL("DROP ROLE {}").format(name))
    return "orphan"
