"""The catalog as rows, for operators: nothing is edited; buttons call actions."""

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from catalog.actions.platforms import check_platform, prepare_platform
from catalog.actions.products import deprecate, publish, retire
from catalog.models import (
    ChangeProposal,
    ContractVersion,
    DataContract,
    DataProduct,
    Domain,
    LineageEdge,
    LineageEvent,
    LineageNode,
    OutputPort,
    PlatformConnection,
    PortProfile,
    QualityResult,
    SavedQuery,
    SchemaColumn,
    ServiceLevelWindow,
)
from marketplace.kernel.identity.admin import ReadOnly, site


@admin.register(Domain, site=site)
class Domains(ReadOnly):
    """The tree of domains."""

    list_display = ("slug", "name", "parent", "owner_team")
    list_select_related = ("parent", "owner_team")
    search_fields = ("slug", "name")


@admin.register(DataProduct, site=site)
class Products(ReadOnly):
    """Products; their life goes on by actions, which ask who may."""

    hidden = ("search",)
    list_display = ("key", "name", "status", "scope", "certification", "owner_team", "score")
    list_select_related = ("owner_team",)
    list_filter = ("status", "scope", "certification", "classification")
    search_fields = ("key", "name")
    actions = ("offer", "leave", "end")

    @admin.action(description="Publish")
    def offer(self, request: HttpRequest, rows: QuerySet[DataProduct]) -> None:
        """Call the action for each."""
        self.each(request, rows, lambda actor, row: publish(actor, key=row.key), "published.")

    @admin.action(description="Deprecate")
    def leave(self, request: HttpRequest, rows: QuerySet[DataProduct]) -> None:
        """Call the action for each."""
        self.each(request, rows, lambda actor, row: deprecate(actor, key=row.key), "deprecated.")

    @admin.action(description="Retire")
    def end(self, request: HttpRequest, rows: QuerySet[DataProduct]) -> None:
        """Call the action for each."""
        self.each(request, rows, lambda actor, row: retire(actor, key=row.key), "retired.")


@admin.register(OutputPort, site=site)
class Ports(ReadOnly):
    """Output ports."""

    list_display = ("product", "name", "version_name", "interface", "status", "platform")
    list_select_related = ("product", "platform")
    list_filter = ("interface", "status", "classification")
    search_fields = ("product__key", "name", "resource", "relation_name")


@admin.register(PlatformConnection, site=site)
class Platforms(ReadOnly):
    """Connections to platforms, without their secrets."""

    hidden = ("secret",)
    list_display = ("key", "name", "kind", "checked_at")
    actions = ("check_again", "prepare")

    @admin.action(description="Check what the credential lacks")
    def check_again(self, request: HttpRequest, rows: QuerySet[PlatformConnection]) -> None:
        """Call the action for each."""
        self.each(request, rows, lambda actor, row: check_platform(actor, key=row.key), "checked.")

    @admin.action(description="Prepare, then check")
    def prepare(self, request: HttpRequest, rows: QuerySet[PlatformConnection]) -> None:
        """Call the action for each."""
        self.each(
            request, rows, lambda actor, row: prepare_platform(actor, key=row.key), "prepared."
        )


@admin.register(DataContract, site=site)
class Contracts(ReadOnly):
    """Contracts."""

    list_display = ("key", "product")
    list_select_related = ("product",)
    search_fields = ("key", "product__key")


@admin.register(ContractVersion, site=site)
class ContractVersions(ReadOnly):
    """Versions of contracts with their text."""

    list_display = ("contract", "version_name", "status", "released_at")
    list_select_related = ("contract",)
    list_filter = ("status",)
    search_fields = ("contract__key",)


@admin.register(SchemaColumn, site=site)
class Columns(ReadOnly):
    """Columns of contract versions."""

    hidden = ("search",)
    list_display = ("name", "contract_version_id", "physical_type", "classification")
    list_filter = ("classification", "personal_data")
    search_fields = ("name",)


@admin.register(ChangeProposal, site=site)
class Changes(ReadOnly):
    """Proposed changes of contracts."""

    list_display = ("contract", "to_version", "impact", "state", "proposed_by", "effective_at")
    list_select_related = ("contract",)
    list_filter = ("state", "impact")
    search_fields = ("contract__key", "proposed_by")


@admin.register(QualityResult, site=site)
class Results(ReadOnly):
    """Results of quality checks."""

    list_display = ("product", "check_key", "status", "source", "observed_at")
    list_select_related = ("product",)
    list_filter = ("status", "dimension")
    search_fields = ("product__key", "check_key")


@admin.register(ServiceLevelWindow, site=site)
class Windows(ReadOnly):
    """Days against the promises."""

    list_display = ("product", "day", "state", "basis")
    list_select_related = ("product",)
    list_filter = ("state",)
    search_fields = ("product__key",)


@admin.register(PortProfile, site=site)
class Profiles(ReadOnly):
    """What ports hold."""

    list_display = ("port_id", "rows", "sample_kind", "taken_at")


@admin.register(SavedQuery, site=site)
class Queries(ReadOnly):
    """Kept queries."""

    list_display = ("title", "port_id", "author", "declared", "runs")
    list_filter = ("declared",)
    search_fields = ("title", "slug", "author")


@admin.register(LineageNode, site=site)
class Nodes(ReadOnly):
    """Nodes of the graph."""

    list_display = ("urn", "kind", "name")
    list_filter = ("kind",)
    search_fields = ("urn", "name")


@admin.register(LineageEdge, site=site)
class Edges(ReadOnly):
    """Edges of the graph."""

    list_display = ("source", "target", "kind", "reason", "since")
    list_select_related = ("source", "target")
    list_filter = ("kind",)
    search_fields = ("source__urn", "target__urn")


@admin.register(LineageEvent, site=site)
class ReceivedEvents(ReadOnly):
    """OpenLineage events as they came."""

    list_display = ("key", "sender", "received_at")
    search_fields = ("key", "sender")
