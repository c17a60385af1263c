"""Take counts of use that others measured; what the lab counts comes by itself."""

from typing import Any

from catalog.models import DataProduct
from catalog.permissions import may_report
from marketplace.kernel.actions import action, require
from marketplace.kernel.actors import Actor
from marketplace.kernel.errors import NotFound
from marketplace.kernel.events.log import record
from subscriptions.events import UsageReported
from subscriptions.models import UsageDay


@action
def report_usage(actor: Actor, *, key: str, days: list[dict[str, Any]]) -> int:
    """Write queries and consumers per day; the same day of the same source is replaced."""
    product = DataProduct.objects.select_related("owner_team").filter(key=key).first()
    if product is None:
        raise NotFound
    require(actor, may_report, product)
    UsageDay.objects.bulk_create(
        [UsageDay(product=product, **day) for day in days],
        update_conflicts=True,
        unique_fields=["product", "day", "source"],
        update_fields=["queries", "consumers"],
    )
    record(
        UsageReported(
            subject=f"product/{key}", product=key, teams=(product.owner_team.slug,), days=len(days)
        )
    )
    return len(days)
