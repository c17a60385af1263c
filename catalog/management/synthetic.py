"""Write a planned synthetic mesh in bulk, with everything derived as `apply` would leave it.

Cards and details come from the functions that `apply` calls; search words and classes are one
statement each over all products, and a test holds both against `apply` itself.
"""

from collections.abc import Iterator, Sequence
from datetime import timedelta
from itertools import batched
from typing import Any, Final

import orjson
from django.db import connection
from django.db.models import Prefetch

from bench.mesh.planning import PLATFORM, MeshPlan, ProductPlan
from bench.mesh.texts import (
    MAX_DAYS,
    PURPOSES,
    ROW_MEANING,
    contract_text,
    product_text,
    table_of,
    title,
)
from catalog.actions.cards import card, detail
from catalog.actions.ports import relation_of
from catalog.actions.texts import fingerprint
from catalog.descriptors.classification import marks_personal_data, strictest
from catalog.descriptors.model import OutputPortDescriptor
from catalog.events import MeshMade
from catalog.management.synthetic_graph import copy, write_graph
from catalog.models import (
    ContractVersion,
    DataContract,
    DataProduct,
    Domain,
    InputPort,
    OutputPort,
    PlatformConnection,
)
from catalog.permissions import may_keep_books
from marketplace.kernel.actions import action, require
from marketplace.kernel.actors import Actor
from marketplace.kernel.clock import now
from marketplace.kernel.errors import Duplicate
from marketplace.kernel.events.log import record
from marketplace.kernel.identity.models import Team

_BATCH: Final = 1000
_HUES: Final = 8
_COLUMN_FIELDS: Final = (
    "contract_version_id",
    "position",
    "name",
    "logical_type",
    "physical_type",
    "description",
    "classification",
    "nullable",
    "primary_key",
    "personal_data",
    "tags",
)
# What catalog.actions.cards writes for one product, for all of them at once.
_SEARCH: Final = """
    UPDATE catalog_dataproduct p SET card = d.card, detail = d.detail, search =
        setweight(to_tsvector('emporion', p.name), 'A')
        || setweight(to_tsvector('emporion', concat_ws(' ', array_to_string(p.tags, ' '), dom.name,
                                                       replace(p.slug, '-', ' '), p.key)), 'B')
        || setweight(to_tsvector('emporion', concat_ws(' ', p.purpose, c.names)), 'C')
        || setweight(to_tsvector('emporion', concat_ws(' ', p.facts ->> 'row_meaning',
                                                       p.facts ->> 'usage', c.described)), 'D')
    FROM mesh_derived d, catalog_domain dom, LATERAL (
        SELECT string_agg(name || ' ' || replace(name, '_', ' '), ' ' ORDER BY position) AS names,
               string_agg(description, ' ' ORDER BY position) AS described
        FROM catalog_schemacolumn WHERE contract_version_id = d.contract_version_id) c
    WHERE p.id = d.id AND dom.id = p.domain_id
"""
_WORDS: Final = """
    INSERT INTO catalog_searchword (word)
    SELECT DISTINCT w FROM mesh_derived d
    JOIN catalog_dataproduct p ON p.id = d.id JOIN catalog_domain dom ON dom.id = p.domain_id
    CROSS JOIN LATERAL (
        SELECT string_agg(name, ' ') AS names
        FROM catalog_schemacolumn WHERE contract_version_id = d.contract_version_id) c
    CROSS JOIN LATERAL regexp_split_to_table(translate(lower(concat_ws(' ', p.name,
        array_to_string(p.tags, ' '), dom.name, p.slug, p.key, p.purpose, c.names)), '_-', '  '),
        '[\\s.,;:()''"]*\\s[\\s.,;:()''"]*|[.,;:()''"]+$') AS w
    WHERE w ~ '^[[:alpha:]]{4,60}$'
    ON CONFLICT DO NOTHING
"""


@action
def write_mesh(actor: Actor, *, plan: MeshPlan) -> dict[str, int]:
    """Write a plan beside what there is; give how many rows of each kind.

    Refuses when a mesh of this plan's names is there already.
    """
    require(actor, may_keep_books)
    if DataProduct.objects.filter(key=plan.products[0].key).exists():
        raise Duplicate("A synthetic mesh is here already. Use another database, or another seed.")
    teams = _teams(plan)
    domains = _domains(plan, teams)
    products = _products(plan, domains, teams)
    versions = _contracts(plan, products)
    columns = _columns(plan, versions)
    ports = _ports(plan, products, versions)
    inputs = _inputs(plan, products)
    _derive(products, versions)
    nodes, edges = write_graph(plan, products, sorted(teams))
    counts = {
        "products": len(products),
        "ports": ports,
        "columns": columns,
        "inputs": inputs,
        "nodes": nodes,
        "edges": edges,
    }
    record(MeshMade(subject="mesh", products=len(products), columns=columns, edges=edges))
    return counts


def _teams(plan: MeshPlan) -> dict[str, Team]:
    rows = [Team(slug=slug, name=title(slug), domain=domain) for slug, domain in plan.teams.items()]
    return {team.slug: team for team in Team.objects.bulk_create(rows)}


def _domains(plan: MeshPlan, teams: dict[str, Team]) -> dict[str, Domain]:
    rows = [
        Domain(slug=slug, name=title(slug), owner_team=teams[f"{slug}-core"], hue=index % _HUES)
        for index, slug in enumerate(plan.domains)
    ]
    return {domain.slug: domain for domain in Domain.objects.bulk_create(rows)}


def _products(
    plan: MeshPlan, domains: dict[str, Domain], teams: dict[str, Team]
) -> list[DataProduct]:
    moment = now()
    rows = []
    for one in plan.products:
        text = product_text(one)
        classes = [c.classification for c in one.columns]
        rows.append(
            DataProduct(
                key=one.key,
                slug=one.slug,
                domain=domains[one.domain],
                owner_team=teams[one.team],
                name=one.name,
                purpose=one.purpose,
                version_name="1.0.0",
                tags=one.tags,
                status=one.status,
                scope=one.scope,
                certification=one.certification,
                facts=_facts(one),
                descriptor_text=text,
                descriptor_sha256=fingerprint(text),
                interfaces=sorted({"sql", *one.more}),
                platforms=[PLATFORM],
                classification=strictest(classes),
                personal_data=any(c.tags for c in one.columns),
                instant=one.instant,
                consumers=one.consumers,
                score=one.score,
                petals=one.petals,
                refreshed_at=moment - timedelta(minutes=one.minutes_old),
                published_at=None if one.status == "draft" else moment,
            )
        )
    return DataProduct.objects.bulk_create(rows, batch_size=_BATCH)


def _facts(one: ProductPlan) -> dict[str, Any]:
    return {
        "row_meaning": ROW_MEANING,
        "good_for": [],
        "not_for": [],
        "usage": one.usage,
        "limitations": "",
        "documentation": "",
        "contracts": {f"{port}@1": one.contract for port in ("main", *one.more)},
        "support": [],
    }


def _contracts(plan: MeshPlan, products: Sequence[DataProduct]) -> list[ContractVersion]:
    both = list(zip(plan.products, products, strict=True))
    contracts = DataContract.objects.bulk_create(
        [DataContract(key=one.contract, product=row, name=one.name) for one, row in both],
        batch_size=_BATCH,
    )
    moment = now()
    rows = []
    for one, contract in zip(plan.products, contracts, strict=True):
        text = contract_text(one)
        rows.append(
            ContractVersion(
                contract=contract,
                version_name="1.0.0",
                text=text,
                sha256=fingerprint(text),
                facts=_promises(one),
                released_at=moment,
            )
        )
    return ContractVersion.objects.bulk_create(rows, batch_size=_BATCH)


def _promises(one: ProductPlan) -> dict[str, Any]:
    return {
        "name": one.name,
        "purpose": "",
        "usage": "",
        "limitations": "",
        "purposes": list(PURPOSES),
        "max_duration_days": MAX_DAYS,
        "object": table_of(one),
        "service_levels": [],
        "quality": [],
        "roles": [],
    }


def _columns(plan: MeshPlan, versions: Sequence[ContractVersion]) -> int:
    def rows() -> Iterator[tuple[Any, ...]]:
        for one, version in zip(plan.products, versions, strict=True):
            for position, c in enumerate(one.columns, start=1):
                yield (
                    version.pk,
                    position,
                    c.name,
                    c.logical_type,
                    c.physical_type,
                    c.description,
                    c.classification,
                    not c.primary_key,
                    c.primary_key,
                    marks_personal_data(c.tags, c.classification),
                    list(c.tags),
                )

    return copy("catalog_schemacolumn", _COLUMN_FIELDS, rows())


def _ports(
    plan: MeshPlan, products: Sequence[DataProduct], versions: Sequence[ContractVersion]
) -> int:
    platform, _ = PlatformConnection.objects.get_or_create(
        key=PLATFORM, defaults={"name": "Synthetic: holds no data", "kind": "memory"}
    )
    rows = []
    for one, product, version in zip(plan.products, products, versions, strict=True):
        for position, name in enumerate(("main", *one.more)):
            sql = name == "main"
            described = OutputPortDescriptor(name=name, version="1")
            schema, relation = relation_of(one.key, described) if sql else ("", "")
            rows.append(
                OutputPort(
                    product=product,
                    name=name,
                    position=position,
                    description=f"Synthetic {'sql' if sql else name} port.",
                    interface="sql" if sql else name,
                    platform=platform if sql else None,
                    resource=f"synthetic.{table_of(one)}" if sql else "",
                    relation_schema=schema,
                    relation_name=relation,
                    contract=version,
                    classification=product.classification,
                    personal_data=product.personal_data,
                )
            )
    return len(OutputPort.objects.bulk_create(rows, batch_size=_BATCH))


def _inputs(plan: MeshPlan, products: Sequence[DataProduct]) -> int:
    rows = [
        InputPort(product=row, name=contract, version_name="1", contract_key=contract)
        for one, row in zip(plan.products, products, strict=True)
        for contract in one.inputs
    ]
    return len(InputPort.objects.bulk_create(rows, batch_size=_BATCH))


def _derive(products: Sequence[DataProduct], versions: Sequence[ContractVersion]) -> None:
    """Write card, detail and search of all products, and the words they are found by."""
    with connection.cursor() as cursor:
        cursor.execute(
            "CREATE TEMP TABLE mesh_derived (id bigint PRIMARY KEY, contract_version_id bigint, "
            "card jsonb, detail jsonb) ON COMMIT DROP"
        )
        latest = dict(zip((row.pk for row in products), (v.pk for v in versions), strict=True))
        for keys in batched(latest, _BATCH):
            # Read whole before it is sent: one connection cannot do both at once.
            rows = list(_derived(keys, latest))
            copy("mesh_derived", ("id", "contract_version_id", "card", "detail"), rows)
        cursor.execute("ANALYZE mesh_derived, catalog_schemacolumn, catalog_dataproduct")
        cursor.execute(_SEARCH)
        cursor.execute(_WORDS)
        cursor.execute("DROP TABLE mesh_derived")


def _derived(keys: Sequence[int], latest: dict[int, int]) -> Iterator[tuple[Any, ...]]:
    ports = OutputPort.objects.select_related("platform", "contract__contract")
    rows = (
        DataProduct.objects.select_related("domain", "owner_team")
        .prefetch_related("inputs", "management", Prefetch("ports", ports))
        .in_bulk(keys)
    )
    for row in rows.values():
        of = list(row.ports.all())
        whole = detail(row, of, row.inputs.all(), row.management.all())
        yield row.pk, latest[row.pk], _json(card(row, of)), _json(whole)


def _json(value: Any) -> str:
    return orjson.dumps(value).decode()
