"""The descriptors of the synthetic mesh: ODPS and ODCS documents that `apply` takes as they are."""

from collections.abc import Iterable, Iterator

from bench.mesh.planning import PLATFORM, ColumnPlan, MeshPlan, ProductPlan

MAX_DAYS = 365
PURPOSES = ("analytics", "reporting", "operations")
ROW_MEANING = "Synthetic: one row of a made-up table."


def product_text(product: ProductPlan) -> str:
    """Write the ODPS document of a product."""
    ports = [_port(product, "main", "sql"), *(_port(product, one, one) for one in product.more)]
    inputs = [
        f"- name: {contract}\n  version: '1'\n  contractId: {contract}\n"
        for contract in product.inputs
    ]
    lines = [
        "apiVersion: v1.1.0",
        "kind: DataProduct",
        f"id: {product.key}",
        f"domain: {product.domain}",
        f"name: {product.name}",
        "version: 1.0.0",
        f"status: {product.status}",
        f"tags: [{', '.join(product.tags)}]",
        "description:",
        f"  purpose: {product.purpose}",
        f"  usage: {product.usage}",
        f"team: {{name: {product.team}}}",
        *(["inputPorts:", "".join(inputs).rstrip()] if inputs else []),
        "outputPorts:",
        *ports,
        "customProperties:",
        f"- {{property: publicationScope, value: {product.scope}}}",
        f"- {{property: certification, value: {product.certification}}}",
        f"- {{property: rowMeaning, value: '{ROW_MEANING}'}}",
    ]
    return "\n".join(lines) + "\n"


def contract_text(product: ProductPlan) -> str:
    """Write the ODCS document of its contract."""
    lines = [
        "apiVersion: v3.1.0",
        "kind: DataContract",
        f"id: {product.contract}",
        f"name: {product.name}",
        "version: 1.0.0",
        "status: active",
        f"dataProduct: {product.key}",
        "schema:",
        f"- name: {table_of(product)}",
        "  properties:",
        *(line for column in product.columns for line in _column(column)),
        "customProperties:",
        f"- {{property: purposes, value: [{', '.join(PURPOSES)}]}}",
        f"- {{property: maxDurationDays, value: {MAX_DAYS}}}",
    ]
    return "\n".join(lines) + "\n"


def table_of(product: ProductPlan) -> str:
    """The base relation's name, which no platform has: the mesh is synthetic."""
    return product.slug.replace("-", "_")


def ground_texts(mesh: MeshPlan) -> Iterator[str]:
    """Write the teams and domains that the products stand on."""
    for slug, domain in mesh.teams.items():
        yield (
            f"apiVersion: emporion/v1\nkind: Team\nid: {slug}\nname: {title(slug)}\n"
            f"domain: {domain}\n"
        )
    for domain in mesh.domains:
        yield (
            f"apiVersion: emporion/v1\nkind: Domain\nid: {domain}\nname: {title(domain)}\n"
            f"ownerTeam: {domain}-core\n"
        )


def bundle(texts: Iterable[str]) -> str:
    """Join documents to one text."""
    return "---\n".join(texts)


def title(slug: str) -> str:
    """Say a slug in words."""
    return slug.replace("-", " ").capitalize()


def _port(product: ProductPlan, name: str, interface: str) -> str:
    resource = f"synthetic.{table_of(product)}"
    ours = [f"  - {{property: interface, value: {interface}}}"]
    if interface == "sql":
        ours += [
            f"  - {{property: platform, value: {PLATFORM}}}",
            f"  - {{property: resource, value: {resource}}}",
        ]
    return "\n".join(
        [
            f"- name: {name}",
            "  version: '1'",
            f"  description: Synthetic {interface} port.",
            f"  type: {interface}",
            f"  contractId: {product.contract}",
            "  customProperties:",
            *ours,
        ]
    )


def _column(column: ColumnPlan) -> Iterator[str]:
    yield f"  - name: {column.name}"
    yield f"    logicalType: {column.logical_type}"
    yield f"    physicalType: {column.physical_type}"
    yield f"    description: {column.description}"
    yield f"    classification: {column.classification}"
    if column.primary_key:
        yield "    primaryKey: true"
    if column.tags:
        yield f"    tags: [{', '.join(column.tags)}]"
