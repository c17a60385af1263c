# ruff: noqa: S608 - every name in these statements is checked and quoted by us
"""What an administrator makes once: two locked accounts, a provisioner, and our procedures.

MariaDB's CREATE USER right would let its holder change anybody's password, the administrator's
too, so the provisioner does not get it. It may only execute procedures that run with the rights
of a locked account and touch nothing but names of ours.
"""

from typing import Final

from marketplace.connectors.mariadb.config import CONTROL, ENTITLEMENTS, MariadbConfig
from marketplace.connectors.mariadb.statements import literal, name

SERVER_OLDEST: Final = (10, 6)
_READABLE: Final = ("consumer", "credential", "handle", "published")
_ASCII: Final = "CHARACTER SET ascii COLLATE ascii_bin"
_NAME: Final = f"VARCHAR(64) {_ASCII}"


def administrator_statements(config: MariadbConfig) -> tuple[str, ...]:
    """List what an administrator runs once per server, each statement by itself.

    The provisioner's password is set apart from this. The publisher is also to be granted SELECT
    on the databases or tables that products are made from.
    """
    keeper, publisher = (
        f"{name(config.keeper)}@`localhost`",
        f"{name(config.publisher)}@`localhost`",
    )
    provisioner = f"{name(config.user)}@`%`"
    published = f"`{config.published}`.*"
    return (
        f"CREATE DATABASE IF NOT EXISTS {ENTITLEMENTS} CHARACTER SET utf8mb4",
        f"CREATE DATABASE IF NOT EXISTS {CONTROL} CHARACTER SET utf8mb4",
        *_tables(),
        f"CREATE USER IF NOT EXISTS {keeper} ACCOUNT LOCK",
        f"CREATE USER IF NOT EXISTS {publisher} ACCOUNT LOCK",
        f"CREATE USER IF NOT EXISTS {provisioner}",
        f"GRANT CREATE USER, PROCESS, CONNECTION ADMIN ON *.* TO {keeper}",
        f"GRANT SELECT, UPDATE ON mysql.* TO {keeper}",
        f"GRANT SELECT, INSERT, UPDATE, DELETE ON {ENTITLEMENTS}.* TO {keeper}",
        f"GRANT EXECUTE ON {CONTROL}.* TO {keeper} WITH GRANT OPTION",
        (
            f"GRANT SELECT, CREATE, DROP, CREATE VIEW, SHOW VIEW ON {published} TO {publisher}"
            " WITH GRANT OPTION"
        ),
        f"GRANT SELECT, INSERT, UPDATE ON {ENTITLEMENTS}.* TO {publisher}",
        f"GRANT EXECUTE ON {CONTROL}.* TO {publisher}",
        f"GRANT EXECUTE ON {CONTROL}.* TO {provisioner}",
        f"GRANT SELECT, INSERT, UPDATE, DELETE ON {ENTITLEMENTS}.entitlement TO {provisioner}",
        *(f"GRANT SELECT ON {ENTITLEMENTS}.{one} TO {provisioner}" for one in _READABLE),
        *_views(keeper),
        f"GRANT SELECT ON {CONTROL}.account TO {provisioner}",
        f"GRANT SELECT ON {CONTROL}.mapping TO {provisioner}",
        f"GRANT SELECT ON {CONTROL}.rights TO {provisioner}",
        *_functions(publisher),
        *_procedures(keeper),
    )


def _tables() -> tuple[str, ...]:
    return (
        f"""CREATE TABLE IF NOT EXISTS {ENTITLEMENTS}.consumer (
    login {_NAME} PRIMARY KEY, kind VARCHAR(32) NOT NULL, principal VARCHAR(255) NOT NULL,
    fingerprint CHAR(64) {_ASCII} NOT NULL, next_fingerprint CHAR(64) {_ASCII} NOT NULL
) ENGINE=InnoDB""",
        f"""CREATE TABLE IF NOT EXISTS {ENTITLEMENTS}.entitlement (
    handle {_NAME} NOT NULL, login {_NAME} NOT NULL, agreement VARCHAR(255) NOT NULL,
    expires_at DATETIME(6) NOT NULL COMMENT 'UTC', PRIMARY KEY (handle, login)
) ENGINE=InnoDB""",
        f"""CREATE TABLE IF NOT EXISTS {ENTITLEMENTS}.credential (
    login {_NAME} PRIMARY KEY, consumer {_NAME} NOT NULL,
    expires_at DATETIME(6) NOT NULL COMMENT 'UTC'
) ENGINE=InnoDB""",
        f"""CREATE TABLE IF NOT EXISTS {ENTITLEMENTS}.handle (
    handle {_NAME} PRIMARY KEY, mark VARCHAR(255) {_ASCII} NOT NULL
) ENGINE=InnoDB""",
        f"""CREATE TABLE IF NOT EXISTS {ENTITLEMENTS}.published (
    handle {_NAME} PRIMARY KEY, mark VARCHAR(255) {_ASCII} NOT NULL,
    schema_name VARCHAR(64) COLLATE utf8mb4_bin NOT NULL,
    relation_name VARCHAR(64) COLLATE utf8mb4_bin NOT NULL,
    definition CHAR(64) {_ASCII} NOT NULL
) ENGINE=InnoDB""",
        # The key of hashed columns. Views read it with the publisher's right, and nobody else does.
        (
            f"CREATE TABLE IF NOT EXISTS {ENTITLEMENTS}.salt"
            f" (one INT PRIMARY KEY, salt CHAR(64) {_ASCII} NOT NULL) ENGINE=InnoDB"
        ),
        f"INSERT IGNORE INTO {ENTITLEMENTS}.salt VALUES (1, HEX(RANDOM_BYTES(32)))",
        # The control object: nobody is ever granted it, so reading it must be refused.
        f"CREATE TABLE IF NOT EXISTS {CONTROL}.probe (nobody_may_read_this INT) ENGINE=InnoDB",
    )


def _views(keeper: str) -> tuple[str, ...]:
    """Show the provisioner only what concerns us of the tables of accounts and rights."""
    make = f"CREATE OR REPLACE DEFINER={keeper} SQL SECURITY DEFINER VIEW {CONTROL}"
    return (
        f"""{make}.account AS
SELECT User AS login, Host AS host, is_role, default_role,
       SHA2(authentication_string, 256) AS fingerprint
  FROM mysql.user WHERE User LIKE 'mp\\_%'""",
        f"""{make}.mapping AS
SELECT Role AS role, User AS member, Host AS host, Admin_option AS administers
  FROM mysql.roles_mapping WHERE Role LIKE 'mp\\_%'""",
        f"""{make}.rights AS
SELECT Db AS pattern, '' AS relation, User AS login, Host AS host, 'SELECT' AS what, '' AS giver
  FROM mysql.db WHERE Select_priv = 'Y'
UNION ALL
SELECT Db, Table_name, User, Host, CONVERT(Table_priv USING utf8mb4), Grantor
  FROM mysql.tables_priv WHERE Table_priv <> ''
UNION ALL
SELECT Db, Table_name, User, Host, CONCAT('SELECT (', Column_name, ')'), ''
  FROM mysql.columns_priv WHERE Column_priv <> ''""",
    )


def _functions(publisher: str) -> tuple[str, ...]:
    return (
        # SYSDATE: a session may set what NOW() says. The zone: a session may set that as well.
        # DETERMINISTIC, so that it is asked once per statement and not once per row.
        f"""CREATE OR REPLACE DEFINER={publisher} FUNCTION {CONTROL}.entitled(asked {_NAME})
RETURNS BOOLEAN DETERMINISTIC READS SQL DATA SQL SECURITY DEFINER
BEGIN
  DECLARE zone VARCHAR(64) DEFAULT @@session.time_zone;
  DECLARE asker VARCHAR(255) {_ASCII} DEFAULT SUBSTRING_INDEX(SESSION_USER(), '@', 1);
  DECLARE moment DATETIME(6);
  SET SESSION time_zone = '+00:00';
  SET moment = SYSDATE(6);
  SET SESSION time_zone = zone;
  RETURN EXISTS (
    SELECT 1 FROM {ENTITLEMENTS}.entitlement AS e
     WHERE e.handle = asked AND e.expires_at > moment
       AND (e.login = asker OR e.login IN (
         SELECT c.consumer FROM {ENTITLEMENTS}.credential AS c
          WHERE c.login = asker AND c.expires_at > moment)));
END""",
        f"""CREATE OR REPLACE DEFINER={publisher} PROCEDURE {CONTROL}.as_publisher(
    statement LONGTEXT CHARACTER SET utf8mb4)
MODIFIES SQL DATA SQL SECURITY DEFINER
EXECUTE IMMEDIATE statement""",
        f"""CREATE OR REPLACE DEFINER={publisher} FUNCTION {CONTROL}.fingerprint(
    asked_schema VARCHAR(64) CHARACTER SET utf8mb4, asked_name VARCHAR(64) CHARACTER SET utf8mb4)
RETURNS CHAR(64) {_ASCII} READS SQL DATA SQL SECURITY DEFINER
RETURN (SELECT SHA2(CONCAT_WS('|', VIEW_DEFINITION, DEFINER, SECURITY_TYPE), 256)
          FROM information_schema.VIEWS
         WHERE TABLE_SCHEMA = asked_schema AND TABLE_NAME = asked_name
           AND BINARY TABLE_SCHEMA = BINARY asked_schema
           AND BINARY TABLE_NAME = BINARY asked_name)""",
        f"""CREATE OR REPLACE DEFINER={publisher} PROCEDURE {CONTROL}.register(
    asked {_NAME}, mark VARCHAR(255) {_ASCII},
    asked_schema VARCHAR(64) CHARACTER SET utf8mb4, asked_name VARCHAR(64) CHARACTER SET utf8mb4,
    is_made BOOLEAN)
MODIFIES SQL DATA SQL SECURITY DEFINER
INSERT INTO {ENTITLEMENTS}.published (handle, mark, schema_name, relation_name, definition)
VALUES (asked, mark, asked_schema, asked_name,
        IF(is_made, COALESCE({CONTROL}.fingerprint(asked_schema, asked_name), ''), ''))
ON DUPLICATE KEY UPDATE mark = VALUES(mark), schema_name = VALUES(schema_name),
  relation_name = VALUES(relation_name), definition = VALUES(definition)""",
    )


def _procedures(keeper: str) -> tuple[str, ...]:
    """Write the procedures that run with the keeper's rights; each checks the names it is given."""

    def procedure(signature: str, *body: str) -> str:
        lines = "\n".join(f"  {line};" for line in body)
        return (
            f"CREATE OR REPLACE DEFINER={keeper} PROCEDURE {CONTROL}.{signature}\n"
            f"MODIFIES SQL DATA SQL SECURITY DEFINER\nBEGIN\n{lines}\nEND"
        )

    return (
        procedure(f"require_name(given {_NAME}, kinds {_NAME})", _required_name()),
        procedure(
            f"make_handle(asked {_NAME}, given_mark VARCHAR(255) {_ASCII})",
            _require("asked", "r"),
            f"IF EXISTS (SELECT 1 FROM {ENTITLEMENTS}.handle AS h WHERE h.handle = asked"
            f" AND h.mark <> given_mark) OR (EXISTS (SELECT 1 FROM mysql.user WHERE User = asked)"
            f" AND NOT EXISTS (SELECT 1 FROM {ENTITLEMENTS}.handle AS h WHERE h.handle = asked))"
            f" THEN {_refuse('this role exists and is not ours')}; END IF",
            f"INSERT IGNORE INTO {ENTITLEMENTS}.handle VALUES (asked, given_mark)",
            "EXECUTE IMMEDIATE CONCAT('CREATE ROLE IF NOT EXISTS `', asked, '`')",
        ),
        procedure(
            f"make_login(asked {_NAME}, hash CHAR(41) {_ASCII}, given_kind VARCHAR(32),"
            " given_key VARCHAR(255))",
            f"DECLARE stands, made, coming CHAR(64) {_ASCII} DEFAULT NULL",
            f"DECLARE umbrella {_NAME} DEFAULT CONCAT(LEFT(asked, CHAR_LENGTH(asked) - 1), 'd')",
            _require("asked", "c"),
            _required_hash(),
            "SET stands = (SELECT SHA2(authentication_string, 256) FROM mysql.user"
            " WHERE User = asked LIMIT 1)",
            f"SELECT c.fingerprint, c.next_fingerprint INTO made, coming"
            f" FROM {ENTITLEMENTS}.consumer AS c WHERE c.login = asked",
            "IF stands IS NOT NULL AND NOT COALESCE(stands IN (made, coming), FALSE)"
            f" THEN {_refuse('this login exists and is not the one we made')}; END IF",
            # First what is about to be: after a crash the login is still known as ours.
            f"INSERT INTO {ENTITLEMENTS}.consumer VALUES (asked, given_kind, given_key,"
            " SHA2(hash, 256), SHA2(hash, 256)) ON DUPLICATE KEY UPDATE"
            " fingerprint = COALESCE(stands, VALUES(fingerprint)),"
            " next_fingerprint = VALUES(next_fingerprint)",
            f"EXECUTE IMMEDIATE CONCAT('CREATE USER IF NOT EXISTS `', asked, {_HOST}, '"
            " IDENTIFIED VIA mysql_native_password USING ''', hash, '''"
            " WITH MAX_USER_CONNECTIONS 20')",
            f"EXECUTE IMMEDIATE CONCAT('ALTER USER `', asked, {_HOST}, '"
            " IDENTIFIED VIA mysql_native_password USING ''', hash, '''')",
            "EXECUTE IMMEDIATE CONCAT('CREATE ROLE IF NOT EXISTS `', umbrella, '`')",
            f"EXECUTE IMMEDIATE CONCAT('GRANT EXECUTE ON FUNCTION {CONTROL}.entitled TO `',"
            " umbrella, '`')",
        ),
        procedure(
            f"join_handle(asked {_NAME}, member {_NAME})",
            f"DECLARE umbrella {_NAME} DEFAULT CONCAT(LEFT(member, CHAR_LENGTH(member) - 1), 'd')",
            _require("asked", "r"),
            _require("member", "c"),
            "EXECUTE IMMEDIATE CONCAT('GRANT `', asked, '` TO `', umbrella, '`')",
            f"EXECUTE IMMEDIATE CONCAT('GRANT `', umbrella, '` TO `', member, {_HOST})",
            f"EXECUTE IMMEDIATE CONCAT('SET DEFAULT ROLE `', umbrella, '` FOR `', member, {_HOST})",
        ),
        procedure(
            f"leave_handle(asked {_NAME}, member {_NAME})",
            f"DECLARE umbrella {_NAME} DEFAULT CONCAT(LEFT(member, CHAR_LENGTH(member) - 1), 'd')",
            _require("asked", "r"),
            _require("member", "c"),
            "IF EXISTS (SELECT 1 FROM mysql.roles_mapping WHERE Role = asked AND User = umbrella"
            " AND Host = '') THEN"
            " EXECUTE IMMEDIATE CONCAT('REVOKE `', asked, '` FROM `', umbrella, '`'); END IF",
        ),
        procedure(
            "end_session(number BIGINT, only_its_query BOOLEAN)",
            "DECLARE CONTINUE HANDLER FOR 1094 BEGIN END",  # it has just ended by itself
            "IF EXISTS (SELECT 1 FROM information_schema.PROCESSLIST WHERE ID = number"
            " AND USER LIKE 'mp\\_%') THEN EXECUTE IMMEDIATE CONCAT('KILL ',"
            " IF(only_its_query, 'QUERY ', 'CONNECTION '), number); END IF",
        ),
        procedure(
            f"end_sessions(asked {_NAME})",
            _require("asked", "c"),
            _END_ALL.format(
                who=f"USER = asked OR USER IN (SELECT c.login FROM {ENTITLEMENTS}.credential AS c"
                " WHERE c.consumer = asked)"
            ),
        ),
        procedure(
            f"end_readers(asked {_NAME})",
            _require("asked", "r"),
            _END_ALL.format(
                who=f"USER IN (SELECT e.login FROM {ENTITLEMENTS}.entitlement AS e"
                " WHERE e.handle = asked) OR USER IN (SELECT c.login FROM"
                f" {ENTITLEMENTS}.credential AS c JOIN {ENTITLEMENTS}.entitlement AS e"
                " ON e.login = c.consumer"
                " WHERE e.handle = asked)"
            ),
        ),
        procedure(
            f"make_credential(asked {_NAME}, hash CHAR(41) {_ASCII}, member {_NAME},"
            " until DATETIME(6))",
            f"DECLARE umbrella {_NAME} DEFAULT CONCAT(LEFT(member, CHAR_LENGTH(member) - 1), 'd')",
            _require("asked", "t"),
            _require("member", "c"),
            _required_hash(),
            f"INSERT INTO {ENTITLEMENTS}.credential VALUES (asked, member, until)",
            f"EXECUTE IMMEDIATE CONCAT('CREATE USER `', asked, {_HOST}, ' IDENTIFIED VIA"
            " mysql_native_password USING ''', hash, ''' WITH MAX_USER_CONNECTIONS 5')",
            f"EXECUTE IMMEDIATE CONCAT('GRANT `', umbrella, '` TO `', asked, {_HOST})",
            f"EXECUTE IMMEDIATE CONCAT('SET DEFAULT ROLE `', umbrella, '` FOR `', asked, {_HOST})",
        ),
        procedure(
            f"drop_credential(asked {_NAME})",
            _require("asked", "t"),
            f"EXECUTE IMMEDIATE CONCAT('DROP USER IF EXISTS `', asked, {_HOST})",
            _END_ALL.format(who="USER = asked"),
            f"DELETE FROM {ENTITLEMENTS}.credential WHERE login = asked",
        ),
    )


_HOST: Final = "'`@`%`'"
# Sessions are collected first: the list changes while they end.
_END_ALL: Final = """BEGIN
    DECLARE ended INT DEFAULT 0;
    DECLARE CONTINUE HANDLER FOR 1094 BEGIN END;
    FOR one IN (SELECT ID AS number FROM information_schema.PROCESSLIST WHERE {who})
    DO
      EXECUTE IMMEDIATE CONCAT('KILL CONNECTION ', one.number);
      SET ended = ended + 1;
    END FOR;
    SELECT ended;
  END"""


def _require(variable: str, kind: str) -> str:
    return f"CALL {CONTROL}.require_name({variable}, {literal(kind)})"


def _required_name() -> str:
    return (
        "IF given IS NULL OR given NOT REGEXP CONCAT('^mp_[a-z0-9]{1,12}_[a-z2-7]{10}_', kinds,"
        f" '\\\\z') THEN {_refuse('this is no name of ours')}; END IF"
    )


def _required_hash() -> str:
    return (
        f"IF hash IS NULL OR hash NOT REGEXP '^[*][0-9A-F]{{40}}\\\\z' THEN"
        f" {_refuse('this is no hash of a password')}; END IF"
    )


def _refuse(words: str) -> str:
    return f"SIGNAL SQLSTATE 'MP001' SET MESSAGE_TEXT = {literal(words)}"
