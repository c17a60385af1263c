"""Quality rules, service levels, allowed use and servers of two versions compared.

Which way a service level is better depends on its property; for one we do not know, any change
is a risk.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from catalog.compatibility.difference import (
    ADD,
    AT_RISK,
    CHANGE,
    MAJOR,
    MINOR,
    REMOVE,
    SAFE,
    Difference,
)
from catalog.descriptors.model import (
    ContractDescriptor,
    QualityRule,
    Server,
    ServiceLevelObjective,
)

_LESS_IS_BETTER: Final = frozenset(
    {"latency", "ly", "frequency", "fy", "errorrate", "er", "timetodetect", "td", "timetonotify",
     "tn", "timetorepair", "tr", "generalavailability", "ga", "freshness"}
)  # fmt: skip
_MORE_IS_BETTER: Final = frozenset(
    {"availability", "av", "throughput", "th", "retention", "re", "endofsupport", "es",
     "endoflife", "el"}
)  # fmt: skip
_SECONDS: Final = {
    "s": 1, "sec": 1, "second": 1, "min": 60, "minute": 60, "h": 3600, "hr": 3600, "hour": 3600,
    "d": 86400, "day": 86400, "w": 604800, "wk": 604800, "week": 604800, "mo": 2592000,
    "month": 2592000, "y": 31536000, "yr": 31536000, "year": 31536000,
}  # fmt: skip


def service_levels(
    old: Sequence[ServiceLevelObjective], new: Sequence[ServiceLevelObjective]
) -> Iterator[Difference]:
    """Service levels promised, changed, withdrawn."""
    before, after = _by_key(old), _by_key(new)
    for (name, element), level in before.items():
        now = after.get((name, element))
        path = f"/slaProperties[property={name}]"
        if now is None:
            yield _promise(
                REMOVE, path, AT_RISK, f"The service level {name} is no longer promised.", old=level
            )
        elif (level.value, level.unit) != (now.value, now.unit):
            better = _is_better(level, now)
            yield _promise(
                CHANGE,
                f"{path}/value",
                SAFE if better else AT_RISK,
                f"The service level {name} {_way(better)}: {_said(level)} to {_said(now)}.",
                old=level,
                new=now,
            )
    for (name, element), level in after.items():
        if (name, element) not in before:
            path = f"/slaProperties[property={name}]"
            sentence = f"The service level {name} is promised: {_said(level)}."
            yield _promise(ADD, path, SAFE, sentence, new=level)


def _by_key(
    levels: Sequence[ServiceLevelObjective],
) -> dict[tuple[str, str], ServiceLevelObjective]:
    return {(level.property, level.element): level for level in levels}


def _promise(
    kind: str,
    path: str,
    verdict: str,
    sentence: str,
    *,
    old: ServiceLevelObjective | None = None,
    new: ServiceLevelObjective | None = None,
) -> Difference:
    return Difference(
        kind=kind,
        path=path,
        impact=MINOR,
        verdict=verdict,
        sentence=sentence,
        old=_said(old) if old else None,
        new=_said(new) if new else None,
    )


def _said(level: ServiceLevelObjective) -> str:
    return f"{level.value} {level.unit}".strip()


def _way(better: bool | None) -> str:  # noqa: FBT001 - three answers, not a switch
    return {True: "is raised", False: "is lowered", None: "changes"}[better]


def _is_better(old: ServiceLevelObjective, new: ServiceLevelObjective) -> bool | None:
    """Whether the new level promises more; None when that cannot be told."""
    name = old.property.lower()
    was, now = _amount(old), _amount(new)
    if was is None or now is None or type(was) is not type(now):
        return None
    if name in _LESS_IS_BETTER:
        return bool(now < was)
    if name in _MORE_IS_BETTER:
        return bool(now > was)
    return None


def _amount(level: ServiceLevelObjective) -> Any:
    """A comparable amount: seconds for times, the number otherwise, dates as ISO text."""
    value = level.value
    if isinstance(value, bool) or value is None:
        return None
    if isinstance(value, str):
        return (
            value if level.property.lower() in {"endofsupport", "endoflife", "es", "el"} else None
        )
    unit = level.unit.lower()
    return float(value) * _SECONDS.get(unit, _SECONDS.get(unit.removesuffix("s"), 1))


def quality(
    path: str, column: str, whose: str, old: Sequence[QualityRule], new: Sequence[QualityRule]
) -> Iterator[Difference]:
    """Quality rules added, changed, removed; a rule is known by its name, else by its check."""
    before, after = _rules(old), _rules(new)
    for key, rule in before.items():
        if key not in after:
            sentence = f"The quality rule {key} of {whose} is removed."
            yield _rule(REMOVE, path, key, AT_RISK, sentence, column=column)
        elif rule != after[key]:
            sentence = f"The quality rule {key} of {whose} checks something else."
            yield _rule(CHANGE, path, key, AT_RISK, sentence, column=column)
    for key in after:
        if key not in before:
            yield _rule(
                ADD, path, key, SAFE, f"The quality rule {key} of {whose} is new.", column=column
            )


def _rules(rules: Sequence[QualityRule]) -> Mapping[str, QualityRule]:
    """Rules by name, or by metric, query or description; equal names are counted on."""
    named: dict[str, QualityRule] = {}
    for rule in rules:
        name = rule.name or rule.metric or rule.query or rule.description or rule.type
        key, count = name, 1
        while key in named:
            count += 1
            key = f"{name} {count}"
        named[key] = rule
    return named


def _rule(
    kind: str, path: str, key: str, verdict: str, sentence: str, *, column: str
) -> Difference:
    return Difference(
        kind=kind,
        path=f"{path}/quality[name={key}]",
        impact=MINOR,
        verdict=verdict,
        sentence=sentence,
        column=column,
        old=None if kind == ADD else key,
        new=None if kind == REMOVE else key,
    )


def limits(old: ContractDescriptor, new: ContractDescriptor) -> Iterator[Difference]:
    """Allowed purposes and the longest duration of an access."""
    was, now = old.purposes, new.purposes
    if set(was) != set(now):
        gone = sorted(set(was) - set(now)) if now else []
        narrower = bool(gone) or (bool(now) and not was)
        yield Difference(
            kind=CHANGE,
            path="/customProperties[property=purposes]",
            impact=MAJOR if narrower else MINOR,
            verdict=AT_RISK if narrower else SAFE,
            sentence=_purposes(gone, was, now),
            old=list(was),
            new=list(now),
        )
    if old.max_duration_days != new.max_duration_days:
        yield _duration(old.max_duration_days, new.max_duration_days)


def _purposes(gone: Sequence[str], was: Sequence[str], now: Sequence[str]) -> str:
    if gone:
        return f"Use for {', '.join(gone)} is no longer allowed."
    if not was:
        return f"Use is now limited to {', '.join(now)}."
    if not now:
        return "The allowed purposes are no longer listed."
    return f"Use is now also allowed for {', '.join(p for p in now if p not in was)}."


def _duration(was: int | None, now: int | None) -> Difference:
    lowered = now is not None and (was is None or now < was)
    sentence = (
        "The longest duration of an access is no longer limited."
        if now is None
        else f"An access now lasts at most {now} days."
    )
    return Difference(
        kind=CHANGE,
        path="/customProperties[property=maxDurationDays]",
        impact=MINOR,
        verdict=AT_RISK if lowered else SAFE,
        sentence=sentence,
        old=was,
        new=now,
    )


def servers(old: Sequence[Server], new: Sequence[Server]) -> Iterator[Difference]:
    """Where the data stands."""
    before = {server.server: server for server in old}
    after = {server.server: server for server in new}
    for name in dict.fromkeys((*before, *after)):
        if before.get(name) == after.get(name):
            continue
        kind = ADD if name not in before else REMOVE if name not in after else CHANGE
        how = {ADD: "is new", REMOVE: "is removed", CHANGE: "changed"}[kind]
        yield Difference(
            kind=kind,
            path=f"/servers[server={name}]",
            impact=MINOR,
            verdict=SAFE if kind == ADD else AT_RISK,
            sentence=f"The server {name} {how}.",
            old=None if kind == ADD else name,
            new=None if kind == REMOVE else name,
        )
