"""What the catalog takes: the fields of descriptors, in the API's spelling."""

from typing import Any

from rest_framework import serializers

from catalog.descriptors.model import (
    Definition,
    InputPortDescriptor,
    ManagementPortDescriptor,
    MaskRule,
    OutputPortDescriptor,
    ProductDescriptor,
    RowFilter,
    SavedQueryDescriptor,
    SupportChannel,
)
from catalog.states import CLASSIFICATION_ORDER, Certification, Interface, Scope, Status
from marketplace.connectors.grants import MASKINGS
from marketplace.kernel.actors import TEAM_ROLES
from marketplace.kernel.rest.bodies import Body, Flag, One, Slug, Text, Texts, Whole, Words

_HUES = 360
_SQL = 20_000
_DOCUMENT = 262_144


class DomainBody(Body):
    """A domain. ``hue`` is a colour on the wheel, 0 to 360."""

    name = Text(max_length=120)
    description = Words(required=False, allow_blank=True, default="")
    parent = Slug(required=False, allow_null=True, default=None)  # type: ignore[assignment]  # the name in the body
    owner_team = Slug()
    hue = Whole(required=False, allow_null=True, default=None, min_value=0, max_value=_HUES)


class MemberBody(Body):
    """A member of a team."""

    username = Text(max_length=150)
    role = One(*TEAM_ROLES, required=False, default="member")


class TeamBody(Body):
    """A team. Without ``members`` those it has stay."""

    name = Text(max_length=120)
    description = Words(required=False, allow_blank=True, default="")
    domain = Slug(required=False, allow_blank=True, default="")
    email = Text(required=False, allow_blank=True, default="", max_length=254)
    members = MemberBody(many=True, required=False, max_length=500)  # type: ignore[call-arg]


class FilterBody(Body):
    """A row condition of a port."""

    column = Text(max_length=120)
    op = Text(max_length=10)
    value = serializers.JSONField(required=False, default=None)


class PopularBody(Body):
    """A popular query of a port."""

    name = Slug(max_length=120)
    title = Text()
    description = Words(required=False, allow_blank=True, default="")
    sql = Words(max_length=_SQL, trim_whitespace=False)


class MaskBody(Body):
    """What a port shows instead of values: of one column, or of a classification and above."""

    column = Text(required=False, allow_blank=True, default="", max_length=120)
    classification = One(*CLASSIFICATION_ORDER, required=False, default="")
    how = One(*sorted(MASKINGS))
    keep = Whole(required=False, default=4, min_value=1, max_value=16)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Take a column or a classification, and not both."""
        if bool(attrs["column"]) == bool(attrs["classification"]):
            raise serializers.ValidationError("Name a column or a classification, not both.")
        return attrs


class PortBody(Body):
    """A port; its name is in the address."""

    version = Text(required=False, default="1", max_length=20)
    description = Words(required=False, allow_blank=True, default="")
    interface = One(*Interface.values, required=False, default="sql")
    contract = Text(required=False, allow_blank=True, default="", max_length=160)
    platform = Text(required=False, allow_blank=True, default="", max_length=60)
    resource = Text(required=False, allow_blank=True, default="")
    columns = Texts(required=False, default=list)
    row_filter = FilterBody(many=True, required=False, default=list)
    masks = MaskBody(many=True, required=False, default=list)
    queries = PopularBody(many=True, required=False, default=list)
    deprecated = Flag(required=False, default=False)


class NamedPortBody(PortBody):
    """A port of a product that is written as a whole."""

    name = Text(max_length=80)


class InputBody(Body):
    """What a product reads."""

    name = Text(max_length=120)
    version = Text(required=False, default="1", max_length=40)
    contract = Text(required=False, allow_blank=True, default="", max_length=160)


class ManagementBody(Body):
    """Where a product is observed or controlled."""

    name = Text(max_length=120)
    content = Text(required=False, allow_blank=True, default="", max_length=20)
    url = Text(required=False, allow_blank=True, default="", max_length=400)


class SupportBody(Body):
    """Where people ask for help."""

    channel = Text(max_length=120)
    url = Text(required=False, allow_blank=True, default="", max_length=400)


class ProductBody(Body):
    """The descriptor's fields. Ports, inputs and management ports that are left out stay."""

    name = Text(max_length=160)
    owner_team = Slug()
    version = Text(required=False, default="1.0.0", max_length=40)
    status = One(*Status.values, required=False, default="draft")
    type = Text(required=False, allow_blank=True, default="", max_length=20)
    scope = One(*Scope.values, required=False, default="organization")
    certification = One(*Certification.values, required=False)
    purpose = Words(required=False, allow_blank=True, default="")
    usage = Words(required=False, allow_blank=True, default="")
    limitations = Words(required=False, allow_blank=True, default="")
    tags = Texts(required=False, default=list, child=Text(max_length=60))
    documentation = Text(required=False, allow_blank=True, default="", max_length=400)
    row_meaning = Words(required=False, allow_blank=True, default="")
    good_for = Texts(required=False, default=list)
    not_for = Texts(required=False, default=list)
    support = SupportBody(many=True, required=False, default=list)
    ports = NamedPortBody(many=True, required=False, max_length=100)  # type: ignore[call-arg]
    inputs = InputBody(many=True, required=False, max_length=500)  # type: ignore[call-arg]
    management = ManagementBody(many=True, required=False, max_length=50)  # type: ignore[call-arg]


class ReasonBody(Body):
    """Why; people are told."""

    reason = Words(required=False, allow_blank=True, default="", max_length=2000)


class QueryBody(Body):
    """A query to keep; ``{relation}`` stands for the port's published relation."""

    title = Text()
    description = Words(required=False, allow_blank=True, default="")
    sql = Words(max_length=_SQL, trim_whitespace=False)


class QueryCopyBody(Body):
    """What a copy says otherwise; what is left out is as in the original."""

    title = Text(required=False, allow_blank=True, default="")
    description = Words(required=False, allow_blank=True, default="")
    sql = Words(max_length=_SQL, trim_whitespace=False, required=False, default="")


class ChangeBody(Body):
    """The next version of a contract as ODCS YAML: in ``text`` or, the same, ``contract``."""

    text = Words(max_length=_DOCUMENT, trim_whitespace=False, required=False, default="")
    contract = Words(max_length=_DOCUMENT, trim_whitespace=False, required=False, default="")
    note = Words(required=False, allow_blank=True, default="")
    effective_at = serializers.DateTimeField(required=False, allow_null=True, default=None)


class BundleBody(Body):
    """Descriptors as one YAML text; sent as such, or in this field, or as files of a form."""

    documents = Words(max_length=_DOCUMENT, trim_whitespace=False)


def product_of(
    key: str, given: dict[str, Any], kept: ProductDescriptor | None
) -> ProductDescriptor:
    """Give the descriptor that the fields mean; ``kept`` lends what was left out."""
    domain = key.partition(".")[0]
    base = kept or ProductDescriptor(key=key, domain=domain)
    documentation = given["documentation"]
    links = [d for d in base.definitions if d.type != "documentation"]
    if documentation:
        links.insert(0, Definition(type="documentation", url=documentation))
    return ProductDescriptor(
        key=key,
        domain=domain,
        name=given["name"],
        version=given["version"],
        status=given["status"],
        type=given["type"],
        purpose=given["purpose"],
        usage=given["usage"],
        limitations=given["limitations"],
        tags=tuple(given["tags"]),
        owner_team=given["owner_team"],
        publication_scope=given["scope"],
        certification=given.get("certification", base.certification),
        row_meaning=given["row_meaning"],
        good_for=tuple(given["good_for"]),
        not_for=tuple(given["not_for"]),
        support=tuple(SupportChannel(**one) for one in given["support"]),
        definitions=tuple(links),
        output_ports=tuple(port_of(one["name"], one) for one in given["ports"])
        if "ports" in given
        else base.output_ports,
        input_ports=tuple(
            InputPortDescriptor(name=i["name"], version=i["version"], contract_id=i["contract"])
            for i in given["inputs"]
        )
        if "inputs" in given
        else base.input_ports,
        management_ports=tuple(ManagementPortDescriptor(**m) for m in given["management"])
        if "management" in given
        else base.management_ports,
        custom=base.custom,
        extra=base.extra,
    )


def port_of(name: str, given: dict[str, Any]) -> OutputPortDescriptor:
    """Give the descriptor of one port."""
    return OutputPortDescriptor(
        name=name,
        version=given["version"],
        description=given["description"],
        type=given["interface"],
        contract_id=given["contract"],
        deprecated=given["deprecated"],
        platform=given["platform"],
        interface=given["interface"],
        resource=given["resource"],
        columns=tuple(given["columns"]),
        row_filter=tuple(
            RowFilter(
                column=one["column"],
                op=one["op"],
                value=one["value"],
            )
            for one in given["row_filter"]
        ),
        masks=tuple(MaskRule(**one) for one in given["masks"]),
        queries=tuple(SavedQueryDescriptor(**one) for one in given["queries"]),
    )


class WishBody(Body):
    """Data that is asked for."""

    title = Text(max_length=120)
    text = Words(required=False, allow_blank=True, default="", max_length=2000)
    columns = Texts(required=False, default=list, child=Text(max_length=80), max_length=30)
    query = Text(required=False, allow_blank=True, default="", max_length=300)
    domain = Slug(required=False, allow_blank=True, default="")


class ClaimBody(Body):
    """In whose name an answer is promised."""

    team = Slug()


class AskAnswerBody(Body):
    """The product that answers, and a word about it."""

    product = Text(max_length=161)
    note = Words(required=False, allow_blank=True, default="", max_length=2000)


class ClosingBody(Body):
    """Why."""

    note = Words(max_length=2000)


class SavedSearchBody(Body):
    """A search to keep; ``params`` as in the market's address: `q=late&domain=customer`."""

    name = Text(max_length=80)
    params = Text(required=False, allow_blank=True, default="", max_length=1000)
    alert = Flag(required=False, default=False)


class SavedSearchChangeBody(Body):
    """What changes of a search that is kept."""

    name = Text(max_length=80, required=False)
    params = Text(required=False, allow_blank=True, max_length=1000)
    alert = Flag(required=False)
