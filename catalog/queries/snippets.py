# ruff: noqa: S608 - no statement is run here: these are words to copy
"""How to connect: the words to copy, with real names and never a secret."""

import json

from catalog.models import OutputPort


def snippets(port: OutputPort, role: str | None = None) -> list[dict[str, str]]:
    """Give ways to read a port that is a relation: ``[{kind, title, text}]``.

    ``role`` is the consumer's login on the platform; without one the placeholder ``<user>``
    stands there. Other ports have no snippets yet, so the list is empty.
    """
    if not port.relation or port.platform is None:
        return []
    config = port.platform.config
    host = str(config.get("public_host") or config.get("host") or "<host>")
    number = str(config.get("port") or 5432)
    database = str(config.get("database") or "<database>")
    user = role or "<user>"
    relation = port.relation
    url = f"postgresql://{user}@{host}:{number}/{database}"
    texts = {
        ("sql", "SQL"): f"SELECT * FROM {relation} LIMIT 100;",
        ("psql", "psql"): f'psql "{url}" \\\n  -c "SELECT * FROM {relation} LIMIT 100"',
        ("python", "Python (psycopg)"): _python(host, number, database, user, relation),
        ("dbt", "dbt source"): _dbt(port, database),
        ("spark", "Spark"): _spark(f"jdbc:postgresql://{host}:{number}/{database}", user, relation),
        ("jdbc", "JDBC"): f"jdbc:postgresql://{host}:{number}/{database}?user={user}",
        ("odbc", "ODBC"): (
            f"Driver={{PostgreSQL Unicode}};Server={host};Port={number};"
            f"Database={database};Uid={user};"
        ),
        ("powerbi", "Power BI (.pbids)"): _power_bi(host, number, database),
        ("tableau", "Tableau"): _tableau(host, number, database, user, port),
    }
    return [{"kind": kind, "title": title, "text": text} for (kind, title), text in texts.items()]


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


def _dbt(port: OutputPort, database: str) -> str:
    lines = [
        "version: 2",
        "sources:",
        f"  - name: {port.relation_schema}",
        f"    database: {database}",
        f"    schema: {port.relation_schema}",
        "    tables:",
        f"      - name: {port.relation_name}",
        f'        description: "{port.product.name.replace(chr(34), chr(39))}"',
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


def _tableau(host: str, number: str, database: str, user: str, port: OutputPort) -> str:
    return (
        "Connect > To a Server > PostgreSQL\n"
        f"Server: {host}\nPort: {number}\nDatabase: {database}\n"
        f"Authentication: Username and Password\nUsername: {user}\n"
        f"Schema: {port.relation_schema}\nTable: {port.relation_name}\n"
    )
