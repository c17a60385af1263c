"""Facts for the pure parts: what scorers and policies look at, gathered from the catalog's rows."""

from datetime import timedelta
from typing import Any

from django.db.models import Count, Q
from django.db.models.functions import Now

from catalog.models import (
    DataProduct,
    LineageEdge,
    OutputPort,
    PortProfile,
    SavedQuery,
    SchemaColumn,
)
from catalog.queries import ports_of, snippets
from governance.models import Policy
from governance.policies.base import AccessFacts
from governance.scoring.base import ColumnFacts, PortFacts, ProductFacts
from marketplace.kernel.clock import now

WINDOW = timedelta(days=30)
_OUTSIDERS_DAYS = 90


def product_facts(
    product: DataProduct, *, grants: int | None = None, grants_proven: int | None = None
) -> ProductFacts:
    """Gather all that the six scorers look at. About a dozen statements, whatever the size.

    Grants are not the catalog's to know: whoever does passes how many stand, and how many of
    them have a fresh proof.
    """
    ports = ports_of(product.pk)
    facts = product.facts
    measured = _measured(product)
    return ProductFacts(
        key=product.key,
        name=product.name,
        version=product.version_name,
        type=product.type,
        purpose=product.purpose,
        usage=facts.get("usage") or "",
        limitations=facts.get("limitations") or "",
        tags=tuple(product.tags),
        owner_team=product.owner_team.slug,
        owner_members=product.owner_team.memberships.count(),
        publication_scope=product.scope,
        certification=product.certification,
        row_meaning=facts.get("row_meaning") or "",
        good_for=tuple(facts.get("good_for") or ()),
        not_for=tuple(facts.get("not_for") or ()),
        documentation_url=facts.get("documentation") or "",
        descriptor_kept=bool(product.descriptor_text),
        ports=_ports(product, ports),
        saved_queries=SavedQuery.objects.filter(port__product=product).count(),
        service_levels=product.service_levels.count(),
        lineage_inputs=LineageEdge.objects.filter(target__product=product).count(),
        policy_packs=Policy.objects.filter(active=True).count(),
        grants=grants,
        grants_proven=grants_proven,
        **measured,
    )


def _ports(product: DataProduct, ports: list[OutputPort]) -> tuple[PortFacts, ...]:
    contracts = {port.contract_id for port in ports if port.contract_id}
    columns: dict[int, list[SchemaColumn]] = {}
    rows = SchemaColumn.objects.filter(contract_version__in=contracts).defer("search")
    for column in rows.order_by("position"):
        columns.setdefault(column.contract_version_id, []).append(column)
    sampled = set(PortProfile.objects.filter(port__in=ports).values_list("port_id", flat=True))
    return tuple(
        _port(product, port, columns.get(port.contract_id or 0, []), sampled=port.pk in sampled)
        for port in ports
    )


def _port(
    product: DataProduct, port: OutputPort, columns: list[SchemaColumn], *, sampled: bool
) -> PortFacts:
    port.product = product
    promised: dict[str, Any] = port.contract.facts if port.contract else {}
    return PortFacts(
        name=port.name,
        version=port.version_name,
        description=port.description,
        interface=port.interface,
        address=port.relation or port.resource,
        has_contract=port.contract_id is not None,
        purposes=tuple(promised.get("purposes") or ()),
        max_duration_days=promised.get("max_duration_days"),
        columns=tuple(
            ColumnFacts(
                name=column.name,
                description=column.description,
                type=column.physical_type or column.logical_type,
                classification=column.classification,
                personal_data=column.personal_data,
                primary_key=column.primary_key,
            )
            for column in columns
            if not port.columns or column.name in port.columns
        ),
        snippets=len(snippets(port)),
        sampled=sampled,
    )


def _measured(product: DataProduct) -> dict[str, Any]:
    """What was measured in the last 30 days; None where nothing was."""
    since = Now() - WINDOW
    results = product.quality.filter(observed_at__gt=since).aggregate(
        checks=Count("check_key", distinct=True),
        ran=Count("pk", filter=Q(status__in=["pass", "warn", "fail"])),
        passed=Count("pk", filter=Q(status="pass")),
    )
    windows = product.windows.filter(day__gt=(now() - WINDOW).date())
    days = windows.aggregate(
        known=Count("pk", filter=~Q(state="unknown")), met=Count("pk", filter=Q(state="met"))
    )
    newest = windows.order_by("-day").first()
    return {
        "quality_checks": results["checks"],
        "quality_passed": results["passed"] / results["ran"] if results["ran"] else None,
        "levels_met": days["met"] / days["known"] if days["known"] else None,
        "freshness": newest.state if newest else "unknown",
    }


def outsider(port: OutputPort, product: DataProduct) -> AccessFacts:
    """Give the facts of a plain request: analytics for 90 days by a team of another domain.

    This is what "instant" means in the market: a port on which policies allow that by themselves.
    """
    promised: dict[str, Any] = port.contract.facts if port.contract else {}
    limit = promised.get("max_duration_days")
    return AccessFacts(
        product=product.key,
        port=port.name,
        product_domain=product.domain.slug,
        owner_team=product.owner_team.slug,
        classification=port.classification,
        personal_data=port.personal_data,
        personal_columns=("any",) if port.personal_data else (),
        purpose="analytics",
        purpose_text="",
        allowed_purposes=tuple(promised.get("purposes") or ()),
        consumer_kind="team",
        consumer_key="outsiders",
        requester="outsider",
        requester_teams=("outsiders",),
        same_domain=False,
        own_team=False,
        duration_days=min(_OUTSIDERS_DAYS, limit) if limit else _OUTSIDERS_DAYS,
        max_duration_days=limit,
        product_status=product.status,
        port_status=port.status,
        publication_scope=product.scope,
    )
