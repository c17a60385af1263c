"""What bringing a platform in step would run now. Asks the platform, changes nothing."""

from dataclasses import dataclass

from catalog.models import PlatformConnection
from catalog.permissions import may_connect_platforms
from catalog.queries import connector_of
from marketplace.connectors.base import ConnectorError, PortDesired
from marketplace.kernel.actors import Actor
from marketplace.kernel.errors import NotAllowed, NotFound
from subscriptions.lab import PlatformAway
from subscriptions.models import Handle
from subscriptions.provisioning import ENDED, members, variant_for

MOST = 50


@dataclass(frozen=True, slots=True)
class HandlePlan:
    """One handle: the statements that would run, what would be withheld, and others' rights."""

    handle: str
    port: str
    statements: tuple[str, ...]
    withheld: tuple[str, ...]
    foreign: tuple[str, ...]


def dry_run_of(actor: Actor, *, key: str) -> list[HandlePlan]:
    """Plan each handle of a platform, the least recently compared first; fifty at most."""
    platform = PlatformConnection.objects.filter(key=key).first()
    if platform is None:
        raise NotFound
    if not may_connect_platforms(actor):
        raise NotAllowed(permission="may_connect_platforms")
    handles = (
        Handle.objects.select_related("port__platform", "port__product", "port__contract")
        .filter(port__platform=platform)
        .order_by("checked_at", "pk")[:MOST]
    )
    try:
        return [_plan(platform, handle) for handle in handles]
    except (ConnectorError, OSError) as away:
        raise PlatformAway(str(away)) from None


def _plan(platform: PlatformConnection, handle: Handle) -> HandlePlan:
    connector, variant = connector_of(platform), variant_for(handle)
    wanted = members(list(handle.grants.exclude(state__in=ENDED, desired="absent")))
    observed = connector.observe(variant)
    plan = connector.plan(PortDesired(variant, wanted), observed)
    return HandlePlan(
        handle.name,
        variant.port_key,
        tuple(step.do for step in plan.steps),
        plan.withheld,
        observed.foreign,
    )
