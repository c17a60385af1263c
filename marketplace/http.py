"""Outbound HTTP that cannot be aimed at what is ours: for webhooks and whatever a user names.

Every address that a name resolves to is checked, and the connection goes to a checked one, so a
record that flips between check and connect gains nothing. Only https on 443 and 8443, no user in
the address, no redirects; an installation may allow internal receivers by name or network.
The classes that are refused are our own list: ``ipaddress.is_global`` calls several of them global.
"""

import asyncio
import ipaddress
import re
import socket
import ssl
import time
from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import urlsplit

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult

CONNECT_SECONDS, TOTAL_SECONDS, BODY_BYTES = 3.0, 15.0, 65_536
_PORTS = (443, 8443)
_NAME = re.compile(
    r"^(?=.{1,253}$)[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?(\.[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?)*$"
)
_NUMBERS = re.compile(r"^[0-9a-fx.]+$")
_LOCAL = ("localhost", "local", "internal", "home.arpa", "localdomain")
_REFUSED_4 = [
    ipaddress.ip_network(text)
    for text in (
        "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16",
        "172.16.0.0/12", "192.0.0.0/24", "192.0.2.0/24", "192.88.99.0/24", "192.168.0.0/16",
        "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4",
    )
]  # fmt: skip
_UNICAST_6 = ipaddress.ip_network("2000::/3")
_REFUSED_6 = [
    ipaddress.ip_network(text) for text in ("2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20")
]

type Address = ipaddress.IPv4Address | ipaddress.IPv6Address


class TargetRefused(Exception):
    """The address is one that must not be reached from here; the message says why."""


class SendFailed(Exception):
    """No answer: the connection failed or took too long."""


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer: status, at most 64 kB of its body, seconds to wait if it named any."""

    status: int
    body: bytes
    retry_after: float | None
    elapsed_ms: float


@dataclass(frozen=True, slots=True)
class Allowed:
    """What an installation opens: names, and networks (``10.1.0.0/16`` or one address)."""

    names: frozenset[str] = frozenset()
    networks: tuple[ipaddress.IPv4Network | ipaddress.IPv6Network, ...] = ()

    @classmethod
    def of(cls, entries: Iterable[str]) -> "Allowed":
        """Read entries of a setting."""
        names, networks = set(), []
        for entry in entries:
            try:
                networks.append(ipaddress.ip_network(entry, strict=False))
            except ValueError:
                names.add(entry.lower())
        return cls(frozenset(names), tuple(networks))

    def holds(self, address: Address) -> bool:
        """Tell whether an address was opened."""
        return any(address in network for network in self.networks)


def refused(address: Address) -> bool:
    """Tell whether an address is of a class that must not be reached."""
    if isinstance(address, ipaddress.IPv4Address):
        return any(address in network for network in _REFUSED_4)
    # Everything that embeds an IPv4 address (mapped, NAT64, 6to4, Teredo) is outside or listed.
    return address not in _UNICAST_6 or any(address in network for network in _REFUSED_6)


def check_url(url: str, allowed: Allowed | None = None) -> None:
    """Refuse an address by its form alone; names are resolved and checked when connecting."""
    allowed = allowed or Allowed()
    if not url.isascii() or any(ord(c) <= 32 or ord(c) == 127 for c in url):  # noqa: PLR2004 - ASCII
        raise TargetRefused("Write the address in plain ASCII, without spaces.")
    try:
        parts = urlsplit(url)
        host, port = (parts.hostname or "").rstrip("."), parts.port
    except ValueError:
        raise TargetRefused("This is no address.") from None
    if parts.username or parts.password or "@" in parts.netloc:
        raise TargetRefused("An address must not carry a user or password.")
    if not host:
        raise TargetRefused("The address names no host.")
    if parts.scheme not in ("https", "http"):
        raise TargetRefused("Only https is reached.")
    opened = _check_host(host, allowed)
    if opened:
        return
    if parts.scheme != "https":
        raise TargetRefused("Only https is reached.")
    if port not in (None, *_PORTS):
        raise TargetRefused("Only the ports 443 and 8443 are reached.")


def _check_host(host: str, allowed: Allowed) -> bool:
    """Refuse a host by its form; True when the installation opened it."""
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        address = None
    if address is not None:
        if allowed.holds(address):
            return True
        if refused(address):
            raise TargetRefused("This address is not reached from here.")
        return False
    if host in allowed.names:
        return True
    if "%" in host or not _NAME.match(host):
        raise TargetRefused("This is no host name.")
    last = host.rsplit(".", 1)[-1]
    if _NUMBERS.match(host) and (last[:1].isdigit() or "0x" in host):
        raise TargetRefused("Write an IP address in its usual form.")
    if last in _LOCAL or host.endswith(tuple(f".{name}" for name in _LOCAL)):
        raise TargetRefused("This name is not reached from here.")
    return False


class GuardedResolver(AbstractResolver):
    """Resolve a name once and give only addresses that may be reached; all, or none."""

    def __init__(self, allowed: Allowed) -> None:
        self.allowed = allowed

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> list[ResolveResult]:
        """Resolve, check every record, refuse the name when one of them is refused."""
        loop = asyncio.get_running_loop()
        found = await loop.getaddrinfo(host, port, family=family, type=socket.SOCK_STREAM)
        results: list[ResolveResult] = []
        for kind, _, proto, _, where in found:
            address = ipaddress.ip_address(where[0])
            opened = host.lower() in self.allowed.names or self.allowed.holds(address)
            if refused(address) and not opened:
                raise TargetRefused("The name leads to an address that is not reached from here.")
            results.append(
                ResolveResult(
                    hostname=host,
                    host=str(address),
                    port=port,
                    family=kind,
                    proto=proto,
                    flags=socket.AI_NUMERICHOST,
                )
            )
        return results

    async def close(self) -> None:
        """Nothing is held."""


def session(allowed: Allowed, *, limit: int = 300, per_host: int = 8) -> aiohttp.ClientSession:
    """Open a client that reaches only what may be reached."""
    connector = aiohttp.TCPConnector(
        resolver=GuardedResolver(allowed),
        limit=limit,
        limit_per_host=per_host,
        use_dns_cache=False,
        ssl=ssl.create_default_context(),
    )
    timeout = aiohttp.ClientTimeout(total=TOTAL_SECONDS, connect=None, sock_connect=CONNECT_SECONDS)
    return aiohttp.ClientSession(
        connector=connector, timeout=timeout, cookie_jar=aiohttp.DummyCookieJar(), trust_env=False
    )


async def post(
    client: aiohttp.ClientSession,
    url: str,
    *,
    body: bytes,
    headers: dict[str, str],
    allowed: Allowed,
) -> Reply:
    """Send a body. Raises TargetRefused or SendFailed; any status is an answer."""
    check_url(url, allowed)
    begun = time.perf_counter()
    try:
        async with client.post(url, data=body, headers=headers, allow_redirects=False) as response:
            text = await response.content.read(BODY_BYTES)
            return Reply(
                response.status,
                text,
                _seconds(response.headers.get("Retry-After", "")),
                (time.perf_counter() - begun) * 1000,
            )
    except (aiohttp.ClientError, OSError, TimeoutError) as failed:
        raise SendFailed(f"{type(failed).__name__}: {failed}"[:300]) from None


def _seconds(text: str) -> float | None:
    return min(float(text), 86_400.0) if text.isdigit() else None
