"""A recorded event as CloudEvents 1.0 says it: for webhooks and for the feed.

https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/spec.md
"""

from typing import Any

from django.conf import settings

from marketplace.kernel.events.models import Event


def cloud_event(row: Event) -> dict[str, Any]:
    """Give the event as structured JSON; ``sequence`` is its number, for catching up."""
    return {
        "specversion": "1.0",
        "id": str(row.uid),
        "source": settings.BASE_URL,
        "type": f"{settings.EVENT_PREFIX}.{row.name}",
        "subject": row.subject,
        "time": row.at.isoformat(),
        "datacontenttype": "application/json",
        "sequence": str(row.seq),
        "actor": row.actor,
        "product": row.product or None,
        "data": row.data,
    }
