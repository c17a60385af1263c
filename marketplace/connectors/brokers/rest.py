"""One HTTP request to a broker's own API: no redirects, no proxies, errors in our words."""

import base64
import ssl
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException, HTTPMessage, HTTPSConnection
from typing import Final

from marketplace.connectors.errors import Transient

_TIMEOUT_S: Final = 20
_LARGEST: Final = 64 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Server:
    """Where to ask; `name` is what errors call it."""

    name: str
    host: str
    port: int | None
    tls: bool = False


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back, as it came."""

    status: int
    headers: HTTPMessage
    content: bytes


def exchange(
    server: Server,
    method: str,
    path: str,
    login: tuple[str, str] | None = None,
    body: str | None = None,
) -> Answer:
    """Ask once, with a user and a password if there are. Raises Transient when nobody answers."""
    if server.tls:
        link: HTTPConnection = HTTPSConnection(
            server.host, server.port, timeout=_TIMEOUT_S, context=ssl.create_default_context()
        )
    else:
        link = HTTPConnection(server.host, server.port, timeout=_TIMEOUT_S)
    headers = {"Content-Type": "application/json", "Accept": "application/json"}
    if login is not None:
        token = base64.b64encode(f"{login[0]}:{login[1]}".encode()).decode()
        headers["Authorization"] = f"Basic {token}"
    try:
        link.request(method, path, body, headers)
        response = link.getresponse()
        return Answer(response.status, response.headers, response.read(_LARGEST))
    except (OSError, HTTPException) as error:
        words = f"{server.name} does not answer: {type(error).__name__}"
        raise Transient(words, 1.0) from None
    finally:
        link.close()
