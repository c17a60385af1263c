"""Make products, offer them, and end them."""

from collections.abc import Mapping
from typing import Any

from catalog.actions.cards import write_derived
from catalog.actions.limits import fits
from catalog.actions.named import Named
from catalog.actions.ports import put_inputs, put_management, put_ports
from catalog.actions.texts import fingerprint, kept_text
from catalog.descriptors.model import ProductDescriptor
from catalog.events import (
    ProductDeprecated,
    ProductProposed,
    ProductPublished,
    ProductRetired,
    ProductUpdated,
)
from catalog.models import DataProduct, Domain
from catalog.permissions import may_edit_product, may_place, may_publish
from catalog.queries import visible_products
from catalog.states import PRODUCT, Certification, Scope, Status
from marketplace.kernel.actions import action, require
from marketplace.kernel.actors import GOVERNANCE, Actor
from marketplace.kernel.clock import now
from marketplace.kernel.errors import FieldProblem, Invalid, NotFound, Stale
from marketplace.kernel.events.log import record
from marketplace.kernel.identity.models import Team

_MOVE_TO: dict[str, str] = {
    Status.ACTIVE: "publish",
    Status.DEPRECATED: "deprecate",
    Status.RETIRED: "retire",
}


def put_product(actor: Actor, wanted: ProductDescriptor, named: Named) -> tuple[DataProduct, str]:
    """Create or replace a product inside a running action; its ports follow in refresh()."""
    domain, team = named.domains.get(wanted.domain), named.teams.get(wanted.owner_team)
    _known(wanted, domain, team)
    assert domain is not None
    assert team is not None
    kept = named.products.get(wanted.key)
    require(actor, may_publish, team.slug, domain.owner_team.slug)
    if kept is None:
        require(actor, may_place, team, domain)
    else:
        require(actor, may_edit_product, kept)
        if kept.descriptor_sha256 and kept.descriptor_sha256 == _sha(wanted):
            return kept, "unchanged"
    product = kept or DataProduct(key=wanted.key, slug=wanted.slug, domain=domain)
    _fill(product, wanted, team, actor)
    if kept is None:
        _start(product, wanted)
    else:
        product.version += 1
        _follow_status(product, wanted)
    product.updated_at = now()
    fits(product, "").save()
    named.products[product.key] = product
    return product, "created" if kept is None else "updated"


def refresh(changed: Mapping[DataProduct, ProductDescriptor | None]) -> None:
    """Bring ports and everything derived in step, after products and contracts are written.

    A product whose contract alone is new comes without a descriptor: its ports stay.
    """
    described = [(product, wanted) for product, wanted in changed.items() if wanted is not None]
    if described:
        put_ports(described)
        put_inputs(described)
        put_management(described)
    write_derived(*changed)
    for product, wanted in changed.items():
        record(
            ProductUpdated(
                subject=f"product/{product.key}",
                product=product.key,
                teams=(product.owner_team.slug,),
                version=product.version_name,
                changed=[port.name for port in wanted.output_ports] if wanted else [],
            )
        )


@action
def publish(actor: Actor, *, key: str, version: int | None = None) -> DataProduct:
    """Offer a product, or offer a deprecated one again."""
    product = locked_product(actor, key, version)
    require(actor, may_edit_product, product)
    if not product.ports.exists():
        raise Invalid(
            FieldProblem("/outputPorts", "no-port", "A product needs at least one output port.")
        )
    _move(product, "publish")
    write_derived(product)
    record(ProductPublished(version=product.version_name, **_of(product)))
    return product


@action
def deprecate(
    actor: Actor, *, key: str, reason: str = "", version: int | None = None
) -> DataProduct:
    """Say that nobody should start with a product any more."""
    product = locked_product(actor, key, version)
    require(actor, may_edit_product, product)
    _move(product, "deprecate")
    write_derived(product)
    record(ProductDeprecated(reason=reason, **_of(product)))
    return product


@action
def retire(actor: Actor, *, key: str, reason: str = "", version: int | None = None) -> DataProduct:
    """End a product. It stays readable as history; access to it is ended by its agreements."""
    product = locked_product(actor, key, version)
    require(actor, may_edit_product, product)
    _move(product, "retire")
    write_derived(product)
    record(ProductRetired(reason=reason, **_of(product)))
    return product


def _known(wanted: ProductDescriptor, domain: Domain | None, team: Team | None) -> None:
    problems = []
    if domain is None:
        problems.append(
            FieldProblem("/domain", "unknown-domain", f"There is no domain {wanted.domain}.")
        )
    if team is None:
        words = f"There is no team {wanted.owner_team}." if wanted.owner_team else "Name its team."
        problems.append(FieldProblem("/team/name", "unknown-team", words))
    if problems:
        raise Invalid(*problems)


def _fill(product: DataProduct, wanted: ProductDescriptor, team: Team, actor: Actor) -> None:
    product.owner_team = team
    product.name = wanted.name or wanted.slug
    product.purpose = wanted.purpose
    product.version_name = wanted.version or "1.0.0"
    product.type = wanted.type
    product.tags = list(wanted.tags)
    product.scope = wanted.publication_scope or Scope.ORGANIZATION
    if actor.kind == "system" or actor.holds(GOVERNANCE):  # nobody certifies their own product
        product.certification = wanted.certification or Certification.NONE
    product.facts = {
        "row_meaning": wanted.row_meaning,
        "good_for": list(wanted.good_for),
        "not_for": list(wanted.not_for),
        "usage": wanted.usage,
        "limitations": wanted.limitations,
        "documentation": wanted.documentation_url,
        "contracts": {f"{p.name}@{p.version}": p.contract_id for p in wanted.output_ports},
        "support": [{"channel": s.channel, "url": s.url} for s in wanted.support],
    }
    product.descriptor_text = kept_text(wanted.source)
    product.descriptor_sha256 = _sha(wanted)


def _sha(wanted: ProductDescriptor) -> str:
    return fingerprint(kept_text(wanted.source))


def _start(product: DataProduct, wanted: ProductDescriptor) -> None:
    status = wanted.status or Status.DRAFT
    if status not in (Status.PROPOSED, Status.DRAFT, Status.ACTIVE):
        raise Invalid(
            FieldProblem("/status", "impossible-start", "A new product is a draft or active.")
        )
    product.status = status
    if status == Status.ACTIVE:
        product.published_at = now()
        record(ProductPublished(version=product.version_name, **_of(product)))
    else:
        record(ProductProposed(version=product.version_name, **_of(product)))


def _follow_status(product: DataProduct, wanted: ProductDescriptor) -> None:
    if not wanted.status or wanted.status == product.status:
        return
    move = _MOVE_TO.get(wanted.status)
    if move is None:
        raise Invalid(
            FieldProblem(
                "/status", "impossible-move", f"It is {product.status} and cannot be made so again."
            )
        )
    _move(product, move)
    if move == "deprecate":
        record(ProductDeprecated(reason="", **_of(product)))
    elif move == "retire":
        record(ProductRetired(reason="", **_of(product)))
    else:
        record(ProductPublished(version=product.version_name, **_of(product)))


def locked_product(actor: Actor, key: str, version: int | None = None) -> DataProduct:
    """Lock a product for a change; absent and hidden are not told apart."""
    product = (
        DataProduct.objects.select_for_update(of=["self"], no_key=True)
        .select_related("domain__owner_team", "owner_team")
        .filter(key=key)
        .first()
    )
    if product is None or is_hidden(actor, product):
        raise NotFound
    if version is not None and version != product.version:
        raise Stale(version=product.version)
    return product


def is_hidden(actor: Actor, product: DataProduct) -> bool:
    """Tell whether the actor may not even know of it: then it is not there, for them."""
    if may_edit_product(actor, product):
        return False
    return not visible_products(actor).filter(pk=product.pk).exists()


def _move(product: DataProduct, move: str) -> None:
    product.status = PRODUCT.after(move, product.status)
    product.version += 1
    product.updated_at = now()
    if move == "publish":
        product.published_at = product.published_at or product.updated_at
    if move == "retire":
        product.retired_at = product.updated_at
    product.save()


def _of(product: DataProduct) -> dict[str, Any]:
    return {
        "subject": f"product/{product.key}",
        "product": product.key,
        "teams": (product.owner_team.slug,),
    }
