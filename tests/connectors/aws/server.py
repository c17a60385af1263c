"""The double of AWS for the whole run, and what an administrator of the account does with it."""

import json
import os
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

from marketplace.connectors.aws import documents
from marketplace.connectors.aws.calls import Aws, Keys
from marketplace.connectors.aws.config import AwsConfig
from marketplace.connectors.aws.statements import Names
from marketplace.connectors.base import Finding, PortVariant, Principal
from tests.connectors.aws.asking import ACCOUNT, REGION
from tests.connectors.contract import CUSTOMER, ContractWords, Told

LAB_SECRET = "a secret planted for tests, 32 characters"
OWN = f"arn:aws:iam::{ACCOUNT}"
BOUNDARY = f"{OWN}:policy/emporion-boundary"
PATH = "/emporion/emporion/"
PROVISIONER = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Effect": "Allow",
            "Action": ["iam:CreateRole", "iam:PutRolePermissionsBoundary"],
            "Resource": f"{OWN}:role{PATH}*",
            "Condition": {"StringEquals": {"iam:PermissionsBoundary": BOUNDARY}},
        },
        {
            "Effect": "Allow",
            "Action": [
                "iam:GetRole",
                "iam:DeleteRole",
                "iam:TagRole",
                "iam:UpdateAssumeRolePolicy",
                "iam:AttachRolePolicy",
                "iam:DetachRolePolicy",
                "iam:ListAttachedRolePolicies",
                "iam:ListRolePolicies",
                "iam:DeleteRolePolicy",
                "sts:AssumeRole",
            ],
            "Resource": f"{OWN}:role{PATH}*",
        },
        {
            "Effect": "Allow",
            "Action": [
                "iam:CreatePolicy",
                "iam:GetPolicy",
                "iam:GetPolicyVersion",
                "iam:ListPolicyVersions",
                "iam:CreatePolicyVersion",
                "iam:DeletePolicyVersion",
                "iam:DeletePolicy",
                "iam:TagPolicy",
                "iam:ListPolicyTags",
                "iam:ListEntitiesForPolicy",
            ],
            "Resource": f"{OWN}:policy{PATH}*",
        },
        {"Effect": "Allow", "Action": "iam:ListPolicies", "Resource": "*"},
        {"Effect": "Allow", "Action": "iam:GetRole", "Resource": f"{OWN}:role/mp_*"},
        {
            "Effect": "Allow",
            "Action": "iam:SimulatePrincipalPolicy",
            "Resource": f"{OWN}:user/emporion",
        },
    ],
}
"""The provisioner's policy as the how-to gives it, without what one connector needs beside it."""


class Double:
    """The double's process."""

    def __init__(self) -> None:
        environment = {**os.environ, "AWS_CONFIG_FILE": os.devnull}
        self.process = subprocess.Popen(
            [sys.executable, "-W", "ignore", "-m", "tests.connectors.aws.double"],
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            env=environment,
        )
        assert self.process.stdout is not None
        self.endpoint = f"http://127.0.0.1:{int(self.process.stdout.readline())}"

    def lever(self, name: str, body: object = None) -> Any:
        given = json.dumps(body).encode()
        asked = urllib.request.Request(f"{self.endpoint}/double/{name}", given, method="POST")
        with urllib.request.urlopen(asked, timeout=60) as answer:
            return json.loads(answer.read())

    def stop(self) -> None:
        self.process.terminate()
        self.process.wait(30)
        assert self.process.stdout is not None
        self.process.stdout.close()


@contextmanager
def a_double() -> Iterator[Double]:
    double = Double()
    try:
        yield double
    finally:
        double.stop()


class AwsLevers:
    """What an administrator does behind our back, in an account of this test only."""

    shortest = 5.0
    refused_with = "AccessDenied"
    config: Any
    connector: Any
    kind = ""
    base = ("raw", "delays")
    more: list[dict[str, Any]] = []
    """What the provisioner may do beside `PROVISIONER`."""
    boundary: dict[str, Any] = {}

    def __init__(self, double: Double) -> None:
        self.double = double
        self.port, self.relation, self.base = "port-1", ("published", "delays"), self.base
        stands = double.lever("load", self.kind)
        if stands is None:
            stands = self.built()
        self.admin = self.as_user(*stands["admin"])
        self.keys = tuple(stands["provisioner"])
        self.config = self.configured()
        self.connector = self.connected(self.config)

    def built(self) -> dict[str, Any]:
        """Build the account once for the run; the double keeps it for the tests that follow."""
        given = self.double.lever("reset")
        keys = {"admin": (given["id"], given["secret"])}
        self.admin = self.as_user(*keys["admin"])
        self.dba(
            "create_policy",
            PolicyName="emporion-boundary",
            PolicyDocument=json.dumps(self.boundary),
        )
        statements = [*PROVISIONER["Statement"], *self.more]
        self.keys = self.user("emporion", {"Version": "2012-10-17", "Statement": statements})
        self.furnish()
        self.connected(self.configured()).prepare()
        stands = keys | {"provisioner": self.keys}
        self.double.lever("save", {"name": self.kind, "keys": stands})
        return stands

    def published(self, variant: PortVariant) -> PortVariant:
        """Grant a port to ana's team and petra's: once for the run, then as it was left."""
        name, suite = f"{self.kind} {variant.digest}", ContractWords()
        if self.double.lever("load", name) is None:
            suite.reconcile(self, variant, suite.member(self), suite.member(self, CUSTOMER))
            self.double.lever("save", {"name": name, "keys": {}})
        return variant

    def furnish(self) -> None:
        raise NotImplementedError

    def configured(self, **changes: Any) -> Any:
        raise NotImplementedError

    def connected(self, config: Any) -> Any:
        raise NotImplementedError

    def facts(self) -> dict[str, Any]:
        """What every configuration has."""
        return {
            "region": REGION,
            "provisioner": f"{OWN}:user/emporion",
            "env": "test",
            "lab_secret": LAB_SECRET,
            "access_key_id": self.keys[0],
            "secret_access_key": self.keys[1],
            "boundary": BOUNDARY,
            "endpoint": self.double.endpoint,
        }

    def as_user(self, key: str, secret: str) -> Aws:
        return Aws(
            AwsConfig(
                region=REGION,
                provisioner=f"{OWN}:user/root-admin",
                env="test",
                lab_secret=LAB_SECRET,
                access_key_id=key,
                secret_access_key=secret,
                endpoint=self.double.endpoint,
            )
        )

    def acting(self, info: Any) -> Aws:
        """AWS as the consumer that was given these credentials."""
        words = dict(one.split("=", 1) for one in info.url.split() if "=" in one)
        keys = Keys(info.user, info.password, words["AWS_SESSION_TOKEN"])
        return self.admin.acting(keys)

    def dba(self, operation: str, service: str = "iam", **params: Any) -> dict[str, Any]:
        return self.admin.ask(service, operation, params).value

    def user(self, name: str, policy: dict[str, Any]) -> tuple[str, str]:
        self.dba("create_user", UserName=name)
        text = json.dumps(policy)
        self.dba("put_user_policy", UserName=name, PolicyName="own", PolicyDocument=text)
        made = self.dba("create_access_key", UserName=name)["AccessKey"]
        return made["AccessKeyId"], made["SecretAccessKey"]

    def names(self, principal: Principal, handle: str | None = None) -> Names:
        if handle is None:
            for one in self.dba("list_policies", PathPrefix=PATH, Scope="Local")["Policies"]:
                found = self.dba("list_policy_tags", PolicyArn=one["Arn"])["Tags"]
                tags = {tag["Key"]: tag["Value"] for tag in found}
                if tags.get("emporion:key") == principal.key:
                    handle = tags["emporion:handle"]
        assert handle is not None
        return Names.of(self.config, handle, self.config.login_of(handle, principal))

    # --- the Platform of the contract ----------------------------------------------------------

    def now(self) -> datetime:
        return datetime.now(UTC)

    def fingerprint(self) -> object:
        found = self.dba("get_account_authorization_details")
        lists = ("UserDetailList", "GroupDetailList", "RoleDetailList", "Policies")
        return json.dumps([found[one] for one in lists], sort_keys=True, default=str)

    def takes_membership(self, variant: PortVariant, principal: Principal) -> None:
        names = self.names(principal)
        self.dba("detach_role_policy", RoleName=names.login, PolicyArn=names.reader)

    def takes_entitlement(self, variant: PortVariant, principal: Principal) -> None:
        names = self.names(principal)
        word = self.config.external_id(names.handle, names.login)
        text = json.dumps(documents.closed_trust(self.config, word))
        self.dba("update_assume_role_policy", RoleName=names.login, PolicyDocument=text)

    def alters_view(self, variant: PortVariant) -> None:
        arn = self.config.iam_arn("policy", variant.handle("test"), variant.handle("test"))
        wide = documents.policy(documents.allow("All", ("s3:*",), ("*",)))
        self.dba(
            "create_policy_version",
            PolicyArn=arn,
            PolicyDocument=json.dumps(wide),
            SetAsDefault=True,
        )

    def lets_in(self, variant: PortVariant) -> str:
        arn = self.config.iam_arn("policy", variant.handle("test"), variant.handle("test"))
        self.dba("create_user", UserName="bob")
        self.dba("attach_user_policy", UserName="bob", PolicyArn=arn)
        return "bob"

    def drops_login(self, principal: Principal) -> None:
        self.dropped = self.names(principal)
        login = {"RoleName": self.dropped.login}
        for one in self.dba("list_attached_role_policies", **login)["AttachedPolicies"]:
            self.dba("detach_role_policy", **login, PolicyArn=one["PolicyArn"])
        self.dba("delete_role", **login)

    def remakes_login(self, principal: Principal) -> None:
        trust = documents.open_trust(self.config, "another's word", None)
        self.dba(
            "create_role",
            RoleName=self.dropped.login,
            Path=self.config.path_of(self.dropped.handle),
            AssumeRolePolicyDocument=json.dumps(trust),
        )

    def lies(self) -> None:
        self.double.lever("lies", ["iam:AttachRolePolicy"])

    keeping_calls: tuple[str, ...] = (
        "iam:CreatePolicyVersion",
        "iam:DeletePolicy",
        "iam:DeleteRole",
        "iam:DetachRolePolicy",
        "iam:UpdateAssumeRolePolicy",
    )
    """What a revoke asks for."""

    @contextmanager
    def keeping(self, variant: PortVariant) -> Iterator[None]:
        """What a revoke asks for is answered and not done."""
        del variant
        self.double.lever("lies", list(self.keeping_calls))
        yield
        self.double.lever("lies", [])

    @contextmanager
    def throttling(self) -> Iterator[Told]:
        """Every call is answered `Throttling`, with seven seconds to wait."""
        self.double.lever("throttle", 1000)
        yield Told(lambda: 1000 - int(self.double.lever("left")), 7.0)
        self.double.lever("throttle", 0)

    def secrets(self) -> list[str]:
        return [LAB_SECRET, self.keys[1]]

    def weak(self) -> list[Finding]:
        self.dba(
            "put_user_policy",
            UserName="emporion",
            PolicyName="own",
            PolicyDocument=json.dumps(
                {
                    "Version": "2012-10-17",
                    "Statement": self.more
                    or [{"Effect": "Allow", "Action": "sts:GetCallerIdentity", "Resource": "*"}],
                }
            ),
        )
        return list(self.connector.check())

    def strong(self) -> list[Finding]:
        everything = {"Effect": "Allow", "Action": "*", "Resource": "*"}
        self.dba(
            "put_user_policy",
            UserName="emporion",
            PolicyName="own",
            PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": everything}),
        )
        return list(self.connector.check())
