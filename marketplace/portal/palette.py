"""The palette: jump to a product, a port, a page, a person's team; or do something."""

from typing import Any, Final

from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.http import urlencode
from django.views.decorators.http import require_safe

from catalog.models import Domain, OutputPort
from catalog.queries import SearchQuery, search, visible_products
from catalog.queries.asks import my_searches
from catalog.states import Status
from marketplace.kernel.actors import Actor
from marketplace.kernel.identity.current import actor_of
from marketplace.kernel.identity.models import Membership
from marketplace.kernel.web.templatetags.emporion import INTERFACE_ICONS
from marketplace.portal.chrome import Chrome
from marketplace.portal.pages import show
from marketplace.portal.queries import grade_of
from marketplace.portal.rows import hue_class

_FEW: Final = 5
_SHORTEST: Final = 2  # of a word that ports, people and domains are looked for by


@require_safe
def palette(request: HttpRequest) -> HttpResponse:
    """Jump: what the reader may see whose words begin like this, and what they can do."""
    actor = actor_of(request)
    text = " ".join(request.GET.get("q", "").replace("\x00", "").split())[:80]
    long = actor.signed_in and len(text) >= _SHORTEST
    groups = [
        {"title": "Data products", "items_list": _products(actor, text) if text else []},
        {"title": "Ports", "items_list": _ports(actor, text) if long else []},
        {"title": "Domains", "items_list": _domains(text) if long else []},
        {"title": "People", "items_list": _people(text) if long else []},
        {"title": "Kept searches", "items_list": _searches(actor, text)},
        {"title": "Pages", "items_list": _named(_places(request), text)},
        {"title": "Actions", "items_list": _named(_deeds(request), text)},
    ]
    if text and actor.signed_in:
        groups.append({"title": "Search", "items_list": [_whole_search(text)]})
    shown = [group for group in groups if group["items_list"]]
    return show(request, "components/palette.html", {"groups": shown, "query": text})


def _products(actor: Actor, text: str) -> list[dict[str, Any]]:
    return [
        {
            "href": reverse("product", args=[hit.card["key"]]),
            "label": hit.card["name"],
            "scores": hit.card["petals"],
            "grade": grade_of(hit.card["score"]),
            "hue_class": hue_class(hit.card["hue"]),
            "note": hit.card["domain_name"],
        }
        for hit in search(actor, SearchQuery(q=text, limit=_FEW)).hits
    ]


def _ports(actor: Actor, text: str) -> list[dict[str, Any]]:
    rows = (
        OutputPort.objects.filter(
            Q(name__istartswith=text) | Q(relation_name__istartswith=text),
            product__in=visible_products(actor).values("pk"),
        )
        .exclude(status=Status.RETIRED)
        .select_related("product")
        .order_by("name", "product__name")
    )
    return [
        {
            "href": f"{reverse('product', args=[one.product.key, 'connect'])}?port={one.name}",
            "label": one.name,
            "icon": INTERFACE_ICONS.get(one.interface, "box"),
            "note": one.product.name,
        }
        for one in rows[:_FEW]
    ]


def _domains(text: str) -> list[dict[str, Any]]:
    rows = Domain.objects.filter(Q(name__icontains=text) | Q(slug__startswith=text.lower()))
    return [
        {"href": reverse("domain", args=[one.slug]), "label": one.name, "icon": "layers"}
        for one in rows.order_by("name")[:_FEW]
    ]


def _people(text: str) -> list[dict[str, Any]]:
    """Give people by name, with the team that they own data in: its products are the way on."""
    rows = (
        Membership.objects.filter(
            Q(user__display_name__icontains=text) | Q(user__username__istartswith=text),
            user__is_active=True,
            user__kind="user",
        )
        .select_related("user", "team")
        .order_by("user__display_name", "pk")
    )
    return [
        {
            "href": f"{reverse('market')}?{urlencode({'q': f'owner:{one.team.slug}'})}",
            "label": one.user.called,
            "icon": "users",
            "note": one.team.name,
        }
        for one in rows[:_FEW]
    ]


def _searches(actor: Actor, text: str) -> list[dict[str, Any]]:
    if not actor.user_id:
        return []
    rows = my_searches(actor).filter(name__icontains=text) if text else my_searches(actor)
    return [
        {"href": f"{reverse('market')}?{one.params}", "label": one.name, "icon": "filter"}
        for one in rows[:_FEW]
    ]


def _whole_search(text: str) -> dict[str, str]:
    return {
        "href": f"{reverse('market')}?{urlencode({'q': text})}",
        "label": f"Search the market for “{text}”",
        "icon": "search",
    }


def _named(items: list[dict[str, str]], text: str) -> list[dict[str, str]]:
    return [one for one in items if text.lower() in one["label"].lower()]


def _places(request: HttpRequest) -> list[dict[str, str]]:
    """Give the pages that this reader has."""
    seen = Chrome(request)
    places = [("market", "Marketplace", "search", "g m")]
    if seen.actor.signed_in:
        places += [
            ("home", "Home", "house", "g h"),
            ("lab", "Lab", "terminal", "g l"),
            ("access", "My access", "key-round", "g a"),
            ("inbox", "Inbox", "bell", "g i"),
            ("asks", "Ask board", "megaphone", "g k"),
            ("domains", "Domains", "layers", ""),
            ("lineage", "Lineage", "radar", ""),
            ("settings", "Settings and tokens", "settings", ""),
            ("settings_searches", "Kept searches", "filter", ""),
        ]
    if seen.is_owner:
        places.append(("owner", "Owner console", "package", "g o"))
        places.append(("reviews", "Reviews", "users", "g r"))
    if seen.is_governance or seen.is_operator:
        places.append(("governance-audit", "Audit log", "scale", "g v"))
    return _items(places)


def _deeds(request: HttpRequest) -> list[dict[str, str]]:
    """Give what this reader can begin from anywhere."""
    seen = Chrome(request)
    if not seen.actor.signed_in:
        return []
    deeds = [
        ("ask_new", "Ask for data that nobody offers", "megaphone", ""),
        ("settings_tokens", "Make a token", "key-round", ""),
        ("settings_passkeys", "Add a passkey", "fingerprint", ""),
        ("settings_sessions", "Sign a browser out", "log-out", ""),
        ("settings_webhooks", "Add a webhook", "link", ""),
    ]
    if seen.is_owner:
        deeds.append(("owner_apply", "Describe a product", "package", ""))
    return _items(deeds)


def _items(named: list[tuple[str, str, str, str]]) -> list[dict[str, str]]:
    return [
        {"href": reverse(name), "label": label, "icon": icon, "hint": keys}
        for name, label, icon, keys in named
    ]
