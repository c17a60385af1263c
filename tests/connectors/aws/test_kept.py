"""What the double keeps of moto's answers is never older than the last change, nor for forgers."""

from dataclasses import replace

import pytest

from marketplace.connectors.aws.calls import Aws
from marketplace.connectors.base import NeedsHuman
from tests.connectors.aws.s3 import S3Levers


def test_an_answer_is_asked_anew_after_a_change(s3: S3Levers) -> None:
    def users() -> list[str]:
        return [one["UserName"] for one in s3.dba("list_users")["Users"]]

    before = users()
    again = users()
    s3.dba("create_user", UserName="ida")

    assert again == before
    assert users() == [*before, "ida"]


def test_an_answer_that_is_kept_is_not_given_to_a_wrong_secret(s3: S3Levers) -> None:
    config = s3.admin.config
    s3.dba("list_users")
    forger = Aws(replace(config, secret_access_key="x" * 40))

    with pytest.raises(NeedsHuman, match="SignatureDoesNotMatch"):
        forger.ask("iam", "list_users", {})
