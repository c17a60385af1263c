"""Reads. Each gives a queryset or a plain value, and changes nothing."""

from subscriptions.queries.agreements import (
    affected_by,
    agreement_or_404,
    ended_last,
    live,
    live_for,
    my_agreements,
    standing,
    usual_provisioning,
    visible_agreements,
    visible_grants,
)
from subscriptions.queries.consumers import (
    consumer_count,
    consumer_counts,
    consumers_of,
    named,
    names_of,
    person_named,
)
from subscriptions.queries.holds import in_scope, visible_findings, visible_switches
from subscriptions.queries.lab import first_query_seconds, recent_runs
from subscriptions.queries.notices import (
    answers_to,
    awake,
    came_back,
    deliveries_of,
    inbox,
    my_acknowledgements,
    my_webhooks,
    not_ready,
    unread,
    visible_notices,
)
from subscriptions.queries.requests import (
    Wait,
    open_stage_for,
    request_or_404,
    usual_wait,
    visible_requests,
    waiting_for,
)
from subscriptions.queries.sides import own_side, owner_side
from subscriptions.queries.work import work_waiting

__all__ = [
    "Wait",
    "affected_by",
    "agreement_or_404",
    "answers_to",
    "awake",
    "came_back",
    "consumer_count",
    "consumer_counts",
    "consumers_of",
    "deliveries_of",
    "ended_last",
    "first_query_seconds",
    "in_scope",
    "inbox",
    "live",
    "live_for",
    "my_acknowledgements",
    "my_agreements",
    "my_webhooks",
    "named",
    "names_of",
    "not_ready",
    "open_stage_for",
    "own_side",
    "owner_side",
    "person_named",
    "recent_runs",
    "request_or_404",
    "standing",
    "unread",
    "usual_provisioning",
    "usual_wait",
    "visible_agreements",
    "visible_findings",
    "visible_grants",
    "visible_notices",
    "visible_requests",
    "visible_switches",
    "waiting_for",
    "work_waiting",
]
