"""Files in a shared folder: Parquet, CSV and Delta, read by DuckDB 1.5.5 (MIT, extra `files`).

A base relation `schema.table` is the file or folder `<root>/<schema>/<table>`. Consumers never
reach these files: per port variant DuckDB writes an *extract* with the published columns and rows
only, masks applied, and that is what the lab queries and what signed links give away. Who may read
stands in a control folder, `<root>/.emporion`, which is asked anew for every query and every use of
a link, so access ends at the agreed second without any worker.

A query runs in a DuckDB of its own that has the extract attached read-only; then access to files
and network, further attaching and all settings are locked.
"""

from marketplace.connectors.files.config import FilesConfig
from marketplace.connectors.files.connector import FilesConnector

__all__ = ["FilesConfig", "FilesConnector"]
