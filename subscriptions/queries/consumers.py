"""Who reads a product, and how many did on each day."""

from datetime import UTC, date, timedelta

from django.db.models import QuerySet

from catalog.models import DataProduct
from subscriptions.models import AccessAgreement
from subscriptions.states import LIVE_AGREEMENT


def consumers_of(product: DataProduct) -> QuerySet[AccessAgreement]:
    """Everybody with live access to a product."""
    return (
        AccessAgreement.objects.select_related("port", "grant__handle")
        .filter(port__product=product, state__in=list(LIVE_AGREEMENT))
        .order_by("consumer_key", "port__name")
    )


def consumer_count(product: DataProduct) -> int:
    """How many distinct consumers have proven access."""
    return (
        AccessAgreement.objects.filter(port__product=product, state="active")
        .values("consumer_kind", "consumer_key")
        .distinct()
        .count()
    )


def consumer_counts(product: DataProduct, today: date, days: int = 90) -> list[int]:
    """Give how many consumers had proven access at the end of each of the last days, oldest first.

    Counted from the agreements themselves; one that is suspended counts as held.
    """
    since = today - timedelta(days=days - 1)
    held = AccessAgreement.objects.filter(port__product=product, activated_at__isnull=False)
    rows = held.exclude(ended_at__date__lt=since).values_list(
        "consumer_kind", "consumer_key", "activated_at", "ended_at"
    )
    per_day: list[set[tuple[str, str]]] = [set() for _ in range(days)]
    for kind, key, begun, ended in rows:
        assert begun is not None
        first = max(0, (begun.astimezone(UTC).date() - since).days)
        last = (ended.astimezone(UTC).date() - since).days if ended else days
        for place in range(first, min(last, days)):
            per_day[place].add((kind, key))
    return [len(consumers) for consumers in per_day]
