"""Looking at the provisioner's own identity: enough to work, and no more, as IAM itself says.

`iam:SimulatePrincipalPolicy` asks IAM what it would decide, without doing anything.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

from marketplace.connectors.aws.calls import REFUSALS, Aws
from marketplace.connectors.base import ConnectorError, Finding, NeedsHuman

_ROLES: Final = (
    "iam:CreateRole",
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
)
_POLICIES: Final = (
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
)


@dataclass(frozen=True, slots=True)
class Asked:
    """A question to IAM: whether these actions may be done to this resource."""

    actions: tuple[str, ...]
    resource: str
    bounded: bool = False


def check(aws: Aws, needed: Sequence[Asked], too_much: Sequence[Asked]) -> list[Finding]:
    """Name what is missing (error) and what is too much (warning)."""
    try:
        return [*_identity(aws), *_judged(aws, needed, too_much)]
    except NeedsHuman as refused:
        return [Finding("error", "not-let-in", refused.message)]
    except ConnectorError as error:
        return [Finding("error", "unreachable", error.message)]


def _identity(aws: Aws) -> Iterator[Finding]:
    arn = str(aws.ask("sts", "get_caller_identity").value["Arn"])
    wanted = aws.config.provisioner
    assumed = f":assumed-role/{wanted.rsplit('/', 1)[-1]}/"
    if arn != wanted and not (":role/" in wanted and assumed in arn):
        text = f"These keys belong to {arn}, and the settings say {wanted}."
        yield Finding("error", "another-identity", text)
    if not aws.config.boundary:
        text = "No boundary is set: a role that it makes may get any right. See the how-to."
        yield Finding("warning", "no-boundary", text)


def _judged(aws: Aws, needed: Sequence[Asked], too_much: Sequence[Asked]) -> Iterator[Finding]:
    config = aws.config
    own = f"arn:{config.partition}:iam::{config.account}"
    roles = Asked(_ROLES, f"{own}:role{config.path}x/y", bounded=True)
    policies = Asked(_POLICIES, f"{own}:policy{config.path}x/y")
    listing = Asked(("iam:ListPolicies",), "*")
    for asked in (roles, policies, listing, *needed):
        for action in _refused(aws, asked):
            text = f"It may not {action} on {asked.resource}."
            yield Finding("error", f"may-not-{_code(action)}", text)
    beside = Asked(("iam:CreateRole", "iam:AttachRolePolicy", "sts:AssumeRole"), f"{own}:role/x")
    users = Asked(("iam:CreateUser", "iam:CreateAccessKey"), f"{own}:user/x")
    unbound = Asked(("iam:CreateRole",), f"{own}:role{config.path}x/y")
    for asked in (beside, users, *([unbound] if config.boundary else []), *too_much):
        for action in sorted({*asked.actions} - _refused(aws, asked)):
            text = f"It may {action} on {asked.resource}, and need not."
            yield Finding("warning", f"may-{_code(action)}", text)


def _refused(aws: Aws, asked: Asked) -> set[str]:
    """Ask IAM which of the actions it would refuse."""
    params: dict[str, Any] = {
        "PolicySourceArn": aws.config.provisioner,
        "ActionNames": list(asked.actions),
        "ResourceArns": [asked.resource],
    }
    if asked.bounded and aws.config.boundary:
        params["ContextEntries"] = [
            {
                "ContextKeyName": "iam:PermissionsBoundary",
                "ContextKeyValues": [aws.config.boundary],
                "ContextKeyType": "string",
            }
        ]
    answer = aws.ask("iam", "simulate_principal_policy", params, expected=REFUSALS)
    if not answer:
        raise NeedsHuman("it may not iam:SimulatePrincipalPolicy on itself, so nothing is known")
    results = answer.value["EvaluationResults"]
    return {one["EvalActionName"] for one in results if one["EvalDecision"] != "allowed"}


def _code(action: str) -> str:
    return action.replace(":", "-").lower()
