"""Every popular query of the mesh runs on what its port publishes, and on nothing more."""

import pytest

from demo import descriptors

BY_ID = {contract["id"]: contract for contract in descriptors.contracts()}
SQL_PORTS = [
    pytest.param(product, port, id=f"{product['id']}:{port['name']}")
    for product, port in descriptors.ports()
    if descriptors.custom(port, "interface") == "sql"
]
QUERIES = [
    pytest.param(port, query, id=f"{product['id']}:{port['name']}:{query['name']}")
    for product, port in descriptors.ports()
    for query in descriptors.custom(port, "queries") or ()
]


def published_columns(port):
    contract = BY_ID[port["contractId"]]
    names = [column["name"] for column in contract["schema"][0]["properties"]]
    return descriptors.custom(port, "columns") or names


@pytest.mark.parametrize(("product", "port"), SQL_PORTS)
def test_every_sql_port_offers_three_to_six_questions(product, port):
    queries = descriptors.custom(port, "queries")

    assert 3 <= len(queries) <= 6
    assert len({query["name"] for query in queries}) == len(queries)
    assert all(query["title"].endswith("?") for query in queries)


@pytest.mark.parametrize(("port", "query"), QUERIES)
def test_a_popular_query_runs_on_the_published_view(port, query, warehouse):
    columns = ", ".join(published_columns(port))
    warehouse.execute("CREATE SCHEMA published")
    warehouse.execute(
        f"CREATE VIEW published.port AS SELECT {columns}"
        f" FROM {descriptors.custom(port, 'resource')}"
    )

    cursor = warehouse.execute(query["sql"].replace("{relation}", "published.port").encode())

    assert cursor.description
    names = [column.name for column in cursor.description]
    assert "?column?" not in names
    assert len(names) == len(set(names))


def test_dropping_the_distance_breaks_one_of_the_six_questions_about_delays():
    (queries,) = [
        descriptors.custom(port, "queries")
        for _product, port in descriptors.ports()
        if port["contractId"] == "flight-delays-curated"
    ]

    assert [q["name"] for q in queries if "distance_miles" in q["sql"]] == ["made-up-in-the-air"]
    assert len(queries) == 6
