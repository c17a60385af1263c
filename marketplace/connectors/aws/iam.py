"""IAM's objects of ours, read and changed: each change is safe to repeat, and asks whose it is."""

import json
import math
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final
from urllib.parse import unquote

from marketplace.connectors.aws import documents, strict
from marketplace.connectors.aws.calls import Aws
from marketplace.connectors.aws.config import AwsConfig
from marketplace.connectors.aws.documents import Document
from marketplace.connectors.aws.statements import OURS
from marketplace.connectors.base import Conflict, NeedsHuman

GONE: Final = frozenset({"NoSuchEntity"})
_THERE: Final = frozenset({"EntityAlreadyExists"})
_SESSION_S: Final = 3600


@dataclass(frozen=True, slots=True)
class Policy:
    """A managed policy of ours: its default version and its tags."""

    arn: str
    document: Document
    tags: dict[str, str]

    def is_ours(self, config: AwsConfig) -> bool:
        """Whether it carries our mark."""
        return self.tags.get(OURS) == config.instance


@dataclass(frozen=True, slots=True)
class Role:
    """A role as it stands."""

    arn: str
    number: str
    trust: Document
    boundary: str
    tags: dict[str, str]


def name_of(arn: str) -> str:
    """Give the last part of an ARN, the name."""
    return arn.rsplit("/", 1)[-1]


def handle_in(arn: str) -> str:
    """Give the handle that stands in the path of an ARN of ours."""
    return arn.rsplit("/", 2)[-2]


def path_in(arn: str) -> str:
    """Give the IAM path in an ARN."""
    return "/" + arn.split("/", 1)[1].rsplit("/", 1)[0] + "/"


def policy(aws: Aws, arn: str) -> Policy | None:
    """Read a managed policy, None when there is none."""
    head = aws.ask("iam", "get_policy", {"PolicyArn": arn}, expected=GONE)
    if not head:
        return None
    version = {"PolicyArn": arn, "VersionId": head.value["Policy"]["DefaultVersionId"]}
    body = aws.ask("iam", "get_policy_version", version, expected=GONE)
    if not body:
        return None
    document = _document(body.value["PolicyVersion"]["Document"])
    return Policy(arn, document, _tagged(head.value["Policy"]))


def _tagged(told: dict[str, Any]) -> dict[str, str]:
    return {one["Key"]: one["Value"] for one in told.get("Tags") or []}


def end_of(aws: Aws, mark_arn: str) -> datetime | None:
    """Read the agreed end from a mark; None when there is no end, or no mark."""
    found = policy(aws, mark_arn)
    text = found.tags.get("emporion:until") if found else None
    return datetime.fromisoformat(text) if text else None


def role(aws: Aws, arn: str) -> Role | None:
    """Read a role, None when there is none of this name and path."""
    found = aws.ask("iam", "get_role", {"RoleName": name_of(arn)}, expected=GONE)
    if not found or found.value["Role"]["Arn"] != arn:
        return None
    told = found.value["Role"]
    return Role(
        arn=arn,
        number=told["RoleId"],
        trust=_document(told.get("AssumeRolePolicyDocument") or {}),
        boundary=(told.get("PermissionsBoundary") or {}).get("PermissionsBoundaryArn", ""),
        tags=_tagged(told),
    )


def attached(aws: Aws, arn: str) -> frozenset[str]:
    """List the managed policies of a role, by ARN."""
    asked = {"RoleName": name_of(arn)}
    found = aws.all("iam", "list_attached_role_policies", "AttachedPolicies", asked)
    return frozenset(one["PolicyArn"] for one in found)


def inline(aws: Aws, arn: str) -> list[str]:
    """List the inline policies of a role."""
    return aws.all("iam", "list_role_policies", "PolicyNames", {"RoleName": name_of(arn)})


def is_ours(config: AwsConfig, found: Role, number: str) -> bool:
    """Whether a role is the one we made: by its number as it was noted, else by its word."""
    if number and number != found.number:
        return False
    word = config.external_id(handle_in(found.arn), name_of(found.arn))
    return bool(number) or documents.word_of(found.trust) == word


# --- changes -----------------------------------------------------------------------------------


def put_policy(aws: Aws, arn: str, document: Document, tags: dict[str, str]) -> str:
    """Make a managed policy, or give it a new version; older versions go, IAM keeps five."""
    return write_policy(aws, arn, policy(aws, arn), document, tags)


def write_policy(
    aws: Aws, arn: str, stands: Policy | None, document: Document, tags: dict[str, str]
) -> str:
    """Do the same to a policy that was just read; `stands` is None where there was none."""
    text = strict.fits(document, strict.MANAGED_POLICY, name_of(arn))
    if stands is None:
        made = {
            "PolicyName": name_of(arn),
            "Path": path_in(arn),
            "PolicyDocument": text,
            "Tags": strict.tags(tags),
        }
        if aws.ask("iam", "create_policy", made, expected=_THERE):
            return "made"
        stands = policy(aws, arn)
    if stands is None or not stands.is_ours(aws.config):
        raise NeedsHuman(f"the policy {name_of(arn)} exists and is not ours")
    if stands.document != document:
        _new_version(aws, arn, text)
    if not tags.items() <= stands.tags.items():
        aws.ask("iam", "tag_policy", {"PolicyArn": arn, "Tags": strict.tags(tags)})
    return "as wanted"


def _new_version(aws: Aws, arn: str, text: str) -> None:
    versions = aws.all("iam", "list_policy_versions", "Versions", {"PolicyArn": arn})
    old = [one["VersionId"] for one in versions if not one["IsDefaultVersion"]]
    for version in old:
        which = {"PolicyArn": arn, "VersionId": version}
        aws.ask("iam", "delete_policy_version", which, expected=GONE)
    made = {"PolicyArn": arn, "PolicyDocument": text, "SetAsDefault": True}
    aws.ask("iam", "create_policy_version", made)


def make_role(aws: Aws, arn: str, trust: Document, tags: dict[str, str], mark_arn: str) -> str:
    """Make a role and note its number in the mark. Raises NeedsHuman when it is another's."""
    text = strict.fits(trust, strict.TRUST_POLICY, "the trust policy")
    made: dict[str, Any] = {
        "RoleName": name_of(arn),
        "Path": path_in(arn),
        "AssumeRolePolicyDocument": text,
        "MaxSessionDuration": _SESSION_S,
        "Tags": strict.tags(tags),
    }
    if aws.config.boundary:
        made["PermissionsBoundary"] = aws.config.boundary
    answer = aws.ask("iam", "create_role", made, expected=_THERE)
    if answer:
        number = answer.value["Role"]["RoleId"]
    else:
        found = own_role(aws, arn, mark_arn)
        if found is None:
            raise NeedsHuman(f"a role {name_of(arn)} exists and is not ours")
        number = found.number
    noted = {"PolicyArn": mark_arn, "Tags": strict.tags({"emporion:role": number})}
    aws.ask("iam", "tag_policy", noted)
    return "made" if answer else "stood already"


def own_role(aws: Aws, arn: str, mark_arn: str) -> Role | None:
    """Read a role of ours, None when it is gone. Raises NeedsHuman when it is another's."""
    found = role(aws, arn)
    if found is None:
        return None
    mark = aws.ask("iam", "get_policy", {"PolicyArn": mark_arn}, expected=GONE)
    number = _tagged(mark.value["Policy"]).get("emporion:role", "") if mark else ""
    if not is_ours(aws.config, found, number):
        raise NeedsHuman(f"the role {name_of(arn)} exists and is not the one we made")
    return found


def must_be_there(aws: Aws, arn: str) -> Role:
    """Read a role of ours. Raises Conflict when it is gone, NeedsHuman when it is another's."""
    found = own_role(aws, arn, arn.replace(":role/", ":policy/", 1))
    if found is None:
        raise Conflict(f"the role {name_of(arn)} is gone")
    return found


def set_trust(aws: Aws, arn: str, document: Document) -> None:
    """Say who may assume a role, and until when."""
    text = strict.fits(document, strict.TRUST_POLICY, "the trust policy")
    asked = {"RoleName": name_of(arn), "PolicyDocument": text}
    aws.ask("iam", "update_assume_role_policy", asked)


def cut(aws: Aws, arn: str, actions: tuple[str, ...]) -> bool:
    """Deny everything to the sessions of a member that are open now; False when it has no mark.

    The moment is the next whole second of AWS's clock, so that a session of this second is cut too.
    """
    stands = policy(aws, arn)
    if stands is None or not stands.is_ours(aws.config):
        return False
    after = datetime.fromtimestamp(math.floor(aws.now().timestamp()) + 1, UTC)
    noted = {"emporion:after": documents.moment(after)}
    write_policy(aws, arn, stands, marked(actions, stands.tags | noted), noted)
    return True


def marked(actions: tuple[str, ...], tags: dict[str, str]) -> Document:
    """Write the mark that belongs to its tags."""
    until = tags.get("emporion:until")
    end = datetime.fromisoformat(until) if until else None
    return documents.mark(actions, end, tags.get("emporion:after", ""))


def forget(aws: Aws, role_arn: str, mark_arn: str) -> str:
    """Delete a role of ours with what hangs on it, then its mark."""
    if own_role(aws, role_arn, mark_arn) is not None:
        login = {"RoleName": name_of(role_arn)}
        for one in sorted(attached(aws, role_arn), key=lambda arn: arn == mark_arn):  # last
            asked = login | {"PolicyArn": one}
            aws.ask("iam", "detach_role_policy", asked, expected=GONE)
        for one in inline(aws, role_arn):
            asked = login | {"PolicyName": one}
            aws.ask("iam", "delete_role_policy", asked, expected=GONE)
        aws.ask("iam", "delete_role", login, expected=GONE)
    _delete_policy(aws, mark_arn)
    return "deleted"


def _delete_policy(aws: Aws, arn: str) -> None:
    stands = policy(aws, arn)
    if stands is None:
        return
    if not stands.is_ours(aws.config):
        raise NeedsHuman(f"the policy {name_of(arn)} exists and is not ours")
    for version in aws.all("iam", "list_policy_versions", "Versions", {"PolicyArn": arn}):
        if not version["IsDefaultVersion"]:
            which = {"PolicyArn": arn, "VersionId": version["VersionId"]}
            aws.ask("iam", "delete_policy_version", which, expected=GONE)
    aws.ask("iam", "delete_policy", {"PolicyArn": arn}, expected=GONE)


def _document(given: Any) -> Document:
    """Read a policy as IAM gives it: botocore has read it, or it is quoted JSON."""
    if isinstance(given, dict):
        return given
    read: Document = json.loads(unquote(given)) if given else {}
    return read
