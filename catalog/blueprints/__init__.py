"""From what stands already (a table, a file, a dbt project) to a first descriptor, and to DDL."""
