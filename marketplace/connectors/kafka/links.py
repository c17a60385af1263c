"""Clients of librdkafka: opened for one question, errors in our words, silent on the console."""

import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from typing import Any, Final, Self

from confluent_kafka import Consumer, KafkaError, KafkaException
from confluent_kafka.admin import AdminClient

from marketplace.connectors.base import NeedsHuman, Permanent, Transient
from marketplace.connectors.kafka.config import KafkaConfig

ANSWER_S: Final = 20.0
_PAUSE_S: Final = 0.05
_LOGIN: Final = frozenset({KafkaError._AUTHENTICATION, KafkaError.SASL_AUTHENTICATION_FAILED})  # noqa: SLF001 - the library's names of its own errors
_REFUSALS: Final = frozenset(
    {
        KafkaError.TOPIC_AUTHORIZATION_FAILED,
        KafkaError.GROUP_AUTHORIZATION_FAILED,
        KafkaError.CLUSTER_AUTHORIZATION_FAILED,
    }
)
_MISSING: Final = frozenset(
    {
        KafkaError.RESOURCE_NOT_FOUND,
        KafkaError.UNKNOWN_TOPIC_OR_PART,
        KafkaError._UNKNOWN_TOPIC,  # noqa: SLF001
        KafkaError._UNKNOWN_PARTITION,  # noqa: SLF001
    }
)
_AWAY: Final = frozenset(
    {
        KafkaError._TRANSPORT,  # noqa: SLF001
        KafkaError._ALL_BROKERS_DOWN,  # noqa: SLF001
        KafkaError._TIMED_OUT,  # noqa: SLF001
        KafkaError._TIMED_OUT_QUEUE,  # noqa: SLF001
        KafkaError._RESOLVE,  # noqa: SLF001
        KafkaError._WAIT_COORD,  # noqa: SLF001
        KafkaError.REQUEST_TIMED_OUT,
        KafkaError.THROTTLING_QUOTA_EXCEEDED,
    }
)
_UNABLE: Final = frozenset(
    {
        KafkaError._UNSUPPORTED_FEATURE,  # noqa: SLF001
        KafkaError.UNSUPPORTED_VERSION,
        KafkaError.SECURITY_DISABLED,
        KafkaError.UNSUPPORTED_SASL_MECHANISM,
        KafkaError._SSL,  # noqa: SLF001
    }
)


class Refused(Exception):
    """The broker refuses what was tried; `code` is the protocol's name of the error."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class LoginRefused(Refused):
    """The broker does not let this user in."""


class NotThere(Permanent):
    """What was asked for does not exist."""


class AlreadyThere(Permanent):
    """What was to be made exists."""


class Watched:
    """A client whose errors are kept: a refused login is told to a callback only."""

    def __init__(self) -> None:
        self.errors: list[KafkaError] = []

    def notice(self, error: KafkaError) -> None:
        """Keep an error that the library tells."""
        self.errors.append(error)

    def look(self) -> None:
        """Raise what can be known at once, where the library would try until its time is over.

        LoginRefused, NeedsHuman when TLS fails, Transient when no broker can be reached.
        """
        codes = {one.code() for one in self.errors}
        if codes & _LOGIN:
            raise LoginRefused("SASL_AUTHENTICATION_FAILED")
        if KafkaError._SSL in codes:  # noqa: SLF001
            raise NeedsHuman("Kafka: the TLS connection cannot be made")
        if KafkaError._ALL_BROKERS_DOWN in codes:  # noqa: SLF001
            raise Transient("Kafka: no broker can be reached", 1.0)


class Admin(Watched):
    """An administrator's client."""

    timeout: Final = ANSWER_S

    def __init__(self, settings: dict[str, Any]) -> None:
        super().__init__()
        self.client: AdminClient = AdminClient({**settings, "error_cb": self.notice})

    def wait(self, asked: Future[Any]) -> Any:
        """Wait for an answer. Raises ConnectorError, or Refused for a right that is missing."""
        until = time.monotonic() + self.timeout
        while time.monotonic() < until:
            try:
                return asked.result(_PAUSE_S)
            except TimeoutError:
                self.client.poll(0)
                self.look()
            except KafkaException as error:
                self.client.poll(0)
                self.look()
                raise translated(error.args[0]) from None
        raise Transient("Kafka does not answer in time", 1.0)

    def topics(self) -> list[str]:
        """List the topics that this user may see."""
        try:
            return list(self.client.list_topics(timeout=self.timeout).topics)
        except KafkaException as error:
            self.client.poll(0)
            self.look()
            raise translated(error.args[0]) from None


class Reader(Watched):
    """A consumer's client that commits nothing."""

    def __init__(self, settings: dict[str, Any], group: str) -> None:
        super().__init__()
        more = {
            "group.id": group,
            "enable.auto.commit": False,
            "enable.auto.offset.store": False,
            "enable.partition.eof": True,
            "auto.offset.reset": "error",
            "fetch.wait.max.ms": 10,
            "allow.auto.create.topics": False,
        }
        self.client = Consumer({**settings, **more, "error_cb": self.notice})

    @classmethod
    def of(cls, config: KafkaConfig, user: str, password: str, group: str) -> Self:
        """Enter as a user that we made; the group is only named, nothing is committed."""
        return cls(settings(config, user, password, config.consumer_mechanism), group)

    def enter(self) -> str:
        """Wait until this user is let in; gives the cluster's id. Raises LoginRefused.

        The library tries a refused login again and again, so it is asked in short pieces.
        """
        until, piece = time.monotonic() + ANSWER_S, _PAUSE_S
        while True:
            try:
                told = self.client.list_topics(timeout=piece)
                return str(told.cluster_id or "")
            except KafkaException as error:
                self.client.poll(0)
                self.look()
                if error.args[0].code() not in _AWAY or time.monotonic() >= until:
                    raise translated(error.args[0]) from None
            piece = min(2 * piece, 1.0)

    def call[T](self, work: Callable[[], T]) -> T:
        """Ask something. Raises Refused, ConnectorError."""
        try:
            return work()
        except KafkaException as error:
            self.client.poll(0)
            self.look()
            raise translated(error.args[0]) from None


def translated(error: KafkaError) -> Exception:
    """Put an error of the library into our words."""
    code, words = error.code(), f"Kafka: {error.name()}"
    if code in _LOGIN:
        return LoginRefused("SASL_AUTHENTICATION_FAILED")
    if code in _REFUSALS:
        return Refused(error.name())
    if code == KafkaError.TOPIC_ALREADY_EXISTS:
        return AlreadyThere(words)
    if code in _MISSING:
        return NotThere(words)
    if code in _UNABLE:
        return NeedsHuman(f"{words}: this cluster cannot do what is needed")
    if code in _AWAY or error.retriable():
        return Transient(words, 1.0)
    return Permanent(words)


def settings(config: KafkaConfig, user: str, password: str, mechanism: str) -> dict[str, Any]:
    """Say how to log in, as librdkafka wants to be told."""
    found = {
        "bootstrap.servers": config.bootstrap,
        "security.protocol": "SASL_SSL" if config.tls else "SASL_PLAINTEXT",
        "sasl.mechanism": mechanism,
        "sasl.username": user,
        "sasl.password": password,
        "client.id": "emporion",
        "socket.timeout.ms": int(ANSWER_S * 1000),
        "log_level": 0,
    }
    return found | ({"ssl.ca.location": config.ca_file} if config.ca_file else {})


@contextmanager
def provisioner(config: KafkaConfig) -> Iterator[Admin]:
    """Enter as the marketplace itself. A right that it lacks becomes NeedsHuman."""
    facts = settings(config, config.user, config.password, config.mechanism)
    try:
        yield Admin(facts)
    except LoginRefused:
        raise NeedsHuman("Kafka does not let the marketplace's user in") from None
    except Refused as refused:
        raise NeedsHuman(f"the marketplace's user lacks a right: {refused.code}") from None


@contextmanager
def reader(config: KafkaConfig, user: str, password: str, group: str) -> Iterator[Reader]:
    """Enter as a user that we made, and leave again."""
    found = Reader.of(config, user, password, group)
    try:
        yield found
    finally:
        found.client.close()


def consumer_admin(config: KafkaConfig, login: str) -> Admin:
    """Enter as a consumer of ours, to ask what it may do."""
    password = config.password_of(login)
    return Admin(settings(config, login, password, config.consumer_mechanism))


def patiently[T](seconds: float, attempt: Callable[[], T], fits: Callable[[T], bool]) -> T:
    """Try until it fits or the time is over: brokers hear of a change one after another."""
    until = time.monotonic() + seconds
    while True:
        found = attempt()
        if fits(found) or time.monotonic() >= until:
            return found
        time.sleep(_PAUSE_S)
