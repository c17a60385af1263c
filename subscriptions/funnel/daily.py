"""Make days and journeys of marks and of what subscriptions keep. Every run gives the same."""

from datetime import timedelta
from typing import Any, Final

from django.conf import settings
from django.db import connection
from django.db.models.functions import Now

from subscriptions.models import FunnelDay, FunnelMark, SearchDay

DAYS_KEPT: Final = 400

# A search that goes on within ten seconds (letters added or taken away) is the same search.
_SEARCHES: Final = """
    WITH trail AS (
        SELECT at, step, actor, text, found,
               lead(step) OVER trail AS next_step, lead(at) OVER trail AS next_at,
               lead(text) OVER trail AS next_text, lead(product_id) OVER trail AS opened
        FROM subscriptions_funnelmark
        WHERE at >= (now() AT TIME ZONE 'UTC')::date - %(days)s
        WINDOW trail AS (PARTITION BY actor ORDER BY at, id)
    ), searches AS (
        SELECT (at AT TIME ZONE 'UTC')::date AS day, at, actor, text, found,
               CASE WHEN next_step = 'view' AND coalesce(found, 1) > 0
                      AND next_at < at + interval '10 minutes'
                    THEN opened END AS opened
        FROM trail
        WHERE step = 'search' AND NOT coalesce(
            next_step = 'search' AND next_at < at + interval '10 seconds'
            AND (starts_with(next_text, text) OR starts_with(text, next_text)), false)
    )
"""
_SEARCH_DAYS: Final = (
    _SEARCHES  # noqa: S608 - our own text only
    + """
    INSERT INTO subscriptions_searchday (day, text, product_id, count, people, found)
    SELECT day, text, NULL, count(*), count(DISTINCT actor), (array_agg(found ORDER BY at DESC))[1]
    FROM searches GROUP BY day, text
    UNION ALL
    SELECT day, text, opened, count(*), count(DISTINCT actor),
           (array_agg(found ORDER BY at DESC))[1]
    FROM searches WHERE opened IS NOT NULL GROUP BY day, text, opened
    ON CONFLICT (day, text, product_id) DO UPDATE
    SET count = excluded.count, people = excluded.people, found = excluded.found
"""
)
_FUNNEL_DAYS: Final = (
    _SEARCHES  # noqa: S608 - our own text only
    + """
    , steps (day, step, product_id, who) AS (
        SELECT day, 'search', NULL::bigint, actor FROM searches
        UNION ALL
        SELECT (at AT TIME ZONE 'UTC')::date, 'view', product_id, actor
        FROM subscriptions_funnelmark WHERE step = 'view'
        UNION ALL
        SELECT (r.created_at AT TIME ZONE 'UTC')::date, 'request', p.product_id, r.requester
        FROM subscriptions_accessrequest r JOIN catalog_outputport p ON p.id = r.port_id
        WHERE r.kind = 'new'
        UNION ALL
        SELECT (approved_at AT TIME ZONE 'UTC')::date, 'approve', product_id, actor
        FROM subscriptions_journey
        UNION ALL
        SELECT (proven_at AT TIME ZONE 'UTC')::date, 'prove', product_id, actor
        FROM subscriptions_journey
        UNION ALL
        SELECT (first_rows_at AT TIME ZONE 'UTC')::date, 'query', product_id, actor
        FROM subscriptions_journey
    )
    INSERT INTO subscriptions_funnelday (day, step, product_id, count, people)
    SELECT day, step, product_id, count(*), count(DISTINCT who)
    FROM steps
    WHERE day >= (now() AT TIME ZONE 'UTC')::date - %(days)s AND product_id IS NOT NULL
    GROUP BY day, step, product_id
    UNION ALL
    SELECT day, step, NULL, count(*), count(DISTINCT who)
    FROM steps WHERE day >= (now() AT TIME ZONE 'UTC')::date - %(days)s
    GROUP BY day, step
    ON CONFLICT (day, step, product_id) DO UPDATE
    SET count = excluded.count, people = excluded.people
"""
)
# The sitting: marks of the requester before the request, each at most 30 minutes before the next.
_JOURNEYS: Final = """
    INSERT INTO subscriptions_journey AS kept (agreement_id, product_id, actor, searched_at,
        viewed_at, asked_at, approved_at, by_policy, proven_at, first_rows_at)
    SELECT a.id, p.product_id, a.requester, sitting.searched_at, sitting.viewed_at, r.created_at,
           r.decided_at, r.decided_by_kind <> 'human', a.activated_at, ran.at
    FROM subscriptions_accessagreement a
    JOIN subscriptions_accessrequest r ON r.id = a.request_id
    JOIN catalog_outputport p ON p.id = a.port_id
    LEFT JOIN LATERAL (
        SELECT min(l.created_at + make_interval(secs => coalesce(l.elapsed_ms, 0) / 1000)) AS at
        FROM subscriptions_labrun l WHERE l.agreement_id = a.id AND l.state = 'done'
    ) ran ON true
    LEFT JOIN LATERAL (
        SELECT min(at) FILTER (WHERE step = 'search') AS searched_at,
               min(at) FILTER (WHERE product_id = p.product_id) AS viewed_at
        FROM (
            SELECT at, step, product_id, count(*) FILTER (WHERE pause > interval '30 minutes')
                                         OVER (ORDER BY at DESC) AS breaks
            FROM (
                SELECT at, step, product_id,
                       lag(at, 1, r.created_at) OVER (ORDER BY at DESC) - at AS pause
                FROM subscriptions_funnelmark
                WHERE actor = a.requester AND actor <> ''
                  AND at BETWEEN r.created_at - interval '1 day' AND r.created_at
            ) paused
        ) trail
        WHERE breaks = 0
    ) sitting ON true
    WHERE r.kind = 'new' AND (a.id = %(one)s OR %(one)s IS NULL AND greatest(
        a.created_at, a.activated_at, a.last_used_at) > now() - make_interval(days => %(days)s))
    ON CONFLICT (agreement_id) DO UPDATE
    SET searched_at = coalesce(kept.searched_at, excluded.searched_at),
        viewed_at = coalesce(kept.viewed_at, excluded.viewed_at),
        proven_at = coalesce(kept.proven_at, excluded.proven_at),
        first_rows_at = coalesce(kept.first_rows_at, excluded.first_rows_at)
"""


def make_days(days: int = 1) -> None:
    """Work out today and the ``days`` before it anew, with the journeys that moved since."""
    keep_journeys(days + 1)
    _run(_SEARCH_DAYS, days=days)
    _run(_FUNNEL_DAYS, days=days)


def keep_journeys(days: int = 2) -> None:
    """Write the journeys of agreements that were made, proven or used in the last days."""
    _run(_JOURNEYS, one=None, days=days)


def keep_journey(agreement_id: Any) -> None:
    """Write one agreement's journey as far as it has come."""
    _run(_JOURNEYS, one=agreement_id, days=0)


def forget() -> int:
    """Delete marks that are over their time, and days that are; give how many marks."""
    gone, _ = FunnelMark.objects.filter(
        at__lt=Now() - timedelta(days=settings.FUNNEL_KEEP_DAYS)
    ).delete()
    for kind in (FunnelDay, SearchDay):
        kind._default_manager.filter(day__lt=Now() - timedelta(days=DAYS_KEPT)).delete()  # noqa: SLF001 - Django's documented model API
    return gone


def _run(sql: str, **values: Any) -> None:
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
