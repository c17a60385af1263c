# ruff: noqa: S608 - no statement is run here: these are words to copy
"""Ways to read a view of MariaDB, Snowflake and Databricks."""

import shlex
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from marketplace.connectors.snippets.reader import Reader, Snippet


def mariadb(config: Mapping[str, Any], reader: Reader) -> tuple[Snippet, ...]:
    """Give ways to read a view of MariaDB or MySQL."""
    host = str(config.get("public_host") or config.get("host") or "<host>")
    port, user = config.get("port") or 3306, reader.user
    query = f"SELECT * FROM `{reader.schema}`.`{reader.name}` LIMIT 100"
    python = (
        "import getpass\n\nimport pymysql\n\n"
        "connection = pymysql.connect(\n"
        f'    host="{host}", port={port}, database="{reader.schema}",\n'
        f'    user="{user}", password=getpass.getpass(),\n'
        ")\n"
        "with connection, connection.cursor() as cursor:\n"
        f'    cursor.execute("{query}")\n'
        "    for row in cursor:\n"
        "        print(row)\n"
    )
    shell = (
        f"mariadb --host={host} --port={port} --user={shlex.quote(user)} --password \\\n"
        f"  --execute='{query}' {reader.schema}"
    )
    return (
        Snippet("sql", "SQL", f"{query};"),
        Snippet("mariadb", "mariadb", shell),
        Snippet("python", "Python (PyMySQL)", python),
        Snippet("jdbc", "JDBC", f"jdbc:mariadb://{host}:{port}/{reader.schema}?user={user}"),
    )


def snowflake(config: Mapping[str, Any], reader: Reader) -> tuple[Snippet, ...]:
    """Give ways to read a view of Snowflake with a programmatic access token."""
    account = str(config.get("account") or "<account>")
    database = str(config.get("database") or "<database>")
    warehouse = _warehouse_of(config, reader) or "<warehouse>"
    login = reader.consumer_role.upper() if reader.consumer[1] else reader.user
    relation = f'"{database}"."{reader.schema}"."{reader.name}"'
    python = (
        "import getpass\n\nimport snowflake.connector\n\n"
        "with snowflake.connector.connect(\n"
        f'    account="{account}", user="{login}", role="{login}", warehouse="{warehouse}",\n'
        '    authenticator="PROGRAMMATIC_ACCESS_TOKEN", token=getpass.getpass("Token: "),\n'
        ") as connection:\n"
        "    rows = connection.cursor().execute(\n"
        f"        '''SELECT * FROM {relation} LIMIT 100'''\n"
        "    )\n"
        "    for row in rows:\n"
        "        print(row)\n"
    )
    jdbc = (
        f"jdbc:snowflake://{account}.snowflakecomputing.com/"
        f"?user={login}&role={login}&db={database}&warehouse={warehouse}"
    )
    return (
        Snippet("sql", "SQL", f"SELECT * FROM {relation} LIMIT 100;"),
        Snippet("python", "Python (snowflake-connector-python)", python),
        Snippet("jdbc", "JDBC (the token is the password)", jdbc),
    )


def databricks(config: Mapping[str, Any], reader: Reader) -> tuple[Snippet, ...]:
    """Give ways to read a view of Unity Catalog with the consumer's service principal."""
    host = urlsplit(str(config.get("host") or "")).hostname or "<host>"
    catalog = str(config.get("catalog") or "<catalog>")
    warehouse = _warehouse_of(config, reader) or config.get("warehouse") or "<warehouse>"
    path = f"/sql/1.0/warehouses/{warehouse}"
    client = reader.login.partition("/")[0] or "<client ID>"
    relation = f"`{catalog}`.`{reader.schema}`.`{reader.name}`"
    python = (
        "import getpass\n\nfrom databricks import sql\n"
        "from databricks.sdk.core import Config, oauth_service_principal\n\n"
        "config = Config(\n"
        f'    host="https://{host}",\n'
        f'    client_id="{client}",\n'
        '    client_secret=getpass.getpass("Client secret: "),\n'
        ")\n"
        "with sql.connect(\n"
        f'    server_hostname="{host}",\n    http_path="{path}",\n'
        "    credentials_provider=lambda: oauth_service_principal(config),\n"
        ") as connection, connection.cursor() as cursor:\n"
        f'    cursor.execute("SELECT * FROM {relation} LIMIT 100")\n'
        "    for row in cursor.fetchall():\n"
        "        print(row)\n"
    )
    jdbc = (
        f"jdbc:databricks://{host}:443;httpPath={path};AuthMech=11;Auth_Flow=1;"
        f"OAuth2ClientId={client};OAuth2Secret=<client secret>"
    )
    return (
        Snippet("sql", "SQL", f"SELECT * FROM {relation} LIMIT 100;"),
        Snippet("python", "Python (databricks-sql-connector)", python),
        Snippet("jdbc", "JDBC", jdbc),
    )


def _warehouse_of(config: Mapping[str, Any], reader: Reader) -> str:
    """The warehouse that pays for the consumer's queries; empty when none is named."""
    wanted = ":".join(reader.consumer)
    for one in config.get("warehouses") or ():
        consumer, _, name = str(one).partition("=")
        if consumer.strip() == wanted:
            return name.strip()
    return str(config.get("consumer_warehouse") or "")
