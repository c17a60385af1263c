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

GRANT CREATE USER, PROCESS ON *.* TO `emporion_keeper`@`localhost`;

GRANT CONNECTION_ADMIN, ROLE_ADMIN ON *.* TO `emporion_keeper`@`localhost`;

GRANT SELECT ON mysql.user TO `emporion_keeper`@`localhost`;

GRANT SELECT ON mysql.role_edges TO `emporion_keeper`@`localhost`;

GRANT SELECT ON mysql.default_roles TO `emporion_keeper`@`localhost`;

GRANT SELECT ON mysql.db TO `emporion_keeper`@`localhost`;

GRANT SELECT ON mysql.tables_priv TO `emporion_keeper`@`localhost`;

GRANT SELECT ON mysql.columns_priv TO `emporion_keeper`@`localhost`;

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
SELECT u.User AS login, u.Host AS host,
       IF(u.account_locked = 'Y' AND u.authentication_string = '', 'Y', 'N') AS is_role,
       COALESCE((SELECT GROUP_CONCAT(d.DEFAULT_ROLE_USER ORDER BY d.DEFAULT_ROLE_USER)
                   FROM mysql.default_roles AS d WHERE d.USER = u.User AND d.HOST = u.Host), '')
         AS default_role,
       SHA2(u.authentication_string, 256) AS fingerprint
  FROM mysql.user AS u WHERE u.User LIKE 'mp\_%';

CREATE OR REPLACE DEFINER=`emporion_keeper`@`localhost` SQL SECURITY DEFINER VIEW emporion_control.mapping AS
SELECT FROM_USER AS role, TO_USER AS member, TO_HOST AS host, WITH_ADMIN_OPTION AS administers
  FROM mysql.role_edges WHERE FROM_USER LIKE 'mp\_%';

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

DROP FUNCTION IF EXISTS emporion_control.entitled;

CREATE DEFINER=`emporion_publisher`@`localhost` FUNCTION emporion_control.entitled(asked VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin)
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

DROP PROCEDURE IF EXISTS emporion_control.as_publisher;

CREATE DEFINER=`emporion_publisher`@`localhost` PROCEDURE emporion_control.as_publisher(
    statement LONGTEXT CHARACTER SET utf8mb4)
MODIFIES SQL DATA SQL SECURITY DEFINER
BEGIN
  SET @emporion = statement; PREPARE emporion FROM @emporion; EXECUTE emporion; DEALLOCATE PREPARE emporion;
END;

DROP FUNCTION IF EXISTS emporion_control.fingerprint;

CREATE DEFINER=`emporion_publisher`@`localhost` FUNCTION emporion_control.fingerprint(
    asked_schema VARCHAR(64) CHARACTER SET utf8mb4, asked_name VARCHAR(64) CHARACTER SET utf8mb4)
RETURNS CHAR(64) CHARACTER SET ascii COLLATE ascii_bin READS SQL DATA SQL SECURITY DEFINER
RETURN (SELECT SHA2(CONCAT_WS('|', VIEW_DEFINITION, DEFINER, SECURITY_TYPE), 256)
          FROM information_schema.VIEWS
         WHERE TABLE_SCHEMA = asked_schema AND TABLE_NAME = asked_name
           AND BINARY TABLE_SCHEMA = BINARY asked_schema
           AND BINARY TABLE_NAME = BINARY asked_name);

DROP PROCEDURE IF EXISTS emporion_control.register;

CREATE DEFINER=`emporion_publisher`@`localhost` PROCEDURE emporion_control.register(
    asked VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin, mark VARCHAR(255) CHARACTER SET ascii COLLATE ascii_bin,
    asked_schema VARCHAR(64) CHARACTER SET utf8mb4, asked_name VARCHAR(64) CHARACTER SET utf8mb4,
    is_made BOOLEAN)
MODIFIES SQL DATA SQL SECURITY DEFINER
INSERT INTO emporion_entitlements.published (handle, mark, schema_name, relation_name, definition)
VALUES (asked, mark, asked_schema, asked_name,
        IF(is_made, COALESCE(emporion_control.fingerprint(asked_schema, asked_name), ''), ''))
ON DUPLICATE KEY UPDATE mark = VALUES(mark), schema_name = VALUES(schema_name),
  relation_name = VALUES(relation_name), definition = VALUES(definition);

DROP PROCEDURE IF EXISTS emporion_control.require_name;

CREATE DEFINER=`emporion_keeper`@`localhost` PROCEDURE emporion_control.require_name(given VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin, kinds VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin)
MODIFIES SQL DATA SQL SECURITY DEFINER
BEGIN
  IF given IS NULL OR given NOT REGEXP CONCAT('^mp_[a-z0-9]{1,12}_[a-z2-7]{10}_', kinds, '\\z') THEN SIGNAL SQLSTATE 'MP001' SET MESSAGE_TEXT = 'this is no name of ours'; END IF;
END;

DROP PROCEDURE IF EXISTS emporion_control.make_handle;

CREATE DEFINER=`emporion_keeper`@`localhost` PROCEDURE emporion_control.make_handle(asked VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin, given_mark VARCHAR(255) CHARACTER SET ascii COLLATE ascii_bin)
MODIFIES SQL DATA SQL SECURITY DEFINER
BEGIN
  CALL emporion_control.require_name(asked, 'r');
  IF EXISTS (SELECT 1 FROM emporion_entitlements.handle AS h WHERE h.handle = asked AND h.mark <> given_mark) OR (EXISTS (SELECT 1 FROM mysql.user WHERE User = asked) AND NOT EXISTS (SELECT 1 FROM emporion_entitlements.handle AS h WHERE h.handle = asked)) THEN SIGNAL SQLSTATE 'MP001' SET MESSAGE_TEXT = 'this role exists and is not ours'; END IF;
  INSERT IGNORE INTO emporion_entitlements.handle VALUES (asked, given_mark);
  SET @emporion = CONCAT('CREATE USER IF NOT EXISTS `', asked, '`@`%` PASSWORD EXPIRE ACCOUNT LOCK'); PREPARE emporion FROM @emporion; EXECUTE emporion; DEALLOCATE PREPARE emporion;
END;

DROP PROCEDURE IF EXISTS emporion_control.make_login;

CREATE DEFINER=`emporion_keeper`@`localhost` PROCEDURE emporion_control.make_login(asked VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin, hash CHAR(142) CHARACTER SET ascii COLLATE ascii_bin, given_kind VARCHAR(32) CHARACTER SET utf8mb4, given_key VARCHAR(255) CHARACTER SET utf8mb4)
MODIFIES SQL DATA SQL SECURITY DEFINER
BEGIN
  DECLARE stands, made, coming CHAR(64) CHARACTER SET ascii COLLATE ascii_bin DEFAULT NULL;
  DECLARE umbrella VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin DEFAULT CONCAT(LEFT(asked, CHAR_LENGTH(asked) - 1), 'd');
  CALL emporion_control.require_name(asked, 'c');
  IF hash IS NULL OR hash NOT REGEXP '^0x[0-9A-F]{140}\\z' THEN SIGNAL SQLSTATE 'MP001' SET MESSAGE_TEXT = 'this is no hash of a password'; END IF;
  SET stands = (SELECT SHA2(authentication_string, 256) FROM mysql.user WHERE User = asked LIMIT 1);
  SELECT c.fingerprint, c.next_fingerprint INTO made, coming FROM emporion_entitlements.consumer AS c WHERE c.login = asked;
  IF stands IS NOT NULL AND NOT COALESCE(stands IN (made, coming), FALSE) THEN SIGNAL SQLSTATE 'MP001' SET MESSAGE_TEXT = 'this login exists and is not the one we made'; END IF;
  INSERT INTO emporion_entitlements.consumer VALUES (asked, given_kind, given_key, SHA2(UNHEX(SUBSTRING(hash, 3)), 256), SHA2(UNHEX(SUBSTRING(hash, 3)), 256)) ON DUPLICATE KEY UPDATE fingerprint = COALESCE(stands, VALUES(fingerprint)), next_fingerprint = VALUES(next_fingerprint);
  SET @emporion = CONCAT('CREATE USER IF NOT EXISTS `', asked, '`@`%`', ' IDENTIFIED WITH caching_sha2_password AS ', hash, ' WITH MAX_USER_CONNECTIONS 20'); PREPARE emporion FROM @emporion; EXECUTE emporion; DEALLOCATE PREPARE emporion;
  SET @emporion = CONCAT('ALTER USER `', asked, '`@`%`', ' IDENTIFIED WITH caching_sha2_password AS ', hash, ''); PREPARE emporion FROM @emporion; EXECUTE emporion; DEALLOCATE PREPARE emporion;
  SET @emporion = CONCAT('CREATE USER IF NOT EXISTS `', umbrella, '`@`%` PASSWORD EXPIRE ACCOUNT LOCK'); PREPARE emporion FROM @emporion; EXECUTE emporion; DEALLOCATE PREPARE emporion;
  SET @emporion = CONCAT('GRANT EXECUTE ON FUNCTION emporion_control.entitled TO `', umbrella, '`'); PREPARE emporion FROM @emporion; EXECUTE emporion; DEALLOCATE PREPARE emporion;
END;

DROP PROCEDURE IF EXISTS emporion_control.join_handle;

CREATE DEFINER=`emporion_keeper`@`localhost` PROCEDURE emporion_control.join_handle(asked VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin, member VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin)
MODIFIES SQL DATA SQL SECURITY DEFINER
BEGIN
  DECLARE umbrella VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin DEFAULT CONCAT(LEFT(member, CHAR_LENGTH(member) - 1), 'd');
  CALL emporion_control.require_name(asked, 'r');
  CALL emporion_control.require_name(member, 'c');
  SET @emporion = CONCAT('GRANT `', asked, '` TO `', umbrella, '`'); PREPARE emporion FROM @emporion; EXECUTE emporion; DEALLOCATE PREPARE emporion;
  SET @emporion = CONCAT('GRANT `', umbrella, '` TO `', member, '`@`%`'); PREPARE emporion FROM @emporion; EXECUTE emporion; DEALLOCATE PREPARE emporion;
  SET @emporion = CONCAT('SET DEFAULT ROLE `', umbrella, '`@`%` TO `', member, '`@`%`'); PREPARE emporion FROM @emporion; EXECUTE emporion; DEALLOCATE PREPARE emporion;
END;

DROP PROCEDURE IF EXISTS emporion_control.leave_handle;

CREATE DEFINER=`emporion_keeper`@`localhost` PROCEDURE emporion_control.leave_handle(asked VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin, member VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin)
MODIFIES SQL DATA SQL SECURITY DEFINER
BEGIN
  DECLARE umbrella VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin DEFAULT CONCAT(LEFT(member, CHAR_LENGTH(member) - 1), 'd');
  CALL emporion_control.require_name(asked, 'r');
  CALL emporion_control.require_name(member, 'c');
  IF EXISTS (SELECT 1 FROM mysql.role_edges WHERE FROM_USER = asked AND FROM_HOST = '%' AND TO_USER = umbrella AND TO_HOST = '%') THEN SET @emporion = CONCAT('REVOKE `', asked, '` FROM `', umbrella, '`'); PREPARE emporion FROM @emporion; EXECUTE emporion; DEALLOCATE PREPARE emporion; END IF;
END;

DROP PROCEDURE IF EXISTS emporion_control.end_session;

CREATE DEFINER=`emporion_keeper`@`localhost` PROCEDURE emporion_control.end_session(number BIGINT, only_its_query BOOLEAN)
MODIFIES SQL DATA SQL SECURITY DEFINER
BEGIN
  DECLARE CONTINUE HANDLER FOR 1094 BEGIN END;
  IF EXISTS (SELECT 1 FROM information_schema.PROCESSLIST WHERE ID = number AND USER LIKE 'mp\_%') THEN IF only_its_query THEN KILL QUERY number; ELSE KILL CONNECTION number; END IF; END IF;
END;

DROP PROCEDURE IF EXISTS emporion_control.end_sessions;

CREATE DEFINER=`emporion_keeper`@`localhost` PROCEDURE emporion_control.end_sessions(asked VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin)
MODIFIES SQL DATA SQL SECURITY DEFINER
BEGIN
  CALL emporion_control.require_name(asked, 'c');
  BEGIN
    DECLARE ended INT DEFAULT 0;
    DECLARE done BOOLEAN DEFAULT FALSE;
    DECLARE number BIGINT UNSIGNED;
    DECLARE sessions CURSOR FOR SELECT ID FROM information_schema.PROCESSLIST WHERE USER = asked OR USER IN (SELECT c.login FROM emporion_entitlements.credential AS c WHERE c.consumer = asked);
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
  END;
END;

DROP PROCEDURE IF EXISTS emporion_control.end_readers;

CREATE DEFINER=`emporion_keeper`@`localhost` PROCEDURE emporion_control.end_readers(asked VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin)
MODIFIES SQL DATA SQL SECURITY DEFINER
BEGIN
  CALL emporion_control.require_name(asked, 'r');
  BEGIN
    DECLARE ended INT DEFAULT 0;
    DECLARE done BOOLEAN DEFAULT FALSE;
    DECLARE number BIGINT UNSIGNED;
    DECLARE sessions CURSOR FOR SELECT ID FROM information_schema.PROCESSLIST WHERE USER IN (SELECT e.login FROM emporion_entitlements.entitlement AS e WHERE e.handle = asked) OR USER IN (SELECT c.login FROM emporion_entitlements.credential AS c JOIN emporion_entitlements.entitlement AS e ON e.login = c.consumer WHERE e.handle = asked);
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
  END;
END;

DROP PROCEDURE IF EXISTS emporion_control.make_credential;

CREATE DEFINER=`emporion_keeper`@`localhost` PROCEDURE emporion_control.make_credential(asked VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin, hash CHAR(142) CHARACTER SET ascii COLLATE ascii_bin, member VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin, until DATETIME(6))
MODIFIES SQL DATA SQL SECURITY DEFINER
BEGIN
  DECLARE umbrella VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin DEFAULT CONCAT(LEFT(member, CHAR_LENGTH(member) - 1), 'd');
  CALL emporion_control.require_name(asked, 't');
  CALL emporion_control.require_name(member, 'c');
  IF hash IS NULL OR hash NOT REGEXP '^0x[0-9A-F]{140}\\z' THEN SIGNAL SQLSTATE 'MP001' SET MESSAGE_TEXT = 'this is no hash of a password'; END IF;
  INSERT INTO emporion_entitlements.credential VALUES (asked, member, until);
  SET @emporion = CONCAT('CREATE USER `', asked, '`@`%`', ' IDENTIFIED WITH caching_sha2_password AS ', hash, ' WITH MAX_USER_CONNECTIONS 5'); PREPARE emporion FROM @emporion; EXECUTE emporion; DEALLOCATE PREPARE emporion;
  SET @emporion = CONCAT('GRANT `', umbrella, '` TO `', asked, '`@`%`'); PREPARE emporion FROM @emporion; EXECUTE emporion; DEALLOCATE PREPARE emporion;
  SET @emporion = CONCAT('SET DEFAULT ROLE `', umbrella, '`@`%` TO `', asked, '`@`%`'); PREPARE emporion FROM @emporion; EXECUTE emporion; DEALLOCATE PREPARE emporion;
END;

DROP PROCEDURE IF EXISTS emporion_control.drop_credential;

CREATE DEFINER=`emporion_keeper`@`localhost` PROCEDURE emporion_control.drop_credential(asked VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin)
MODIFIES SQL DATA SQL SECURITY DEFINER
BEGIN
  CALL emporion_control.require_name(asked, 't');
  SET @emporion = CONCAT('DROP USER IF EXISTS `', asked, '`@`%`'); PREPARE emporion FROM @emporion; EXECUTE emporion; DEALLOCATE PREPARE emporion;
  BEGIN
    DECLARE ended INT DEFAULT 0;
    DECLARE done BOOLEAN DEFAULT FALSE;
    DECLARE number BIGINT UNSIGNED;
    DECLARE sessions CURSOR FOR SELECT ID FROM information_schema.PROCESSLIST WHERE USER = asked;
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
  END;
  DELETE FROM emporion_entitlements.credential WHERE login = asked;
END;
