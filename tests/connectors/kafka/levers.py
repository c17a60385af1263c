"""The double for a test, an administrator of it, and the connector over it."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime
from typing import Any

from confluent_kafka import Producer
from confluent_kafka.admin import NewTopic

from marketplace.connectors.base import Finding, PortVariant, Principal
from marketplace.connectors.kafka import KafkaConfig, KafkaConnector, acls, bootstrap, links, users
from marketplace.connectors.kafka.acls import Acl
from marketplace.connectors.kafka.applying import our_time
from tests.connectors.contract import ROWS, Told
from tests.connectors.kafka import security
from tests.connectors.kafka.broker import KafkaDouble
from tests.connectors.kafka.messages import Error

LAB_SECRET = "a secret planted for tests, 32 characters"
PASSWORD = "a password planted for tests"
TOPIC = "flights.delays"
NAMES = ("id", "carrier", "minutes", "note")
_SALT = b"a salt of a test"


class KafkaLevers:
    """What others can do on the cluster; `dba` is its administrator."""

    refused_with = "TOPIC_AUTHORIZATION_FAILED"

    def __init__(self, double: KafkaDouble) -> None:
        self.double, self.state = double, double.state
        self.dropped = ""
        self.lets_log_in("dba", "dba")
        self.lets_log_in("emporion", PASSWORD)
        self.config = KafkaConfig(
            bootstrap=f"127.0.0.1:{self.state.port}",
            user="emporion",
            password=PASSWORD,
            env="test",
            lab_secret=LAB_SECRET,
            settle_s=0.1,
        )
        self.dba = links.Admin(self.as_(self.config, "dba", "dba"))
        self.connector = KafkaConnector(self.config)
        self.port, self.relation, self.base = (
            "port-1",
            ("published", "delays"),
            ("flights", "delays"),
        )
        acls.give(self.dba, bootstrap.rights_to_give(self.config))
        self.connector.prepare()
        self.makes_topic(TOPIC, partitions=2, config={"retention.ms": "86400000"})
        self.publish(TOPIC, *(dict(zip(NAMES, row, strict=True)) for row in ROWS))

    def as_(self, config: KafkaConfig, user: str, password: str) -> dict[str, Any]:
        return links.settings(config, user, password, config.mechanism)

    def lets_log_in(self, user: str, password: str) -> None:
        """Give a user a password before there is an administrator to do so."""
        mechanism = "SCRAM-SHA-512"
        salted = security.salted(mechanism, password, _SALT, 4096)
        kept = security.Credential.of(mechanism, 4096, _SALT, salted)
        self.state.credentials[user, mechanism] = kept

    def makes_topic(self, name: str, partitions: int = 1, config: Any = None) -> None:
        wanted = NewTopic(name, partitions, 1, config=config or {})
        self.dba.wait(self.dba.client.create_topics([wanted])[name])

    def publish(self, topic: str, *payloads: object, key: str = "LH 1") -> None:
        producer = Producer(self.as_(self.config, "dba", "dba"))
        for one in payloads:
            raw = one if isinstance(one, bytes) else json.dumps(one).encode()
            producer.produce(topic, raw, key=key.encode(), headers={"source": b"tower"})
        assert producer.flush(30) == 0

    def login(self, principal: Principal) -> str:
        """Find the user by its mark, as an administrator would."""
        for login, marks in acls.marks(self.config, self.state_acls()).items():
            if any(one.get("key") == principal.key for one in marks):
                return login
        raise AssertionError(principal)

    def state_acls(self) -> set[Acl]:
        return acls.read(self.dba)

    def takes(self, login: str, *resources: str) -> None:
        stands = acls.read(self.dba, login)
        acls.take(self.dba, [one for one in stands if one.resource in resources])

    # --- the Platform of the contract ----------------------------------------------------------

    def now(self) -> datetime:
        return our_time()

    def fingerprint(self) -> object:
        kept = {key: one.iterations for key, one in self.state.credentials.items()}
        ends = {
            name: [part.end for part in topic.partitions]
            for name, topic in self.state.topics.items()
        }
        groups = {name: dict(one.offsets) for name, one in self.state.groups.items()}
        return repr((sorted(self.state.authorizer.acls), sorted(kept.items()), ends, groups))

    def takes_membership(self, variant: PortVariant, principal: Principal) -> None:
        self.takes(self.login(principal), "GROUP")

    def takes_entitlement(self, variant: PortVariant, principal: Principal) -> None:
        self.takes(self.login(principal), "TOPIC")

    def alters_view(self, variant: PortVariant) -> None:
        for login in acls.marks(self.config, self.state_acls()):
            if login.endswith("_c"):
                acls.give(self.dba, [Acl("TOPIC", "*", "LITERAL", f"User:{login}", "READ")])

    def lets_in(self, variant: PortVariant) -> str:
        acls.give(self.dba, [Acl("TOPIC", "flights", "PREFIXED", "User:bob", "READ")])
        return "bob"

    def drops_login(self, principal: Principal) -> None:
        self.dropped = self.login(principal)
        assert users.forget(self.dba, self.config, self.dropped)

    def remakes_login(self, principal: Principal) -> None:
        users.make(self.dba, self.config, self.dropped, "another's", 4096)

    def lies(self) -> None:
        self.state.lying = True

    @contextmanager
    def keeping(self, variant: PortVariant) -> Iterator[None]:
        """Deleting rules and users answers no error and deletes nothing."""
        del variant
        self.state.keeping = True
        yield
        self.state.keeping = False

    @contextmanager
    def throttling(self) -> Iterator[Told]:
        """As many connections as `max.connections.per.ip` allows: the broker drops another."""
        self.double.full = True
        before = self.double.dropped
        yield Told(lambda: self.double.dropped - before)
        self.double.full = False

    def refuses_part(self, code: str, times: int) -> None:
        """The last entry about a topic of so many calls fails, the others do not."""
        self.state.times, self.state.batches = times, []
        self.state.refused = {"error_code": Error[code], "error_message": "Refused by a test."}

    def passing(self) -> str:
        return "REQUEST_TIMED_OUT"

    def lasting(self) -> str:
        return "INVALID_REQUEST"

    def batches(self) -> list[list[str]]:
        """What each call since the last question asked about topics."""
        found, self.state.batches = self.state.batches, []
        return found

    def secrets(self) -> list[str]:
        return [LAB_SECRET, PASSWORD]

    def weak(self) -> list[Finding]:
        self.lets_log_in("weak", "weak")
        return KafkaConnector(replace(self.config, user="weak", password="weak")).check()

    def strong(self) -> list[Finding]:
        acls.give(self.dba, [Acl("TOPIC", "*", "LITERAL", "User:emporion", "READ")])
        return list(self.connector.check())


@contextmanager
def a_cluster() -> Iterator[KafkaLevers]:
    with KafkaDouble({"User:dba"}) as double:
        yield KafkaLevers(double)
