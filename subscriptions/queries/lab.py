"""What was run in the lab, and how soon."""

from catalog.queries.remembered import Remembered
from marketplace.kernel.actors import Actor
from marketplace.kernel.prepared import fetch_one
from subscriptions.models import LabRun


def recent_runs(actor: Actor, limit: int = 20) -> list[LabRun]:
    """The actor's last lab queries."""
    return list(
        LabRun.objects.filter(actor=actor.subject)
        .select_related("agreement__port__product")
        .order_by("-id")[:limit]
    )


_FIRST_QUERIES = """
    SELECT count(*), extract(epoch FROM
        percentile_disc(0.5) WITHIN GROUP (ORDER BY f.ran - r.created_at))::float
    FROM (SELECT agreement_id, min(created_at) AS ran FROM subscriptions_labrun
          WHERE state = 'done' GROUP BY agreement_id) f
    JOIN subscriptions_accessagreement a ON a.id = f.agreement_id
    JOIN subscriptions_accessrequest r ON r.id = a.request_id
"""


_first_queries: Remembered[tuple[float, int] | None] = Remembered(1)


def first_query_seconds() -> tuple[float, int] | None:
    """Median seconds from asking to the first query of an agreement, and over how many.

    Kept while nothing has happened since, because it looks at all runs there are.
    """
    return _first_queries.of("all", _measured_first_queries)


def _measured_first_queries() -> tuple[float, int] | None:
    row = fetch_one(_FIRST_QUERIES, [])
    return (row[1], row[0]) if row and row[0] else None
