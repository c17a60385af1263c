CREATE DATABASE IF NOT EXISTS emporion_entitlements CHARACTER SET utf8mb4;

CREATE DATABASE IF NOT EXISTS emporion_control CHARACTER SET utf8mb4;

CREATE TABLE IF NOT EXISTS emporion_entitlements.consumer (
    login VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin PRIMARY KEY, kind VARCHAR(32) NOT NULL, principal VARCHAR(255) NOT NULL,
    fingerprint CHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL, next_fingerprint CHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL
) ENGINE=InnoDB;

CREATE TABLE IF NOT EXISTS emporion_entitlements.entitlement (
    handle VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL, login VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL, agreement VARCHAR(255) NOT NULL,
    expires_at DATETIME(6) NOT NULL COMMENT 'UTC', PRIMARY KEY (handle, login)
) ENGINE=InnoDB;

CREATE TABLE IF NOT EXISTS emporion_entitlements.credential (
    login VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin PRIMARY KEY, consumer VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    expires_at DATETIME(6) NOT NULL COMMENT 'UTC'
) ENGINE=InnoDB;

CREATE TABLE IF NOT EXISTS emporion_entitlements.handle (
    handle VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin PRIMARY KEY, mark VARCHAR(255) CHARACTER SET ascii COLLATE ascii_bin NOT NULL
) ENGINE=InnoDB;

CREATE TABLE IF NOT EXISTS emporion_entitlements.published (
    handle VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin PRIMARY KEY, mark VARCHAR(255) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    schema_name VARCHAR(64) COLLATE utf8mb4_bin NOT NULL,
    relation_name VARCHAR(64) COLLATE utf8mb4_bin NOT NULL,
    definition CHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL
) ENGINE=InnoDB;

CREATE TABLE IF NOT EXISTS emporion_entitlements.salt (one INT PRIMARY KEY, salt CHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL) ENGINE=InnoDB;

INSERT IGNORE INTO emporion_entitlements.salt VALUES (1, HEX(RANDOM_BYTES(32)));

CREATE TABLE IF NOT EXISTS emporion_control.probe (nobody_may_read_this INT) ENGINE=InnoDB;

CREATE USER IF NOT EXISTS `emporion_keeper`@`localhost` ACCOUNT LOCK;

CREATE USER IF NOT EXISTS `emporion_publisher`@`localhost` ACCOUNT LOCK;

CREATE USER IF NOT EXISTS `emporion_provisioner`@`%`;

GRANT CREATE USER, PROCESS, CONNECTION ADMIN ON *.* TO `emporion_keeper`@`localhost`;

GRANT SELECT, UPDATE ON mysql.* TO `emporion_keeper`@`localhost`;

GRANT SELECT, INSERT, UPDATE, DELETE ON emporion_entitlements.* TO `emporion_keeper`@`localhost`;

GRANT EXECUTE ON emporion_control.* TO `emporion_keeper`@`localhost` WITH GRANT OPTION;

GRANT SELECT, CREATE, DROP, CREATE VIEW, SHOW VIEW ON `%\_products`.* TO `emporion_publisher`@`localhost` WITH GRANT OPTION;

GRANT SELECT, INSERT, UPDATE ON emporion_entitlements.* TO `emporion_publisher`@`localhost`;

GRANT EXECUTE ON emporion_control.* TO `emporion_publisher`@`localhost`;

GRANT EXECUTE ON emporion_control.* TO `emporion_provisioner`@`%`;

GRANT SELECT, INSERT, UPDATE, DELETE ON emporion_entitlements.entitlement TO `emporion_provisioner`@`%`;

GRANT SELECT ON emporion_entitlements.consumer TO `emporion_provisioner`@`%`;

GRANT SELECT ON emporion_entitlements.credential TO `emporion_provisioner`@`%`;

GRANT SELECT ON emporion_entitlements.handle TO `emporion_provisioner`@`%`;

GRANT SELECT ON emporion_entitlements.published TO `emporion_provisioner`@`%`;

CREATE OR REPLACE DEFINER=`emporion_keeper`@`localhost` SQL SECURITY DEFINER VIEW emporion_control.account AS
SELECT User AS login, Host AS host, is_role, default_role,
       SHA2(authentication_string, 256) AS fingerprint
  FROM mysql.user WHERE User LIKE 'mp\_%';

CREATE OR REPLACE DEFINER=`emporion_keeper`@`localhost` SQL SECURITY DEFINER VIEW emporion_control.mapping AS
SELECT Role AS role, User AS member, Host AS host, Admin_option AS administers
  FROM mysql.roles_mapping WHERE Role LIKE 'mp\_%';

CREATE OR REPLACE DEFINER=`emporion_keeper`@`localhost` SQL SECURITY DEFINER VIEW emporion_control.rights AS
SELECT Db AS pattern, '' AS relation, User AS login, Host AS host, 'SELECT' AS what, '' AS giver
  FROM mysql.db WHERE Select_priv = 'Y'
UNION ALL
SELECT Db, Table_name, User, Host, CONVERT(Table_priv USING utf8mb4), Grantor
  FROM mysql.tables_priv WHERE Table_priv <> ''
UNION ALL
SELECT Db, Table_name, User, Host, CONCAT('SELECT (', Column_name, ')'), ''
  FROM mysql.columns_priv WHERE Column_priv <> '';

GRANT SELECT ON emporion_control.account TO `emporion_provisioner`@`%`;

GRANT SELECT ON emporion_control.mapping TO `emporion_provisioner`@`%`;

GRANT SELECT ON emporion_control.rights TO `emporion_provisioner`@`%`;

CREATE OR REPLACE DEFINER=`emporion_publisher`@`localhost` FUNCTION emporion_control.entitled(asked VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin)
RETURNS BOOLEAN DETERMINISTIC READS SQL DATA SQL SECURITY DEFINER
BEGIN
  DECLARE zone VARCHAR(64) DEFAULT @@session.time_zone;
  DECLARE asker VARCHAR(255) CHARACTER SET ascii COLLATE ascii_bin DEFAULT SUBSTRING_INDEX(SESSION_USER(), '@', 1);
  DECLARE moment DATETIME(6);
  SET SESSION time_zone = '+00:00';
  SET moment = SYSDATE(6);
  SET SESSION time_zone = zone;
  RETURN EXISTS (
    SELECT 1 FROM emporion_entitlements.entitlement AS e
     WHERE e.handle = asked AND e.expires_at > moment
       AND (e.login = asker OR e.login IN (
         SELECT c.consumer FROM emporion_entitlements.credential AS c
          WHERE c.login = asker AND c.expires_at > moment)));
END;

CREATE OR REPLACE DEFINER=`emporion_publisher`@`localhost` PROCEDURE emporion_control.as_publisher(
    statement LONGTEXT CHARACTER SET utf8mb4)
MODIFIES SQL DATA SQL SECURITY DEFINER
BEGIN
  EXECUTE IMMEDIATE statement;
END;

CREATE OR REPLACE DEFINER=`emporion_publisher`@`localhost` FUNCTION emporion_control.fingerprint(
    asked_schema VARCHAR(64) CHARACTER SET utf8mb4, asked_name VARCHAR(64) CHARACTER SET utf8mb4)
RETURNS CHAR(64) CHARACTER SET ascii COLLATE ascii_bin READS SQL DATA SQL SECURITY DEFINER
RETURN (SELECT SHA2(CONCAT_WS('|', VIEW_DEFINITION, DEFINER, SECURITY_TYPE), 256)
          FROM information_schema.VIEWS
         WHERE TABLE_SCHEMA = asked_schema AND TABLE_NAME = asked_name
           AND BINARY TABLE_SCHEMA = BINARY asked_schema
           AND BINARY TABLE_NAME = BINARY asked_name);

CREATE OR REPLACE DEFINER=`emporion_publisher`@`localhost` PROCEDURE emporion_control.register(
    asked VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin, mark VARCHAR(255) CHARACTER SET ascii COLLATE ascii_bin,
    asked_schema VARCHAR(64) CHARACTER SET utf8mb4, asked_name VARCHAR(64) CHARACTER SET utf8mb4,
    is_made BOOLEAN)
MODIFIES SQL DATA SQL SECURITY DEFINER
INSERT INTO emporion_entitlements.published (handle, mark, schema_name, relation_name, definition)
VALUES (asked, mark, asked_schema, asked_name,
        IF(is_made, COALESCE(emporion_control.fingerprint(asked_schema, asked_name), ''), ''))
ON DUPLICATE KEY UPDATE mark = VALUES(mark), schema_name = VALUES(schema_name),
  relation_name = VALUES(relation_name), definition = VALUES(definition);

CREATE OR REPLACE DEFINER=`emporion_keeper`@`localhost` PROCEDURE emporion_control.require_name(given VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin, kinds VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin)
MODIFIES SQL DATA SQL SECURITY DEFINER
BEGIN
  IF given IS NULL OR given NOT REGEXP CONCAT('^mp_[a-z0-9]{1,12}_[a-z2-7]{10}_', kinds, '\\z') THEN SIGNAL SQLSTATE 'MP001' SET MESSAGE_TEXT = 'this is no name of ours'; END IF;
END;

CREATE OR REPLACE DEFINER=`emporion_keeper`@`localhost` PROCEDURE emporion_control.make_handle(asked VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin, given_mark VARCHAR(255) CHARACTER SET ascii COLLATE ascii_bin)
MODIFIES SQL DATA SQL SECURITY DEFINER
BEGIN
  CALL emporion_control.require_name(asked, 'r');
  IF EXISTS (SELECT 1 FROM emporion_entitlements.handle AS h WHERE h.handle = asked AND h.mark <> given_mark) OR (EXISTS (SELECT 1 FROM mysql.user WHERE User = asked) AND NOT EXISTS (SELECT 1 FROM emporion_entitlements.handle AS h WHERE h.handle = asked)) THEN SIGNAL SQLSTATE 'MP001' SET MESSAGE_TEXT = 'this role exists and is not ours'; END IF;
  INSERT IGNORE INTO emporion_entitlements.handle VALUES (asked, given_mark);
  EXECUTE IMMEDIATE CONCAT('CREATE ROLE IF NOT EXISTS `', asked, '`');
END;

CREATE OR REPLACE DEFINER=`emporion_keeper`@`localhost` PROCEDURE emporion_control.make_login(asked VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin, hash CHAR(41) CHARACTER SET ascii COLLATE ascii_bin, given_kind VARCHAR(32) CHARACTER SET utf8mb4, given_key VARCHAR(255) CHARACTER SET utf8mb4)
MODIFIES SQL DATA SQL SECURITY DEFINER
BEGIN
  DECLARE stands, made, coming CHAR(64) CHARACTER SET ascii COLLATE ascii_bin DEFAULT NULL;
  DECLARE umbrella VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin DEFAULT CONCAT(LEFT(asked, CHAR_LENGTH(asked) - 1), 'd');
  CALL emporion_control.require_name(asked, 'c');
  IF hash IS NULL OR hash NOT REGEXP '^[*][0-9A-F]{40}\\z' THEN SIGNAL SQLSTATE 'MP001' SET MESSAGE_TEXT = 'this is no hash of a password'; END IF;
  SET stands = (SELECT SHA2(authentication_string, 256) FROM mysql.user WHERE User = asked LIMIT 1);
  SELECT c.fingerprint, c.next_fingerprint INTO made, coming FROM emporion_entitlements.consumer AS c WHERE c.login = asked;
  IF stands IS NOT NULL AND NOT COALESCE(stands IN (made, coming), FALSE) THEN SIGNAL SQLSTATE 'MP001' SET MESSAGE_TEXT = 'this login exists and is not the one we made'; END IF;
  INSERT INTO emporion_entitlements.consumer VALUES (asked, given_kind, given_key, SHA2(hash, 256), SHA2(hash, 256)) ON DUPLICATE KEY UPDATE fingerprint = COALESCE(stands, VALUES(fingerprint)), next_fingerprint = VALUES(next_fingerprint);
  EXECUTE IMMEDIATE CONCAT('CREATE USER IF NOT EXISTS `', asked, '`@`%`', ' IDENTIFIED VIA mysql_native_password USING ''', hash, ''' WITH MAX_USER_CONNECTIONS 20');
  EXECUTE IMMEDIATE CONCAT('ALTER USER `', asked, '`@`%`', ' IDENTIFIED VIA mysql_native_password USING ''', hash, '''');
  EXECUTE IMMEDIATE CONCAT('CREATE ROLE IF NOT EXISTS `', umbrella, '`');
  EXECUTE IMMEDIATE CONCAT('GRANT EXECUTE ON FUNCTION emporion_control.entitled TO `', umbrella, '`');
END;

CREATE OR REPLACE DEFINER=`emporion_keeper`@`localhost` PROCEDURE emporion_control.join_handle(asked VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin, member VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin)
MODIFIES SQL DATA SQL SECURITY DEFINER
BEGIN
  DECLARE umbrella VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin DEFAULT CONCAT(LEFT(member, CHAR_LENGTH(member) - 1), 'd');
  CALL emporion_control.require_name(asked, 'r');
  CALL emporion_control.require_name(member, 'c');
  EXECUTE IMMEDIATE CONCAT('GRANT `', asked, '` TO `', umbrella, '`');
  EXECUTE IMMEDIATE CONCAT('GRANT `', umbrella, '` TO `', member, '`@`%`');
  EXECUTE IMMEDIATE CONCAT('SET DEFAULT ROLE `', umbrella, '` FOR `', member, '`@`%`');
END;

CREATE OR REPLACE DEFINER=`emporion_keeper`@`localhost` PROCEDURE emporion_control.leave_handle(asked VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin, member VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin)
MODIFIES SQL DATA SQL SECURITY DEFINER
BEGIN
  DECLARE umbrella VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin DEFAULT CONCAT(LEFT(member, CHAR_LENGTH(member) - 1), 'd');
  CALL emporion_control.require_name(asked, 'r');
  CALL emporion_control.require_name(member, 'c');
  IF EXISTS (SELECT 1 FROM mysql.roles_mapping WHERE Role = asked AND User = umbrella AND Host = '') THEN EXECUTE IMMEDIATE CONCAT('REVOKE `', asked, '` FROM `', umbrella, '`'); END IF;
END;

CREATE OR REPLACE DEFINER=`emporion_keeper`@`localhost` PROCEDURE emporion_control.end_session(number BIGINT, only_its_query BOOLEAN)
MODIFIES SQL DATA SQL SECURITY DEFINER
BEGIN
  DECLARE CONTINUE HANDLER FOR 1094 BEGIN END;
  IF EXISTS (SELECT 1 FROM information_schema.PROCESSLIST WHERE ID = number AND USER LIKE 'mp\_%') THEN EXECUTE IMMEDIATE CONCAT('KILL ', IF(only_its_query, 'QUERY ', 'CONNECTION '), number); END IF;
END;

CREATE OR REPLACE DEFINER=`emporion_keeper`@`localhost` PROCEDURE emporion_control.end_sessions(asked VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin)
MODIFIES SQL DATA SQL SECURITY DEFINER
BEGIN
  CALL emporion_control.require_name(asked, 'c');
  BEGIN
    DECLARE ended INT DEFAULT 0;
    DECLARE CONTINUE HANDLER FOR 1094 BEGIN END;
    FOR one IN (SELECT ID AS number FROM information_schema.PROCESSLIST WHERE USER = asked OR USER IN (SELECT c.login FROM emporion_entitlements.credential AS c WHERE c.consumer = asked))
    DO
      EXECUTE IMMEDIATE CONCAT('KILL CONNECTION ', one.number);
      SET ended = ended + 1;
    END FOR;
    SELECT ended;
  END;
END;

CREATE OR REPLACE DEFINER=`emporion_keeper`@`localhost` PROCEDURE emporion_control.end_readers(asked VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin)
MODIFIES SQL DATA SQL SECURITY DEFINER
BEGIN
  CALL emporion_control.require_name(asked, 'r');
  BEGIN
    DECLARE ended INT DEFAULT 0;
    DECLARE CONTINUE HANDLER FOR 1094 BEGIN END;
    FOR one IN (SELECT ID AS number FROM information_schema.PROCESSLIST WHERE USER IN (SELECT e.login FROM emporion_entitlements.entitlement AS e WHERE e.handle = asked) OR USER IN (SELECT c.login FROM emporion_entitlements.credential AS c JOIN emporion_entitlements.entitlement AS e ON e.login = c.consumer WHERE e.handle = asked))
    DO
      EXECUTE IMMEDIATE CONCAT('KILL CONNECTION ', one.number);
      SET ended = ended + 1;
    END FOR;
    SELECT ended;
  END;
END;

CREATE OR REPLACE DEFINER=`emporion_keeper`@`localhost` PROCEDURE emporion_control.make_credential(asked VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin, hash CHAR(41) CHARACTER SET ascii COLLATE ascii_bin, member VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin, until DATETIME(6))
MODIFIES SQL DATA SQL SECURITY DEFINER
BEGIN
  DECLARE umbrella VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin DEFAULT CONCAT(LEFT(member, CHAR_LENGTH(member) - 1), 'd');
  CALL emporion_control.require_name(asked, 't');
  CALL emporion_control.require_name(member, 'c');
  IF hash IS NULL OR hash NOT REGEXP '^[*][0-9A-F]{40}\\z' THEN SIGNAL SQLSTATE 'MP001' SET MESSAGE_TEXT = 'this is no hash of a password'; END IF;
  INSERT INTO emporion_entitlements.credential VALUES (asked, member, until);
  EXECUTE IMMEDIATE CONCAT('CREATE USER `', asked, '`@`%`', ' IDENTIFIED VIA mysql_native_password USING ''', hash, ''' WITH MAX_USER_CONNECTIONS 5');
  EXECUTE IMMEDIATE CONCAT('GRANT `', umbrella, '` TO `', asked, '`@`%`');
  EXECUTE IMMEDIATE CONCAT('SET DEFAULT ROLE `', umbrella, '` FOR `', asked, '`@`%`');
END;

CREATE OR REPLACE DEFINER=`emporion_keeper`@`localhost` PROCEDURE emporion_control.drop_credential(asked VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin)
MODIFIES SQL DATA SQL SECURITY DEFINER
BEGIN
  CALL emporion_control.require_name(asked, 't');
  EXECUTE IMMEDIATE CONCAT('DROP USER IF EXISTS `', asked, '`@`%`');
  BEGIN
    DECLARE ended INT DEFAULT 0;
    DECLARE CONTINUE HANDLER FOR 1094 BEGIN END;
    FOR one IN (SELECT ID AS number FROM information_schema.PROCESSLIST WHERE USER = asked)
    DO
      EXECUTE IMMEDIATE CONCAT('KILL CONNECTION ', one.number);
      SET ended = ended + 1;
    END FOR;
    SELECT ended;
  END;
  DELETE FROM emporion_entitlements.credential WHERE login = asked;
END;
