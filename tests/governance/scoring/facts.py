"""The product the tests start from: olaf's flight delays, which earns every point."""

from dataclasses import replace

from governance.scoring.base import ColumnFacts, PortFacts, ProductFacts, PropertyScore

FLIGHT_ID = ColumnFacts(
    name="flight_id",
    description="Number of the flight.",
    type="bigint",
    classification="public",
    primary_key=True,
)
CAPTAIN = ColumnFacts(
    name="email",
    description="Who flew the plane.",
    type="text",
    classification="confidential",
    personal_data=True,
)
CURATED = PortFacts(
    name="curated",
    description="One row per flight.",
    interface="sql",
    address="flight_operations.flight_delays_curated",
    has_contract=True,
    purposes=("analytics",),
    max_duration_days=365,
    columns=(FLIGHT_ID, CAPTAIN),
    snippets=4,
    sampled=True,
)
FILES = replace(CURATED, name="files", interface="file", address="s3://flights/delays")
COMPLETE = ProductFacts(
    key="flight-operations.flight-delays",
    name="Flight delays",
    version="1.0.0",
    type="aggregate",
    purpose="How late each flight left and arrived, for punctuality.",
    usage="Join by flight_id.",
    limitations="Flights of 2013 only.",
    tags=("delay", "flights", "punctuality"),
    owner_team="flight-operations",
    owner_members=2,
    publication_scope="organization",
    certification="gold",
    row_meaning="One flight.",
    good_for=("punctuality reports",),
    not_for=("billing",),
    documentation_url="https://example.org/flights",
    documentation_broken=False,
    descriptor_kept=True,
    ports=(CURATED, FILES),
    saved_queries=3,
    service_levels=2,
    levels_met=1.0,
    quality_checks=3,
    quality_passed=1.0,
    freshness="met",
    lineage_inputs=1,
    policy_packs=1,
    grants=4,
    grants_proven=4,
)
EMPTY = ProductFacts(key="Flight delays")


def with_port(**changed):
    """The complete product with one changed port beside its files port."""
    return replace(COMPLETE, ports=(replace(CURATED, **changed), FILES))


def with_column(**changed):
    """The complete product with one port of two columns, the first of them changed."""
    columns = (replace(FLIGHT_ID, **changed), CAPTAIN)
    return replace(COMPLETE, ports=(replace(CURATED, columns=columns),))


def point(score: PropertyScore, key: str):
    """The point of that key."""
    return next(one for one in score.points if one.key == key)
