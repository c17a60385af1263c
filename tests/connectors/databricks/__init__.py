"""Databricks: minilake behind a checked front, and the questions that are asked of it."""
