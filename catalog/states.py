"""The lives of products and of changes to contracts."""

from django.db import models

from marketplace.kernel.states import Machine


class Status(models.TextChoices):
    """Where a product, port or contract stands (Bitol)."""

    PROPOSED = "proposed", "Proposed"
    DRAFT = "draft", "Draft"
    ACTIVE = "active", "Active"
    DEPRECATED = "deprecated", "Deprecated"
    RETIRED = "retired", "Retired"


class Scope(models.TextChoices):
    """Who may know that a product exists."""

    NONE = "none", "Only its team, as a draft"
    TEAM = "team", "Its team"
    DOMAIN = "domain", "Teams of its domain"
    ORGANIZATION = "organization", "Everybody who signs in"
    EXTERNAL = "external", "Everybody"


class Certification(models.TextChoices):
    """What governance vouches for."""

    NONE = "none", "Not certified"
    BRONZE = "bronze", "Bronze"
    SILVER = "silver", "Silver"
    GOLD = "gold", "Gold"


class Classification(models.TextChoices):
    """How closely a column must be kept, mildest first."""

    PUBLIC = "public", "Public"
    INTERNAL = "internal", "Internal"
    CONFIDENTIAL = "confidential", "Confidential"
    RESTRICTED = "restricted", "Restricted"


CLASSIFICATION_ORDER = [str(value) for value in Classification]


class Interface(models.TextChoices):
    """How a port is read."""

    SQL = "sql", "SQL"
    STREAM = "stream", "Event stream"
    FILE = "file", "Files"
    API = "api", "API"
    GRAPHQL = "graphql", "GraphQL"
    SHARE = "share", "Share"
    MCP = "mcp", "MCP"


class ChangeState(models.TextChoices):
    """Where a change of a contract stands."""

    DRAFT = "draft", "Draft"
    PROPOSED = "proposed", "Proposed"
    IN_CONSUMER_REVIEW = "in_consumer_review", "Consumers are answering"
    CLEARED = "cleared", "Cleared"
    RELEASED = "released", "Released"
    WITHDRAWN = "withdrawn", "Withdrawn"


class IncidentState(models.TextChoices):
    """Where trouble with a product stands."""

    OPEN = "open", "Open"
    MONITORING = "monitoring", "Mended, being watched"
    RESOLVED = "resolved", "Resolved"


class Severity(models.TextChoices):
    """How much of a product an incident takes away."""

    MINOR = "minor", "Minor: usable with care"
    MAJOR = "major", "Major: part of it is wrong or late"
    CRITICAL = "critical", "Critical: do not use it"


class AskState(models.TextChoices):
    """Where a wish for data stands."""

    OPEN = "open", "Open"
    CLAIMED = "claimed", "Claimed"
    ANSWERED = "answered", "Answered"
    CLOSED = "closed", "Closed"


ASK = Machine(
    "an ask",
    AskState.OPEN,
    {
        "claim": {AskState.OPEN: AskState.CLAIMED},
        "release": {AskState.CLAIMED: AskState.OPEN},
        "answer": {AskState.OPEN: AskState.ANSWERED, AskState.CLAIMED: AskState.ANSWERED},
        "close": {AskState.OPEN: AskState.CLOSED, AskState.CLAIMED: AskState.CLOSED},
        "reopen": {AskState.CLOSED: AskState.OPEN},
    },
)
PRODUCT = Machine(
    "a product",
    Status.DRAFT,
    {
        "publish": {
            Status.PROPOSED: Status.ACTIVE,
            Status.DRAFT: Status.ACTIVE,
            Status.DEPRECATED: Status.ACTIVE,
        },
        "deprecate": {Status.ACTIVE: Status.DEPRECATED},
        "retire": {
            Status.PROPOSED: Status.RETIRED,
            Status.DRAFT: Status.RETIRED,
            Status.DEPRECATED: Status.RETIRED,
        },
    },
)
CHANGE = Machine(
    "a change",
    ChangeState.DRAFT,
    {
        "propose": {ChangeState.DRAFT: ChangeState.PROPOSED},
        "ask_consumers": {ChangeState.PROPOSED: ChangeState.IN_CONSUMER_REVIEW},
        "clear": {
            ChangeState.PROPOSED: ChangeState.CLEARED,
            ChangeState.IN_CONSUMER_REVIEW: ChangeState.CLEARED,
        },
        "release": {
            ChangeState.PROPOSED: ChangeState.RELEASED,
            ChangeState.IN_CONSUMER_REVIEW: ChangeState.RELEASED,
            ChangeState.CLEARED: ChangeState.RELEASED,
        },
        "withdraw": {
            ChangeState.DRAFT: ChangeState.WITHDRAWN,
            ChangeState.PROPOSED: ChangeState.WITHDRAWN,
            ChangeState.IN_CONSUMER_REVIEW: ChangeState.WITHDRAWN,
            ChangeState.CLEARED: ChangeState.WITHDRAWN,
        },
    },
)
INCIDENT = Machine(
    "an incident",
    IncidentState.OPEN,
    {
        "watch": {IncidentState.OPEN: IncidentState.MONITORING},
        "relapse": {IncidentState.MONITORING: IncidentState.OPEN},
        "resolve": {
            IncidentState.OPEN: IncidentState.RESOLVED,
            IncidentState.MONITORING: IncidentState.RESOLVED,
        },
    },
)
