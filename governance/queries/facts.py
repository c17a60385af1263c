"""Facts for the pure parts: what scorers and policies look at, gathered from the catalog's rows."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import timedelta
from typing import Any

from django.db.models import Count, Model, Q
from django.db.models.functions import Now

from catalog.models import (
    DataProduct,
    LineageEdge,
    OutputPort,
    PortProfile,
    QualityResult,
    SavedQuery,
    SchemaColumn,
    ServiceLevel,
    ServiceLevelWindow,
)
from catalog.queries import ports_by_product, snippets
from governance.models import Policy
from governance.policies.base import AccessFacts
from governance.scoring.base import ColumnFacts, PortFacts, ProductFacts
from marketplace.kernel.clock import now
from marketplace.kernel.identity.models import Membership

WINDOW = timedelta(days=30)
_OUTSIDERS_DAYS = 90


def product_facts(
    product: DataProduct, *, grants: int | None = None, grants_proven: int | None = None
) -> ProductFacts:
    """Gather all that the six scorers look at, for one product."""
    return facts_of_products([product], {product.pk: (grants, grants_proven)})[product.pk]


type Told = Mapping[int, tuple[int | None, int | None]]


def facts_of_products(products: Sequence[DataProduct], told: Told) -> dict[int, ProductFacts]:
    """Gather all that the six scorers look at. About a dozen statements, however many there are.

    Grants are not the catalog's to know: whoever does tells, by product, how many stand, and how
    many of them have a fresh proof.
    """
    ports = _ports(products)
    measured = _measured(products)
    members = _counts(Membership, "team", {p.owner_team_id for p in products})
    keys = [product.pk for product in products]
    queries = _counts(SavedQuery, "port__product", keys)
    levels = _counts(ServiceLevel, "product", keys)
    inputs = _counts(LineageEdge, "target__product", keys)
    packs = Policy.objects.filter(active=True).count()
    nobody = (None, None)
    return {
        product.pk: ProductFacts(
            **_described(product),
            owner_members=members.get(product.owner_team_id, 0),
            ports=ports[product.pk],
            saved_queries=queries.get(product.pk, 0),
            service_levels=levels.get(product.pk, 0),
            lineage_inputs=inputs.get(product.pk, 0),
            policy_packs=packs,
            grants=told.get(product.pk, nobody)[0],
            grants_proven=told.get(product.pk, nobody)[1],
            **measured.get(product.pk, {}),
        )
        for product in products
    }


def _described(product: DataProduct) -> dict[str, Any]:
    """What its own row says."""
    facts = product.facts
    return {
        "key": product.key,
        "name": product.name,
        "version": product.version_name,
        "type": product.type,
        "purpose": product.purpose,
        "usage": facts.get("usage") or "",
        "limitations": facts.get("limitations") or "",
        "tags": tuple(product.tags),
        "owner_team": product.owner_team.slug,
        "publication_scope": product.scope,
        "certification": product.certification,
        "row_meaning": facts.get("row_meaning") or "",
        "good_for": tuple(facts.get("good_for") or ()),
        "not_for": tuple(facts.get("not_for") or ()),
        "documentation_url": facts.get("documentation") or "",
        "descriptor_kept": bool(product.descriptor_text),
    }


def _counts(model: type[Model], by: str, keys: Collection[int]) -> dict[int, int]:
    """How many rows there are, by what they belong to; absent means none."""
    rows = model._default_manager.filter(**{f"{by}__in": keys})  # noqa: SLF001 - documented API
    return dict(rows.order_by().values_list(by).annotate(of=Count("pk")))


def _ports(products: Sequence[DataProduct]) -> dict[int, tuple[PortFacts, ...]]:
    ports = ports_by_product(products)
    every = [port for some in ports.values() for port in some]
    columns: dict[int, list[SchemaColumn]] = {}
    rows = SchemaColumn.objects.filter(
        contract_version__in={port.contract_id for port in every if port.contract_id}
    )
    for column in rows.defer("search").order_by("position"):
        columns.setdefault(column.contract_version_id, []).append(column)
    sampled = set(PortProfile.objects.filter(port__in=every).values_list("port_id", flat=True))
    return {
        key: tuple(
            _port(port, columns.get(port.contract_id or 0, []), sampled=port.pk in sampled)
            for port in some
        )
        for key, some in ports.items()
    }


def _port(port: OutputPort, columns: list[SchemaColumn], *, sampled: bool) -> PortFacts:
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


def _measured(products: Sequence[DataProduct]) -> dict[int, dict[str, Any]]:
    """What was measured in the last 30 days, by product; what was not is not in it."""
    keys = [product.pk for product in products]
    found: dict[int, dict[str, Any]] = {key: {"quality_checks": 0} for key in keys}
    for key, checks, ran, passed in (
        QualityResult.objects.filter(product__in=keys, observed_at__gt=Now() - WINDOW)
        .order_by()
        .values_list("product")
        .annotate(
            checks=Count("check_key", distinct=True),
            ran=Count("pk", filter=Q(status__in=["pass", "warn", "fail"])),
            passed=Count("pk", filter=Q(status="pass")),
        )
    ):
        share = {"quality_passed": passed / ran} if ran else {}
        found[key] |= {"quality_checks": checks} | share
    days = ServiceLevelWindow.objects.filter(
        product__in=keys, day__gt=(now() - WINDOW).date()
    ).values_list("product", "state", "day")
    for key, states in _grouped(days.order_by("day")).items():
        counted = [state for state in states if state != "unknown"]
        if counted:
            found[key]["levels_met"] = counted.count("met") / len(counted)
        found[key]["freshness"] = states[-1]
    return found


def _grouped(rows: Iterable[tuple[int, str, Any]]) -> dict[int, list[str]]:
    found: dict[int, list[str]] = {}
    for key, value, _ in rows:
        found.setdefault(key, []).append(value)
    return found


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
