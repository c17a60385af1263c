"""Connections: a small cache for the provisioner, a fresh one for every act as a consumer."""

import contextlib
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

import pymysql
from pymysql.connections import Connection
from pymysql.cursors import Cursor

from marketplace.connectors.mariadb import statements
from marketplace.connectors.mariadb.config import ENTITLEMENTS, MariadbConfig
from marketplace.connectors.mariadb.failures import LOGIN_REFUSED, code_of, translate, translated
from marketplace.connectors.mariadb.flavours import (
    PROVISIONING,
    Bounds,
    Flavour,
    flavour_of,
)
from marketplace.connectors.sql.pool import Pool

_CONNECT_TIMEOUT_S: Final = 3


class TooMuch(Exception):
    """The server began to send more than was allowed; it was not read."""


if TYPE_CHECKING:  # it is generic in the stubs only

    class _Driver(Connection[Cursor]):
        """The driver's connection."""
else:
    _Driver = Connection


class Session(_Driver):
    """A connection that reads at most `allowance` bytes when one is set.

    A packet tells its length before it comes, so a giant cell never reaches our memory.
    """

    allowance: int | None = None

    def _read_bytes(self, num_bytes: int) -> Any:
        if self.allowance is not None:
            self.allowance -= num_bytes
            if self.allowance < 0:
                raise TooMuch
        return super()._read_bytes(num_bytes)  # type: ignore[misc]

    def rows(self, sql: str, values: list[Any] | None = None) -> list[tuple[Any, ...]]:
        """Run one statement and give all its rows; values are bound by the driver."""
        with self.cursor() as cursor:
            cursor.execute(sql, values)
            return list(cursor.fetchall())

    def publisher_rows(self, sql: str) -> list[tuple[Any, ...]]:
        """Run one query of ours as the publisher; names and values are quoted by us."""
        return self.rows(statements.as_publisher(sql))

    @property
    def flavour(self) -> Flavour:
        """Which server this is, as its greeting said."""
        return flavour_of(self.get_server_info())  # type: ignore[no-untyped-call]

    @property
    def number(self) -> int:
        """The server's number of this connection."""
        return int(self.thread_id())  # type: ignore[no-untyped-call]

    def moment(self) -> datetime:
        """Give the server's clock."""
        ((moment,),) = self.rows("SELECT SYSDATE(6)")
        return utc(moment)


def utc(moment: datetime) -> datetime:
    """Say of a moment in UTC that it is one."""
    return moment.replace(tzinfo=UTC)


def connect(
    config: MariadbConfig,
    user: str,
    password: str,
    *,
    bounds: Bounds = PROVISIONING,
    wait_s: float = 35,
) -> Session:
    """Open a connection in autocommit mode, within bounds written as its flavour reads them."""
    session = Session(
        host=config.host,
        port=config.port,
        user=user,
        password=password,
        charset="utf8mb4",
        autocommit=True,
        connect_timeout=_CONNECT_TIMEOUT_S,
        read_timeout=wait_s,
        write_timeout=wait_s,
        ssl_ca=config.tls_ca or None,
        ssl_verify_identity=bool(config.tls_ca) or None,
    )
    try:
        session.rows(bounds.settings(session.flavour))
    except BaseException:
        session.close()
        raise
    return session


class Provisioner:
    """The idle connections of the provisioner; `sql.pool` says how they are shared."""

    def __init__(self, config: MariadbConfig) -> None:
        def opened() -> Session:
            return connect(config, config.user, config.password)

        self._pool = Pool(opened, quiet=_quiet, close=_close)

    @contextlib.contextmanager
    def session(self) -> Iterator[Session]:
        """Lend a connection in autocommit mode; the driver's errors come out as ours."""
        with translated():
            session = self._pool.take()
            try:
                yield session
            except BaseException:
                session.close()
                raise
            if session.open:
                self._pool.put_back(session)

    def close(self) -> None:
        """Close what is idle."""
        self._pool.close()


def _quiet(session: Session) -> bool:
    """Whether the server still answers on an idle connection."""
    try:
        session.ping(reconnect=False)
    except pymysql.MySQLError:
        return False
    return True


def _close(session: Session) -> None:
    if session.open:
        session.close()


class Consumers:
    """Logs in as consumers, with their derived passwords."""

    def __init__(self, config: MariadbConfig, provisioner: Provisioner) -> None:
        self._config = config
        self._provisioner = provisioner

    @contextlib.contextmanager
    def session(self, login: str, *, bounds: Bounds, wait_s: float) -> Iterator[Session]:
        """Open a connection as this login, and close it. Driver errors come out as they are.

        A refused password is set again once: the secret may have been changed.
        Raises Transient, NeedsHuman.
        """
        session = self._open(login, bounds=bounds, wait_s=wait_s)
        try:
            yield session
        finally:
            if session.open:
                session.close()

    def _open(self, login: str, *, bounds: Bounds, wait_s: float) -> Session:
        password = self._config.password_of(login)
        try:
            return connect(self._config, login, password, bounds=bounds, wait_s=wait_s)
        except pymysql.MySQLError as error:
            if code_of(error) not in LOGIN_REFUSED or not self.heal(login):
                raise translate(error) from error
        with translated():
            return connect(self._config, login, password, bounds=bounds, wait_s=wait_s)

    def heal(self, login: str) -> bool:
        """Set the derived password again, if the login is ours. Returns whether it was."""
        find = f"SELECT kind, principal FROM {ENTITLEMENTS}.consumer WHERE login = %s"  # noqa: S608
        with self._provisioner.session() as session:
            found = session.rows(find, [login])
            for kind, key in found:
                made = statements.create_login(login, kind, key)
                session.rows(with_password(self._config, session.flavour, login, made))
        return bool(found)


def with_password(config: MariadbConfig, flavour: Flavour, login: str, statement: str) -> str:
    """Put the hashed password where the shown statement says it is hidden."""
    hidden = statements.literal(flavour.hashed(config.password_of(login)))
    return statement.replace(statements.HIDDEN_PASSWORD, hidden)
