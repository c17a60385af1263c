-- emporion: {"digest": "ec551928fac9531a", "handle": "mp_test_h4widc2won_r", "members": [["team", "customer", "2026-12-31T00:00:00+00:00", "of-customer"], ["team", "growth", "2026-12-31T00:00:00+00:00", "of-growth"]]}
BEGIN;
DO $mp$ BEGIN CREATE ROLE "mp_test_h4widc2won_r" NOLOGIN; EXCEPTION WHEN duplicate_object THEN NULL; END $mp$;
DO 'BEGIN REVOKE "mp_test_h4widc2won_r" FROM "user_sid"; EXCEPTION WHEN undefined_object THEN NULL; END';
DROP VIEW IF EXISTS "flight_operations_products"."flight_delays_curated";
CREATE VIEW "flight_operations_products"."flight_delays_curated" WITH (security_barrier) AS
SELECT t."id", t."carrier"
FROM "flight_operations"."flights" AS t
WHERE true
  AND t."carrier" IN ('LH', 'O''B')
  AND EXISTS (
    SELECT FROM (VALUES
      ('team_customer', timestamptz '2026-12-31T00:00:00+00:00'),
      ('team_growth', timestamptz '2026-12-31T00:00:00+00:00')
    ) AS agreed (role, until)
    JOIN pg_catalog.pg_roles AS held ON held.rolname = agreed.role
    WHERE agreed.until > pg_catalog.statement_timestamp()
      AND pg_catalog.pg_has_role(current_user, held.oid, 'MEMBER'));
GRANT USAGE ON SCHEMA "flight_operations_products" TO "mp_test_h4widc2won_r";
GRANT SELECT ON "flight_operations_products"."flight_delays_curated" TO "mp_test_h4widc2won_r";
GRANT "mp_test_h4widc2won_r" TO "team_customer";
GRANT "mp_test_h4widc2won_r" TO "team_growth";
COMMIT;
