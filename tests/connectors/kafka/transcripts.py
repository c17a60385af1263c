"""What crosses the wire in the life of one grant, written down in `golden/kafka.txt`.

Requests stand as the real librdkafka wrote them, as bytes and as the fields that the double read,
with the double's answers. What differs at every run (salts, keys, nonces) is left out, and so are
metadata and fetches, whose number depends on the moment. `python -m
tests.connectors.kafka.transcripts` writes the file anew.
"""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from marketplace.connectors.base import Grant, Member, PortDesired, PortVariant
from tests.connectors.contract import GROWTH, Held
from tests.connectors.kafka.broker import Noted
from tests.connectors.kafka.levers import NAMES, KafkaLevers, a_cluster

GOLDEN = Path(__file__).parents[1] / "golden" / "kafka.txt"
SHOWN = {
    "CreateTopics",
    "DescribeAcls",
    "CreateAcls",
    "DeleteAcls",
    "DescribeUserScramCredentials",
    "AlterUserScramCredentials",
    "OffsetFetch",
}
_SECRET = {"salt", "salted_password"}
_WIDTH = 96


def record(levers: KafkaLevers) -> str:
    """Grant, prove, revoke and prove again; give what was said."""
    variant = PortVariant(
        port_id="port-1",
        port_key="flight-operations.flight-delays/events/1",
        relation_schema="published",
        relation_name="delays",
        base_schema="flights",
        base_table="delays",
        columns=NAMES,
    )
    until = datetime(2030, 1, 1, 12, 30, tzinfo=UTC)
    member = Member(GROWTH, until, "0199a1b2-0000-7000-8000-00000000000a")
    connector, grant = levers.connector, Grant(variant, GROWTH)
    acts: dict[str, Any] = {
        "prepare": connector.prepare,
        "grant": lambda: _wants(levers, variant, member),
        "prove access": lambda: connector.probe(grant, expect_access=True),
        "revoke": lambda: _wants(levers, variant),
        "prove that it ended": lambda: connector.probe(grant, expect_access=False),
    }
    lines = []
    for name, act in acts.items():
        before = len(levers.double.noted)
        act()
        lines.append(f"# {name}")
        for one in levers.double.noted[before:]:
            if one.api.name in SHOWN:
                lines += _written(one)
        lines.append("")
    return "\n".join(lines)


def _wants(levers: KafkaLevers, variant: PortVariant, *members: Member) -> None:
    observed = levers.connector.observe(variant)
    plan = levers.connector.plan(PortDesired(variant, frozenset(members)), observed)
    assert all(one.ok for one in levers.connector.apply(plan, Held()))


def _written(one: Noted) -> Iterator[str]:
    yield f"{one.principal} {one.api.name} v{one.api.version}"
    secret = one.api.name == "AlterUserScramCredentials"
    raw = f"({len(one.raw)} bytes)" if secret else one.raw.hex()
    yield from (f"  = {raw[place : place + _WIDTH]}" for place in range(0, len(raw), _WIDTH))
    yield f"  > {_told(one.asked)}"
    yield f"  < {_told(one.answer)}"


def _told(value: Any) -> str:
    return json.dumps(_plain(value), sort_keys=True)


def _plain(value: Any, name: str = "") -> Any:
    if isinstance(value, dict):
        return {key: _plain(each, key) for key, each in value.items()}
    if isinstance(value, list):
        return [_plain(each) for each in value]
    if isinstance(value, bytes):
        return f"({len(value)} bytes)" if name in _SECRET else value.hex()
    return value


if __name__ == "__main__":
    with a_cluster() as found:
        GOLDEN.write_text(record(found))
