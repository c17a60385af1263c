"""Scores as they stand, and as they were."""

from datetime import date, timedelta

from catalog.models import DataProduct
from governance.models import Score, ScoreDay
from marketplace.kernel.clock import now


def score_of(product: DataProduct) -> Score | None:
    """Give a product's score with its evidence; None until it was worked out first."""
    return Score.objects.filter(product=product).first()


def score_history(product: DataProduct, days: int = 90) -> list[tuple[date, int]]:
    """Give (day, total) of the last days, oldest first; days without a change have no entry."""
    since = now().date() - timedelta(days=days)
    rows = ScoreDay.objects.filter(product=product, day__gt=since).order_by("day")
    return list(rows.values_list("day", "total"))
