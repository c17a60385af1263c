"""Snowflake: a strict stub of the SQL API, and the questions that are asked of it."""
