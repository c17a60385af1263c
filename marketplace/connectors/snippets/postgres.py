# ruff: noqa: S608 - no statement is run here: these are words to copy
"""Ways to read a view of PostgreSQL."""

import json
from collections.abc import Mapping
from typing import Any

from marketplace.connectors.snippets.reader import Reader, Snippet, literal


def snippets(config: Mapping[str, Any], reader: Reader) -> tuple[Snippet, ...]:
    """Give ways to read a published view."""
    host = str(config.get("public_host") or config.get("host") or "<host>")
    number = str(config.get("port") or 5432)
    database = str(config.get("database") or "<database>")
    user, relation = reader.user, reader.relation
    url = f"postgresql://{user}@{host}:{number}/{database}"
    odbc = f"Server={host};Port={number};Database={database};Uid={user};"
    jdbc = f"jdbc:postgresql://{host}:{number}/{database}"
    return (
        Snippet("sql", "SQL", f"SELECT * FROM {relation} LIMIT 100;"),
        Snippet("psql", "psql", f'psql "{url}" \\\n  -c "SELECT * FROM {relation} LIMIT 100"'),
        Snippet("python", "Python (psycopg)", _python(host, number, database, user, relation)),
        Snippet("dbt", "dbt source", _dbt(reader, database)),
        Snippet("spark", "Spark", _spark(jdbc, user, relation)),
        Snippet("jdbc", "JDBC", f"{jdbc}?user={user}"),
        Snippet("odbc", "ODBC", f"Driver={{PostgreSQL Unicode}};{odbc}"),
        Snippet("powerbi", "Power BI (.pbids)", _power_bi(host, number, database)),
        Snippet("tableau", "Tableau", _tableau(host, number, database, user, reader)),
    )


def _python(host: str, number: str, database: str, user: str, relation: str) -> str:
    return (
        "import getpass\n\nimport psycopg\n\n"
        "with psycopg.connect(\n"
        f'    host="{host}", port={number}, dbname="{database}", user="{user}",\n'
        "    password=getpass.getpass(),\n"
        ") as connection:\n"
        f'    for row in connection.execute("SELECT * FROM {relation} LIMIT 100"):\n'
        "        print(row)\n"
    )


def _dbt(reader: Reader, database: str) -> str:
    lines = [
        "version: 2",
        "sources:",
        f"  - name: {reader.schema}",
        f"    database: {database}",
        f"    schema: {reader.schema}",
        "    tables:",
        f"      - name: {reader.name}",
        f"        description: {literal(reader.product)}",
    ]
    return "\n".join(lines) + "\n"


def _spark(url: str, user: str, relation: str) -> str:
    return (
        "import getpass\n\n"
        "frame = (\n"
        '    spark.read.format("jdbc")\n'
        f'    .option("url", "{url}")\n'
        '    .option("driver", "org.postgresql.Driver")\n'
        f'    .option("user", "{user}")\n'
        '    .option("password", getpass.getpass())\n'
        f'    .option("dbtable", "{relation}")\n'
        "    .load()\n"
        ")\n"
    )


def _power_bi(host: str, number: str, database: str) -> str:
    """Give a data source file: saved as ``name.pbids``, it opens Power BI Desktop."""
    address = {"server": f"{host}:{number}", "database": database}
    source = {"details": {"protocol": "postgresql", "address": address}, "mode": "DirectQuery"}
    return json.dumps({"version": "0.1", "connections": [source]}, indent=2)


def _tableau(host: str, number: str, database: str, user: str, reader: Reader) -> str:
    return (
        "Connect > To a Server > PostgreSQL\n"
        f"Server: {host}\nPort: {number}\nDatabase: {database}\n"
        f"Authentication: Username and Password\nUsername: {user}\n"
        f"Schema: {reader.schema}\nTable: {reader.name}\n"
    )
