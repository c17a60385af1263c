"""The palette: jump to a page or a product by its first letters."""

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_safe

from catalog.queries import SearchQuery, search
from marketplace.kernel.identity.current import actor_of
from marketplace.portal.chrome import Chrome
from marketplace.portal.pages import show
from marketplace.portal.queries import grade_of
from marketplace.portal.rows import hue_class


@require_safe
def palette(request: HttpRequest) -> HttpResponse:
    """Jump: pages that the reader has, and products whose words begin like this."""
    actor = actor_of(request)
    text = request.GET.get("q", "").strip()
    found = search(actor, SearchQuery(q=text, limit=7)) if text else None
    products = [
        {
            "href": reverse("product", args=[hit.card["key"]]),
            "label": hit.card["name"],
            "scores": hit.card["petals"],
            "grade": grade_of(hit.card["score"]),
            "hue_class": hue_class(hit.card["hue"]),
            "note": hit.card["domain_name"],
        }
        for hit in (found.hits if found else ())
    ]
    pages = [one for one in _places(request) if text.lower() in one["label"].lower()]
    groups = [
        {"title": "Data products", "items_list": products},
        {"title": "Pages", "items_list": pages},
    ]
    shown = [group for group in groups if group["items_list"]]
    return show(request, "components/palette.html", {"groups": shown, "query": text})


def _places(request: HttpRequest) -> list[dict[str, str]]:
    """Give the pages that this reader has."""
    seen = Chrome(request)
    places = [("market", "Marketplace", "search", "g m")]
    if seen.actor.signed_in:
        places += [
            ("lab", "Lab", "terminal", "g l"),
            ("access", "My access", "key-round", "g a"),
            ("inbox", "Inbox", "bell", "g i"),
            ("lineage", "Lineage", "radar", ""),
            ("settings", "Settings and tokens", "settings", ""),
        ]
    if seen.is_owner:
        places.append(("owner", "Owner console", "package", "g o"))
        places.append(("reviews", "Reviews", "users", "g r"))
    if seen.is_governance or seen.is_operator:
        places.append(("governance-audit", "Audit log", "scale", "g v"))
    return [
        {"href": reverse(name), "label": label, "icon": icon, "keys": keys}
        for name, label, icon, keys in places
    ]
