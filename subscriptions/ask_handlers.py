"""What people hear of asks and of searches that they watch. Each handler is safe to repeat."""

from collections.abc import Iterable

from django.http import QueryDict

from catalog.events import AskAnswered, AskClaimed, AskClosed, AskOpened, ProductPublished
from catalog.models import Ask, AskVote, DataProduct, SavedSearch
from catalog.permissions import PUBLISHERS
from catalog.queries import search, visible_products
from catalog.queries.parameters import query_from
from marketplace.kernel.actors import SYSTEM
from marketplace.kernel.errors import Invalid
from marketplace.kernel.events.log import on
from marketplace.kernel.identity.current import actor_of_user
from subscriptions.actions.notices import tell
from subscriptions.notices import Draft, people_of_consumer, people_of_team


@on(AskOpened)
def tell_domain(event: AskOpened) -> None:
    """The owners of the domain that was named hear what is wanted of it."""
    row = _ask(event.ask_id)
    if row.domain is None:
        return
    team = row.domain.owner_team.slug
    people = people_of_team(team, PUBLISHERS) or people_of_team(team)
    title = f"{row.domain.name} is asked for: {row.title}"
    _tell(row, "ASK_WANTED", title, row.text, people - _author(row))


@on(AskClaimed)
def tell_claimed(event: AskClaimed) -> None:
    """Those who voted hear who promised an answer."""
    row = _ask(event.ask_id)
    if row.team is None:
        return
    text = f"{row.team.name} works on it. You will hear of the answer."
    _tell(row, "ASK_CLAIMED", f"Promised: {row.title}", text, _voters(row))


@on(AskAnswered)
def tell_answered(event: AskAnswered) -> None:
    """Those who voted hear that there is an answer; which, the page says to whom may see it."""
    row = _ask(event.ask_id)
    text = event.note or "A product answers what you asked for."
    _tell(row, "ASK_ANSWERED", f"Answered: {row.title}", text, _voters(row))


@on(AskClosed)
def tell_closed(event: AskClosed) -> None:
    """Those who voted hear that there will be none, and why."""
    row = _ask(event.ask_id)
    _tell(row, "ASK_CLOSED", f"Closed: {row.title}", event.note, _voters(row))


@on(ProductPublished)
def tell_watchers(event: ProductPublished) -> None:
    """Whoever watches a search that this product matches hears of it, once."""
    rows = SavedSearch.objects.filter(alert=True, user__is_active=True)
    if not rows.exists():
        return
    product = DataProduct.objects.select_related("owner_team", "domain").get(key=event.product)
    for row in rows.select_related("user__sponsor").iterator(chunk_size=200):
        if not _matches(row, product):
            continue
        tell(
            SYSTEM,
            draft=Draft(
                "SEARCH_MATCH",
                f"{product.name} matches “{row.name}”",
                product.purpose,
                f"/products/{product.key}",
                f"match-{row.pk}-{product.pk}",
                product=product,
            ),
            people={row.user_id},
        )


def _matches(row: SavedSearch, product: DataProduct) -> bool:
    """Tell whether the search finds the product, for the one who keeps it."""
    actor = actor_of_user(row.user)
    if not visible_products(actor).filter(pk=product.pk).exists():
        return False
    try:
        query = query_from(QueryDict(row.params), limit=1)
    except Invalid:
        return False
    return search(actor, query, only=product.key).total > 0


def _tell(row: Ask, kind: str, title: str, text: str, people: Iterable[int]) -> None:
    tell(
        SYSTEM,
        draft=Draft(kind, title, text, f"/asks/{row.pk}", f"{kind.lower()}-{row.pk}-{row.version}"),
        people=set(people),
    )


def _ask(ask_id: str) -> Ask:
    return Ask.objects.select_related("domain__owner_team", "team").get(pk=ask_id)


def _voters(row: Ask) -> set[int]:
    return set(AskVote.objects.filter(ask=row).values_list("user_id", flat=True)) | _author(row)


def _author(row: Ask) -> set[int]:
    return people_of_consumer("user", row.author)
