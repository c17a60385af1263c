"""What each section of a product's page shows: figures from queries, or that they are unknown."""

from collections.abc import Mapping, Sequence
from copy import copy
from dataclasses import dataclass
from typing import Any, Final

from django.conf import settings
from django.urls import reverse

from catalog.models import DataProduct, OutputPort, SavedQuery, SchemaColumn
from catalog.queries import ports_of, sample, snippets
from governance.queries import score_of
from marketplace.kernel.actors import Actor
from marketplace.kernel.web import words
from marketplace.portal import lineage as graphs
from marketplace.portal.foretell import badges
from marketplace.portal.product_queries import (
    changes_of,
    checks_of,
    columns_by_port,
    met_days,
    popular,
)
from marketplace.portal.queries import Standing, my_side, port_standings
from marketplace.portal.rows import met_words
from subscriptions.models import AccessAgreement
from subscriptions.permissions import OVERSIGHT, owns
from subscriptions.provisioning import principal_of, variant_for
from subscriptions.queries import consumers_of
from subscriptions.states import LIVE_AGREEMENT

_TEAMS: Final = ("team", "data_product")
_NAMED: Final = 6
_QUERIES: Final = 6


@dataclass(frozen=True, slots=True)
class Reading:
    """One reader at one product, with what every section needs. ``port`` is the one in hand."""

    actor: Actor
    product: DataProduct
    ports: Sequence[OutputPort]
    port: OutputPort | None
    standings: Mapping[int, Standing]


def read(actor: Actor, product: DataProduct, wanted: str) -> Reading:
    """Look up what every section needs; ``wanted`` is ``name`` or ``name@version`` of a port."""
    ports = ports_of(product.pk)
    for one in ports:
        one.product = product
    name, _, version = wanted.partition("@")
    chosen = [p for p in ports if p.name == name and version in ("", p.version_name)]
    port = next(iter(chosen or ports), None)
    return Reading(actor, product, ports, port, port_standings(actor, product))


def overview(reading: Reading) -> dict[str, Any]:
    """Give meaning, ports, popular queries, the score with its reasons, consumers, changes."""
    columns = columns_by_port(reading.ports)
    seen = badges(reading.actor, reading.product, reading.ports, columns, reading.standings)
    score = score_of(reading.product)
    return {
        "facts": reading.product.facts,
        "ports": [_port(reading, port, seen, columns) for port in reading.ports],
        "queries": [_query(reading, one) for one in popular(reading.ports, _QUERIES)],
        "score": score,
        "scores": [one["score"] for one in score.properties] if score else [],
        "fix": _fix(score.best_fix) if score else None,
        "used_by": _used_by(reading.product),
        "changes": [one for one in changes_of(reading.product) if one.state != "released"][:3],
    }


def schema(reading: Reading) -> dict[str, Any]:
    """Give the columns of a port with their profile, and sample rows with how they were made."""
    port = reading.port
    if port is None:
        return {"port": None}
    columns = columns_by_port([port])[port.pk]
    taken = sample(port)
    profile = taken["columns"] if taken else {}
    names = [column.name for column in columns]
    return {
        "port": port,
        "ports": _switch(reading, "schema"),
        "columns": [_column(column, profile, taken) for column in columns],
        "profiled": any(column.name in profile for column in columns),
        "taken": taken,
        "sample_columns": [{"name": name} for name in names],
        "sample_rows": _sample_rows(taken, names),
    }


def lineage(reading: Reading) -> dict[str, Any]:
    """Give the graph around the product."""
    return graphs.of_product(reading.actor, reading.product.key)


def quality(reading: Reading) -> dict[str, Any]:
    """Give objectives, the days they were kept, and each check with what it measured."""
    product = reading.product
    days = met_days(product)
    strip = [day.state for day in days]
    return {
        "levels": list(product.service_levels.all()),
        "days": days,
        "strip": strip,
        "met": met_words(strip),
        "checks": checks_of(product),
    }


def connect(reading: Reading) -> dict[str, Any]:
    """Give snippets, filled with the reader's own login where they have access."""
    port = reading.port
    if port is None:
        return {"port": None}
    agreement = (
        my_side(reading.actor)
        .select_related("grant__handle__port__product")
        .filter(port=port, state="active")
        .first()
        if reading.actor.signed_in
        else None
    )
    role, mine = _as_consumer(port, agreement)
    standing = reading.standings.get(port.pk, Standing())
    return {
        "port": port,
        "ports": _switch(reading, "connect"),
        "agreement": agreement,
        "role": role,
        "relation": mine.relation,
        "standing": standing,
        "snippets": snippets(mine, role or None),
        "api_url": f"{settings.BASE_URL}/api/v1/products/{reading.product.key}",
    }


def access(reading: Reading) -> dict[str, Any]:
    """Give the terms of each port, and who has access, as far as the reader may know."""
    actor, product = reading.actor, reading.product
    held = list(consumers_of(product))
    sees_all = (
        product.owner_team.slug in actor.teams or owns(actor, product) or actor.holds(*OVERSIGHT)
    )
    if sees_all:
        shown = held
    elif actor.signed_in:
        rows = my_side(actor).select_related("port", "grant__handle")
        shown = list(rows.filter(port__product=product, state__in=list(LIVE_AGREEMENT)))
    else:
        shown = []
    columns = columns_by_port(reading.ports)
    return {
        "agreements": shown,
        "number": len(held),
        "sees_all": sees_all,
        "terms": [_terms(port, columns[port.pk]) for port in reading.ports],
        "badges": badges(actor, product, reading.ports, columns, reading.standings),
    }


def changes(reading: Reading) -> dict[str, Any]:
    """Give changes that were told, and the versions in force."""
    versions = [
        {"port": port, "contract": port.contract} for port in reading.ports if port.contract
    ]
    return {"changes": changes_of(reading.product), "versions": versions}


def _port(
    reading: Reading,
    port: OutputPort,
    seen: Mapping[int, Mapping[str, str]],
    columns: Mapping[int, Sequence[SchemaColumn]],
) -> dict[str, Any]:
    """Shape a port for components/port_card.html."""
    key = reading.product.key
    standing = reading.standings.get(port.pk, Standing())
    card: dict[str, Any] = {
        "name": port.name,
        "version": port.version_name,
        "interface": port.interface,
        "platform": port.platform.name if port.platform else "",
        "description": port.description,
        "classification": port.classification,
        "tags": ["pii"] if port.personal_data else [],
        "columns": len(columns.get(port.pk, ())),
        "state": port.status,
        "access": seen.get(port.pk),
    }
    if standing.state == "granted":
        connect = reverse("product", args=[key, "connect"])
        card |= {"href": f"{connect}?port={port.name}", "action": "Connect"}
    elif standing.state == "pending":
        page = reverse("request_page", args=[standing.request_id])
        card |= {"href": page, "action": "Show request"}
    elif port.provisioned and reading.actor.signed_in:
        ask = f"{reverse('request_drawer', args=[key])}?port={port.name}@{port.version_name}"
        instant = (seen.get(port.pk) or {}).get("tone") == "ok"
        card |= {"href": ask, "action": "Get access" if instant else "Request", "drawer": True}
    return card


def _query(reading: Reading, one: SavedQuery) -> dict[str, Any]:
    """Shape a popular query: it runs in the lab for who has access; others are led to ask."""
    standing = reading.standings.get(one.port_id, Standing())
    granted = standing.state == "granted"
    lab = f"{reverse('lab')}?agreement={standing.agreement_id}&query={one.pk}"
    ask = f"{reverse('request_drawer', args=[reading.product.key])}?port={one.port.name}"
    return {
        "title": one.title,
        "description": one.description,
        "sql": " ".join(one.sql.split()).replace("{relation}", one.port.relation or one.port.name),
        "port": one.port.name,
        "runs": one.runs,
        "granted": granted,
        "href": lab if granted else ask,
    }


def _fix(best: Mapping[str, Any] | None) -> dict[str, Any] | None:
    """Shape the fix that gains most; its gain is in hundredths of a point of the total."""
    if not best or not best.get("fix"):
        return None
    gain = best["gain"] / 100
    points = words.number(gain if gain >= 1 else None)
    return {"text": best["fix"], "points": points}


def _used_by(product: DataProduct) -> dict[str, Any]:
    """Name the teams and products that read it; people and programs are only counted."""
    pairs = {(one.consumer_kind, one.consumer_key) for one in consumers_of(product)}
    named = sorted(key for kind, key in pairs if kind in _TEAMS)
    return {"names": named[:_NAMED], "more": len(pairs) - len(named[:_NAMED]), "number": len(pairs)}


def _switch(reading: Reading, tab: str) -> list[dict[str, Any]]:
    """Give links that change the port in hand."""
    base = reverse("product", args=[reading.product.key, tab])
    return [
        {
            "label": port.name if port.version_name == "1" else f"{port.name} {port.version_name}",
            "href": f"{base}?port={port.name}@{port.version_name}",
            "on": reading.port is not None and port.pk == reading.port.pk,
        }
        for port in reading.ports
    ]


def _column(
    column: SchemaColumn, profile: Mapping[str, Any], taken: Mapping[str, Any] | None
) -> dict[str, Any]:
    """Shape a column for components/column_table.html; shares are of the profiled rows."""
    facts = profile.get(column.name, {})
    return {
        "name": column.name,
        "type": column.physical_type or column.logical_type,
        "description": column.description,
        "classification": column.classification,
        "tags": ["pii"] if column.personal_data else [],
        "key": column.primary_key,
        "buckets": _buckets(facts),
        "empty": facts.get("null_share"),
        "distinct": _distinct(facts, taken),
    }


def _buckets(facts: Mapping[str, Any]) -> list[int]:
    """Give counts to draw: the histogram, else how often the commonest values occur."""
    if facts.get("buckets"):
        return [int(count) for count in facts["buckets"]]
    return [int(pair[1]) for pair in facts.get("top") or [] if isinstance(pair, list | tuple)]


def _distinct(facts: Mapping[str, Any], taken: Mapping[str, Any] | None) -> float | None:
    distinct, rows = facts.get("distinct"), (taken or {}).get("row_count")
    sampled = facts.get("sampled") or rows
    if distinct is None or not sampled:
        return None
    return min(1.0, float(distinct) / float(sampled))


def _sample_rows(taken: Mapping[str, Any] | None, names: Sequence[str]) -> list[list[Any]]:
    """Give sample rows in the order of the columns; a row may be stored as a list or by name."""
    rows = taken["rows"] if taken else []
    return [[row.get(name) for name in names] if isinstance(row, dict) else row for row in rows]


def _as_consumer(port: OutputPort, agreement: AccessAgreement | None) -> tuple[str, OutputPort]:
    """Give the consumer's login on the platform, and the port under the name they read it by."""
    if agreement is None:
        return "", port
    mine = copy(port)
    mine.relation_name = variant_for(agreement.grant.handle).relation_name
    return principal_of(agreement.grant).role(settings.PLATFORM_ENV), mine


def _terms(port: OutputPort, columns: Sequence[SchemaColumn]) -> dict[str, Any]:
    """Give what a contract demands, in words."""
    facts: dict[str, Any] = port.contract.facts if port.contract else {}
    return {
        "port": port,
        "purposes": [one.replace("_", " ") for one in facts.get("purposes", ())],
        "longest": facts.get("max_duration_days"),
        "personal": [column.name for column in columns if column.personal_data],
        "usage": facts.get("usage", ""),
        "limitations": facts.get("limitations", ""),
    }
