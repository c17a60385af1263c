import pytest

from catalog.descriptors.bundle import parse_bundle, parse_files
from catalog.descriptors.safe_yaml import Problem, Refused
from tests.catalog.descriptors.texts import ALL, CONTRACT, DOMAIN, PRODUCT, TEAM


def refused(read, what):
    with pytest.raises(Refused) as refusal:
        read(what)
    return refusal.value.problems


def test_a_text_of_all_kinds_is_one_bundle():
    bundle = parse_bundle(ALL)

    assert [domain.id for domain in bundle.domains] == ["flight-operations"]
    assert [team.id for team in bundle.teams] == ["growth"]
    assert bundle.product("flight-operations.flight-delays") is bundle.products[0]
    assert bundle.contract("flight-delays-curated") is bundle.contracts[0]
    assert bundle.contract("flight-delays-curated", "9.9.9") is None
    assert bundle.product("x.y") is None
    assert bundle.warnings == ()


def test_a_contract_that_lives_elsewhere_is_a_warning():
    assert parse_bundle(PRODUCT).warnings == (
        Problem(
            "/outputPorts/0/contractId",
            29,
            "contract-elsewhere",
            "The contract 'flight-delays-curated' is not in this bundle.",
        ),
    )


def test_a_column_that_the_contract_does_not_have_is_refused():
    text = ALL.replace("[flight_id, delay]", "[flight_id, delai]").replace(
        "column: delay", "column: late"
    )

    assert [(p.pointer, p.code, p.detail) for p in refused(parse_bundle, text)] == [
        ("/outputPorts/0", "unknown-column",
         "The contract 'flight-delays-curated' has no column 'delai'."),
        ("/outputPorts/0", "unknown-column",
         "The contract 'flight-delays-curated' has no column 'late'."),
    ]  # fmt: skip


def test_nothing_is_described_twice():
    problems = refused(parse_bundle, f"{ALL}---\n{ALL}")

    assert [problem.detail for problem in problems] == [
        "The domain flight-operations is described twice.",
        "The team growth is described twice.",
        "The product flight-operations.flight-delays is described twice.",
        "The contract flight-delays-curated 1.0.0 is described twice.",
    ]


def test_two_versions_of_a_contract_stand_side_by_side():
    newer = CONTRACT.replace("version: 1.0.0", "version: 1.1.0")

    assert len(parse_bundle(f"{CONTRACT}---\n{newer}").contracts) == 2


def test_problems_of_all_files_are_told_together():
    files = {
        "a.yaml": TEAM.replace("member}", "boss}"),
        "b.yaml": DOMAIN.replace("hue: 0", "hue: 361\ncolour: red"),
        "c.yaml": "kind: [",
        "d.yaml": PRODUCT,
    }

    problems = refused(parse_files, files)

    assert [(p.path, p.line, p.pointer, p.code) for p in problems] == [
        ("a.yaml", 7, "/members/0/role", "not-allowed"),
        ("b.yaml", 6, "/hue", "out-of-range"),
        ("b.yaml", 7, "/colour", "unknown-key"),
        ("c.yaml", 1, "", "bad-yaml"),
    ]


def test_files_are_read_into_one_bundle():
    bundle = parse_files({"p.yaml": PRODUCT.encode(), "c.yaml": CONTRACT})

    assert len(bundle.products) == 1
    assert bundle.contracts[0].source.path == "c.yaml"


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("name: x\n", "missing"),
        ("kind: DataSet\n", "unknown-kind"),
        ("kind: [a]\n", "unknown-kind"),
        ("# nothing\n", "empty"),
        ("apiVersion: emporion/v2\nkind: Team\nid: a\nname: A\n", "not-allowed"),
        ("apiVersion: emporion/v1\nkind: Domain\nid: a\nname: A\nparent: a\n", "cycle"),
        ("apiVersion: emporion/v1\nkind: Domain\nid: A b\nname: A\n", "bad-form"),
        ("apiVersion: emporion/v1\nkind: Team\nid: a\nname: A\nemail: nobody\n", "bad-form"),
    ],
)
def test_a_document_that_is_none_of_ours_is_refused(text, code):
    assert [problem.code for problem in refused(parse_bundle, text)] == [code]


def test_a_member_stands_once_in_each_role():
    text = TEAM + "  - {username: ana, role: lead}\n  - {username: ana, role: lead}\n"

    assert [p.pointer for p in refused(parse_bundle, text)] == ["/members/2"]


def test_our_kinds_are_read():
    bundle = parse_bundle(f"{DOMAIN}---\n{TEAM}")

    assert (bundle.domains[0].owner_team, bundle.domains[0].hue) == ("flight-operations", 0)
    assert (bundle.teams[0].email, bundle.teams[0].members[0].username) == (
        "growth@example.org",
        "ana",
    )
