"""What a configuration's values are called, and what helps to fill them in.

A field's own metadata (`label`, `help`) wins; these are the words for names that connectors share.
The texts are marked for translation by name only: nothing here needs Django.
"""

from collections.abc import Mapping
from typing import Final


def gettext_noop(text: str) -> str:
    """Mark a text, so that the catalogues of other languages hold it. Gives it back."""
    return text


_SHARED: Final[Mapping[str, tuple[str, str]]] = {
    "access_key_id": (
        gettext_noop("Access key ID"),
        gettext_noop("Empty: the machine's own way to AWS is used."),
    ),
    "account": (gettext_noop("Account"), ""),
    "allowed": (
        gettext_noop("Receivers inside our network"),
        gettext_noop("As host:port or a network."),
    ),
    "api_host": (
        gettext_noop("Host of the management API"),
        gettext_noop("Empty: the same host."),
    ),
    "api_port": (gettext_noop("Port of the management API"), ""),
    "bootstrap": (gettext_noop("Bootstrap servers"), gettext_noop("host:port, by comma.")),
    "boundary": (
        gettext_noop("Permissions boundary"),
        gettext_noop("ARN of your policy that bounds every role of ours."),
    ),
    "bucket": (gettext_noop("Bucket"), ""),
    "ca_file": (
        gettext_noop("File of certificate authorities"),
        gettext_noop("Empty: those of the system."),
    ),
    "catalog": (gettext_noop("Catalog"), ""),
    "client_id": (gettext_noop("Client ID"), ""),
    "client_secret": (gettext_noop("Client secret"), ""),
    "consumer_mechanism": (gettext_noop("SASL mechanism of consumers"), ""),
    "consumer_warehouse": (gettext_noop("Warehouse of consumers"), ""),
    "control": (gettext_noop("Control schema"), ""),
    "control_replicas": (
        gettext_noop("Replicas of our control topic"),
        gettext_noop("-1: the cluster's default."),
    ),
    "database": (gettext_noop("Database"), ""),
    "databases": (gettext_noop("Databases"), ""),
    "endpoint": (
        gettext_noop("Address of an emulator"),
        gettext_noop("Empty for the real platform; evidence from an emulator is simulated."),
    ),
    "folder": (gettext_noop("Folder"), gettext_noop("An absolute path; it keeps the orders.")),
    "form": (gettext_noop("Form of the order"), ""),
    "grants": (gettext_noop("Form of a grant"), ""),
    "groups": (gettext_noop("Groups"), ""),
    "host": (gettext_noop("Host"), ""),
    "instance": (
        gettext_noop("Mark of this marketplace"),
        gettext_noop("Stands on everything it makes there; two marketplaces need two."),
    ),
    "keeper": (
        gettext_noop("Keeper account"),
        gettext_noop("Owns the procedures of the marketplace."),
    ),
    "mds_kafka_cluster": (
        gettext_noop("Cluster id for role bindings"),
        gettext_noop("Kafka's own, as the metadata service knows it."),
    ),
    "mds_password": (gettext_noop("Password at the metadata service"), ""),
    "mds_registry_cluster": (
        gettext_noop("Registry id for role bindings"),
        gettext_noop("The registry's schema.registry.group.id."),
    ),
    "mds_url": (
        gettext_noop("Address of Confluent's metadata service"),
        gettext_noop("With it consumers may read the schemas of what they read."),
    ),
    "mds_user": (gettext_noop("User at the metadata service"), ""),
    "mechanism": (gettext_noop("SASL mechanism"), ""),
    "memory_mb": (gettext_noop("Memory for one query, MB"), ""),
    "password": (gettext_noop("Password"), ""),
    "port": (gettext_noop("Port"), ""),
    "prefix": (gettext_noop("Prefix"), gettext_noop("Below it all published objects lie.")),
    "preview_mb": (gettext_noop("Most that a preview reads, MB"), ""),
    "principals": (gettext_noop("How consumers are called there"), ""),
    "private_key": (gettext_noop("Private key"), ""),
    "provisioner": (
        gettext_noop("Identity of the marketplace"),
        gettext_noop("ARN of its IAM user or role."),
    ),
    "public_bootstrap": (
        gettext_noop("Bootstrap servers for consumers"),
        gettext_noop("Empty: the same."),
    ),
    "public_host": (gettext_noop("Host for consumers"), gettext_noop("Empty: the same host.")),
    "public_url": (
        gettext_noop("Address of links"),
        gettext_noop("What links of files begin with. Empty: this marketplace's own."),
    ),
    "published": (
        gettext_noop("Databases of published views"),
        gettext_noop("A LIKE pattern; the publisher makes no others."),
    ),
    "publisher": (
        gettext_noop("Publisher"),
        gettext_noop("The role or account that owns the published views."),
    ),
    "region": (gettext_noop("Region"), gettext_noop("Such as eu-central-1.")),
    "registry_password": (gettext_noop("Password at the schema registry"), ""),
    "registry_rules": (
        gettext_noop("Access rules of the registry"),
        gettext_noop("Who reads a subject is then written by us: Redpanda 25.2 and newer."),
    ),
    "registry_url": (
        gettext_noop("Address of the schema registry"),
        gettext_noop("Empty: there is none."),
    ),
    "registry_user": (gettext_noop("User at the schema registry"), ""),
    "role": (gettext_noop("Role"), ""),
    "roles": (gettext_noop("Roles"), ""),
    "root": (gettext_noop("Folder of the files"), gettext_noop("An absolute path.")),
    "sandbox_database": (
        gettext_noop("Sandbox database"),
        gettext_noop("Empty database in which queries are tried on invented rows."),
    ),
    "scan_limit_mb": (gettext_noop("Most that one query scans, MB"), ""),
    "secret": (
        gettext_noop("Secret that signs"),
        gettext_noop("whsec_ and base64 of 24 bytes or more."),
    ),
    "secret_access_key": (gettext_noop("Secret access key"), ""),
    "settle_s": (gettext_noop("Seconds until rules have spread"), ""),
    "simulated": (
        gettext_noop("No real cluster"),
        gettext_noop("Evidence is then marked as simulated."),
    ),
    "source_catalog": (gettext_noop("Source catalog"), ""),
    "source_database": (gettext_noop("Source database"), ""),
    "sslmode": (
        gettext_noop("TLS mode"),
        gettext_noop("As libpq knows it: disable, prefer, require, verify-ca, verify-full."),
    ),
    "system_account": (gettext_noop("System account"), ""),
    "threads": (gettext_noop("Threads for one query"), ""),
    "tls": (gettext_noop("Use TLS"), ""),
    "tls_ca": (
        gettext_noop("File of certificate authorities"),
        gettext_noop("With it the server's name is verified."),
    ),
    "url": (
        gettext_noop("Address that is told"),
        gettext_noop("Empty: nobody is told; people look at the orders."),
    ),
    "user": (gettext_noop("User"), ""),
    "vhost": (gettext_noop("Virtual host"), ""),
    "warehouse": (gettext_noop("Warehouse"), ""),
    "warehouses": (gettext_noop("Warehouses of consumers"), ""),
}


def label_of(name: str, metadata: Mapping[str, object]) -> str:
    """Say what a value is called; one that nobody named is read from its name."""
    words = name.replace("_", " ")
    plain = words[:1].upper() + words[1:]
    return str(metadata.get("label") or _SHARED.get(name, (plain, ""))[0])


def help_of(name: str, metadata: Mapping[str, object]) -> str:
    """Say what helps to fill it in; empty when nothing has to be said."""
    return str(metadata.get("help") or _SHARED.get(name, ("", ""))[1])


_KINDS: Final[Mapping[str, str]] = {
    "databricks": "Databricks Unity Catalog",
    "files": gettext_noop("Files in a folder"),
    "generator": gettext_noop("SQL, Terraform or dbt for a pull request"),
    "kafka": "Apache Kafka",
    "kinesis": "Amazon Kinesis",
    "lakeformation": "AWS Glue, Lake Formation",
    "mariadb": "MariaDB, MySQL",
    "memory": gettext_noop("In memory, for trials"),
    "nats": "NATS JetStream",
    "postgres": "PostgreSQL",
    "rabbitmq": "RabbitMQ",
    "s3": "Amazon S3",
    "snowflake": "Snowflake",
    "ticket": gettext_noop("Orders to people or programs"),
}
_CHOICES: Final[Mapping[str, str]] = {
    "columns": gettext_noop("Columns by name"),
    "table": gettext_noop("The whole table"),
    "tags": gettext_noop("Tables that carry an LF-tag"),
    "sql": gettext_noop("SQL statements"),
    "terraform": "Terraform",
    "dbt": gettext_noop("dbt grants"),
    "redpanda": "Redpanda",
    "": gettext_noop("none"),
}


def kind_label(kind: str, own: str = "") -> str:
    """What people call a kind of platform: its known name, else the connector's ``own``."""
    return _KINDS.get(kind) or own or kind


def choice_label(choice: str) -> str:
    """What people call a value that is chosen from a list; names of standards stay."""
    return _CHOICES.get(choice, choice)
