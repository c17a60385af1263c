"""Change one product or one port by itself; the descriptor stays the truth and is written anew."""

from dataclasses import replace

from catalog.actions.apply import read
from catalog.actions.named import named_in
from catalog.actions.products import put_product, refresh
from catalog.descriptors.model import OutputPortDescriptor, ProductDescriptor
from catalog.descriptors.writing import build_odps
from catalog.models import DataProduct, OutputPort
from catalog.queries import product_or_404
from marketplace.kernel.actions import action
from marketplace.kernel.actors import Actor
from marketplace.kernel.errors import NotFound, Stale


@action
def save_product(
    actor: Actor, *, wanted: ProductDescriptor, version: int | None = None
) -> DataProduct:
    """Create or replace a product; ``version`` is the one the caller read, if there is any.

    The fields are written as an ODPS document first, so whatever that format refuses is refused
    here with the same words.
    """
    kept = (
        DataProduct.objects.select_for_update(of=["self"], no_key=True)
        .filter(key=wanted.key)
        .first()
    )
    if version is not None and (kept is None or kept.version != version):
        raise Stale
    return _save(actor, wanted)


@action
def save_port(
    actor: Actor, *, key: str, port: OutputPortDescriptor, version: int | None = None
) -> OutputPort:
    """Add a port to a product, or replace the one of the same name and version."""
    product_or_404(actor, key)
    product = DataProduct.objects.select_for_update(of=["self"], no_key=True).get(key=key)
    kept = product.ports.filter(name=port.name, version_name=port.version).first()
    if version is not None and (kept is None or kept.version != version):
        raise Stale
    described = described_product(product)
    ports = [port if one.key == port.key else one for one in described.output_ports]
    if port.key not in {one.key for one in ports}:
        ports.append(port)
    saved = _save(actor, replace(described, output_ports=tuple(ports)))
    return saved.ports.select_related("product", "platform", "contract__contract").get(
        name=port.name, version_name=port.version
    )


def described_product(product: DataProduct) -> ProductDescriptor:
    """Give the descriptor that a product was made from."""
    if not product.descriptor_text:
        raise NotFound
    return read(product.descriptor_text).products[0]


def _save(actor: Actor, wanted: ProductDescriptor) -> DataProduct:
    text = build_odps(replace(wanted, source=None))
    bundle = read(text)
    described = bundle.products[0]
    product, outcome = put_product(actor, described, named_in(bundle))
    refresh({product: None if outcome == "unchanged" else described})
    return product
