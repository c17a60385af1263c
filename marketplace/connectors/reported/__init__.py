"""Platforms that others change: we order, somebody does it, and says so.

`generator` writes SQL, Terraform or dbt for a pull request; `ticket` sends an order to a person or
an outside provisioner. What was ordered and what was reported stands in a folder. Until the newest
order is reported done, its members are incomplete and a revoked one is still a member: no grant
counts as there, or as gone, because somebody was told to see to it. The evidence is `reported`,
never `proven`.
"""

from marketplace.connectors.reported.generator import GeneratorConfig, GeneratorConnector
from marketplace.connectors.reported.orders import StaleReport
from marketplace.connectors.reported.ticket import TicketConfig, TicketConnector

__all__ = [
    "GeneratorConfig",
    "GeneratorConnector",
    "StaleReport",
    "TicketConfig",
    "TicketConnector",
]
