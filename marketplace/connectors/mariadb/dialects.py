# ruff: noqa: S608 - every name in these statements is a constant or checked and quoted by us
"""How the two flavours write what an administrator makes once."""

from dataclasses import dataclass
from typing import Final, Protocol

from marketplace.connectors.mariadb.config import CONTROL
from marketplace.connectors.mariadb.flavours import Flavour
from marketplace.connectors.mariadb.statements import literal

ASCII: Final = "CHARACTER SET ascii COLLATE ascii_bin"
NAME: Final = f"VARCHAR(64) {ASCII}"
HOST: Final = "'`@`%`'"


class Dialect(Protocol):
    """The words of one flavour inside our routines."""

    @property
    def hash_type(self) -> str:
        """The type of a hashed password."""

    @property
    def hash_pattern(self) -> str:
        """The regular expression a hashed password has to match."""

    @property
    def hash_fingerprint(self) -> str:
        """The fingerprint of the variable `hash`, as the view of accounts gives it."""

    @property
    def kill(self) -> str:
        """End the session `number`, or only its query when `only_its_query`."""

    def routine(self, kind: str, definer: str, signature: str, rest: str) -> tuple[str, ...]:
        """Make or replace a routine. `kind` is PROCEDURE or FUNCTION."""

    def run(self, text: str) -> str:
        """Run the statement that an expression gives, inside a routine."""

    def make_role(self, variable: str) -> str:
        """Make a role unless it stands; the expression gives its name."""

    def identified(self) -> str:
        """Write, inside an expression, how an account is known by the variable `hash`."""

    def default_role(self, role: str, member: str) -> str:
        """Make a role the one default of an account; both are variables."""

    def in_role(self, role: str, member: str) -> str:
        """Write the condition that one role is a member of another; both are variables."""

    def end_all(self, who: str) -> str:
        """End every session of a condition on the list of processes; gives how many."""

    def keeper_rights(self, keeper: str) -> tuple[str, ...]:
        """Give the keeper what our procedures need to make and end accounts."""

    def views(self, make: str) -> tuple[str, ...]:
        """Show accounts and memberships of ours; `make` begins the statement."""


@dataclass(frozen=True, slots=True)
class MariadbDialect:
    """MariaDB 10.6 and newer."""

    hash_type: str = f"CHAR(41) {ASCII}"
    hash_pattern: str = "^[*][0-9A-F]{40}\\\\z"
    hash_fingerprint: str = "SHA2(hash, 256)"
    kill: str = (
        "EXECUTE IMMEDIATE CONCAT('KILL ', IF(only_its_query, 'QUERY ', 'CONNECTION '), number)"
    )

    def routine(self, kind: str, definer: str, signature: str, rest: str) -> tuple[str, ...]:
        """MariaDB replaces a routine in one moment."""
        return (f"CREATE OR REPLACE DEFINER={definer} {kind} {CONTROL}.{signature}\n{rest}",)

    def run(self, text: str) -> str:
        """MariaDB has one statement for it."""
        return f"EXECUTE IMMEDIATE {text}"

    def make_role(self, variable: str) -> str:
        """A role has no host."""
        return self.run(f"CONCAT('CREATE ROLE IF NOT EXISTS `', {variable}, '`')")

    def identified(self) -> str:
        """By the hash that the protocol of old knows."""
        return "IDENTIFIED VIA mysql_native_password USING ''', hash, '''"

    def default_role(self, role: str, member: str) -> str:
        """There can be only one."""
        return self.run(f"CONCAT('SET DEFAULT ROLE `', {role}, '` FOR `', {member}, {HOST})")

    def in_role(self, role: str, member: str) -> str:
        """Roles have an empty host there."""
        return (
            f"EXISTS (SELECT 1 FROM mysql.roles_mapping WHERE Role = {role} AND User = {member}"
            " AND Host = '')"
        )

    def end_all(self, who: str) -> str:
        """Collect the sessions first: the list changes while they end."""
        return f"""BEGIN
    DECLARE ended INT DEFAULT 0;
    DECLARE CONTINUE HANDLER FOR 1094 BEGIN END;
    FOR one IN (SELECT ID AS number FROM information_schema.PROCESSLIST WHERE {who})
    DO
      EXECUTE IMMEDIATE CONCAT('KILL CONNECTION ', one.number);
      SET ended = ended + 1;
    END FOR;
    SELECT ended;
  END"""

    def keeper_rights(self, keeper: str) -> tuple[str, ...]:
        """Its roles are rows that GRANT itself keeps."""
        return (
            f"GRANT CREATE USER, PROCESS, CONNECTION ADMIN ON *.* TO {keeper}",
            f"GRANT SELECT, UPDATE ON mysql.* TO {keeper}",
        )

    def views(self, make: str) -> tuple[str, ...]:
        """The default role is a column of the account."""
        return (
            f"""{make}.account AS
SELECT User AS login, Host AS host, is_role, default_role,
       SHA2(authentication_string, 256) AS fingerprint
  FROM mysql.user WHERE User LIKE 'mp\\_%'""",
            f"""{make}.mapping AS
SELECT Role AS role, User AS member, Host AS host, Admin_option AS administers
  FROM mysql.roles_mapping WHERE Role LIKE 'mp\\_%'""",
        )


@dataclass(frozen=True, slots=True)
class MysqlDialect:
    """MySQL 8.0.17 and newer.

    A role is an account that is locked and whose password has expired: that is what CREATE ROLE
    makes, which cannot be prepared, while CREATE USER can. Its host is `%`. Several roles may be
    default; ours is set alone. `mysql_native_password` is gone in MySQL 9, so it is not used.
    """

    hash_type: str = f"CHAR(142) {ASCII}"
    hash_pattern: str = "^0x[0-9A-F]{140}\\\\z"
    hash_fingerprint: str = "SHA2(UNHEX(SUBSTRING(hash, 3)), 256)"
    kill: str = "IF only_its_query THEN KILL QUERY number; ELSE KILL CONNECTION number; END IF"

    def routine(self, kind: str, definer: str, signature: str, rest: str) -> tuple[str, ...]:
        """MySQL cannot replace a routine: it goes and comes back."""
        name = signature.partition("(")[0]
        return (
            f"DROP {kind} IF EXISTS {CONTROL}.{name}",
            f"CREATE DEFINER={definer} {kind} {CONTROL}.{signature}\n{rest}",
        )

    def run(self, text: str) -> str:
        """MySQL prepares from a variable of the session only."""
        return (
            f"SET @emporion = {text}; PREPARE emporion FROM @emporion; EXECUTE emporion;"
            " DEALLOCATE PREPARE emporion"
        )

    def make_role(self, variable: str) -> str:
        """Make what CREATE ROLE makes."""
        return self.run(
            f"CONCAT('CREATE USER IF NOT EXISTS `', {variable},"
            " '`@`%` PASSWORD EXPIRE ACCOUNT LOCK')"
        )

    def identified(self) -> str:
        """By a hash in hexadecimal, for it may hold any byte."""
        return "IDENTIFIED WITH caching_sha2_password AS ', hash, '"

    def default_role(self, role: str, member: str) -> str:
        """Set ours alone; the role's host is `%` when none is said."""
        return self.run(f"CONCAT('SET DEFAULT ROLE `', {role}, '`@`%` TO `', {member}, {HOST})")

    def in_role(self, role: str, member: str) -> str:
        """An edge goes from the role to its member."""
        return (
            f"EXISTS (SELECT 1 FROM mysql.role_edges WHERE FROM_USER = {role} AND FROM_HOST = '%'"
            f" AND TO_USER = {member} AND TO_HOST = '%')"
        )

    def end_all(self, who: str) -> str:
        """Walk a cursor: MySQL has no FOR. What ends by itself meanwhile is counted too."""
        return f"""BEGIN
    DECLARE ended INT DEFAULT 0;
    DECLARE done BOOLEAN DEFAULT FALSE;
    DECLARE number BIGINT UNSIGNED;
    DECLARE sessions CURSOR FOR SELECT ID FROM information_schema.PROCESSLIST WHERE {who};
    DECLARE CONTINUE HANDLER FOR NOT FOUND SET done = TRUE;
    DECLARE CONTINUE HANDLER FOR 1094 BEGIN END;
    OPEN sessions;
    ending: LOOP
      FETCH sessions INTO number;
      IF done THEN LEAVE ending; END IF;
      KILL CONNECTION number;
      SET ended = ended + 1;
    END LOOP;
    CLOSE sessions;
    SELECT ended;
  END"""

    def keeper_rights(self, keeper: str) -> tuple[str, ...]:
        """Granting a role needs ROLE_ADMIN; making it does not give that right."""
        read = ("user", "role_edges", "default_roles", "db", "tables_priv", "columns_priv")
        return (
            f"GRANT CREATE USER, PROCESS ON *.* TO {keeper}",
            f"GRANT CONNECTION_ADMIN, ROLE_ADMIN ON *.* TO {keeper}",
            *(f"GRANT SELECT ON mysql.{table} TO {keeper}" for table in read),
        )

    def views(self, make: str) -> tuple[str, ...]:
        """An account is a role when nobody can log in as it; default roles are a table."""
        return (
            f"""{make}.account AS
SELECT u.User AS login, u.Host AS host,
       IF(u.account_locked = 'Y' AND u.authentication_string = '', 'Y', 'N') AS is_role,
       COALESCE((SELECT GROUP_CONCAT(d.DEFAULT_ROLE_USER ORDER BY d.DEFAULT_ROLE_USER)
                   FROM mysql.default_roles AS d WHERE d.USER = u.User AND d.HOST = u.Host), '')
         AS default_role,
       SHA2(u.authentication_string, 256) AS fingerprint
  FROM mysql.user AS u WHERE u.User LIKE 'mp\\_%'""",
            f"""{make}.mapping AS
SELECT FROM_USER AS role, TO_USER AS member, TO_HOST AS host, WITH_ADMIN_OPTION AS administers
  FROM mysql.role_edges WHERE FROM_USER LIKE 'mp\\_%'""",
        )


def dialect_of(flavour: Flavour) -> Dialect:
    """Give the words of one flavour."""
    return MariadbDialect() if flavour is Flavour.MARIADB else MysqlDialect()


def refuse(words: str) -> str:
    """End a routine with a sentence of ours."""
    return f"SIGNAL SQLSTATE 'MP001' SET MESSAGE_TEXT = {literal(words)}"
