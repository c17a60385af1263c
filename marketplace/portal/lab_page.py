"""What the lab's page shows: what I may read, what I typed, what I ran, how far I have come."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlencode
from uuid import UUID

from django.conf import settings
from django.http import QueryDict
from django.urls import reverse

from catalog.models import OutputPort, SavedQuery, SchemaColumn
from catalog.queries import port_or_404, visible_products
from catalog.states import Status
from marketplace.connectors.parameters import names
from marketplace.kernel.actors import Actor
from marketplace.kernel.errors import NotFound
from marketplace.portal.product_queries import columns_by_port
from subscriptions import lab as limits_of
from subscriptions.models import AccessAgreement, LabRun
from subscriptions.provisioning import principal_of, variant_for
from subscriptions.queries import live, my_agreements, named, recent_runs

_WIDEST: Final = 14
_PAST: Final = 12
_OFFERED: Final = 5
_MOST_COLUMNS: Final = 400
_LONGEST_ID: Final = 18
VALUE: Final = "p."


@dataclass(frozen=True, slots=True)
class Asked:
    """What a page's address or form says: which source, which text, which values."""

    agreement: str = ""
    place: str = ""
    sql: str = ""
    query: str = ""
    run: str = ""
    values: Mapping[str, str | None] | None = None

    @property
    def query_id(self) -> int | None:
        """The saved query, when it is the number of one."""
        fits = self.query.isdecimal() and len(self.query) <= _LONGEST_ID
        return int(self.query) if fits else None


@dataclass(frozen=True, slots=True)
class Chosen:
    """The source in hand: an agreement of mine, or (before access) only its port."""

    port: OutputPort
    agreement: AccessAgreement | None = None

    @property
    def relation(self) -> str:
        """What stands after FROM; the agreement's own view where it holds a part of the port."""
        if self.agreement is None:
            return self.port.relation
        variant = variant_for(self.agreement.grant.handle)
        return f"{variant.relation_schema}.{variant.relation_name}"

    @property
    def place(self) -> str:
        """The port as addresses name it."""
        return place_of(self.port)


def read(given: QueryDict) -> Asked:
    """Read what was asked. A NUL in the text itself stays, for the refusal to name it."""

    def text(name: str) -> str:
        return str(given.get(name, "")).replace("\x00", "")

    values: dict[str, str | None] = {
        name.removeprefix(VALUE): text(name) for name in given if name.startswith(VALUE)
    }
    return Asked(
        text("agreement"), text("port"), given.get("sql", ""), text("query"), text("run"), values
    )


def place_of(port: OutputPort) -> str:
    """Name a port in an address: `<product>:<port>@<version>`."""
    return f"{port.product.key}:{port.name}@{port.version_name}"


def held(actor: Actor) -> list[AccessAgreement]:
    """Give my live agreements, by product and port."""
    found = named(live(my_agreements(actor)))
    rows = list(found.order_by("port__product__name", "port__name", "pk"))
    for one in rows:
        one.grant.handle.port = one.port  # read already: no statement for each
    return rows


def choose(
    actor: Actor, mine: list[AccessAgreement], asked: Asked, *, fall_back: bool = True
) -> Chosen | None:
    """Give the source in hand: the agreement named, mine on the port named, else the port alone.

    Without a name the first that is active. Raises NotFound for a port that I cannot see.
    """
    for one in mine:
        if str(one.pk) == asked.agreement:
            return Chosen(one.port, one)
    if asked.place:
        key, _, rest = asked.place.partition(":")
        name, _, version = rest.partition("@")
        port = port_or_404(actor, key, name, version or None)
        found = next((a for a in mine if a.port_id == port.pk and a.state == "active"), None)
        return Chosen(port, found)
    active = [one for one in mine if one.state == "active"]
    if active and fall_back and not asked.agreement:
        return Chosen(active[0].port, active[0])
    return None


def opened(
    actor: Actor, asked: Asked, mine: list[AccessAgreement]
) -> tuple[Asked, SavedQuery | None]:
    """Take text, values and source from the run or the saved query that was named."""
    past = _past_run(actor, asked.run)
    if past is not None:
        values = dict(past.values)
        query = str(past.query_id or "")
        return Asked(str(past.agreement_id), "", past.sql, query, "", values), past.query
    saved = (
        SavedQuery.objects.select_related("port__product")
        .filter(pk=asked.query_id, port__product__in=visible_products(actor).values("pk"))
        .first()
        if asked.query_id is not None
        else None
    )
    if saved is None:
        return asked, None
    mine_on = [str(a.pk) for a in mine if a.port_id == saved.port_id]
    fits = asked.agreement in mine_on
    place = "" if fits else place_of(saved.port)
    agreement = asked.agreement if fits else ""
    return Asked(agreement, place, asked.sql, asked.query, "", asked.values), saved


def context(
    actor: Actor,
    mine: list[AccessAgreement],
    chosen: Chosen | None,
    asked: Asked,
    saved: SavedQuery | None = None,
) -> dict[str, Any]:
    """Give all that the page shows but the result."""
    sql = asked.sql.replace("\x00", "") or _first_sql(chosen, saved)
    ports = [one.port for one in mine]
    if chosen is not None and chosen.agreement is None:
        ports.append(chosen.port)
    columns = columns_by_port(ports)
    few = sum(map(len, columns.values())) <= _MOST_COLUMNS
    agreement = chosen.agreement if chosen else None
    relation = chosen.relation if chosen else ""
    return {
        "sources": [_source(one, columns[one.port_id], chosen, few=few) for one in mine],
        "chosen": agreement,
        "port": chosen.port if chosen else None,
        "place": chosen.place if chosen else "",
        "synthetic": chosen is not None and agreement is None,
        "try_columns": _columns(columns[chosen.port.pk], None) if chosen and not agreement else [],
        "offers": _offers(actor, mine) if not agreement else [],
        "chosen_name": f"{chosen.port.product.name}, {chosen.port.name}" if chosen else "",
        "role": principal_of(agreement.grant).role(settings.PLATFORM_ENV) if agreement else "",
        "relation": relation,
        "schema": relation.partition(".")[0],
        "table": relation.partition(".")[2],
        "sql": sql,
        "params": params(sql, asked.values or {}),
        "query": saved,
        "queries": _queries(chosen, saved),
        "limits": limits_of.limits(),
        "history": [_past(row) for row in recent_runs(actor, _PAST)],
        "share": _share(chosen, sql, saved),
        "nav": "lab",
    }


def params(sql: str, values: Mapping[str, str | None]) -> list[dict[str, Any]]:
    """Give the parameters of a text with the values that are known."""
    return [
        {"name": name, "field": f"{VALUE}{name}", "value": values.get(name) or ""}
        for name in names(sql)
    ]


def _past_run(actor: Actor, wanted: str) -> LabRun | None:
    try:
        key = UUID(wanted)
    except ValueError:
        return None
    return LabRun.objects.filter(actor=actor.subject, pk=key).select_related("query").first()


def _first_sql(chosen: Chosen | None, saved: SavedQuery | None) -> str:
    if chosen is None:
        return ""
    if saved is not None and saved.port_id == chosen.port.pk:
        return saved.sql.replace("{relation}", chosen.relation).strip()
    return f"SELECT *\nFROM {chosen.relation}\nLIMIT 100"


def _source(
    agreement: AccessAgreement, columns: list[SchemaColumn], chosen: Chosen | None, *, few: bool
) -> dict[str, Any]:
    on = chosen is not None and chosen.agreement is not None and agreement.pk == chosen.agreement.pk
    names_of = set(agreement.grant.handle.columns)
    return {
        "agreement": agreement,
        "relation": Chosen(agreement.port, agreement).relation,
        "href": f"{reverse('lab')}?agreement={agreement.pk}",
        "on": on,
        "columns": _columns(columns, names_of) if few or on else [],
        "count": len(names_of) or len(columns),
    }


def _columns(columns: list[SchemaColumn], shown: set[str] | None) -> list[dict[str, str]]:
    return [
        {"name": one.name, "type": _short_type(one), "note": one.description}
        for one in columns
        if not shown or one.name in shown
    ]


def _short_type(column: SchemaColumn) -> str:
    """Give a type that fits beside a name: the platform's, or the contract's word for it."""
    kind = column.physical_type
    return kind if kind and len(kind) <= _WIDEST else column.logical_type or kind


def _offers(actor: Actor, mine: list[AccessAgreement]) -> list[dict[str, str]]:
    """Give ports that I may see and do not read yet, the most used first: to try out."""
    rows = (
        OutputPort.objects.select_related("product", "platform")
        .filter(
            product__in=visible_products(actor).values("pk"),
            product__status__in=[Status.ACTIVE, Status.DEPRECATED],
            status=Status.ACTIVE,
            platform__kind="postgres",
        )
        .exclude(relation_name="")
        .exclude(contract=None)
        .exclude(pk__in=[one.port_id for one in mine])
        .order_by("-product__consumers", "product__name", "position")[:_OFFERED]
    )
    return [
        {
            "name": f"{port.product.name}, {port.name}",
            "href": f"{reverse('lab')}?{urlencode({'port': place_of(port)})}",
        }
        for port in rows
    ]


def _queries(chosen: Chosen | None, saved: SavedQuery | None) -> list[dict[str, Any]]:
    if chosen is None:
        return []
    rows = SavedQuery.objects.filter(port_id=chosen.port.pk).order_by("-runs", "pk")[:_PAST]
    source = {"agreement": str(chosen.agreement.pk)} if chosen.agreement else {"port": chosen.place}
    return [
        {
            "title": one.title,
            "note": one.description,
            "on": saved is not None and one.pk == saved.pk,
            "href": f"{reverse('lab')}?{urlencode(source | {'query': str(one.pk)})}",
        }
        for one in rows
    ]


def _share(chosen: Chosen | None, sql: str, saved: SavedQuery | None) -> str:
    """Give an address that opens the same for somebody else, by their own access or none."""
    if chosen is None:
        return ""
    if saved is not None:
        return f"{reverse('lab')}?query={saved.pk}"
    return f"{reverse('lab')}?{urlencode({'port': chosen.place, 'sql': sql})}"


def _past(row: LabRun) -> dict[str, Any]:
    return {
        "run": row,
        "sql": " ".join(row.sql.split()),
        "href": f"{reverse('lab')}?run={row.pk}",
    }


def require(chosen: Chosen | None) -> Chosen:
    """Give the source, or refuse: there is none."""
    if chosen is None:
        raise NotFound
    return chosen
