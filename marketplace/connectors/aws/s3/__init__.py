"""Amazon S3: the objects below one prefix are a port; whoever may read one, reads all of it.

A base relation `schema.table` is everything below `<prefix>schema/table/` in the bucket. The slash
at the end belongs to the policy: without it `delays` would open `delays-hr` too. S3 hides neither
columns nor rows, so narrowed variants are withheld.

The lab reads the objects with the consumer's own credentials into a folder that lives for one
query, and asks DuckDB (extra `files`) there, as for files.
"""

from marketplace.connectors.aws.s3.config import S3Config
from marketplace.connectors.aws.s3.connector import S3Connector

__all__ = ["S3Config", "S3Connector"]
