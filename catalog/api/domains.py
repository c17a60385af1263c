"""Domains and teams."""

from typing import Any

from django.db.models import Prefetch, Q, QuerySet
from django_filters import CharFilter
from rest_framework.request import Request
from rest_framework.response import Response

from catalog.actions import domains
from catalog.api import shapes
from catalog.api.bodies import DomainBody, TeamBody
from catalog.descriptors.model import DomainDescriptor, Member, TeamDescriptor
from catalog.models import Domain as DomainRow
from marketplace.kernel.actors import CARETAKER
from marketplace.kernel.errors import FieldProblem, Invalid, NotFound
from marketplace.kernel.identity.models import Membership
from marketplace.kernel.identity.models import Team as TeamRow
from marketplace.kernel.rest.endpoints import Endpoint
from marketplace.kernel.rest.filters import Filters
from marketplace.kernel.rest.operations import operation


class DomainFilters(Filters):
    """Filters of domains."""

    q = CharFilter(method="words", help_text="Part of the slug or name.")
    parent = CharFilter(field_name="parent__slug", help_text="The domain above.")

    def words(self, rows: QuerySet[DomainRow], _name: str, value: str) -> QuerySet[DomainRow]:
        """Narrow by slug or name."""
        return rows.filter(Q(slug__icontains=value) | Q(name__icontains=value))


class TeamFilters(Filters):
    """Filters of teams."""

    q = CharFilter(method="words", help_text="Part of the slug or name.")
    domain = CharFilter(help_text="The domain that the team belongs to.")

    def words(self, rows: QuerySet[TeamRow], _name: str, value: str) -> QuerySet[TeamRow]:
        """Narrow by slug or name."""
        return rows.filter(Q(slug__icontains=value) | Q(name__icontains=value))


class Domains(Endpoint):
    """The tree of domains."""

    @operation(scope="read", gives=shapes.DomainShown, page=True, filters=DomainFilters)
    def get(self, request: Request) -> Response:  # noqa: ARG002
        """List domains by their slug."""
        return self.page(_domains(), shapes.DomainShown, order="slug")


class Domain(Endpoint):
    """One domain."""

    @operation(scope="read", gives=shapes.DomainShown, match=True)
    def get(self, request: Request, slug: str) -> Response:  # noqa: ARG002
        """Read a domain."""
        return self.show(shapes.domain(_domain(slug)))

    @operation(scope="admin", takes=DomainBody, gives=shapes.DomainShown, match=True, dry=True)
    def put(self, request: Request, slug: str) -> Response:  # noqa: ARG002
        """Create or replace a domain. Replacing needs If-Match."""
        _slug(slug)
        version = self.version_needed(exists=DomainRow.objects.filter(slug=slug).exists())
        return self._save(slug, self.body(), version)

    @operation(scope="admin", takes=DomainBody, gives=shapes.DomainShown, match=True, dry=True)
    def patch(self, request: Request, slug: str) -> Response:  # noqa: ARG002
        """Change some fields of a domain."""
        row = _domain(slug)
        version = self.version_needed(exists=True)
        kept = {
            "name": row.name,
            "description": row.description,
            "parent": row.parent.slug if row.parent else None,
            "owner_team": row.owner_team.slug,
            "hue": None,
        }
        return self._save(slug, kept | self._sent(DomainBody), version)

    @operation(scope="admin", status=204, match=True, dry=True)
    def delete(self, request: Request, slug: str) -> Response:  # noqa: ARG002
        """Delete a domain that holds nothing."""
        return self.act(_nothing, domains.delete_domain, slug=slug)

    def _sent(self, kind: type[DomainBody]) -> dict[str, Any]:
        given = self.body(kind, partial=True)
        return {name: value for name, value in given.items() if name in self.request.data}

    def _save(self, slug: str, given: dict[str, Any], version: int | None) -> Response:
        parent = given.pop("parent") or ""
        wanted = DomainDescriptor(id=slug, parent=parent, **given)
        return self.act(shapes.domain, domains.save_domain, wanted=wanted, version=version)


class Teams(Endpoint):
    """The teams that own and consume."""

    @operation(scope="read", gives=shapes.TeamShown, page=True, filters=TeamFilters)
    def get(self, request: Request) -> Response:  # noqa: ARG002
        """List teams by their slug."""
        return self.page(_teams(), shapes.TeamShown, order="slug")


class Team(Endpoint):
    """One team."""

    @operation(scope="read", gives=shapes.TeamShown, match=True)
    def get(self, request: Request, slug: str) -> Response:  # noqa: ARG002
        """Read a team with its members."""
        return self.show(shapes.TeamShown(_team(slug)).data)

    @operation(scope="admin", takes=TeamBody, gives=shapes.TeamShown, match=True, dry=True)
    def put(self, request: Request, slug: str) -> Response:  # noqa: ARG002
        """Create or replace a team. Replacing needs If-Match."""
        _slug(slug)
        version = self.version_needed(exists=TeamRow.objects.filter(slug=slug).exists())
        return self._save(slug, self.body(), version)

    @operation(scope="admin", takes=TeamBody, gives=shapes.TeamShown, match=True, dry=True)
    def patch(self, request: Request, slug: str) -> Response:  # noqa: ARG002
        """Change some fields of a team."""
        row = _team(slug)
        version = self.version_needed(exists=True)
        given = self.body(partial=True)
        kept = {name: getattr(row, name) for name in ("name", "description", "domain", "email")}
        sent = {name: value for name, value in given.items() if name in self.request.data}
        return self._save(slug, kept | sent, version)

    @operation(scope="admin", status=204, match=True, dry=True)
    def delete(self, request: Request, slug: str) -> Response:  # noqa: ARG002
        """Delete a team that has no members and owns nothing."""
        return self.act(_nothing, domains.delete_team, slug=slug)

    def _save(self, slug: str, given: dict[str, Any], version: int | None) -> Response:
        members = tuple(Member(**one) for one in given.pop("members", ()))
        wanted = TeamDescriptor(id=slug, members=members, **given)
        return self.act(_team_shown, domains.save_team, wanted=wanted, version=version)


def _domains() -> QuerySet[DomainRow]:
    return DomainRow.objects.select_related("owner_team", "parent")


def _teams() -> QuerySet[TeamRow]:
    members = (
        Membership.objects.select_related("user").exclude(role=CARETAKER).order_by("user__username")
    )
    return TeamRow.objects.prefetch_related(Prefetch("memberships", members))


def _domain(slug: str) -> DomainRow:
    row = _domains().filter(slug=slug).first()
    if row is None:
        raise NotFound
    return row


def _team(slug: str) -> TeamRow:
    row = _teams().filter(slug=slug).first()
    if row is None:
        raise NotFound
    return row


def _team_shown(row: TeamRow) -> dict[str, Any]:
    return shapes.TeamShown(_team(row.slug)).data


def _nothing(_result: None) -> None:
    return None


def _slug(text: str) -> None:
    clean = text.replace("-", "a")
    if not (clean.isascii() and clean.isalnum() and clean == clean.lower() and text[0].isalpha()):
        words = "Lower-case letters, digits and hyphens, from a letter on."
        raise Invalid(FieldProblem("/slug", "slug", words))
    if len(text) > 80:  # noqa: PLR2004 - what the column holds
        raise Invalid(FieldProblem("/slug", "too-long", "At most 80 characters."))
