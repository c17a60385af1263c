"""The double decides as IAM documents it: a probe that cannot fail would prove nothing."""

import pytest

from tests.connectors.aws.evaluation import Document, decide

READ = "s3:GetObject"
NOW = {"aws:CurrentTime": "2026-06-01T12:00:00+00:00", "aws:TokenIssueTime": "2026-06-01T11:00:00Z"}


def document(effect: str = "Allow", action: str = READ, on: str = "*", **when: object) -> Document:
    statement = {"Effect": effect, "Action": action, "Resource": on}
    return {"Statement": [statement | ({"Condition": when} if when else {})]}


@pytest.mark.parametrize(
    ("documents", "verdict"),
    [
        ([], "implicitDeny"),
        ([document()], "allowed"),
        ([document(action="S3:get*")], "allowed"),
        ([document(action="s3:PutObject")], "implicitDeny"),
        ([document(), document("Deny")], "explicitDeny"),
        ([document(on="a/*")], "allowed"),
        ([document(on="A/*")], "implicitDeny"),
        ([document(on="a/${*}")], "implicitDeny"),
        ([document(on="a/?")], "allowed"),
        ([document(DateLessThan={"aws:CurrentTime": "2026-06-01T12:00:01Z"})], "allowed"),
        ([document(DateLessThan={"aws:CurrentTime": "2026-06-01T12:00:00Z"})], "implicitDeny"),
        (
            [
                document(),
                document("Deny", DateGreaterThanEquals={"aws:CurrentTime": "2026-06-01T12:00:00Z"}),
            ],
            "explicitDeny",
        ),
        (
            [
                document(),
                document("Deny", DateLessThan={"aws:TokenIssueTime": "2026-06-01T11:00:01Z"}),
            ],
            "explicitDeny",
        ),
        ([document(StringEquals={"sts:ExternalId": "word"})], "implicitDeny"),
    ],
)
def test_a_request_is_allowed_only_when_nothing_denies_it(
    documents: list[Document], verdict: str
) -> None:
    assert decide(READ, "a/b", NOW, documents) == verdict


def test_a_boundary_and_a_session_must_allow_too() -> None:
    own, other = [document()], [document(on="other")]

    assert decide(READ, "a/b", NOW, own, [document(on="a/*")]) == "allowed"
    assert decide(READ, "a/b", NOW, own, own, other) == "implicitDeny"
    assert decide(READ, "a/b", NOW, own, []) == "implicitDeny"


def test_what_is_not_understood_never_passes() -> None:
    with pytest.raises(NotImplementedError):
        decide(READ, "a/b", NOW | {"aws:x": "1"}, [document(NumericLessThan={"aws:x": "2"})])
