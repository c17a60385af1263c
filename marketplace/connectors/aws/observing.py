"""Reading what stands in IAM: the reader policy, its members, and who else holds it. No writes."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from marketplace.connectors.aws import documents, iam
from marketplace.connectors.aws.calls import Aws
from marketplace.connectors.aws.config import from_tag
from marketplace.connectors.aws.statements import Names, Reading
from marketplace.connectors.base import Observed, ObservedMember, PortVariant, Principal

_KINDS: Final = (
    ("PolicyUsers", "user", "UserName"),
    ("PolicyGroups", "group", "GroupName"),
    ("PolicyRoles", "role", "RoleName"),
)


@dataclass(frozen=True, slots=True)
class Found:
    """One member as it stands: what a connector of its own may have to add to."""

    names: Names
    member: ObservedMember
    foreign: tuple[str, ...]
    tags: dict[str, str]


def observe(
    aws: Aws,
    reading: Reading,
    variant: PortVariant,
    principals: frozenset[Principal] | None,
    *,
    drift: Sequence[str] = (),
    foreign: Sequence[str] = (),
) -> tuple[Observed, list[Found]]:
    """Read one handle. `drift` and `foreign` are what a connector found of its own platform."""
    config = aws.config
    handle = config.handle_of(variant)
    reader = iam.policy(aws, config.iam_arn("policy", handle, handle))
    ours = reader is not None and reader.is_ours(config)
    digest = _standing_digest(aws, reader) if reader is not None and ours else ""
    logins = (
        _logins(aws, handle)
        if principals is None
        else sorted(config.login_of(handle, one) for one in principals)
    )
    found = [one for login in logins if (one := _member(aws, reading, handle, login)) is not None]
    others = [
        *foreign,
        *(_holders(aws, handle, {one.names.login for one in found}) if principals is None else ()),
        *(text for one in found for text in one.foreign),
    ]
    observed = Observed(
        exists=ours,
        view_digest=digest,
        members=frozenset(one.member for one in found),
        foreign=tuple(sorted(others)),
        drift=(
            *(["handle-not-ours"] if reader is not None and not ours else []),
            *(["view-altered"] if ours and not digest else []),
            *drift,
            *(
                f"login-remade:{one.member.principal}"
                for one in sorted(found, key=lambda one: one.member.principal)
                if "identity" in one.member.missing
            ),
        ),
    )
    return observed, found


def _standing_digest(aws: Aws, reader: iam.Policy) -> str:
    """Give the digest of the variant that is published, empty when another hand changed it."""
    digest = reader.tags.get("emporion:digest", "")
    text = json.dumps(reader.document, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    sealed = reader.tags.get("emporion:seal") == aws.config.seal(digest + text)
    return digest if sealed else ""


def _logins(aws: Aws, handle: str) -> list[str]:
    """List the members by their marks; a mark outlives its role."""
    asked = {"PathPrefix": aws.config.path_of(handle), "Scope": "Local"}
    names = [one["PolicyName"] for one in aws.all("iam", "list_policies", "Policies", asked)]
    return sorted(one for one in names if one != handle)


def _member(aws: Aws, reading: Reading, handle: str, login: str) -> Found | None:
    names = Names.of(aws.config, handle, login)
    mark = iam.policy(aws, names.mark)
    if mark is None or not mark.is_ours(aws.config) or "emporion:kind" not in mark.tags:
        return None
    principal = Principal(mark.tags["emporion:kind"], from_tag(mark.tags["emporion:key"]))
    until = mark.tags.get("emporion:until")
    end = datetime.fromisoformat(until) if until else None
    role = iam.role(aws, names.role)
    missing, extra = _missing(aws, reading, mark, end, role)
    member = ObservedMember(
        principal=principal,
        valid_until=end,
        agreement_id=from_tag(mark.tags.get("emporion:agreement", "")),
        missing=missing,
    )
    foreign = tuple(f"{one} hangs on the role of {principal}" for one in extra)
    return Found(names, member, foreign, role.tags if role else {})


def _missing(
    aws: Aws, reading: Reading, mark: iam.Policy, end: datetime | None, role: iam.Role | None
) -> tuple[frozenset[str], list[str]]:
    """Name what is missing of a member, and what others hung on its role."""
    if role is None:
        return frozenset({"login", "membership", "entitlement"}), []
    names = Names.of(aws.config, iam.handle_in(role.arn), iam.name_of(role.arn))
    ours = iam.is_ours(aws.config, role, mark.tags.get("emporion:role", ""))
    hung = iam.attached(aws, names.role)
    word = aws.config.external_id(names.handle, names.login)
    as_left = (
        "emporion:until" in mark.tags
        and mark.document == iam.marked(reading.actions, mark.tags)
        and role.trust == documents.open_trust(aws.config, word, end)
        and names.mark in hung
        and aws.config.boundary in {"", role.boundary}
    )
    missing = {"identity": not ours, "membership": names.reader not in hung}
    missing["entitlement"] = not as_left
    extra = [f"the policy {iam.name_of(one)}" for one in sorted(hung - {names.mark, names.reader})]
    extra += [f"the inline policy {one}" for one in sorted(iam.inline(aws, names.role))]
    return frozenset(part for part, is_missing in missing.items() if is_missing), extra


def _holders(aws: Aws, handle: str, ours: set[str]) -> list[str]:
    """Say who else holds the reader policy."""
    asked = {"PolicyArn": aws.config.iam_arn("policy", handle, handle)}
    found: list[str] = []
    answer = aws.ask("iam", "list_entities_for_policy", asked, expected=iam.GONE)
    while True:
        found += [
            f"the {kind} {one[name]} holds the reader policy {handle}"
            for key, kind, name in _KINDS
            for one in answer.value.get(key) or []
            if one[name] not in ours
        ]
        if not answer.value.get("IsTruncated"):
            return found
        more = asked | {"Marker": answer.value["Marker"]}
        answer = aws.ask("iam", "list_entities_for_policy", more)
