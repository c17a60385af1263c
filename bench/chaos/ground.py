"""What the faults strike: a port that a policy opens at once, and people who ask for it."""

from typing import Final

from bench.ground import TEAM, lay
from bench.stack import Stack

PRODUCT: Final = "bench.open-flights"
PORT: Final = "curated"
RELATION: Final = "bench_products.open_flights_curated"
_BUNDLE: Final = f"""
apiVersion: v1.1.0
kind: DataProduct
id: {PRODUCT}
domain: bench
name: Flights that everybody may read
version: 1.0.0
status: active
description: {{purpose: A table that the faults ask for.}}
team: {{name: {TEAM}}}
outputPorts:
- name: {PORT}
  version: '1'
  type: sql
  contractId: open-flights
  customProperties:
  - {{property: interface, value: sql}}
  - {{property: platform, value: warehouse}}
  - {{property: resource, value: bench.flights}}
---
apiVersion: v3.1.0
kind: DataContract
id: open-flights
name: Flights
version: 1.0.0
status: active
dataProduct: {PRODUCT}
schema:
- name: flights
  properties:
  - {{name: flight_id, logicalType: integer, physicalType: integer, classification: internal}}
  - {{name: carrier, logicalType: string, physicalType: text, classification: internal}}
customProperties:
- {{property: purposes, value: [analytics]}}
- {{property: maxDurationDays, value: 365}}
"""


def prepare(stack: Stack, *, people: int) -> list[str]:
    """Make this process a part of the stack; give the names of those who will ask."""
    lay(stack, products=4, columns=3, rounds=1)
    from catalog.actions.apply import apply_bundle
    from marketplace.kernel.actors import SYSTEM
    from marketplace.kernel.identity.models import User

    apply_bundle(SYSTEM, text=_BUNDLE)
    names = [f"chaos-{number:03}" for number in range(people)]
    User.objects.bulk_create(
        User(username=name, email=f"{name}@example.org", password="!") for name in names
    )
    return names
