"""The guarded client: it reaches public addresses and what an operator opened, nothing else."""

import asyncio
import ipaddress
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web

from marketplace.http import (
    LARGEST_BODY,
    Allowed,
    Answer,
    BadCertificate,
    ForbiddenTarget,
    HttpError,
    Outbound,
    Timeout,
    Unreachable,
    Unresolvable,
    check_url,
    fetch,
    refusal_of,
)
from tests.authority import authority_in
from tests.channels.receiver import Receiver

LOOPBACK = Allowed.of("127.0.0.0/8")


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with Receiver() as listening:
        yield listening


def names(monkeypatch: pytest.MonkeyPatch, records: dict[str, list[str]]) -> list[str]:
    """Answer name look-ups from a table; gives the list of names that were asked for."""
    asked: list[str] = []

    def getaddrinfo(host: str, port: int, *_: Any, **__: Any) -> list[Any]:
        asked.append(host)
        if host not in records:
            raise socket.gaierror(socket.EAI_NONAME, "unknown")
        return [
            (
                socket.AF_INET6 if ":" in address else socket.AF_INET,
                socket.SOCK_STREAM,
                6,
                "",
                (address, port),
            )
            for address in records[host]
        ]

    monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)
    return asked


PUBLIC = ["93.184.215.14", "8.8.8.8", "1.1.1.1", "172.15.255.255", "172.32.0.1", "223.255.255.254"]
PUBLIC_6 = ["2606:2800:21f:cb07:6820:80da:af6b:8b2c", "2a00:1450:4001:82f::200e", "2400:cb00::1"]
REFUSED_4 = [
    "0.0.0.0", "0.1.2.3", "10.0.0.1", "100.64.0.1", "100.100.100.200", "127.0.0.1", "127.255.0.1",
    "168.63.129.16", "169.254.169.254", "172.16.0.1", "172.31.255.255", "192.0.0.192", "192.0.2.1",
    "192.31.196.1", "192.52.193.1", "192.88.99.1", "192.168.1.1", "192.175.48.1", "198.18.0.1",
    "198.19.255.255", "198.51.100.1", "203.0.113.9", "224.0.0.1", "239.255.255.255", "240.0.0.1",
    "255.255.255.255",
]  # fmt: skip
REFUSED_6 = [
    "::", "::1", "::ffff:127.0.0.1", "::ffff:8.8.8.8", "::127.0.0.1", "64:ff9b::7f00:1",
    "64:ff9b::808:808", "64:ff9b:1::1", "100::1", "100:0:0:1::1", "2001::1", "2001:0:7f00:1::",
    "2001:2::1", "2001:10::1", "2001:20::1", "2001:db8::1", "2002:7f00:1::", "2620:4f:8000::1",
    "3fff::1", "4000::1", "5f00::1", "fc00::1", "fd00:ec2::254", "fe80::1", "fec0::1", "ff02::1",
]  # fmt: skip


@pytest.mark.parametrize("address", [*PUBLIC, *PUBLIC_6])
def test_public_addresses_are_reached(address: str) -> None:
    assert refusal_of(ipaddress.ip_address(address)) is None


@pytest.mark.parametrize("address", [*REFUSED_4, *REFUSED_6])
def test_other_classes_are_refused_as_literals_and_behind_names(
    address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    host = f"[{address}]" if ":" in address else address
    names(monkeypatch, {"hooks.example.com": [address]})

    assert refusal_of(ipaddress.ip_address(address)) is not None
    with pytest.raises(ForbiddenTarget):
        check_url(f"https://{host}/hook")
    with pytest.raises(ForbiddenTarget, match="resolves to"):
        fetch("POST", "https://hooks.example.com/hook")


FORGED = [
    # other spellings of IPv4: all of them are loopback for getaddrinfo
    "https://2130706433/", "https://127.1/", "https://0x7f000001/", "https://0x7f.1/",
    "https://0177.0.0.1/", "https://017700000001/", "https://127.0.1/", "https://127.0.0.1./",
    "https://0/", "https://1/", "https://0x/", "https://127.0.0.0x1/",
    # unicode digits, dots and look-alikes
    "https://\u2460\u2461\u2466.\u24ea.\u24ea.\u2460/", "https://\uff11\uff12\uff17.0.0.1/",
    "https://127\u30020\u30020\u30021/", "https://127\uff0e0.0.1/", "https://l\u00f6calhost.com/",
    "https://\u0661\u0662\u0667.0.0.1/", "https://exam\u00adple.com/",
    # names that are local wherever they are asked for
    "https://localhost/", "https://LOCALHOST/", "https://a.localhost/", "https://redis/",
    "https://printer.local/", "https://metadata.google.internal/", "https://nas.home.arpa/",
    "https://localhost.localdomain/",
    # schemes, ports, userinfo
    "http://example.com/", "ftp://example.com/", "file:///etc/passwd", "gopher://example.com/",
    "//example.com/", "example.com", "https:/example.com", "https://", "https:///hook", "",
    "https://example.com:22/", "https://example.com:80/", "https://example.com:6379/",
    "https://example.com:99999/", "https://example.com:0x1bb/", "https://example.com:-1/",
    "https://user@example.com/", "https://user:pass@example.com/", "https://@example.com/",
    "https://example.com@127.0.0.1/", "https://127.0.0.1#@example.com/",
    "https://example.com/#fragment",
    # parsers that disagree
    "https://example.com\\@127.0.0.1/", "https://127.0.0.1\\.example.com/",
    "https://example.com%00.evil.com/", "https://127.0.0.1%2f.example.com/",
    "https://exa\tmple.com/", "https://exa\nmple.com/", "https://example.com\r\nHost: x/",
    "https://example.com\x00/", " https://example.com/", "https://exam ple.com/",
    "https://[::1%25eth0]/", "https://[fe80::1%eth0]/", "https://[::1/", "https://::1/",
    "https://[v1.::1]/", "https://[127.0.0.1]/", "https://exa_mple.com/", "https://-a.example.com/",
    "https://a..example.com/", "https://.example.com/", f"https://{'a' * 64}.com/",
    f"https://{'a.' * 130}com/", "https://example.com/" + "a" * 2048,
]  # fmt: skip


@pytest.mark.parametrize("url", FORGED)
def test_forged_addresses_are_refused_before_any_look_up(
    url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = names(monkeypatch, {})

    with pytest.raises(ForbiddenTarget):
        fetch("POST", url)

    assert asked == []


@pytest.mark.parametrize(
    "url",
    [
        "https://hooks.example.com/a?b=c",
        "https://hooks.example.com:8443/",
        "https://xn--mnchen-3ya.example/",
        "https://93.184.215.14/",
        "https://[2606:2800:21f:cb07:6820:80da:af6b:8b2c]:443/",
        "https://0xcafe.example.com/",
        "https://1.example.com/",
        "https://HOOKS.Example.COM/",
    ],
)
def test_ordinary_addresses_pass(url: str) -> None:
    assert check_url(url).url == url


def test_a_canary_hears_nothing_from_forged_addresses(
    receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    port = receiver.port
    records = {"rebind.example.com": ["127.0.0.1"], "both.example.com": ["8.8.8.8", "127.0.0.1"]}
    names(monkeypatch, records)
    forged = [
        f"{scheme}://{host}:{port}/"
        for scheme in ("http", "https")
        for host in ("127.0.0.1", "127.1", "2130706433", "localhost", "[::ffff:127.0.0.1]", "0")
    ]
    forged += [f"https://{name}/" for name in records]
    forged += [f"https://{name}:8443/" for name in records]

    for url in forged:
        with pytest.raises(ForbiddenTarget):
            fetch("POST", url, body=b"hello")

    assert receiver.connections == 0


def test_one_private_record_among_public_ones_refuses_the_name(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    names(monkeypatch, {"both.example.com": ["8.8.8.8", "2606:4700::1111", "10.0.0.7"]})

    with pytest.raises(ForbiddenTarget, match=r"both\.example\.com resolves to 10\.0\.0\.7"):
        fetch("POST", "https://both.example.com/")


def test_a_name_is_resolved_once_per_connection_and_checked_each_time(
    monkeypatch: pytest.MonkeyPatch, receiver: Receiver
) -> None:
    records = {"flip.example.com": ["127.0.0.1"]}
    asked = names(monkeypatch, records)
    url = f"http://flip.example.com:{receiver.port}/hook"
    allowed = Allowed(hosts=frozenset({f"flip.example.com:{receiver.port}"}))

    answer = fetch("POST", url, allowed=allowed)
    records["flip.example.com"] = ["169.254.169.254"]
    with pytest.raises(ForbiddenTarget):
        fetch("POST", "https://flip.example.com/hook", allowed=allowed)

    assert answer.status == 200
    assert asked == ["flip.example.com", "flip.example.com"]
    assert receiver.heard[0].headers["host"] == f"flip.example.com:{receiver.port}"


def test_what_an_operator_opened_is_reached_and_nothing_beside_it(receiver: Receiver) -> None:
    here = f"127.0.0.1:{receiver.port}"

    assert fetch("GET", receiver.url, allowed=LOOPBACK).status == 200
    assert fetch("GET", receiver.url, allowed=Allowed.of("127.0.0.1")).status == 200
    assert fetch("GET", receiver.url, allowed=Allowed.of(here)).status == 200
    for other in (Allowed.of("127.0.0.2/32"), Allowed.of("127.0.0.1:1"), Allowed.of("localhost")):
        with pytest.raises(ForbiddenTarget):
            fetch("GET", receiver.url, allowed=other)
    assert receiver.connections == 3


def test_an_unknown_name_may_be_known_later(monkeypatch: pytest.MonkeyPatch) -> None:
    names(monkeypatch, {})

    with pytest.raises(Unresolvable) as caught:
        fetch("POST", "https://hooks.example.com/")

    assert caught.value.permanent is False


def test_a_request_arrives_as_it_was_made(receiver: Receiver) -> None:
    answer = fetch(
        "POST", receiver.url + "?a=b", headers={"X-One": "1"}, body=b"\x00\xff", allowed=LOOPBACK
    )

    (heard,) = receiver.heard
    assert (answer.status, answer.body, answer.truncated) == (200, b"", False)
    assert (heard.method, heard.path, heard.body) == ("POST", "/hook?a=b", b"\x00\xff")
    assert heard.headers["x-one"] == "1"
    assert heard.headers["accept-encoding"] == "identity"
    assert "cookie" not in heard.headers


def test_redirects_are_answers_and_are_not_followed(receiver: Receiver) -> None:
    async def away(_: web.Request) -> web.Response:
        return web.Response(status=307, headers={"Location": "http://127.0.0.1/elsewhere"})

    receiver.answers = [away]

    answer = fetch("POST", receiver.url, allowed=LOOPBACK)

    assert answer.status == 307
    assert [heard.path for heard in receiver.heard] == ["/hook"]


def test_at_most_64_kb_of_an_endless_body_are_read(receiver: Receiver) -> None:
    sent = 0

    async def endless(request: web.Request) -> web.StreamResponse:
        nonlocal sent
        response = web.StreamResponse()
        await response.prepare(request)
        while True:
            await response.write(b"x" * 65_536)
            sent += 65_536

    receiver.answers = [endless]

    answer = fetch("GET", receiver.url, allowed=LOOPBACK)

    assert (len(answer.body), answer.truncated) == (LARGEST_BODY, True)
    assert sent < 64 * 1024 * 1024


def test_a_compressed_body_is_not_unpacked(receiver: Receiver) -> None:
    async def bomb(_: web.Request) -> web.Response:
        return web.Response(body=b"\x1f\x8b tiny", headers={"Content-Encoding": "gzip"})

    receiver.answers = [bomb]

    assert fetch("GET", receiver.url, allowed=LOOPBACK).body == b"\x1f\x8b tiny"


async def _send(outbound: Outbound, url: str) -> Answer:
    async with outbound:
        return await outbound.send("POST", url, headers={})


def test_a_slow_answer_is_a_time_out(receiver: Receiver) -> None:
    async def drip(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse()
        await response.prepare(request)
        while True:
            await response.write(b".")
            await asyncio.sleep(0.02)

    receiver.answers = [drip]

    with pytest.raises(Timeout) as caught:
        asyncio.run(_send(Outbound(LOOPBACK, total_s=0.3), receiver.url))

    assert caught.value.permanent is False


def test_a_closed_port_is_unreachable(receiver: Receiver) -> None:
    url = receiver.url
    receiver.stop()

    with pytest.raises(Unreachable):
        fetch("POST", url, allowed=LOOPBACK)


def test_an_answer_that_is_no_http_is_unreachable(receiver: Receiver) -> None:
    async def rude(request: web.Request) -> web.Response:
        assert request.transport is not None
        request.transport.write(b"SSH-2.0-OpenSSH\r\n")
        request.transport.close()
        return web.Response()

    receiver.answers = [rude]

    with pytest.raises(Unreachable):
        fetch("POST", receiver.url, allowed=LOOPBACK)


def test_certificates_are_verified(tmp_path: Path) -> None:
    server, trusting = authority_in(tmp_path)
    with Receiver(tls=server) as receiver:
        trusted = fetch("POST", receiver.url, allowed=LOOPBACK, tls=trusting)
        with pytest.raises(BadCertificate):
            fetch("POST", receiver.url, allowed=LOOPBACK)

    assert trusted.status == 200
    assert len(receiver.heard) == 1


def test_plain_http_where_tls_is_expected_is_no_tls(receiver: Receiver) -> None:
    url = receiver.url.replace("http:", "https:")

    with pytest.raises((BadCertificate, Unreachable)) as caught:
        fetch("POST", url, allowed=LOOPBACK)

    assert isinstance(caught.value, HttpError)
    assert receiver.heard == []


def test_a_pool_is_opened_before_it_is_used() -> None:
    with pytest.raises(RuntimeError, match="async with"):
        asyncio.run(Outbound(LOOPBACK).send("GET", "http://127.0.0.1:1/", headers={}))
