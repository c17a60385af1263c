"""Queries that are kept for others."""

import pytest

from catalog.actions.saved_queries import count_run, save_query
from catalog.models import SavedQuery
from marketplace.kernel.actors import NOBODY, SYSTEM
from marketplace.kernel.errors import Invalid, NotAllowed, NotFound, Stale
from tests.factories import descriptors as make

DELAYS = "flight-operations.flight-delays"


def save(actor, **more):
    given = {
        "key": DELAYS,
        "port": "curated",
        "slug": "late-ones",
        "title": "The late ones",
        "sql": "SELECT * FROM {relation} WHERE dep_delay > 60",
    }
    return save_query(actor, **{**given, **more})


def test_ana_keeps_a_query_and_changes_it(mesh, ana):
    save(ana)

    row = save(ana, title="Very late", version=1)

    assert (row.author, row.title, row.version, row.declared) == ("ana", "Very late", 2, False)
    assert SavedQuery.objects.count() == 1
    with pytest.raises(Stale):
        save(ana, version=1)


def test_the_products_owner_may_mend_it_and_others_may_not(mesh, ana, olaf, petra):
    save(ana)

    save(olaf, title="Mended")
    with pytest.raises(NotAllowed):
        save(petra, title="Spoilt")

    assert SavedQuery.objects.get().title == "Mended"


def test_a_declared_query_is_changed_in_its_file(mesh, apply, olaf):
    queries = [{"name": "late-ones", "title": "From the file", "sql": "SELECT 1"}]
    apply(
        make.product(
            version="1.1.0", ports=[make.port(contract="flight-delays-curated", queries=queries)]
        )
    )

    with pytest.raises(NotAllowed):
        save(olaf)

    assert SavedQuery.objects.get().title == "From the file"


@pytest.mark.parametrize(
    ("wrong", "pointer"),
    [
        ({"slug": "No Spaces"}, "/name"),
        ({"slug": "a" * 121}, "/name"),
        ({"title": " "}, "/title"),
        ({"title": "t" * 201}, "/title"),
        ({"sql": ""}, "/sql"),
        ({"sql": "SELECT 1\x00"}, "/sql"),
        ({"sql": "x" * 20_001}, "/sql"),
        ({"description": "a\x07"}, "/description"),
    ],
)
def test_a_wrong_query_is_refused(mesh, ana, wrong, pointer):
    with pytest.raises(Invalid) as refused:
        save(ana, **wrong)

    assert [e["pointer"] for e in refused.value.facts["errors"]] == [pointer]
    assert not SavedQuery.objects.exists()


def test_nobody_and_hidden_ports(mesh, sid):
    with pytest.raises(NotFound):
        save(NOBODY)
    with pytest.raises(NotFound):
        save(sid, key="customer.secret-plans", port="plans")

    assert not SavedQuery.objects.exists()


def test_runs_are_counted_by_the_system(mesh, ana):
    row = save(ana)

    count_run(SYSTEM, query_id=row.pk)
    count_run(SYSTEM, query_id=row.pk)
    with pytest.raises(NotAllowed):
        count_run(ana, query_id=row.pk)

    assert SavedQuery.objects.get().runs == 2
