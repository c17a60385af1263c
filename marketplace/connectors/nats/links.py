"""Connections: made for one question and closed, with claims that live for a minute."""

import asyncio
import base64
import json
import time
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager, suppress
from typing import Any, Final

from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.errors import Error as NatsError
from nats.errors import NoRespondersError

from marketplace.connectors.base import Conflict, ConnectorError, NeedsHuman, Permanent, Transient
from marketplace.connectors.nats.config import PROVISIONER_INBOX, NatsConfig
from marketplace.connectors.nats.keys import Key

ANSWER_S: Final = 10.0
_CONNECT_S: Final = 5
_CLAIMS_S: Final = 60
_CLOSE_S: Final = 1.0
_SILENCE_S: Final = 0.15
_REFUSALS: Final = ("authorization", "authentication expired", "authentication revoked")
_VIOLATION: Final = "permissions violation"
_NO_STREAM: Final = 10059
_NO_CONSUMER: Final = 10014


class LoginRefused(NeedsHuman):
    """The server does not let these claims in."""


class NotThere(Conflict):
    """The stream or the consumer that was asked about does not exist."""


class Lost(Transient):
    """The connection ended before an answer came."""


class Refused(NeedsHuman):
    """The server refused a subject to this connection."""


def run[T](work: Coroutine[Any, Any, T]) -> T:
    """Run one piece of work from code that is not asynchronous."""

    async def whole() -> T:
        try:
            return await work
        finally:
            rest = asyncio.all_tasks() - {asyncio.current_task()}
            if rest:  # the client closes what the server refused in tasks of its own
                await asyncio.wait(rest, timeout=_CLOSE_S)

    return asyncio.run(whole())


class Link:
    """One connection, with what the server said against it."""

    def __init__(self, inbox: str) -> None:
        self.inbox = inbox
        self.client = Client()
        self.complaints: list[str] = []

    async def complain(self, error: Exception) -> None:
        """Keep what the server said."""
        self.complaints.append(str(error).lower())

    async def ask(self, subject: str, body: object = None, **headers: str) -> bytes:
        """Ask one question. Raises Refused, Transient."""
        self.complaints.clear()
        payload = b"" if body is None else body if isinstance(body, bytes) else encode(body)
        asked = asyncio.ensure_future(
            self.client.request(subject, payload, timeout=ANSWER_S, headers=headers or None)
        )
        try:
            while not asked.done():
                await asyncio.wait([asked], timeout=0.02)
                if any(_VIOLATION in one for one in self.complaints):
                    raise Refused(f"NATS refuses {subject}")
            answer: Msg = asked.result()
        except NoRespondersError:
            raise Transient(f"nobody answers on {subject}", 1.0) from None
        except (NatsError, TimeoutError, OSError) as error:
            raise self._lost(subject, error) from None
        finally:
            asked.cancel()
        return answer.data

    def _lost(self, subject: str, error: Exception) -> ConnectorError:
        """Say why no answer came: the server may have ended the connection."""
        said = [*self.complaints, str(self.client.last_error).lower()]
        if any(word in one for one in said for word in _REFUSALS):
            return LoginRefused("NATS has ended this connection")
        return Lost(f"NATS did not answer on {subject}: {type(error).__name__}")

    async def api(self, subject: str, body: object = None) -> dict[str, Any]:
        """Ask JetStream. Raises NotThere, Refused, Permanent, Transient."""
        answer: dict[str, Any] = json.loads(await self.ask(f"$JS.API.{subject}", body))
        error = answer.get("error")
        if error is not None:
            raise _sorted(subject, error)
        return answer

    async def collect(self, subject: str, body: object, *, most: int, silence: float) -> list[Msg]:
        """Ask and gather answers, up to so many, until none came for so long."""
        self.complaints.clear()
        found: list[Msg] = []
        try:
            inbox = self.client.new_inbox()
            waiting = await self.client.subscribe(inbox)
            await self.client.publish(subject, encode(body), reply=inbox)
            while len(found) < most:
                one = await waiting.next_msg(timeout=silence if found else ANSWER_S)
                if one.headers and one.headers.get("Status"):
                    break
                found.append(one)
        except (NatsError, TimeoutError, OSError) as error:
            if self.client.is_closed:
                raise self._lost(subject, error) from None
        if any(_VIOLATION in one for one in self.complaints):
            raise Refused(f"NATS refuses {subject}")
        return found

    async def listen(self, subject: str) -> bool:
        """Subscribe to a subject for a moment; returns whether the server refused."""
        self.complaints.clear()
        try:
            waiting = await self.client.subscribe(subject)
            await self._sent()
            await self.client.flush(timeout=int(ANSWER_S))
            refused = any(_VIOLATION in one for one in self.complaints)
            if not refused:
                await waiting.unsubscribe()
        except (NatsError, TimeoutError, OSError) as error:
            raise self._lost(subject, error) from None
        return refused

    async def _sent(self) -> None:
        """Wait until what was said is on the wire: the client's ping overtakes what is not."""
        while self.client.pending_data_size and not self.client.is_closed:  # noqa: ASYNC110 - the client has no event for it
            await asyncio.sleep(0)

    async def collect_all(self, subject: str, body: object) -> list[dict[str, Any]]:
        """Ask every server of the cluster; an answer after 150 ms of silence is not waited for."""
        answers = await self.collect(subject, body, most=1000, silence=_SILENCE_S)
        if not answers:
            raise Transient(f"no server answers on {subject}", 1.0)
        return [json.loads(one.data) for one in answers]


def _sorted(subject: str, error: dict[str, Any]) -> ConnectorError:
    """Turn JetStream's error into ours, by its code."""
    words = f"{subject}: {error.get('description', 'failed')} [{error.get('err_code')}]"
    if error.get("err_code") in {_NO_STREAM, _NO_CONSUMER}:
        return NotThere(words)
    if int(error.get("code", 0)) >= 500:  # noqa: PLR2004 - HTTP's meaning of the number
        return Transient(words, 1.0)
    return Permanent(words)


def encode(body: object) -> bytes:
    """Write JSON as it is shown in a plan."""
    return json.dumps(body, sort_keys=True, separators=(",", ":")).encode()


@asynccontextmanager
async def link(config: NatsConfig, user: Key, claims: str, inbox: str) -> AsyncIterator[Link]:
    """Open a connection with a user's claims. Raises LoginRefused, Transient."""
    made = Link(inbox)

    def sign(nonce: str) -> bytes:
        return base64.b64encode(user.sign(nonce.encode()))

    def show() -> bytearray:
        return bytearray(claims.encode())

    try:
        await made.client.connect(
            config.url,
            user_jwt_cb=show,
            signature_cb=sign,
            inbox_prefix=inbox.encode(),
            error_cb=made.complain,
            allow_reconnect=False,
            max_reconnect_attempts=1,
            reconnect_time_wait=0,
            connect_timeout=_CONNECT_S,
            name="emporion",
        )
    except (NatsError, TimeoutError, OSError) as error:
        await _hang_up(made.client)
        if any(word in str(error).lower() for word in _REFUSALS):
            raise LoginRefused("NATS does not let these claims in") from None
        raise Transient(f"NATS cannot be reached: {type(error).__name__}", 1.0) from None
    try:
        yield made
    finally:
        await made.client.close()


async def _hang_up(client: Client) -> None:
    """Close what a refused connection leaves open: the client itself forgets it."""
    transport = vars(client).get("_transport")
    if transport is not None:
        transport.close()
        with suppress(OSError):
            await transport.wait_closed()


def user_claims(config: NatsConfig, signer: Key, user: Key, *, name: str, expires: int) -> str:
    """Sign a user's claims under a scoped key: they hold no rights of their own."""
    facts = {"type": "user", "version": 2, "issuer_account": config.account}
    return signer.claim(user.public, facts, name=name, iat=int(time.time()), exp=expires)


@asynccontextmanager
async def provisioner(config: NatsConfig, account: str | None = None) -> AsyncIterator[Link]:
    """Enter the data account, or the system account, under our own scope, for a minute."""
    account = account or config.account
    user = Key.random("user")
    facts = {"type": "user", "version": 2, "issuer_account": account}
    moment = int(time.time())
    claims = config.own_key(account).claim(
        user.public, facts, name="emporion", iat=moment, exp=moment + _CLAIMS_S
    )
    async with link(config, user, claims, PROVISIONER_INBOX) as made:
        yield made
