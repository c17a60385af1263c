"""Keep queries for others."""

import re
from dataclasses import replace
from itertools import count
from typing import Final

from django.db.models import F
from django.utils.text import slugify

from catalog.events import QueryRan, QueryRemoved, QuerySaved
from catalog.models import OutputPort, SavedQuery
from catalog.permissions import may_change_query, may_keep_books, may_save_query
from catalog.queries.ports import port_or_404
from catalog.queries.products import visible_products
from marketplace.kernel.actions import action, require
from marketplace.kernel.actors import Actor
from marketplace.kernel.errors import FieldProblem, Invalid, NotFound, Stale
from marketplace.kernel.events.log import record

_SLUG: Final = re.compile(r"^[a-z0-9]+(?:[-_][a-z0-9]+)*$")
_SLUG_LENGTH: Final = 120
_TITLE_LENGTH: Final = 200
_TEXT_LENGTH: Final = 20_000


@action
def save_query(
    actor: Actor,
    *,
    key: str,
    port: str,
    slug: str,
    title: str,
    sql: str,
    description: str = "",
    port_version: str | None = None,
    version: int | None = None,
) -> SavedQuery:
    """Keep a query on a port, or change one's own; ``{relation}`` stands for what the port is.

    Queries that the product's descriptor declares are changed there.
    """
    place = port_or_404(actor, key, port, port_version)
    require(actor, may_save_query)
    _check(slug, title, sql, description)
    kept = SavedQuery.objects.select_for_update(no_key=True).filter(port=place, slug=slug).first()
    if kept is not None:
        require(actor, may_change_query, kept, place.product)
        if version is not None and version != kept.version:
            raise Stale(version=kept.version)
    row = kept or SavedQuery(port=place, slug=slug, author=actor.subject)
    row.title, row.description, row.sql = title, description, sql
    if kept is not None:
        row.version += 1
    row.save()
    record(_about(place, QuerySaved, slug))
    return row


@action
def keep_query(
    actor: Actor,
    *,
    key: str,
    port: str,
    title: str,
    sql: str,
    description: str = "",
    port_version: str | None = None,
    forked_from: int | None = None,
) -> SavedQuery:
    """Keep a new query under a name made from its title; ``forked_from`` is what it began as."""
    place = port_or_404(actor, key, port, port_version)
    require(actor, may_save_query)
    slug = _free_slug(place, title)
    _check(slug, title, sql, description)
    origin = SavedQuery.objects.filter(pk=forked_from or 0, port=place).first()
    row = SavedQuery.objects.create(
        port=place,
        slug=slug,
        title=title,
        description=description,
        sql=sql,
        author=actor.subject,
        forked_from=origin,
    )
    record(replace(_about(place, QuerySaved, slug), forked_from=origin.slug if origin else ""))
    return row


@action
def remove_query(actor: Actor, *, query_id: int) -> None:
    """Take a query out of the library; its runs stay. Its author may, and the product's owners."""
    row = (
        SavedQuery.objects.select_related("port__product__owner_team", "port__product__domain")
        .filter(pk=query_id, port__product__in=visible_products(actor).values("pk"))
        .first()
    )
    if row is None:
        raise NotFound
    require(actor, may_change_query, row, row.port.product)
    record(_about(row.port, QueryRemoved, row.slug))
    row.delete()


def _free_slug(place: OutputPort, title: str) -> str:
    """Make a name from a title that no query of the port has yet."""
    plain = slugify(title)[: _SLUG_LENGTH - 8].strip("-_") or "query"
    taken = set(
        SavedQuery.objects.filter(port=place, slug__startswith=plain).values_list("slug", flat=True)
    )
    numbered = (f"{plain}-{number}" for number in count(2))
    return plain if plain not in taken else next(one for one in numbered if one not in taken)


@action
def count_run(actor: Actor, *, query_id: int) -> None:
    """Count that a kept query was run; the popular ones stand first."""
    require(actor, may_keep_books)
    row = SavedQuery.objects.select_related("port__product__owner_team").get(pk=query_id)
    SavedQuery.objects.filter(pk=row.pk).update(runs=F("runs") + 1)
    record(_about(row.port, QueryRan, row.slug))


def _about[E: (QuerySaved, QueryRan, QueryRemoved)](
    port: OutputPort, kind: type[E], slug: str
) -> E:
    product = port.product
    return kind(
        subject=f"port/{product.key}/{port.name}",
        product=product.key,
        teams=(product.owner_team.slug,),
        port=port.name,
        query=slug,
    )


def _check(slug: str, title: str, sql: str, description: str) -> None:
    problems = []
    if not _SLUG.match(slug) or len(slug) > _SLUG_LENGTH:
        problems.append(
            FieldProblem("/name", "bad-form", "Lower-case letters and digits, joined by hyphens.")
        )
    if not 0 < len(title.strip()) <= _TITLE_LENGTH:
        problems.append(
            FieldProblem("/title", "wrong-text", f"A text of 1 to {_TITLE_LENGTH} characters.")
        )
    if not 0 < len(sql.strip()) <= _TEXT_LENGTH:
        problems.append(
            FieldProblem("/sql", "wrong-text", f"A text of 1 to {_TEXT_LENGTH} characters.")
        )
    problems += [
        FieldProblem(f"/{name}", "control-character", "This has a character that is no text.")
        for name, text in (("sql", sql), ("title", title), ("description", description))
        if any(ord(char) < ord(" ") and char not in "\n\r\t" for char in text)
    ]
    if problems:
        raise Invalid(*problems)
