"""The rows that a bundle's documents name, read and locked in a handful of statements."""

from dataclasses import dataclass

from catalog.descriptors.model import Bundle
from catalog.models import ContractVersion, DataContract, DataProduct, Domain
from marketplace.kernel.identity.models import Team


@dataclass(frozen=True, slots=True)
class Named:
    """Rows by their natural keys. What the bundle makes is added as it is made.

    Products are locked. ``versions`` are those of a contract, by their names.
    """

    domains: dict[str, Domain]
    teams: dict[str, Team]
    products: dict[str, DataProduct]
    contracts: dict[str, DataContract]
    versions: dict[str, dict[str, ContractVersion]]


def named_in(bundle: Bundle) -> Named:
    """Read what a bundle names, once its own teams and domains are written."""
    keys = {one.key for one in bundle.products} | {one.data_product for one in bundle.contracts}
    locked = DataProduct.objects.select_for_update(of=["self"], no_key=True).order_by("key")
    products = locked.select_related("domain__owner_team", "owner_team").filter(key__in=keys)
    domains = Domain.objects.select_related("owner_team")
    contracts = DataContract.objects.in_bulk({one.id for one in bundle.contracts}, field_name="key")
    versions: dict[str, dict[str, ContractVersion]] = {key: {} for key in contracts}
    rows = ContractVersion.objects.filter(contract__in=contracts.values()).defer("text")
    for version in rows.select_related("contract"):
        versions[version.contract.key][version.version_name] = version
    return Named(
        domains={
            row.slug: row for row in domains.filter(slug__in={p.domain for p in bundle.products})
        },
        teams=Team.objects.in_bulk({p.owner_team for p in bundle.products}, field_name="slug"),
        products={row.key: row for row in products},
        contracts=contracts,
        versions=versions,
    )
