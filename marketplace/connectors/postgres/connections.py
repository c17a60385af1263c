"""Connections: a small cache for the provisioner, a fresh one for every act as a consumer."""

import contextlib
import select
from collections.abc import Iterator
from typing import Any, Final

import psycopg
from psycopg import Connection, sql
from psycopg.rows import TupleRow

from marketplace.connectors.base import NeedsHuman
from marketplace.connectors.postgres.config import PostgresConfig
from marketplace.connectors.postgres.failures import login_refused, translate, translated
from marketplace.connectors.postgres.statements import name
from marketplace.connectors.sql.pool import Pool

type Session = Connection[TupleRow]

_CONNECT_TIMEOUT_S: Final = 3
_ROUNDS: Final = 64
_ROUNDS_SINCE: Final = 160_000
_PROVISIONER_SETTINGS: Final = (
    "-c search_path=pg_catalog -c timezone=UTC -c statement_timeout=30s -c lock_timeout=5s"
    " -c idle_in_transaction_session_timeout=30s -c client_min_messages=error"
)


class Provisioner:
    """The idle connections of the provisioner; `sql.pool` says how they are shared."""

    def __init__(self, config: PostgresConfig) -> None:
        def opened() -> Session:
            return connect(
                config,
                config.user,
                config.password,
                settings=_PROVISIONER_SETTINGS,
                application="emporion provisioner",
            )

        self._pool = Pool(opened, quiet=_quiet, close=lambda session: session.close())

    @contextlib.contextmanager
    def session(self) -> Iterator[Session]:
        """Lend a connection in autocommit mode; the driver's errors come out as ours."""
        with translated():
            session = self._pool.take()
            try:
                yield session
            finally:
                self._put_back(session)

    def close(self) -> None:
        """Close what is idle."""
        self._pool.close()

    def _put_back(self, session: Session) -> None:
        if session.closed or session.info.transaction_status != psycopg.pq.TransactionStatus.IDLE:
            self._pool.drop(session)
        else:
            self._pool.put_back(session)


def _quiet(session: Session) -> bool:
    """Whether an idle connection still stands: the server has sent neither an end nor an error."""
    if session.closed:
        return False
    poll = select.poll()
    poll.register(session.fileno(), select.POLLIN | select.POLLHUP | select.POLLERR)
    return not poll.poll(0)


def connect(
    config: PostgresConfig, user: str, password: str, *, settings: str, application: str
) -> Session:
    """Open a connection in autocommit mode. `settings` are libpq options (`-c name=value`)."""
    return psycopg.connect(
        host=config.host,
        port=config.port,
        dbname=config.database,
        user=user,
        password=password,
        sslmode=config.sslmode,
        connect_timeout=_CONNECT_TIMEOUT_S,
        application_name=application,
        options=settings,
        autocommit=True,
        # Nothing is prepared on the server: a consumer's session must not keep state of ours.
        prepare_threshold=None,
    )


class Consumers:
    """Logs in as consumers, with their derived passwords."""

    def __init__(self, config: PostgresConfig, provisioner: Provisioner) -> None:
        self._config = config
        self._provisioner = provisioner

    @contextlib.contextmanager
    def session(self, login: str, *, settings: str, application: str) -> Iterator[Session]:
        """Open a connection as this login, and close it. Driver errors come out as they are.

        A refused password is set again once: the secret may have been changed.
        Raises Transient, NeedsHuman.
        """
        session = self._open(login, settings=settings, application=application)
        try:
            yield session
        finally:
            session.close()

    def _open(self, login: str, **how: str) -> Session:
        password = self._config.password_of(login)
        try:
            return connect(self._config, login, password, **how)
        except psycopg.OperationalError as error:
            if not login_refused(error) or not self.heal(login):
                raise translate(error) from error
        with translated():
            return connect(self._config, login, password, **how)

    def heal(self, login: str) -> bool:
        """Set the derived password again, if the login is ours. Returns whether it was."""
        find = (
            "SELECT starts_with(shobj_description(oid, 'pg_authid'), %s)"
            " FROM pg_roles WHERE rolname = %s"
        )
        with self._provisioner.session() as session:
            row = session.execute(find, [self._config.consumer_mark, login]).fetchone()
            if row is None:
                return False
            if not row[0]:
                raise NeedsHuman(f"role {login} exists and is not ours")
            statement = "ALTER ROLE {} LOGIN PASSWORD {}"
            verifier = scram(session, login, self._config.password_of(login))
            session.execute(
                sql.SQL(statement).format(sql.SQL(_quoted(login)), sql.Literal(verifier))
            )
        return True


def _quoted(login: str) -> Any:
    return name(login)


def scram(session: Session, login: str, password: str) -> str:
    """Hash a password on our side, so that no server log ever sees it.

    Rounds make guessing of human passwords slow (RFC 7677: 4096). Ours are 256 random bits, which
    nobody guesses, so from PostgreSQL 16 on, where the number can be chosen, few rounds spare
    both sides 2 ms of processor time at each login.
    """
    if session.info.server_version >= _ROUNDS_SINCE:
        session.execute(f"SET scram_iterations = {_ROUNDS}".encode())
    verifier = session.pgconn.encrypt_password(password.encode(), login.encode(), b"scram-sha-256")
    return verifier.decode()
