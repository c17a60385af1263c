"""Outbound HTTP that cannot be turned against our own network. Pure of Django.

A receiver's URL is typed by a user, so the address behind it is checked, not the text: the name is
resolved once per connection, *every* address must be of a class that is public, and the connection
is made to the checked addresses with the original name in SNI and Host. Nothing follows redirects,
uses a proxy from the environment, keeps cookies or unpacks compressed answers. The classes are our
own list, because `ipaddress.is_global` lets NAT64, multicast and relay addresses through and
differs between versions of Python.
"""

import asyncio
import ipaddress
import re
import socket
import ssl
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from types import TracebackType
from typing import Final, Self
from urllib.parse import SplitResult, urlsplit

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult

type Address = ipaddress.IPv4Address | ipaddress.IPv6Address
type Network = ipaddress.IPv4Network | ipaddress.IPv6Network

CONNECT_S: Final = 3.0
TOTAL_S: Final = 15.0
LARGEST_BODY: Final = 64 * 1024
_LONGEST_URL: Final = 2048
_PORTS: Final = frozenset({443, 8443})
_LABEL: Final = r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
# The last label has a letter and is no hexadecimal number: no other spelling of IPv4 fits.
_NAME: Final = re.compile(
    rf"(?=.{{1,253}}\Z)(?:{_LABEL}\.)*(?!0x[0-9a-f]*\Z)(?=[^.]*[a-z]){_LABEL}\Z"
)
_LOCAL_NAMES: Final = (".localhost", ".local", ".internal", ".localdomain", ".home.arpa", ".onion")

_V4_CLASSES: Final[tuple[tuple[str, str], ...]] = (
    ("0.0.0.0/8", "unspecified"),
    ("10.0.0.0/8", "private"),
    ("100.64.0.0/10", "shared (carrier-grade) address space"),
    ("127.0.0.0/8", "loopback"),
    ("168.63.129.16/32", "cloud platform service"),
    ("169.254.0.0/16", "link-local (metadata service)"),
    ("172.16.0.0/12", "private"),
    ("192.0.0.0/24", "protocol assignments"),
    ("192.0.2.0/24", "documentation"),
    ("192.31.196.0/24", "AS112"),
    ("192.52.193.0/24", "multicast tunnelling"),
    ("192.88.99.0/24", "6to4 relay anycast"),
    ("192.168.0.0/16", "private"),
    ("192.175.48.0/24", "AS112"),
    ("198.18.0.0/15", "benchmarking"),
    ("198.51.100.0/24", "documentation"),
    ("203.0.113.0/24", "documentation"),
    ("224.0.0.0/4", "multicast"),
    ("240.0.0.0/4", "reserved or broadcast"),
)
_V6_PUBLIC: Final = ipaddress.IPv6Network("2000::/3")
_V6_CLASSES: Final[tuple[tuple[str, str], ...]] = (
    ("2001::/23", "protocol assignments (Teredo, ORCHID, benchmarking)"),
    ("2001:db8::/32", "documentation"),
    ("2002::/16", "6to4"),
    ("2620:4f:8000::/48", "AS112"),
    ("3fff::/20", "documentation"),
)
_DENIED_V4: Final = tuple((ipaddress.IPv4Network(net), why) for net, why in _V4_CLASSES)
_DENIED_V6: Final = tuple((ipaddress.IPv6Network(net), why) for net, why in _V6_CLASSES)


class HttpError(Exception):
    """No answer came. `permanent` says whether trying the same again is pointless."""

    permanent = False


class ForbiddenTarget(HttpError):
    """The URL, or an address behind it, is not one we connect to."""

    permanent = True


class Unresolvable(HttpError):
    """The name has no address at the moment."""


class Timeout(HttpError):
    """Connecting or answering took too long."""


class Unreachable(HttpError):
    """The connection was refused, cut, or its answer was not HTTP."""


class BadCertificate(HttpError):
    """The receiver's certificate does not prove its name."""


@dataclass(frozen=True, slots=True)
class Allowed:
    """Receivers of our own network that an operator lets through.

    `hosts` are names or addresses as they stand in the URL, with or without a port; `networks` are
    CIDRs. An allowed host may use http and any port; so may an address inside an allowed network.
    """

    hosts: frozenset[str] = frozenset()
    networks: tuple[Network, ...] = ()

    @classmethod
    def of(cls, *entries: str) -> Self:
        """Sort entries such as `10.1.0.0/16`, `hooks.corp`, `127.0.0.1:9000`."""
        networks = [ipaddress.ip_network(entry) for entry in entries if "/" in entry]
        hosts = frozenset(entry.lower() for entry in entries if "/" not in entry)
        return cls(hosts, tuple(networks))

    def host(self, host: str, port: int) -> bool:
        """Whether this host is let through by name."""
        return host in self.hosts or f"{host}:{port}" in self.hosts

    def address(self, address: Address) -> bool:
        """Whether this address is let through by network."""
        return any(address in network for network in self.networks)


@dataclass(frozen=True, slots=True)
class Target:
    """A URL that may be asked for, taken apart."""

    url: str
    scheme: str
    host: str
    port: int


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back, the body up to what was agreed (64 kB); header names in lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    truncated: bool
    elapsed_ms: float


def refusal_of(address: Address) -> str | None:
    """Say why an address is not public, or None if it is. IPv6 is refused unless known public."""
    if isinstance(address, ipaddress.IPv4Address):
        return next((why for network, why in _DENIED_V4 if address in network), None)
    if address.ipv4_mapped is not None:
        return "IPv4 inside IPv6"
    if address not in _V6_PUBLIC:
        return "not global unicast"
    return next((why for network, why in _DENIED_V6 if address in network), None)


def check_url(url: str, allowed: Allowed | None = None) -> Target:
    """Take a URL apart and refuse what its text already shows. Raises ForbiddenTarget.

    https on port 443 or 8443, a plain ASCII name of two labels or more, or an address; no user
    name, no fragment, no zone. Names are checked again, by address, when the connection is made.
    """
    allowed = allowed or Allowed()
    parts = _split(url)
    host, port = _host(parts), _port(parts)
    literal = _literal(host)
    trusted = allowed.host(host, port) or (literal is not None and allowed.address(literal))
    if not trusted:
        _refuse_text(parts.scheme, host, port, literal)
    return Target(url, parts.scheme, host, port)


def _split(url: str) -> SplitResult:
    if len(url) > _LONGEST_URL or not url.isascii() or not url.isprintable() or " " in url:
        raise ForbiddenTarget("the URL must be printable ASCII of 2,048 characters at most")
    if "\\" in url:
        raise ForbiddenTarget("the URL must not contain a backslash")
    try:
        parts = urlsplit(url)
    except ValueError:
        raise ForbiddenTarget("this is not a URL") from None
    if parts.scheme not in {"https", "http"}:
        raise ForbiddenTarget("only https is allowed")
    if "@" in parts.netloc:
        raise ForbiddenTarget("a URL must not carry a user name")
    if parts.fragment:
        raise ForbiddenTarget("a URL must not carry a fragment")
    return parts


def _host(parts: SplitResult) -> str:
    host = parts.hostname or ""
    if not host or "%" in host:
        raise ForbiddenTarget("the URL needs a plain host")
    if _literal(host) is None and not _NAME.match(host):
        raise ForbiddenTarget(f"{host!r} is not a plain host name")
    return host


def _port(parts: SplitResult) -> int:
    try:
        port = parts.port
    except ValueError:
        raise ForbiddenTarget("the port is not a number") from None
    return port or (443 if parts.scheme == "https" else 80)


def _literal(host: str) -> Address | None:
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        return None


def _refuse_text(scheme: str, host: str, port: int, literal: Address | None) -> None:
    if scheme != "https":
        raise ForbiddenTarget("only https is allowed")
    if port not in _PORTS:
        raise ForbiddenTarget("only the ports 443 and 8443 are allowed")
    if literal is not None:
        why = refusal_of(literal)
        if why is not None:
            raise ForbiddenTarget(f"{host} is {why}")
    elif "." not in host or f".{host}".endswith(_LOCAL_NAMES):
        raise ForbiddenTarget(f"{host} is a local name")


class _CheckedResolver(AbstractResolver):
    """Resolves a name once per connection and lets only checked addresses through."""

    def __init__(self, allowed: Allowed) -> None:
        self._allowed = allowed

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> list[ResolveResult]:
        loop = asyncio.get_running_loop()
        try:
            found = await loop.getaddrinfo(host, port, family=family, type=socket.SOCK_STREAM)
        except (OSError, UnicodeError):
            raise Unresolvable(f"{host} has no address") from None
        results = [
            ResolveResult(
                hostname=host,
                host=str(where[0]),
                port=port,
                family=kind,
                proto=proto,
                flags=socket.AI_NUMERICHOST,
            )
            for kind, _, proto, _, where in found
        ]
        self._check(host, port, (result["host"] for result in results))
        return results

    def _check(self, host: str, port: int, addresses: Iterable[str]) -> None:
        """Refuse the name if one of its addresses is refused, even if others are public."""
        if self._allowed.host(host, port):
            return
        for text in addresses:
            address = ipaddress.ip_address(text)
            why = None if self._allowed.address(address) else refusal_of(address)
            if why is not None:
                raise ForbiddenTarget(f"{host} resolves to {address}, which is {why}")

    async def close(self) -> None:
        """Nothing is held."""


@dataclass
class Outbound:
    """A pool of connections to checked addresses: `async with Outbound() as out: ...`.

    `tls` replaces the system's trust (a company's own authority). `at_once` bounds the open
    connections, `largest` the bytes that are read of an answer's body.
    """

    allowed: Allowed = field(default_factory=Allowed)
    tls: ssl.SSLContext | None = None
    at_once: int = 600
    connect_s: float = CONNECT_S
    total_s: float = TOTAL_S
    agent: str = "Emporion (+webhook)"
    largest: int = LARGEST_BODY
    _session: aiohttp.ClientSession | None = field(default=None, init=False, repr=False)

    async def __aenter__(self) -> Self:
        connector = aiohttp.TCPConnector(
            resolver=_CheckedResolver(self.allowed),
            use_dns_cache=False,
            limit=self.at_once,
            ssl=self.tls or True,
        )
        self._session = aiohttp.ClientSession(
            connector=connector,
            cookie_jar=aiohttp.DummyCookieJar(),
            timeout=aiohttp.ClientTimeout(total=self.total_s, sock_connect=self.connect_s),
            headers={"User-Agent": self.agent, "Accept-Encoding": "identity"},
            auto_decompress=False,
            trust_env=False,
        )
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._session is not None:
            await self._session.close()
            self._session = None

    async def send(
        self, method: str, url: str, *, headers: Mapping[str, str], body: bytes | None = None
    ) -> Answer:
        """Send one request and read at most `largest` bytes of the answer, whatever its status.

        Raises ForbiddenTarget, Unresolvable, Timeout, BadCertificate, Unreachable.
        """
        target = check_url(url, self.allowed)
        if self._session is None:
            raise RuntimeError("use `async with Outbound()`")
        started = time.monotonic()
        try:
            async with self._session.request(
                method, target.url, data=body, headers=headers, allow_redirects=False
            ) as response:
                content, truncated = await _read(response, self.largest)
                return Answer(
                    status=response.status,
                    headers={name.lower(): value for name, value in response.headers.items()},
                    body=content,
                    truncated=truncated,
                    elapsed_ms=(time.monotonic() - started) * 1000,
                )
        except TimeoutError:
            raise Timeout(f"{target.host} did not answer in time") from None
        except aiohttp.ClientConnectorCertificateError:
            raise BadCertificate(f"the certificate of {target.host} is not valid") from None
        except (aiohttp.ClientSSLError, ssl.SSLError):
            raise BadCertificate(f"no TLS with {target.host}") from None
        except (aiohttp.ClientError, OSError) as error:
            raise Unreachable(f"{target.host}: {type(error).__name__}") from None


async def _read(response: aiohttp.ClientResponse, largest: int) -> tuple[bytes, bool]:
    """Read up to the limit; more than that costs the receiver its connection."""
    content = bytearray()
    async for chunk in response.content.iter_any():
        content += chunk
        if len(content) > largest:
            response.close()
            return bytes(content[:largest]), True
    return bytes(content), False


def fetch(
    method: str,
    url: str,
    *,
    headers: Mapping[str, str] | None = None,
    body: bytes | None = None,
    allowed: Allowed | None = None,
    tls: ssl.SSLContext | None = None,
    largest: int = LARGEST_BODY,
    total_s: float = TOTAL_S,
) -> Answer:
    """Send one request from code that is not asynchronous. Raises as `Outbound.send` does."""

    async def once() -> Answer:
        async with Outbound(
            allowed=allowed or Allowed(), tls=tls, largest=largest, total_s=total_s
        ) as outbound:
            return await outbound.send(method, url, headers=headers or {}, body=body)

    return asyncio.run(once())
