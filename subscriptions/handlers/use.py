"""What follows from a query: the way to the first rows, and popular queries."""

from catalog.actions.saved_queries import count_run
from catalog.models import SavedQuery
from marketplace.kernel.actors import SYSTEM
from marketplace.kernel.events.log import on
from subscriptions.events import AgreementActivated, QueryEnded
from subscriptions.funnel.daily import keep_journey


@on(AgreementActivated)
@on(QueryEnded)
def keep_the_journey(event: AgreementActivated | QueryEnded) -> None:
    """The way from the search to the first rows is kept, as far as it has come."""
    if isinstance(event, AgreementActivated) or event.first:
        keep_journey(event.agreement_id)


@on(QueryEnded)
def count_the_query(event: QueryEnded) -> None:
    """A saved query that gave rows counts towards the popular ones."""
    kept = event.query_id or 0
    if event.state == "done" and SavedQuery.objects.filter(pk=kept).exists():
        count_run(SYSTEM, query_id=kept)
