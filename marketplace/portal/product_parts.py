"""What each section of a product's page shows: figures from queries, or that they are unknown."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from django.urls import reverse
from django.utils.timezone import now

from catalog.compatibility.difference import Difference, verdict_for
from catalog.models import ChangeProposal, DataProduct, OutputPort, SavedQuery, SchemaColumn
from catalog.queries import ports_of
from governance.queries import score_of
from governance.queries.scores import score_history
from marketplace.kernel.actors import Actor
from marketplace.kernel.web import words
from marketplace.portal import lineage as graphs
from marketplace.portal.foretell import badges
from marketplace.portal.product_queries import (
    changes_of,
    columns_by_port,
    popular,
)
from marketplace.portal.queries import Standing, my_side, port_standings
from subscriptions.actions.explaining import explainable
from subscriptions.models import AccessAgreement
from subscriptions.permissions import OVERSIGHT, owns
from subscriptions.queries import (
    consumer_counts,
    consumers_of,
    named,
    own_side,
    person_named,
    readers_of,
)
from subscriptions.states import LIVE_AGREEMENT

_AGREEMENTS: Final = 50
_NAMED: Final = 6
_QUERIES: Final = 6


@dataclass(frozen=True, slots=True)
class Reading:
    """One reader at one product, with what every section needs.

    ``port`` is the one in hand, ``days`` how far back figures go, ``given`` what the address says.
    """

    actor: Actor
    product: DataProduct
    ports: Sequence[OutputPort]
    port: OutputPort | None
    standings: Mapping[int, Standing]
    days: int = 30
    given: Mapping[str, str] = field(default_factory=dict)


def read(actor: Actor, product: DataProduct, given: Mapping[str, str], days: int = 30) -> Reading:
    """Look up what every section needs; ``port`` of ``given`` is ``name`` or ``name@version``."""
    ports = ports_of(product.pk)
    for one in ports:
        one.product = product
    name, _, version = given.get("port", "").partition("@")
    chosen = [p for p in ports if p.name == name and version in ("", p.version_name)]
    port = next(iter(chosen or ports), None)
    return Reading(
        actor, product, ports, port, port_standings(actor, product), days, dict(given.items())
    )


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
        "score_trend": _score_trend(reading.product),
        "used_by": _used_by(reading.product),
        "consumer_trend": consumer_counts(reading.product, now().date()),
        "changes": [one for one in changes_of(reading.product) if one.state != "released"][:3],
    }


def lineage(reading: Reading) -> dict[str, Any]:
    """Give the graph around the product."""
    return graphs.of_product(reading.actor, reading.product.key)


def access(reading: Reading) -> dict[str, Any]:
    """Give the terms of each port, and who has access, as far as the reader may know."""
    actor, product = reading.actor, reading.product
    live = consumers_of(product)
    oversees = owns(actor, product) or actor.holds(*OVERSIGHT)
    sees_all = oversees or product.owner_team.slug in actor.teams
    if not actor.signed_in:
        rows = live.none()
    else:
        rows = live if sees_all else live.filter(own_side(actor))
    shown = list(named(rows).annotate(asked_by=person_named("requester"))[: _AGREEMENTS + 1])
    columns = columns_by_port(reading.ports)
    seen = badges(actor, product, reading.ports, columns, reading.standings)
    return {
        "explains": explainable(actor, product),
        "agreements": shown[:_AGREEMENTS],
        "cut": len(shown) > _AGREEMENTS,
        "number": live.count(),
        "sees_all": sees_all,
        "oversees": oversees,
        "signed": actor.signed_in,
        "terms": [
            {**_terms(port, columns[port.pk]), "badge": seen.get(port.pk)} for port in reading.ports
        ],
    }


def changes(reading: Reading) -> dict[str, Any]:
    """Give changes that were told with what they mean for the reader, and versions in force."""
    versions = [
        {"port": port, "contract": port.contract} for port in reading.ports if port.contract
    ]
    told = changes_of(reading.product)
    return {
        "changes": [{"row": one, "verdict": verdict} for one, verdict in _touching(reading, told)],
        "holds": any(one.state == "granted" for one in reading.standings.values()),
        "versions": versions,
    }


def _touching(reading: Reading, told: Sequence[ChangeProposal]) -> list[tuple[ChangeProposal, str]]:
    """Tell for each change whether it breaks what the reader's own side may read."""
    found: list[tuple[ChangeProposal, str]] = []
    held = [] if not reading.actor.signed_in else _held(reading)
    for one in told:
        differences = [Difference(**item) for item in one.differences]
        verdicts = {
            verdict_for(differences, set(agreement.slice.get("columns", ())) or None)
            for agreement in held
            if agreement.contract and agreement.contract.contract_id == one.contract_id
        }
        worst = next((word for word in ("breaks", "at_risk", "safe") if word in verdicts), "")
        found.append((one, worst))
    return found


def _held(reading: Reading) -> list[AccessAgreement]:
    rows = my_side(reading.actor).select_related("contract")
    return list(rows.filter(port__product=reading.product, state__in=list(LIVE_AGREEMENT)))


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


def _score_trend(product: DataProduct) -> dict[str, Any] | None:
    """Give the totals of the days on which the score changed, and since when."""
    history = score_history(product)
    if len(history) < 2:  # noqa: PLR2004 - one point is no trend
        return None
    first, before = history[0]
    gained = history[-1][1] - before
    return {"values": [total for _, total in history], "since": first, "gained": gained}


def _used_by(product: DataProduct) -> dict[str, Any]:
    """Name the teams and products that read it; people and programs are only counted."""
    names, number = readers_of(product, _NAMED)
    return {"names": names, "more": number - len(names), "number": number}


def switch(reading: Reading, tab: str) -> list[dict[str, Any]]:
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


def _terms(port: OutputPort, columns: Sequence[SchemaColumn]) -> dict[str, Any]:
    """Give what a contract demands, in words."""
    facts: dict[str, Any] = port.contract.facts if port.contract else {}
    return {
        "port": port,
        "purposes": [words.spoken(one) for one in facts.get("purposes", ())],
        "longest": facts.get("max_duration_days"),
        "personal": [column.name for column in columns if column.personal_data],
        "usage": facts.get("usage", ""),
        "limitations": facts.get("limitations", ""),
    }
