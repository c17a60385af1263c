"""Glue tables governed by Lake Formation, read with Athena in a work group of the consumer's own.

A base relation `database.table` is a table of the Glue catalogue. What a member reads stands twice,
and both must agree: the reader policy in IAM names the table, and Lake Formation grants `SELECT` to
the member's role on what the port publishes: its columns by name, or one data cells filter of the
handle where rows are restricted, or (by setting) the whole table or an LF-tag of the handle.
Batches of Lake Formation answer with success and a list of failures: each entry is judged alone.
"""

from marketplace.connectors.aws.lakeformation.config import LakeConfig
from marketplace.connectors.aws.lakeformation.connector import LakeFormationConnector

__all__ = ["LakeConfig", "LakeFormationConnector"]
