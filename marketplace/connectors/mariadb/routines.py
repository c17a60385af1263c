# ruff: noqa: S608 - every name in these statements is a constant or checked and quoted by us
"""The routines that run with the rights of the two locked accounts, in either flavour's words."""

from typing import Final

from marketplace.connectors.mariadb.config import CONTROL, ENTITLEMENTS
from marketplace.connectors.mariadb.dialects import ASCII, HOST, NAME, Dialect, refuse
from marketplace.connectors.mariadb.statements import literal

_UMBRELLA: Final = (
    f"DECLARE umbrella {NAME} DEFAULT CONCAT(LEFT(member, CHAR_LENGTH(member) - 1), 'd')"
)


def functions(words: Dialect, publisher: str) -> tuple[str, ...]:
    """Write the routines that run with the publisher's rights."""
    return (
        *words.routine("FUNCTION", publisher, f"entitled(asked {NAME})", _ENTITLED),
        *words.routine(
            "PROCEDURE",
            publisher,
            "as_publisher(\n    statement LONGTEXT CHARACTER SET utf8mb4)",
            f"MODIFIES SQL DATA SQL SECURITY DEFINER\nBEGIN\n  {words.run('statement')};\nEND",
        ),
        *words.routine("FUNCTION", publisher, f"fingerprint(\n    {_WHERE})", _FINGERPRINT),
        *words.routine(
            "PROCEDURE",
            publisher,
            f"register(\n    asked {NAME}, mark VARCHAR(255) {ASCII},\n    {_WHERE},"
            "\n    is_made BOOLEAN)",
            _REGISTER,
        ),
    )


_WHERE: Final = (
    "asked_schema VARCHAR(64) CHARACTER SET utf8mb4, asked_name VARCHAR(64) CHARACTER SET utf8mb4"
)
# SYSDATE: a session may set what NOW() says. The zone: a session may set that as well.
# DETERMINISTIC, so that it is asked once per statement and not once per row.
_ENTITLED: Final = f"""RETURNS BOOLEAN DETERMINISTIC READS SQL DATA SQL SECURITY DEFINER
BEGIN
  DECLARE zone VARCHAR(64) DEFAULT @@session.time_zone;
  DECLARE asker VARCHAR(255) {ASCII} DEFAULT SUBSTRING_INDEX(SESSION_USER(), '@', 1);
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
END"""
_FINGERPRINT: Final = f"""RETURNS CHAR(64) {ASCII} READS SQL DATA SQL SECURITY DEFINER
RETURN (SELECT SHA2(CONCAT_WS('|', VIEW_DEFINITION, DEFINER, SECURITY_TYPE), 256)
          FROM information_schema.VIEWS
         WHERE TABLE_SCHEMA = asked_schema AND TABLE_NAME = asked_name
           AND BINARY TABLE_SCHEMA = BINARY asked_schema
           AND BINARY TABLE_NAME = BINARY asked_name)"""
_REGISTER: Final = f"""MODIFIES SQL DATA SQL SECURITY DEFINER
INSERT INTO {ENTITLEMENTS}.published (handle, mark, schema_name, relation_name, definition)
VALUES (asked, mark, asked_schema, asked_name,
        IF(is_made, COALESCE({CONTROL}.fingerprint(asked_schema, asked_name), ''), ''))
ON DUPLICATE KEY UPDATE mark = VALUES(mark), schema_name = VALUES(schema_name),
  relation_name = VALUES(relation_name), definition = VALUES(definition)"""


def procedures(words: Dialect, keeper: str) -> tuple[str, ...]:
    """Write the procedures that run with the keeper's rights; each checks the names it is given."""

    def procedure(signature: str, *body: str) -> tuple[str, ...]:
        lines = "\n".join(f"  {line};" for line in body)
        rest = f"MODIFIES SQL DATA SQL SECURITY DEFINER\nBEGIN\n{lines}\nEND"
        return words.routine("PROCEDURE", keeper, signature, rest)

    return (
        *procedure(f"require_name(given {NAME}, kinds {NAME})", _required_name()),
        *procedure(
            f"make_handle(asked {NAME}, given_mark VARCHAR(255) {ASCII})", *_make_handle(words)
        ),
        *procedure(
            f"make_login(asked {NAME}, hash {words.hash_type},"
            " given_kind VARCHAR(32) CHARACTER SET utf8mb4,"
            " given_key VARCHAR(255) CHARACTER SET utf8mb4)",
            *_make_login(words),
        ),
        *procedure(
            f"join_handle(asked {NAME}, member {NAME})",
            _UMBRELLA,
            _require("asked", "r"),
            _require("member", "c"),
            words.run("CONCAT('GRANT `', asked, '` TO `', umbrella, '`')"),
            words.run(f"CONCAT('GRANT `', umbrella, '` TO `', member, {HOST})"),
            words.default_role("umbrella", "member"),
        ),
        *procedure(
            f"leave_handle(asked {NAME}, member {NAME})",
            _UMBRELLA,
            _require("asked", "r"),
            _require("member", "c"),
            f"IF {words.in_role('asked', 'umbrella')} THEN "
            + words.run("CONCAT('REVOKE `', asked, '` FROM `', umbrella, '`')")
            + "; END IF",
        ),
        *procedure(
            "end_session(number BIGINT, only_its_query BOOLEAN)",
            "DECLARE CONTINUE HANDLER FOR 1094 BEGIN END",  # it has just ended by itself
            "IF EXISTS (SELECT 1 FROM information_schema.PROCESSLIST WHERE ID = number"
            f" AND USER LIKE 'mp\\_%') THEN {words.kill}; END IF",
        ),
        *procedure(
            f"end_sessions(asked {NAME})", _require("asked", "c"), words.end_all(_OF_CONSUMER)
        ),
        *procedure(f"end_readers(asked {NAME})", _require("asked", "r"), words.end_all(_OF_HANDLE)),
        *procedure(
            f"make_credential(asked {NAME}, hash {words.hash_type}, member {NAME},"
            " until DATETIME(6))",
            _UMBRELLA,
            _require("asked", "t"),
            _require("member", "c"),
            _required_hash(words),
            f"INSERT INTO {ENTITLEMENTS}.credential VALUES (asked, member, until)",
            words.run(
                f"CONCAT('CREATE USER `', asked, {HOST}, ' {words.identified()}"
                " WITH MAX_USER_CONNECTIONS 5')"
            ),
            words.run(f"CONCAT('GRANT `', umbrella, '` TO `', asked, {HOST})"),
            words.default_role("umbrella", "asked"),
        ),
        *procedure(
            f"drop_credential(asked {NAME})",
            _require("asked", "t"),
            words.run(f"CONCAT('DROP USER IF EXISTS `', asked, {HOST})"),
            words.end_all("USER = asked"),
            f"DELETE FROM {ENTITLEMENTS}.credential WHERE login = asked",
        ),
    )


_OF_CONSUMER: Final = (
    f"USER = asked OR USER IN (SELECT c.login FROM {ENTITLEMENTS}.credential AS c"
    " WHERE c.consumer = asked)"
)
_OF_HANDLE: Final = (
    f"USER IN (SELECT e.login FROM {ENTITLEMENTS}.entitlement AS e WHERE e.handle = asked)"
    f" OR USER IN (SELECT c.login FROM {ENTITLEMENTS}.credential AS c"
    f" JOIN {ENTITLEMENTS}.entitlement AS e ON e.login = c.consumer WHERE e.handle = asked)"
)


def _make_handle(words: Dialect) -> tuple[str, ...]:
    return (
        _require("asked", "r"),
        (
            f"IF EXISTS (SELECT 1 FROM {ENTITLEMENTS}.handle AS h WHERE h.handle = asked"
            f" AND h.mark <> given_mark) OR (EXISTS (SELECT 1 FROM mysql.user WHERE User = asked)"
            f" AND NOT EXISTS (SELECT 1 FROM {ENTITLEMENTS}.handle AS h WHERE h.handle = asked))"
            f" THEN {refuse('this role exists and is not ours')}; END IF"
        ),
        f"INSERT IGNORE INTO {ENTITLEMENTS}.handle VALUES (asked, given_mark)",
        words.make_role("asked"),
    )


def _make_login(words: Dialect) -> tuple[str, ...]:
    return (
        f"DECLARE stands, made, coming CHAR(64) {ASCII} DEFAULT NULL",
        f"DECLARE umbrella {NAME} DEFAULT CONCAT(LEFT(asked, CHAR_LENGTH(asked) - 1), 'd')",
        _require("asked", "c"),
        _required_hash(words),
        (
            "SET stands = (SELECT SHA2(authentication_string, 256) FROM mysql.user"
            " WHERE User = asked LIMIT 1)"
        ),
        (
            f"SELECT c.fingerprint, c.next_fingerprint INTO made, coming"
            f" FROM {ENTITLEMENTS}.consumer AS c WHERE c.login = asked"
        ),
        (
            "IF stands IS NOT NULL AND NOT COALESCE(stands IN (made, coming), FALSE)"
            f" THEN {refuse('this login exists and is not the one we made')}; END IF"
        ),
        # First what is about to be: after a crash the login is still known as ours.
        (
            f"INSERT INTO {ENTITLEMENTS}.consumer VALUES (asked, given_kind, given_key,"
            f" {words.hash_fingerprint}, {words.hash_fingerprint}) ON DUPLICATE KEY UPDATE"
            " fingerprint = COALESCE(stands, VALUES(fingerprint)),"
            " next_fingerprint = VALUES(next_fingerprint)"
        ),
        words.run(
            f"CONCAT('CREATE USER IF NOT EXISTS `', asked, {HOST}, ' {words.identified()}"
            " WITH MAX_USER_CONNECTIONS 20')"
        ),
        words.run(f"CONCAT('ALTER USER `', asked, {HOST}, ' {words.identified()}')"),
        words.make_role("umbrella"),
        words.run(f"CONCAT('GRANT EXECUTE ON FUNCTION {CONTROL}.entitled TO `', umbrella, '`')"),
    )


def _require(variable: str, kind: str) -> str:
    return f"CALL {CONTROL}.require_name({variable}, {literal(kind)})"


def _required_name() -> str:
    return (
        "IF given IS NULL OR given NOT REGEXP CONCAT('^mp_[a-z0-9]{1,12}_[a-z2-7]{10}_', kinds,"
        f" '\\\\z') THEN {refuse('this is no name of ours')}; END IF"
    )


def _required_hash(words: Dialect) -> str:
    return (
        f"IF hash IS NULL OR hash NOT REGEXP '{words.hash_pattern}' THEN"
        f" {refuse('this is no hash of a password')}; END IF"
    )
