-- handle
CALL emporion_control.make_handle('mp_test_6ds4pmflzv_r', 'mp:emporion:018f0000-0000-7000-8000-000000000001::');

-- publish
CALL emporion_control.register('mp_test_6ds4pmflzv_r', 'mp:emporion:018f0000-0000-7000-8000-000000000001::9ac8a98237c526b1', 'flight_products', 'delays', FALSE);
CREATE DATABASE IF NOT EXISTS `flight_products`;
CREATE OR REPLACE SQL SECURITY DEFINER VIEW `flight_products`.`delays` AS
SELECT t.`id`, t.`carrier`
FROM `raw`.`delays` AS t
WHERE `emporion_control`.entitled('mp_test_6ds4pmflzv_r')
  AND (t.`carrier` IN ('LH', 'AF') AND CAST(CONVERT(t.`carrier` USING utf8mb4) AS BINARY) IN ('LH', 'AF'));
GRANT SELECT ON `flight_products`.`delays` TO `mp_test_6ds4pmflzv_r`;
CALL emporion_control.register('mp_test_6ds4pmflzv_r', 'mp:emporion:018f0000-0000-7000-8000-000000000001::9ac8a98237c526b1', 'flight_products', 'delays', TRUE);

-- login:team:customer
CALL emporion_control.make_login('mp_test_s3rs6t6kuw_c', '<derived, never shown>', 'team', 'customer');

-- join:team:customer
CALL emporion_control.join_handle('mp_test_6ds4pmflzv_r', 'mp_test_s3rs6t6kuw_c');

-- entitle:team:customer
INSERT INTO emporion_entitlements.entitlement (handle, login, agreement, expires_at)
VALUES ('mp_test_6ds4pmflzv_r', 'mp_test_s3rs6t6kuw_c', 'agreement-2', TIMESTAMP'9999-12-31 23:59:59.000000')
ON DUPLICATE KEY UPDATE agreement = VALUES(agreement), expires_at = VALUES(expires_at);

-- login:team:growth
CALL emporion_control.make_login('mp_test_r2pg37v2je_c', '<derived, never shown>', 'team', 'growth');

-- join:team:growth
CALL emporion_control.join_handle('mp_test_6ds4pmflzv_r', 'mp_test_r2pg37v2je_c');

-- entitle:team:growth
INSERT INTO emporion_entitlements.entitlement (handle, login, agreement, expires_at)
VALUES ('mp_test_6ds4pmflzv_r', 'mp_test_r2pg37v2je_c', 'agreement-1', TIMESTAMP'2027-01-31 12:00:00.000000')
ON DUPLICATE KEY UPDATE agreement = VALUES(agreement), expires_at = VALUES(expires_at);
