"""Look into a port and keep what it holds: counts and ranges, and rows that show its form.

The rows are never rows of the data. For each column that is not about people values are drawn
from what the profile found, every column by itself, so that no row ever existed as a whole; for
columns about people a value stands for its form: letters become x, digits 9.
"""

import random
import re
from typing import Any, Final, cast

from catalog.events import PortProfiled
from catalog.models import OutputPort, PortProfile, SchemaColumn
from catalog.permissions import may_edit_product, may_keep_books
from catalog.queries.ports import columns_of, connector_of, port_or_404, variant_of
from catalog.queries.streams import form_of, is_secret, stream_of
from marketplace.connectors.base import ColumnProfile
from marketplace.connectors.brokers.streams import StreamConnector
from marketplace.kernel.actions import action, require
from marketplace.kernel.actors import SYSTEM, Actor
from marketplace.kernel.clock import now
from marketplace.kernel.errors import DomainError, NotAllowed
from marketplace.kernel.events.log import record

PROFILED_ROWS: Final = 100_000
PROFILED_MESSAGES: Final = 1000
SAMPLE_ROWS: Final = 60
_SHOWN_TOP: Final = 5
_WHOLE: Final = re.compile(r"-?\d+\Z")


class NothingToProfile(DomainError):
    """The port is no relation on a platform."""

    code = "nothing-to-profile"
    title = "Only a port that is a relation on a platform has a profile."


def take_profile(port: OutputPort) -> PortProfile:
    """Profile what a port shows, and keep it. Raises ConnectorError and NothingToProfile.

    The platform is asked first, with no transaction open; then the result is written.
    """
    if not port.provisioned or port.platform is None:
        raise NothingToProfile
    connector, variant = connector_of(port.platform), variant_of(port)
    if "stream" not in connector.capabilities().supports:
        found = connector.profile(variant, PROFILED_ROWS)
        return keep_profile(SYSTEM, port_id=port.pk, found=found)
    told = stream_of(cast("StreamConnector", connector), port)
    found = connector.profile(variant, PROFILED_MESSAGES)
    return keep_profile(SYSTEM, port_id=port.pk, found=found, stream=told)


def look_again(actor: Actor, *, key: str, name: str, version: str) -> PortProfile:
    """Profile a port anew, for who may edit its product. Raises ConnectorError."""
    port = port_or_404(actor, key, name, version)
    if not may_edit_product(actor, port.product):
        raise NotAllowed
    return take_profile(port)


@action
def keep_profile(
    actor: Actor,
    *,
    port_id: int,
    found: tuple[ColumnProfile, ...],
    stream: dict[str, Any] | None = None,
) -> PortProfile:
    """Write a port's profile, with sample rows made from it, and what is told of its stream."""
    require(actor, may_keep_books)
    port = OutputPort.objects.select_related("product__owner_team", "contract").get(pk=port_id)
    columns = {column.name: column for column in columns_of(port)}
    rows = max((one.sampled for one in found), default=0)
    masked = any(_is_masked(columns.get(one.name)) for one in found)
    moment = now()
    more = " or more" if rows >= PROFILED_ROWS else ""
    profile, _ = PortProfile.objects.update_or_create(
        port=port,
        defaults={
            "rows": None if more else rows,
            "columns": {one.name: _facts(one, columns.get(one.name)) for one in found},
            "sample": _sample(found, columns, seed=f"{port.pk}:{moment:%Y-%m-%d}"),
            "sample_kind": "masked" if masked else "synthetic",
            "basis": _basis(rows, more, masked=masked),
            "stream": stream or {},
            "taken_at": moment,
        },
    )
    product = port.product
    record(
        PortProfiled(
            subject=f"port/{product.key}/{port.name}",
            product=product.key,
            teams=(product.owner_team.slug,),
            port=port.name,
            rows=profile.rows,
        )
    )
    return profile


def _basis(rows: int, more: str, *, masked: bool) -> str:
    number = f"{rows:,}{more}"
    if masked:
        return (
            f"Profile of {number} rows; sample values drawn per column, so no row is real; "
            "columns about people show only the form of a value."
        )
    return f"Profile of {number} rows; sample values drawn per column, so no row is real."


def _is_masked(column: SchemaColumn | None) -> bool:
    """Tell whether values may not be shown; a column that no contract describes counts so."""
    return column is None or is_secret(column)


def _facts(one: ColumnProfile, column: SchemaColumn | None) -> dict[str, Any]:
    """Give what is shown of a column; values only where they may be seen."""
    facts: dict[str, Any] = {
        "sampled": one.sampled,
        "null_share": round(one.nulls / one.sampled, 4) if one.sampled else None,
        "distinct": one.distinct,
        "buckets": [count for _, count in one.top],
    }
    if _is_masked(column):
        return {**facts, "min": None, "max": None, "top": []}
    top = [[value, count] for value, count in one.top[:_SHOWN_TOP]]
    bins = [list(each) for each in one.bins]
    return {**facts, "min": one.minimum, "max": one.maximum, "top": top, "bins": bins}


def _sample(
    found: tuple[ColumnProfile, ...], columns: dict[str, SchemaColumn], *, seed: str
) -> list[dict[str, str | None]]:
    chance = random.Random(seed)  # noqa: S311 - an example, repeatable on the same day
    drawn = {one.name: _values(one, columns.get(one.name), chance) for one in found}
    rows = SAMPLE_ROWS if any(one.sampled for one in found) else 0
    return [{name: values[index] for name, values in drawn.items()} for index in range(rows)]


def _spread(one: ColumnProfile) -> list[tuple[str, str, int]]:
    """Give the bins to draw from; none where the commonest values say more.

    Of a column with many values the five commonest would make a sample that looks like none of it.
    """
    common = sum(count for _, count in one.top)
    if 2 * common > one.sampled - one.nulls:
        return []
    return [each for each in one.bins if each[2]]


def _drawn(spread: list[tuple[str, str, int]], chance: random.Random) -> str:
    """Draw a bin by how many rows it has: a whole number inside it, else where it begins."""
    low, high, _ = chance.choices(spread, [count for *_, count in spread])[0]
    if _WHOLE.match(low) and _WHOLE.match(high):
        return str(chance.randrange(int(low), int(high)))
    return low


def _values(
    one: ColumnProfile, column: SchemaColumn | None, chance: random.Random
) -> list[str | None]:
    known = [value for value, _ in one.top] or [v for v in (one.minimum, one.maximum) if v]
    weights = [count for _, count in one.top] or [1] * len(known)
    spread = [] if _is_masked(column) else _spread(one)
    nulls = one.nulls / one.sampled if one.sampled else 1.0
    values: list[str | None] = []
    for _ in range(SAMPLE_ROWS):
        if not known or chance.random() < nulls:
            values.append(None)
            continue
        if spread:
            values.append(_drawn(spread, chance))
            continue
        value = chance.choices(known, weights)[0]
        values.append(form_of(value) if _is_masked(column) else value)
    return values
