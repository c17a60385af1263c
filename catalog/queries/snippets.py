# ruff: noqa: S608 - no statement is run here: these are words to copy
"""How to connect: the words to copy, with real names and never a secret."""

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
        ("jdbc", "JDBC"): f"jdbc:postgresql://{host}:{number}/{database}?user={user}",
        ("odbc", "ODBC"): (
            f"Driver={{PostgreSQL Unicode}};Server={host};Port={number};"
            f"Database={database};Uid={user};"
        ),
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
