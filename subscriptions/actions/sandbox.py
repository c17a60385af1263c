"""Queries on invented rows, before access: permission and record first, then the platform."""

from collections.abc import Mapping

from catalog.models import OutputPort
from catalog.queries import port_or_404, sandbox_table
from marketplace.connectors.base import Question, Rows
from marketplace.connectors.parameters import names
from marketplace.kernel.actions import action, require
from marketplace.kernel.actors import Actor
from marketplace.kernel.events.log import record
from subscriptions.actions.lab import must_be_text
from subscriptions.events import SandboxQueried
from subscriptions.lab import LabRefused, rehearse
from subscriptions.permissions import may_rehearse


def run(
    actor: Actor,
    *,
    product: str,
    port: str,
    sql: str,
    version: str | None = None,
    values: Mapping[str, str | None] | None = None,
    tag: str = "",
) -> Rows:
    """Run a read query on invented rows of a port that the actor can see. No row is of the data."""
    place = permit(actor, product=product, port=port, version=version, sql=sql, values=values or {})
    table = sandbox_table(place)
    if table is None:
        raise LabRefused("This port has no contract to invent rows from.", reason="no-sandbox")
    return rehearse(place, table, Question(sql, values or {}, tag=tag))


@action
def permit(
    actor: Actor,
    *,
    product: str,
    port: str,
    version: str | None,
    sql: str,
    values: Mapping[str, str | None],
) -> OutputPort:
    """Note that somebody tries a query, after asking whether they may."""
    place = port_or_404(actor, product, port, version)
    require(actor, may_rehearse)
    must_be_text(sql, {name: values[name] for name in names(sql) if name in values})
    record(
        SandboxQueried(
            subject=f"port/{place.product.key}/{place.name}",
            product=place.product.key,
            teams=(place.product.owner_team.slug, f"user:{actor.subject}"),
            port=place.name,
            sql=sql,
        )
    )
    return place
