"""Reports of checks as tools write them (dbt, OpenLineage, OORS, datacontract-cli)."""
