"""A short-lived way in as the page shows it: each part with its words, files to be saved."""

import base64
from typing import Any, Final

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy

from catalog.models import OutputPort
from catalog.states import Interface
from marketplace.connectors.base import ConnInfo

_LABELS: Final[dict[str, str | Promise]] = {
    "access_key_id": gettext_lazy("Access key ID"),
    "account": gettext_lazy("Account"),
    "address": gettext_lazy("Address with password"),
    "bootstrap": gettext_lazy("Bootstrap servers"),
    "client_id": gettext_lazy("Client ID"),
    "client_secret": gettext_lazy("Client secret"),
    "creds_file": gettext_lazy("Credentials file"),
    "durable": gettext_lazy("Consumer on the stream"),
    "http_path": gettext_lazy("HTTP path"),
    "inbox_prefix": gettext_lazy("Inbox prefix"),
    "link_csv": gettext_lazy("Link to the rows as CSV"),
    "link_parquet": gettext_lazy("Link to the rows as Parquet"),
    "password": gettext_lazy("Password"),
    "profile": gettext_lazy("Profile for AWS clients"),
    "secret_access_key": gettext_lazy("Secret access key"),
    "server": gettext_lazy("Server"),
    "session_token": gettext_lazy("Session token"),
    "settings_file": gettext_lazy("Settings of a client"),
    "token": gettext_lazy("Token"),
    "user": gettext_lazy("User"),
    "work_group": gettext_lazy("Work group"),
}


_DATABASE: Final = {
    "kafka": gettext_lazy("Prefix of consumer groups"),
    "kinesis": gettext_lazy("Account"),
    "nats": gettext_lazy("Stream"),
    "rabbitmq": gettext_lazy("Virtual host"),
    "s3": gettext_lazy("Bucket"),
    "files": "",
}
_RELATION: Final = {
    "kafka": gettext_lazy("Topic"),
    "kinesis": gettext_lazy("Stream"),
    "nats": gettext_lazy("Subject"),
    "rabbitmq": gettext_lazy("Queue"),
    "s3": gettext_lazy("Objects"),
}


def shown(given: ConnInfo, kind: str = "") -> dict[str, Any]:
    """Give what a page needs: the secrets in order, and the facts that stand in the open.

    ``kind`` is the platform's: each calls the place and what is read there by its own word.
    A file's `href` holds the file itself: a browser saves it without asking the server again,
    which has forgotten it.
    """
    parts = [
        {
            "label": _LABELS.get(part.name, part.name.replace("_", " ").capitalize()),
            "value": part.value,
            "secret": part.secret,
            "file_name": part.file_name,
            "long": "\n" in part.value,
            "href": _data(part.value) if part.file_name else "",
        }
        for part in given.handed
    ]
    return {
        "secrets": [one for one in parts if one["secret"]],
        "open": [one for one in parts if not one["secret"]],
        "database": _DATABASE.get(kind, gettext_lazy("Database")),
        "relation": _RELATION.get(kind, gettext_lazy("Relation")),
    }


def read_as(port: OutputPort, relation: str) -> tuple[str | Promise, str]:
    """Give what is read on a port and its name: a stream has a topic or subject, no relation."""
    kind = port.platform.kind if port.platform else ""
    label = _RELATION.get(kind, gettext_lazy("Relation"))
    return (label, port.resource) if port.interface == Interface.STREAM else (label, relation)


def _data(text: str) -> str:
    return f"data:application/octet-stream;base64,{base64.b64encode(text.encode()).decode()}"
