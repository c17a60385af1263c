"""PostgreSQL, Valkey and the marketplace's own processes on one machine, without containers."""
