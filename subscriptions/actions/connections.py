"""Try a connection as the consumer, now: permission first, then the platform."""

from typing import Any

from catalog.queries import connector_of
from marketplace.connectors.base import ConnectorError, Principal, Probe
from marketplace.connectors.base import Grant as Access
from marketplace.kernel.actions import action, require
from marketplace.kernel.actors import Actor
from marketplace.kernel.events.log import record
from subscriptions import consumers
from subscriptions.actions.agreements import of
from subscriptions.actions.lab import must_be_active
from subscriptions.events import ConnectionTried
from subscriptions.lab import PlatformAway
from subscriptions.models import AccessAgreement
from subscriptions.permissions import may_query
from subscriptions.provisioning import variant_for
from subscriptions.queries import agreement_or_404


def try_connection(actor: Actor, *, agreement_id: Any) -> Probe:
    """Connect as the consumer, try what is allowed and what is not; give what was found."""
    agreement = permit_test(actor, agreement_id=agreement_id)
    access = Access(
        variant_for(agreement.grant.handle),
        Principal(agreement.consumer_kind, agreement.consumer_key),
        agreement.end_at,
    )
    assert agreement.port.platform is not None
    try:
        return connector_of(agreement.port.platform).probe(access, True)  # noqa: FBT003 - its Protocol
    except ConnectorError as away:
        raise PlatformAway(str(away)) from None


@action
def permit_test(actor: Actor, *, agreement_id: Any) -> AccessAgreement:
    """Note that a connection is tried, after asking whether it may be."""
    agreement = agreement_or_404(actor, agreement_id)
    consumer = consumers.remembered(agreement.consumer_kind, agreement.consumer_key)
    require(actor, may_query, consumer)
    must_be_active(agreement)
    record(ConnectionTried(**of(agreement, consumer), user=actor.subject))
    return agreement
