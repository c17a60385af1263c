# emporion: {"digest": "d2c13af9845b4193", "handle": "mp_test_h4widc2won_r", "members": [["team", "customer", "2026-12-31T00:00:00+00:00", "of-customer"], ["team", "growth", "2026-12-31T00:00:00+00:00", "of-growth"]]}
resource "postgresql_role" "mp_test_h4widc2won_r" {
  name  = "mp_test_h4widc2won_r"
  login = false
}

resource "postgresql_grant" "mp_test_h4widc2won_r" {
  role        = "mp_test_h4widc2won_r"
  schema      = "flight_operations_products"
  object_type = "table"
  objects     = ["flight_delays_curated"]
  privileges  = ["SELECT"]
}

resource "postgresql_grant_role" "mp_test_h4widc2won_r_0" {
  role       = "team_customer"
  grant_role = "mp_test_h4widc2won_r"
}

resource "postgresql_grant_role" "mp_test_h4widc2won_r_1" {
  role       = "team_growth"
  grant_role = "mp_test_h4widc2won_r"
}
