"""How the catalog's things look in answers. State fields are only ever read."""

from typing import Any

from rest_framework import serializers
from rest_framework.fields import (
    BooleanField,
    CharField,
    DateTimeField,
    DictField,
    IntegerField,
    ListField,
    SerializerMethodField,
    UUIDField,
)

from catalog.models import Ask, ChangeProposal, Domain, OutputPort, SavedQuery


class Shown(serializers.Serializer[Any]):
    """The base of every answer."""


class Words(ListField):
    """A list of texts."""

    child = CharField()


class DomainShown(Shown):
    """A domain. ``hue`` is the index of its colour, 0 to 7."""

    slug = CharField()
    name = CharField()
    description = CharField()
    parent = CharField(source="parent.slug", default=None, allow_null=True)  # type: ignore[assignment]  # the name in the answer
    owner_team = CharField(source="owner_team.slug")
    hue = IntegerField()
    etag = IntegerField(source="version")


class MemberShown(Shown):
    """One account in a team."""

    username = CharField(source="user.username")
    role = CharField()


class TeamShown(Shown):
    """A team with its members."""

    slug = CharField()
    name = CharField()
    description = CharField()
    domain = CharField(allow_blank=True)
    email = CharField(allow_blank=True)
    members = MemberShown(source="memberships", many=True)
    etag = IntegerField(source="version")


class CardPortShown(Shown):
    """A port on a product's card."""

    name = CharField()
    version = CharField()
    interface = CharField()
    platform = CharField(allow_null=True)


class CardShown(Shown):
    """A product as one row of a list."""

    key = CharField()
    name = CharField()
    purpose = CharField()
    domain = CharField()
    domain_name = CharField()
    hue = IntegerField()
    owner_team = CharField()
    version = CharField()
    status = CharField()
    certification = CharField()
    classification = CharField()
    personal_data = BooleanField()
    tags = Words()
    interfaces = Words()
    ports = CardPortShown(many=True)
    score = IntegerField(allow_null=True)
    petals = ListField(child=IntegerField())
    consumers = IntegerField()
    instant = BooleanField()
    refreshed_at = DateTimeField(allow_null=True)
    matched_column = CharField(allow_null=True, required=False)


class OptionShown(Shown):
    """One value of a facet."""

    value = CharField()
    label = CharField()  # type: ignore[assignment]  # the name in the answer
    count = IntegerField()
    selected = BooleanField()


class ProductsShown(Shown):
    """A page of products. ``previous`` is null: these pages go forward only."""

    results = CardShown(many=True)
    next = CharField(allow_null=True)
    previous = CharField(allow_null=True)
    total = IntegerField()
    corrected = CharField(allow_blank=True)
    facets = DictField(child=OptionShown(many=True), required=False)


class DetailPortShown(CardPortShown):
    """A port on a product's own page."""

    description = CharField(allow_blank=True)
    status = CharField()
    relation = CharField(allow_null=True)
    contract = CharField(allow_null=True)
    contract_version = CharField(allow_null=True)
    classification = CharField()
    personal_data = BooleanField()


class InputShown(Shown):
    """What a product reads."""

    name = CharField()
    contract = CharField(allow_null=True)


class ManagementShown(Shown):
    """Where a product is observed or controlled."""

    name = CharField()
    content = CharField(allow_blank=True)
    url = CharField(allow_blank=True)


class SupportShown(Shown):
    """Where people ask for help."""

    channel = CharField()
    url = CharField(allow_blank=True)


class DetailShown(Shown):
    """A product, the same for everybody who may see it."""

    key = CharField()
    name = CharField()
    purpose = CharField(allow_blank=True)
    domain = CharField()
    domain_name = CharField()
    hue = IntegerField()
    owner_team = CharField()
    version = CharField()
    status = CharField()
    type = CharField(allow_blank=True)
    scope = CharField()
    certification = CharField()
    classification = CharField()
    personal_data = BooleanField()
    tags = Words()
    interfaces = Words()
    ports = DetailPortShown(many=True)
    inputs = InputShown(many=True)
    management = ManagementShown(many=True)
    row_meaning = CharField(allow_blank=True, required=False)
    good_for = Words(required=False)
    not_for = Words(required=False)
    usage = CharField(allow_blank=True, required=False)
    limitations = CharField(allow_blank=True, required=False)
    documentation = CharField(allow_blank=True, required=False)
    support = SupportShown(many=True, required=False)
    score = IntegerField(allow_null=True)
    petals = ListField(child=IntegerField())
    consumers = IntegerField()
    instant = BooleanField()
    refreshed_at = DateTimeField(allow_null=True)
    etag = IntegerField()


class PortShown(Shown):
    """A port of a product."""

    product = CharField(source="product.key")
    name = CharField()
    version = CharField(source="version_name")
    description = CharField(allow_blank=True)
    interface = CharField()
    status = CharField()
    platform = CharField(source="platform.key", default=None, allow_null=True)
    relation = SerializerMethodField()
    contract = CharField(source="contract.contract.key", default=None, allow_null=True)
    contract_version = CharField(source="contract.version_name", default=None, allow_null=True)
    classification = CharField()
    personal_data = BooleanField()
    columns = Words()
    etag = IntegerField(source="version")

    def get_relation(self, port: OutputPort) -> str | None:
        """What a consumer writes after FROM."""
        return port.relation or None


class ColumnShown(Shown):
    """A column of a port."""

    name = CharField()
    type = CharField(allow_blank=True)
    description = CharField(allow_blank=True)
    classification = CharField()
    nullable = BooleanField()
    key = BooleanField()
    personal_data = BooleanField()
    masked = CharField()


class SchemaShown(Shown):
    """What a port promises."""

    version = CharField(allow_null=True)
    columns = ColumnShown(many=True)


class SampleShown(Shown):
    """Sample rows and profile, with how they were made; ``kind`` is none when none were taken."""

    kind = CharField()
    basis = CharField(allow_blank=True)
    taken_at = DateTimeField(allow_null=True)
    row_count = IntegerField(allow_null=True)
    columns = serializers.JSONField()
    rows = serializers.JSONField()
    stream = DictField(allow_null=True)


class SnippetShown(Shown):
    """One way to connect."""

    kind = CharField()
    title = CharField()
    text = CharField()


class SnippetsShown(Shown):
    """How to connect; ``relation`` is what to write after FROM."""

    relation = CharField(allow_null=True)
    snippets = SnippetShown(many=True)


class QueryShown(Shown):
    """A query worth keeping. ``{relation}`` in it stands for the port's published relation."""

    key = SerializerMethodField()
    product = CharField(source="port.product.key")
    port = CharField(source="port.name")
    port_version = CharField(source="port.version_name")
    slug = CharField()
    title = CharField()
    description = CharField(allow_blank=True)
    sql = CharField()
    author = CharField(allow_blank=True)
    declared = BooleanField()
    forked_from = CharField(source="forked_from.slug", default=None, allow_null=True)
    runs = IntegerField()
    created_at = DateTimeField()
    etag = IntegerField(source="version")

    def get_key(self, query: SavedQuery) -> str:
        """Its address below /queries."""
        return f"{query.port.product.key}:{query.port.name}:{query.slug}"


class ChangeShown(Shown):
    """A change of a contract that consumers are told of before it happens."""

    id = UUIDField()
    product = CharField(source="contract.product.key")
    contract = CharField(source="contract.key")
    from_version = CharField(source="base.version_name")
    to_version = CharField()
    suggested_version = CharField()
    impact = CharField()
    state = CharField()
    note = CharField(allow_blank=True)
    differences = ListField(child=DictField())
    proposed_by = CharField()
    effective_at = DateTimeField(allow_null=True)
    created_at = DateTimeField()
    released_at = DateTimeField(allow_null=True)
    etag = IntegerField(source="version")


class AppliedShown(Shown):
    """What became of one document."""

    kind = CharField()
    key = CharField()
    outcome = CharField()


class OutcomeShown(Shown):
    """What became of a bundle, with remarks that stopped nothing."""

    documents = AppliedShown(many=True)
    warnings = Words()


class NodeShown(Shown):
    """A node of the graph."""

    id = CharField()
    kind = CharField()
    name = CharField()
    level = IntegerField()
    product = CharField(allow_null=True)
    domain = CharField(allow_null=True)
    hue = IntegerField(allow_null=True)
    status = CharField(allow_null=True)
    score = IntegerField(allow_null=True)


class ColumnFlowShown(Shown):
    """A column that feeds a column; an empty ``to_column`` means rows as a whole."""

    from_column = CharField()
    to = CharField()
    to_column = CharField(allow_blank=True)
    transformation = CharField(allow_blank=True)
    masking = BooleanField()
    job = CharField(allow_blank=True)

    def get_fields(self) -> dict[str, Any]:
        """Add ``from``, which is no name in Python."""
        return {"from": CharField(), **super().get_fields()}


class GraphShown(Shown):
    """Who feeds whom around one node. Edges have from, to, kind and reason."""

    nodes = NodeShown(many=True)
    edges = ListField(child=DictField(child=CharField(allow_blank=True)))
    total_nodes = IntegerField()
    truncated = BooleanField()
    columns = ColumnFlowShown(many=True)


class LineageAccepted(Shown):
    """How many OpenLineage events were taken."""

    accepted = IntegerField()


class LineageSummary(Shown):
    """Numbers of a batch."""

    received = IntegerField()
    successful = IntegerField()
    failed = IntegerField()
    retriable = IntegerField()
    non_retriable = IntegerField()


class LineageFailure(Shown):
    """One event of a batch that was not taken."""

    index = IntegerField()
    reason = CharField()
    retriable = BooleanField()


class LineageBatch(Shown):
    """What became of a batch (OpenLineage, /lineage/batch)."""

    status = CharField()
    summary = LineageSummary()
    failed_events = LineageFailure(many=True)


def domain(row: Domain) -> dict[str, Any]:
    """Shape a domain."""
    return DomainShown(row).data


def port(row: OutputPort) -> dict[str, Any]:
    """Shape a port."""
    return PortShown(row).data


def query(row: SavedQuery) -> dict[str, Any]:
    """Shape a saved query."""
    return QueryShown(row).data


def change(row: ChangeProposal) -> dict[str, Any]:
    """Shape a change."""
    return ChangeShown(row).data


class AskShown(Shown):
    """Data that somebody asks for. ``product`` is the answer, when the caller may know of it."""

    id = UUIDField()
    title = CharField()
    text = CharField(allow_blank=True)
    columns = Words()
    query = CharField(allow_blank=True)
    domain = CharField(source="domain.slug", default=None, allow_null=True)
    author = CharField()
    state = CharField()
    team = CharField(source="team.slug", default=None, allow_null=True)
    product = SerializerMethodField()
    outcome = CharField(allow_blank=True)
    votes = IntegerField()
    created_at = DateTimeField()
    ended_at = DateTimeField(allow_null=True)

    def get_product(self, row: Ask) -> str | None:
        """Give the answer's key, unless it is hidden from the caller."""
        seen: set[str] | None = self.context.get("seen")
        key = row.product.key if row.product else None
        return key if seen is None or key in seen else None


class SavedSearchShown(Shown):
    """A search that the caller keeps."""

    id = UUIDField()
    name = CharField()
    params = CharField(allow_blank=True)
    alert = BooleanField()
    created_at = DateTimeField()
