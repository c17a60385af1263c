"""What a platform shows against what was agreed: missing, excess, altered, orphan, foreign."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final, Literal

from marketplace.connectors.base import Observed, ObservedMember, PortDesired, Principal

type Kind = Literal["missing", "excess", "altered", "orphan", "foreign"]

_OF_VIEW: Final[dict[str, tuple[Kind, str]]] = {
    "handle-not-ours": ("foreign", "A role of the handle's name stands, and it is not ours"),
    "schema-not-ours": ("foreign", "The published schema belongs to somebody else"),
    "view-not-ours": ("foreign", "A relation of the view's name stands, and it is not ours"),
    "view-missing": ("missing", "The published view is gone"),
    "right-missing": ("missing", "The handle lost its right to read the published view"),
    "view-altered": ("altered", "The published view was changed"),
    "view-moved": ("altered", "The published view stands elsewhere"),
    "base-missing": ("orphan", "The table behind the view is gone"),
    "base-unreadable": ("missing", "The publisher lost its right to read the table"),
    "column-missing": ("missing", "The table lost a column"),
}


@dataclass(frozen=True, slots=True)
class Found:
    """One difference: its kind, whose access it concerns (None: everybody's), and a sentence."""

    kind: Kind
    principal: Principal | None
    what: str


def classify(
    desired: PortDesired, observed: Observed, ending: Iterable[Principal] = ()
) -> tuple[Found, ...]:
    """Name every difference once. ``ending`` are those whose time ran out a moment ago."""
    wanted = {member.principal: member for member in desired.members}
    held = {one.principal: one for one in observed.members}
    found = [said for code in observed.drift if (said := _of_view(code))]
    if wanted and not observed.exists:
        found.append(Found("missing", None, "The handle's role is gone."))
    for principal in sorted(held.keys() - set(ending)):
        one = held[principal]
        agreed = wanted.get(principal)
        kind, what = _of_member(one, agreed is not None)
        if not kind and agreed is not None and one.as_member() != agreed:
            kind, what = "altered", f"The end or the agreement of {principal} was changed"
        if kind:
            found.append(Found(kind, principal, f"{what}."))  # type: ignore[arg-type]
    found += [
        Found("missing", principal, f"{principal} is not let in.")
        for principal in sorted(wanted.keys() - held.keys())
    ]
    found += [Found("foreign", None, f"{words}.") for words in observed.foreign]
    return tuple(found)


def _of_view(code: str) -> Found | None:
    name, _, detail = code.partition(":")
    if name not in _OF_VIEW:
        return None  # said of the member itself
    kind, words = _OF_VIEW[name]
    return Found(kind, None, f"{words}: {detail}." if detail else f"{words}.")


def _of_member(one: ObservedMember, agreed: bool) -> tuple[str, str]:  # noqa: FBT001 - a fact
    if "identity" in one.missing:
        return "orphan", f"The login of {one.principal} was deleted and made again by others"
    if "login" in one.missing:
        return "orphan", f"The login of {one.principal} was deleted"
    if not agreed:
        return "excess", f"{one.principal} is let in, and nobody agreed to it"
    if one.missing:
        return "missing", f"{one.principal} lost its {' and '.join(sorted(one.missing))}"
    return "", ""
