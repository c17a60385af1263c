"""Keep contracts and their versions. A breaking version is proposed first, never slipped in."""

from typing import Any

from catalog.actions.limits import fits
from catalog.actions.named import Named
from catalog.actions.products import is_hidden
from catalog.actions.texts import fingerprint, kept_text
from catalog.compatibility.contracts import diff, impact
from catalog.descriptors.bundle import parse_bundle
from catalog.descriptors.classification import normal
from catalog.descriptors.model import ContractDescriptor
from catalog.events import ContractReleased
from catalog.models import ContractVersion, DataContract, DataProduct, SchemaColumn
from catalog.permissions import may_edit_product
from catalog.states import Status
from marketplace.kernel.actions import require
from marketplace.kernel.actors import Actor
from marketplace.kernel.clock import now
from marketplace.kernel.errors import DomainError, FieldProblem, Invalid
from marketplace.kernel.events.log import record


class BreakingChange(DomainError):
    """The new version would break consumers; it has to be proposed, so that they are told."""

    code = "breaking-change"
    title = "This would break consumers. Propose it as a change, so that they are told first."


def put_contract(actor: Actor, wanted: ContractDescriptor, named: Named) -> tuple[str, DataProduct]:
    """Create or extend a contract inside a running action; give the outcome and its product."""
    product = named.products.get(wanted.data_product)
    if product is None or is_hidden(actor, product):
        raise Invalid(
            FieldProblem(
                "/dataProduct", "unknown-product", f"There is no product {wanted.data_product}."
            )
        )
    require(actor, may_edit_product, product)
    contract = named.contracts.get(wanted.id)
    if contract is None:
        contract = DataContract(key=wanted.id, name=wanted.name, product=product)
        fits(contract, "").save()
        named.contracts[wanted.id], named.versions[wanted.id] = contract, {}
    if contract.product_id != product.pk:
        raise Invalid(
            FieldProblem("/id", "taken", f"The contract {wanted.id} belongs to another product.")
        )
    text = kept_text(wanted.source)
    sha = fingerprint(text)
    versions = named.versions[wanted.id]
    kept = versions.get(wanted.version)
    if kept is not None and kept.sha256 == sha:
        return "unchanged", product
    base = latest(contract) if versions else None
    level = ""
    if base is not None and product.status != Status.DRAFT:
        found = diff(parsed(base.text), wanted)
        level = impact(found)
        if level == "MAJOR":
            raise BreakingChange(differences=[d.as_json() for d in found if d.impact == "MAJOR"])
    version = release(contract, wanted, before=base, sha=sha, text=text, kept=kept)
    versions[wanted.version] = version
    record(
        ContractReleased(
            subject=f"contract/{contract.key}",
            product=product.key,
            teams=(product.owner_team.slug,),
            contract=contract.key,
            version=version.version_name,
            before=base.version_name if base else "",
            impact=level,
        )
    )
    return ("created" if kept is None else "updated"), product


def release(
    contract: DataContract,
    wanted: ContractDescriptor,
    *,
    before: ContractVersion | None,
    sha: str,
    text: str,
    kept: ContractVersion | None = None,
) -> ContractVersion:
    """Write a version with its columns, and move the product's ports on it.

    ``before`` is the one in force until now, ``kept`` this very version when it was written once.
    """
    version = kept or ContractVersion(contract=contract, version_name=wanted.version)
    version.text, version.sha256, version.facts = text, sha, facts_of(wanted)
    version.status, version.released_at = Status.ACTIVE, now()
    fits(version, "").save()
    if kept is not None:
        version.columns.all().delete()
    SchemaColumn.objects.bulk_create(
        fits(column, f"/schema/0/properties/{index}")
        for index, column in enumerate(columns_of(version, wanted))
    )
    if before is not None and before.pk != version.pk:
        before.ports.update(contract=version)
        ContractVersion.objects.filter(pk=before.pk).update(status=Status.RETIRED)
    return version


def latest(contract: DataContract) -> ContractVersion | None:
    """The version in force."""
    return contract.versions.filter(status=Status.ACTIVE).order_by("-released_at", "-id").first()


def parsed(text: str) -> ContractDescriptor:
    """Read a kept contract again."""
    return parse_bundle(text).contracts[0]


def facts_of(wanted: ContractDescriptor) -> dict[str, Any]:
    """What pages and policies read of a contract, beyond its columns."""
    return {
        "name": wanted.name,
        "purpose": wanted.purpose,
        "usage": wanted.usage,
        "limitations": wanted.limitations,
        "purposes": list(wanted.purposes),
        "max_duration_days": wanted.max_duration_days,
        "object": wanted.objects[0].physical_name or wanted.objects[0].name
        if wanted.objects
        else "",
        "service_levels": [
            {"property": s.property, "value": s.value, "unit": s.unit, "element": s.element}
            for s in wanted.service_levels
        ],
        "quality": [
            {"name": q.name or q.metric, "dimension": q.dimension, "description": q.description}
            for thing in wanted.objects
            for q in (*thing.quality, *(q for c in thing.columns for q in c.quality))
        ],
        "roles": [
            {"role": r.role, "access": r.access, "first": r.first_level_approvers}
            for r in wanted.roles
        ],
    }


def columns_of(version: ContractVersion, wanted: ContractDescriptor) -> list[SchemaColumn]:
    """The columns of the contract's first object as rows."""
    return [
        SchemaColumn(
            contract_version=version,
            position=column.position,
            name=column.name,
            logical_type=column.logical_type,
            physical_type=column.physical_type,
            description=column.description,
            classification=normal(column.classification),
            nullable=column.nullable,
            primary_key=column.primary_key,
            personal_data=column.personal_data,
            tags=list(column.tags),
        )
        for column in wanted.columns
    ]
