"""Reading one handle whole: IAM's part as for every connector, and what Lake Formation says."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from marketplace.connectors.aws import observing
from marketplace.connectors.aws.calls import Aws
from marketplace.connectors.aws.lakeformation import rights, state, workgroups
from marketplace.connectors.aws.lakeformation.config import WORK_GROUP, LakeConfig
from marketplace.connectors.aws.lakeformation.state import Held, Table
from marketplace.connectors.aws.lakeformation.words import cells
from marketplace.connectors.aws.observing import Found
from marketplace.connectors.base import Observed, ObservedMember, PortVariant, Principal


@dataclass(frozen=True, slots=True)
class _Place:
    """A variant's place, and who holds what there."""

    database: str
    table: str
    handle: str
    held: Held

    def holders(self) -> Iterator[str]:
        """Name whom Lake Formation lets read here."""
        for who, some in sorted(self.held.items()):
            where = self.database, self.table, self.handle
            if any(one.reads and rights.concerns(one, *where) for one in some):
                yield who


def observe(
    aws: Aws, config: LakeConfig, variant: PortVariant, principals: frozenset[Principal] | None
) -> Observed:
    """Read one handle. Writes nothing."""
    database, name = config.place(variant.base_schema, variant.base_table)
    handle = config.handle_of(variant)
    table = state.table(aws, database, name)
    held = state.held(aws, database, name, handle) if table else {}
    place = _Place(database, name, handle, held)
    seen, found = observing.observe(
        aws,
        config.reading,
        variant,
        principals,
        drift=tuple(_drift(config, variant, table, place)),
        foreign=tuple(_others(config, place)) if principals is None else (),
    )
    members = frozenset(_judged(aws, config, variant, place, one) for one in found)
    seen = replace(seen, members=members)
    if table is None or seen.view_digest != variant.digest:
        return seen
    return _with_handle(aws, config, variant, (table, handle), seen)


def _drift(
    config: LakeConfig, variant: PortVariant, table: Table | None, place: _Place
) -> Iterator[str]:
    if table is None:
        yield "base-missing"
        return
    asked = (*variant.columns, *(one.column for one in variant.row_filters))
    yield from (f"column-missing:{one}" for one in sorted({*asked} - {*table.names}))
    if config.how(variant) == "table":
        yield from (f"column-hidden:{one}" for one in sorted({*table.names} - {*variant.columns}))
    if state.IAM_ALLOWED in place.holders():
        yield "open-to-iam"


def _others(config: LakeConfig, place: _Place) -> Iterator[str]:
    """Say whom else Lake Formation lets read; roles of ours stand below our path."""
    ours = f":role{config.path}"
    for who in place.holders():
        if who not in {state.IAM_ALLOWED, config.provisioner} and ours not in who:
            yield f"{who} may read {place.database}.{place.table} by Lake Formation"


def _judged(
    aws: Aws, config: LakeConfig, variant: PortVariant, place: _Place, found: Found
) -> ObservedMember:
    """Add to a member what is missing here: exactly the wanted rights, and its work group."""
    member = found.member
    if "login" in member.missing:
        return member
    holds = place.held.get(found.names.role, frozenset())
    wanted = rights.wanted(config, place.handle, variant)
    where = place.database, place.table, place.handle
    exact = {one for one in holds if one in wanted or rights.concerns(one, *where)} == wanted
    group = config.work_group_of(member.principal)
    whole = (
        exact
        and found.tags.get(WORK_GROUP) == group
        and workgroups.stands(aws, group, workgroups.settings(config.scan_limit_mb))
    )
    return member if whole else replace(member, missing=member.missing | {"membership"})


def _with_handle(
    aws: Aws, config: LakeConfig, variant: PortVariant, of: tuple[Table, str], seen: Observed
) -> Observed:
    """Compare the filter, or the tagged columns, with what was published."""
    table, handle = of
    place, how = config.place(variant.base_schema, variant.base_table), config.how(variant)
    as_left, wide = True, False
    if how == "filter":
        stands = state.cells_filter(aws, *place, handle)
        as_left = stands is not None and state.described(stands) == cells(config, handle, variant)
    elif how == "tags":
        tagged = state.tagged(aws, place, table.names, handle)
        wide = "*" in tagged
        as_left = tagged - {"*"} == set(variant.columns)
    drift = (*seen.drift, *(["tag-wide"] if wide else []))
    if as_left:
        return replace(seen, drift=drift)
    return replace(seen, view_digest="", drift=(*drift, "view-altered"))
