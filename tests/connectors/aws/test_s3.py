"""What is particular to S3: prefixes, sessions, sizes, previews, and who else may read."""

import json
import time
from datetime import timedelta
from typing import Any

import pytest

from marketplace.connectors.aws import iam
from marketplace.connectors.aws.calls import REFUSALS, Aws
from marketplace.connectors.aws.s3 import S3Config
from marketplace.connectors.base import (
    Grant,
    Limits,
    Member,
    NeedsHuman,
    Permanent,
    PortDesired,
    PortVariant,
    Principal,
    QueryRefused,
    Transient,
)
from marketplace.connectors.withdrawing import Withdrawing
from tests.connectors.aws.s3 import ARN, BUCKET, S3Levers
from tests.connectors.aws.server import OWN, PROVISIONER
from tests.connectors.contract import CUSTOMER, GROWTH, ROWS, SID, ContractWords, Held

SUITE = ContractWords()
FILE = "lake/raw/delays/2013.parquet"


@pytest.fixture
def port(s3: S3Levers) -> PortVariant:
    return s3.published(SUITE.variant(s3))


def code(aws: Aws, operation: str = "get_object", **params: object) -> str:
    """What AWS answers: empty when it lets it."""
    asked = {"Bucket": BUCKET} | ({"Key": FILE} if operation == "get_object" else {}) | params
    answer = aws.ask("s3", operation, asked, expected=REFUSALS)
    if "Body" in answer.value:
        answer.value["Body"].close()
    return answer.code


def keys(s3: S3Levers, port: PortVariant, minutes: float = 5) -> Aws:
    return s3.acting(s3.connector.credentials(Grant(port, GROWTH), timedelta(minutes=minutes)))


def test_a_consumers_keys_open_the_port_and_nothing_else(s3: S3Levers, port: PortVariant) -> None:
    info = s3.connector.credentials(Grant(port, GROWTH), timedelta(minutes=5))
    ana = s3.acting(info)

    assert code(ana) == ""
    assert code(ana, "list_objects_v2", Prefix="lake/raw/delays/") == ""
    assert {
        code(ana, Key="lake/raw/delays-hr/2013.parquet"),
        code(ana, Key="lake/raw/other/2013.parquet"),
        code(ana, "list_objects_v2", Prefix="lake/raw/delays"),
        code(ana, "list_objects_v2"),
        code(ana, "get_bucket_policy"),
        code(ana, "put_object", Key="lake/raw/delays/mine.parquet", Body=b""),
    } == {"AccessDenied"}
    assert (info.database, info.relation) == (BUCKET, f"s3://{BUCKET}/lake/raw/delays/")
    assert timedelta(minutes=4) < info.expires_at - s3.now() <= timedelta(minutes=5)
    with pytest.raises(QueryRefused):
        s3.connector.credentials(Grant(port, SID), timedelta(minutes=5))


def test_keys_are_never_longer_than_the_access_or_an_hour(s3: S3Levers, port: PortVariant) -> None:
    member = SUITE.member(s3, lasts=600)
    SUITE.reconcile(s3, port, member)

    long = s3.connector.credentials(Grant(port, GROWTH), timedelta(hours=12))
    SUITE.reconcile(s3, port, SUITE.member(s3, lasts=None))
    longest = s3.connector.credentials(Grant(port, GROWTH), timedelta(hours=12))

    assert long.expires_at == member.valid_until
    assert timedelta(minutes=59) < longest.expires_at - s3.now() <= timedelta(hours=1)


def test_an_open_session_ends_with_its_keys_time(s3: S3Levers, port: PortVariant) -> None:
    ana = keys(s3, port, minutes=0.05)
    assert code(ana) == ""

    deadline = time.monotonic() + 60
    while not code(ana) and time.monotonic() < deadline:
        time.sleep(0.1)

    assert code(ana) == "AccessDenied"
    assert code(keys(s3, port)) == ""


def test_an_open_session_ends_with_the_access(s3: S3Levers, port: PortVariant) -> None:
    ana, petra = keys(s3, port), s3.connector.credentials(Grant(port, CUSTOMER), timedelta(hours=1))
    sooner = SUITE.member(s3, lasts=4)
    SUITE.reconcile(s3, port, sooner, SUITE.member(s3, CUSTOMER))

    deadline = time.monotonic() + 60
    while not code(ana) and time.monotonic() < deadline:
        time.sleep(0.1)

    assert code(ana) == "AccessDenied"
    assert s3.now() >= (sooner.valid_until or s3.now()) - timedelta(seconds=1)
    assert code(s3.acting(petra)) == ""


def test_a_revoke_ends_the_sessions_that_are_open(s3: S3Levers, port: PortVariant) -> None:
    ana, petra = keys(s3, port), s3.connector.credentials(Grant(port, CUSTOMER), timedelta(hours=1))
    stays = next(one for one in _members(s3, port) if one.principal == CUSTOMER)
    applying = s3.connector.apply(SUITE.plan(s3, port, stays), Held())

    ids = [next(applying).step_id]
    after_closing = code(ana)
    ids.append(next(applying).step_id)

    assert ids == ["disentitle:team:growth", "sessions:team:growth"]
    assert (after_closing, code(ana)) == ("", "AccessDenied")
    assert [one.step_id for one in applying] == ["leave:team:growth"]
    assert code(ana) == "AccessDenied"
    assert code(s3.acting(petra)) == ""


def test_sessions_are_cut_and_new_ones_are_let_in(s3: S3Levers, port: PortVariant) -> None:
    ana = keys(s3, port)

    assert s3.connector.end_sessions(GROWTH, port) == 1
    assert s3.connector.end_sessions(SID, port) == 0
    assert code(ana) == "AccessDenied"
    deadline = time.monotonic() + 60
    while code(keys(s3, port)) and time.monotonic() < deadline:
        time.sleep(0.1)  # the second in which it was cut

    assert code(keys(s3, port)) == ""
    SUITE.assert_converged(s3, port, *_members(s3, port))
    SUITE.reconcile(s3, port, SUITE.member(s3, lasts=7200), SUITE.member(s3, CUSTOMER))
    assert code(ana) == "AccessDenied"


def test_keys_that_were_handed_out_are_dropped(s3: S3Levers, port: PortVariant) -> None:
    hers = s3.connector.credentials(Grant(port, GROWTH), timedelta(minutes=5))
    theirs = s3.connector.credentials(Grant(port, CUSTOMER), timedelta(minutes=5))
    ana, petra = s3.acting(hers), s3.acting(theirs)
    assert [part.name for part in hers.handed] == [
        "access_key_id",
        "secret_access_key",
        "session_token",
        "profile",
    ]

    found = s3.connector.drop_credential(hers.login)

    assert isinstance(s3.connector, Withdrawing)
    assert (found.existed, found.sessions, found.gone) == (True, None, True)
    assert found.read_back.endswith("are denied everything")
    assert hers.login.startswith(found.others)
    assert not theirs.login.startswith(found.others)
    assert (code(ana), code(petra)) == ("AccessDenied", "")
    deadline = time.monotonic() + 60
    while code(keys(s3, port)) and time.monotonic() < deadline:
        time.sleep(0.1)  # the second in which it was cut
    SUITE.assert_converged(s3, port, *_members(s3, port))
    SUITE.reconcile(s3, port, SUITE.member(s3, CUSTOMER))
    again = s3.connector.drop_credential(hers.login)
    assert (again.existed, again.gone, again.read_back) == (False, True, "its role is gone")
    for wrong in (hers.user, "a/b", ""):
        with pytest.raises(Permanent, match="not a short-lived login of ours"):
            s3.connector.drop_credential(wrong)


def _members(s3: S3Levers, port: PortVariant) -> list[Member]:
    return [one.as_member() for one in s3.connector.observe(port).members]


def test_keys_of_a_deleted_role_stay_dead_when_it_is_made_again(
    s3: S3Levers, port: PortVariant
) -> None:
    ana = keys(s3, port)
    SUITE.reconcile(s3, port)
    SUITE.reconcile(s3, port, SUITE.member(s3))

    assert code(ana) == "AccessDenied"
    assert code(keys(s3, port)) == ""


def test_only_the_marketplace_assumes_a_consumers_role(s3: S3Levers, port: PortVariant) -> None:
    everything = {"Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}}
    bob = s3.as_user(*s3.user("bob", {"Version": "2012-10-17", **everything}))
    names = s3.names(GROWTH)
    asked = {"RoleArn": names.role, "RoleSessionName": "bob"}
    word = s3.config.external_id(names.handle, names.login)
    marketplace = s3.as_user(*s3.keys)

    refused = [
        bob.ask("sts", "assume_role", asked, expected=REFUSALS).code,
        bob.ask("sts", "assume_role", asked | {"ExternalId": word}, expected=REFUSALS).code,
        marketplace.ask("sts", "assume_role", asked, expected=REFUSALS).code,
    ]

    assert refused == ["AccessDenied"] * 3
    given = marketplace.ask("sts", "assume_role", asked | {"ExternalId": word})
    assert given.code == ""


def test_a_policy_keeps_no_more_than_five_versions(s3: S3Levers, port: PortVariant) -> None:
    for hours in range(2, 9):
        SUITE.reconcile(s3, port, SUITE.member(s3, lasts=3600 * hours))

    names = s3.names(GROWTH)
    versions = s3.dba("list_policy_versions", PolicyArn=names.mark)["Versions"]
    assert len(versions) == 2


def test_what_others_hung_on_a_role_is_told_and_goes_with_it(
    s3: S3Levers, port: PortVariant
) -> None:
    wide = json.dumps(
        {
            "Version": "2012-10-17",
            "Statement": {"Effect": "Allow", "Action": "s3:GetObject", "Resource": f"{ARN}/*"},
        }
    )
    login = s3.names(GROWTH).login
    s3.dba("put_role_policy", RoleName=login, PolicyName="more", PolicyDocument=wide)
    probe = s3.connector.probe(Grant(port, GROWTH), expect_access=True)

    assert s3.connector.observe(port).foreign == (
        "the inline policy more hangs on the role of team:growth",
    )
    assert {one.name: one.outcome for one in probe.details}["control object"] == "missing"
    assert (probe.ok, probe.positive, probe.negative) == (False, True, False)
    SUITE.reconcile(s3, port, SUITE.member(s3, CUSTOMER))
    assert s3.connector.observe(port).foreign == ()


def test_whom_the_bucket_itself_lets_in_is_told(s3: S3Levers, port: PortVariant) -> None:
    s3.opens_bucket_to(f"{OWN}:user/bob", f"{ARN}/lake/raw/*")
    told = s3.connector.observe(port).foreign
    s3.opens_bucket_to("*", f"{ARN}/lake/raw/other/*")

    assert told == (f"{OWN}:user/bob may read lake/raw/delays/ by the bucket policy",)
    assert s3.connector.observe(port).foreign == ()


def test_whom_access_points_let_in_is_told(s3: S3Levers, port: PortVariant) -> None:
    bob, eve = f"{OWN}:user/bob", f"{OWN}:user/eve"
    s3.opens_point_to("analysts", bob, "lake/raw/delays/")
    s3.opens_point_to("others", eve, "lake/raw/other/")
    s3.opens_point_to("closed", "", "")

    told = s3.connector.observe(port).foreign
    of_one = s3.connector.observe(port, frozenset({GROWTH})).foreign

    assert told == (f"{bob} may read lake/raw/delays/ by the access point analysts",)
    assert of_one == ()


def test_who_may_not_read_access_points_is_found_and_grants_go_on(s3: S3Levers) -> None:
    bucket_only = [one for one in s3.more if one["Resource"] == ARN]
    text = json.dumps(
        {"Version": "2012-10-17", "Statement": [*PROVISIONER["Statement"], *bucket_only]}
    )
    s3.dba("put_user_policy", UserName="emporion", PolicyName="own", PolicyDocument=text)

    found = {one.text for one in s3.connector.check() if one.level == "error"}

    assert len(found) == 2
    assert all("AccessPoint" in one for one in found)
    s3.opens_point_to("analysts", f"{OWN}:user/bob", "lake/raw/delays/")
    variant, ana = SUITE.variant(s3), SUITE.member(s3)
    SUITE.reconcile(s3, variant, ana)
    assert s3.connector.observe(variant).foreign == ()
    SUITE.assert_converged(s3, variant, ana)


def test_a_busy_aws_is_obeyed_and_nothing_is_half_done(s3: S3Levers) -> None:
    variant = SUITE.variant(s3)
    plan = SUITE.plan(s3, variant, SUITE.member(s3))
    before = s3.fingerprint()
    s3.double.lever("throttle", 3)

    with pytest.raises(Transient) as caught:
        list(s3.connector.apply(plan, Held()))

    assert caught.value.retry_after == 7.0
    assert s3.fingerprint() == before
    SUITE.reconcile(s3, variant, SUITE.member(s3))


def test_a_call_that_aws_would_refuse_is_not_sent(s3: S3Levers) -> None:
    role = {"RoleArn": "x" * 20, "RoleSessionName": "a", "DurationSeconds": 1}
    tagged = {"PolicyArn": "a" * 30, "Tags": [{"Key": "k", "Value": "a;b"}]}
    wrong: list[tuple[str, str, dict[str, object], str]] = [
        ("iam", "get_role", {"RoleName": "x" * 65}, "1 to 64"),
        ("iam", "get_role", {"RoleName": "a b"}, "not of the form"),
        ("iam", "list_policies", {"Scope": "Mine"}, "none of"),
        ("iam", "get_role", {"Role": "x"}, "would refuse"),
        ("sts", "assume_role", role, "900 to 43200"),
        ("iam", "tag_policy", tagged, "not of the form"),
    ]
    s3.double.lever("throttle", 1)

    for service, operation, asked, words in wrong:
        with pytest.raises(Permanent, match=words):
            s3.admin.ask(service, operation, asked)

    assert s3.double.lever("left") == 1


def test_a_policy_too_large_for_iam_is_never_sent(s3: S3Levers) -> None:
    statements = [
        {"Effect": "Deny", "Action": "*", "Resource": f"arn:aws:s3:::{i:0100}"} for i in range(50)
    ]
    document = {"Version": "2012-10-17", "Statement": statements}
    before = s3.fingerprint()

    with pytest.raises(Permanent, match="AWS allows 6,144"):
        iam.put_policy(s3.admin, f"{OWN}:policy/emporion/emporion/x/y", document, {})

    assert s3.fingerprint() == before


def test_principals_of_any_key_are_kept_apart(s3: S3Levers) -> None:
    variant = SUITE.variant(s3)
    names = ["o'brien", 'x"y', "a;b", "%s", "日本", "back\\slash", "=b64=eA==", "é", "a*", "${x}"]
    members = [SUITE.member(s3, Principal("user", key)) for key in names]

    SUITE.reconcile(s3, variant, *members)

    observed = s3.connector.observe(variant)
    assert observed.holds(PortDesired(variant, frozenset(members)))
    assert {one.principal.key for one in observed.members} == set(names)


def test_the_owner_sees_files_that_the_provisioner_may_not_read(s3: S3Levers) -> None:
    described = s3.connector.describe("raw", "delays")
    rows = s3.connector.sample(("raw", "delays"), 2)
    profile = {one.name: one for one in s3.connector.profile(("raw", "delays"), 100)}

    assert [one.name for one in described.columns] == ["id", "carrier", "minutes", "note"]
    assert (described.kind, described.rows_estimate) == ("parquet", 3)
    assert (rows.rows, rows.truncated) == (list(ROWS[:2]), True)
    assert profile["note"].nulls == 1
    assert code(s3.as_user(*s3.keys)) == "AccessDenied"
    with pytest.raises(Permanent, match="no Parquet or CSV"):
        s3.connector.describe("raw", "nothing")
    with pytest.raises(Permanent, match="no Parquet or CSV"):
        s3.connector.describe("raw", "delay")


def test_the_lab_asks_duckdb_on_what_the_consumer_could_read(
    s3: S3Levers, port: PortVariant
) -> None:
    s3.put("lake/raw/delays/../escape.parquet", b"x")
    s3.put("lake/raw/delays/notes.txt", b"x")
    grant = Grant(port, GROWTH)
    sql = (
        "SELECT carrier, sum(minutes) AS m FROM published.delays WHERE id < 3 GROUP BY 1 ORDER BY 1"
    )

    rows = s3.connector.query(grant, sql, Limits())
    small = s3.connected(s3.configured(preview_mb=1))
    s3.put("lake/raw/delays/2014.csv", b"x" * 2_000_000)
    with pytest.raises(QueryRefused) as caught:
        small.query(grant, sql, Limits())

    assert rows.rows == [("AF", 20), ("LH", 10)]
    assert caught.value.code == "result-too-large"


def test_a_check_names_what_is_missing_and_what_is_too_much(s3: S3Levers) -> None:
    unbounded = s3.connected(s3.configured(boundary="")).check()
    other = s3.connected(s3.configured(provisioner=f"{OWN}:user/root-admin")).check()
    weak = {one.code for one in s3.weak()}
    strong = {one.code for one in s3.strong()}

    assert [one.code for one in unbounded] == ["no-boundary", "may-not-iam-createrole"]
    assert "another-identity" in {one.code for one in other} or other[0].code == "not-let-in"
    assert weak == {"not-let-in"}
    assert {
        "may-s3-getobject",
        "may-s3-putobject",
        "may-iam-createuser",
        "may-sts-assumerole",
    } <= strong


def test_a_preview_that_was_not_prepared_is_told(s3: S3Levers) -> None:
    other = s3.connected(s3.configured(instance="emporion", prefix="elsewhere/"))

    assert [one.code for one in other.check()] == ["not-prepared"]
    with pytest.raises(NeedsHuman, match="prepare"):
        other.describe("raw", "delays")


def test_evidence_from_an_emulator_is_simulated(s3: S3Levers, port: PortVariant) -> None:
    probe = s3.connector.probe(Grant(port, GROWTH), expect_access=True)

    assert (probe.level, probe.ok) == ("simulated", True)
    assert {one.name: one.outcome for one in probe.details} == {
        "login": "allowed",
        "published objects": "allowed",
        "control object": "refused",
        "whole bucket": "refused",
        "writing": "refused",
    }
    assert s3.configured(endpoint="").level == "proven"


@pytest.mark.parametrize(
    "wrong",
    [
        {"bucket": "A"},
        {"bucket": "a.b.c"},
        {"prefix": "lake"},
        {"prefix": "/lake/"},
        {"prefix": "*/"},
        {"region": "europe"},
        {"provisioner": "emporion"},
        {"boundary": "x"},
        {"secret_access_key": ""},
        {"lab_secret": "short"},
        {"instance": "a/b"},
        {"preview_mb": 0},
    ],
)
def test_a_configuration_that_cannot_work_is_refused(wrong: dict[str, Any]) -> None:
    right: dict[str, Any] = {
        "region": "eu-central-1",
        "provisioner": f"{OWN}:user/emporion",
        "env": "test",
        "lab_secret": "a secret of enough letters",
        "access_key_id": "key",
        "secret_access_key": "secret",
        "bucket": BUCKET,
    }
    assert S3Config(**right).level == "proven"
    with pytest.raises(ValueError, match=r"must|both"):
        S3Config(**right | wrong)
