from tests.together import TESTS, group, scope


def test_what_starts_the_same_servers_runs_in_one_worker():
    assert group(TESTS / "browser" / "test_lab.py") == "browser"
    assert group(TESTS / "deploy" / "test_up.py") == "deploy"
    assert group(TESTS / "connectors" / "mariadb" / "test_lab.py") == "mariadb"
    assert group(TESTS / "connectors" / "test_mariadb.py") == "mariadb"
    assert group(TESTS / "connectors" / "test_registry.py") == ""
    assert group(TESTS / "catalog" / "queries" / "test_search.py") == ""


def test_tests_without_a_group_are_handed_out_one_by_one():
    assert scope("tests/browser/test_lab.py::test_one[a::b]") == "browser"
    assert (
        scope("tests/catalog/test_states.py::test_one") == "tests/catalog/test_states.py::test_one"
    )
