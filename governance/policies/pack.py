"""Packs of rules: read and refused at load, then asked together.

The strictest answer wins. What no rule allows is reviewed; a rule that cannot be judged asks for
review too: policies fail closed, and no error ever opens a port.
"""

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from importlib import resources
from typing import Any, Final

from governance.policies.base import (
    CLASSIFICATIONS,
    ROLES,
    AccessFacts,
    Outcome,
    PackUsed,
    Reason,
    Stage,
    Verdict,
)
from governance.policies.rules import (
    BY_KIND,
    PLACEHOLDER,
    RANKED,
    WITHOUT_VALUE,
    All,
    AnyOf,
    CannotEvaluate,
    Check,
    Condition,
    Not,
    Other,
    Rule,
    kind_of,
)

MAX_RULES: Final = 500
MAX_DEPTH: Final = 10
_SLUG = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*\Z")
_PACK_KEYS: Final = frozenset({"key", "version", "title", "description", "rules"})
_RULE_KEYS: Final = frozenset(
    {"id", "title", "when", "verdict", "sentence", "stages", "notice", "description"}
)
_TEST_KEYS: Final = frozenset({"fact", "op", "value"})
_TEXT_LENGTH: Final = 500
_NOBODY_ALLOWS: Final = "no-rule-allows"


@dataclass(frozen=True, slots=True)
class PackProblem:
    """One thing wrong with a pack: JSON pointer, code, sentence."""

    pointer: str
    code: str
    detail: str


class BadPack(Exception):
    """The pack is not accepted; `problems` says why, and is never empty."""

    def __init__(self, problems: Iterable[PackProblem]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(f"{p.pointer or '/'}: {p.detail}" for p in self.problems))


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyPack:
    """Checked rules under a key and version; `data` is the JSON they came from."""

    key: str
    version: int
    title: str
    rules: tuple[Rule, ...]
    description: str = ""
    data: Mapping[str, Any] = field(default_factory=dict, compare=False, repr=False)


def validate_pack(data: Any) -> list[PackProblem]:
    """Everything wrong with a pack; empty when it can be loaded."""
    return list(_pack_problems(data))


def load_pack(data: Any) -> PolicyPack:
    """The pack of a JSON value; raises `BadPack` with every problem."""
    problems = validate_pack(data)
    if problems:
        raise BadPack(problems)
    return PolicyPack(
        key=data["key"],
        version=data["version"],
        title=data["title"],
        description=data.get("description", ""),
        rules=tuple(_rule(rule) for rule in data["rules"]),
        data=data,
    )


def builtin_packs() -> tuple[PolicyPack, ...]:
    """The packs that come with the catalogue, by file name."""
    folder = resources.files("governance.policies.packs")
    files = sorted(
        (file for file in folder.iterdir() if file.name.endswith(".json")),
        key=lambda file: file.name,
    )
    return tuple(load_pack(json.loads(file.read_text("utf-8"))) for file in files)


def evaluate(facts: AccessFacts, packs: Iterable[PolicyPack]) -> Verdict:
    """Ask every rule of every pack; the strictest answer wins, each reason is kept."""
    packs = tuple(packs)
    reasons: list[Reason] = []
    stages: list[Stage] = []
    granted = False
    for pack in packs:
        for rule in pack.rules:
            try:
                reason = rule.speak(facts, pack.key)
            except CannotEvaluate:
                reason, asked = _cannot(rule, pack)
                stages.append(asked)
            else:
                stages += rule.stages_for(facts) if reason else ()
            if reason:
                reasons.append(reason)
                granted = granted or not rule.notice
    if not granted:
        text = "No rule allows this by itself, so the owner decides."
        reasons.append(Reason(rule=_NOBODY_ALLOWS, pack="", verdict=Outcome.REVIEW, text=text))
        stages.append(Stage(role="product_owner", why="No rule allows this by itself."))
    outcome = max((reason.verdict for reason in reasons), key=lambda verdict: verdict.strictness)
    return Verdict(
        outcome=outcome,
        reasons=tuple(sorted(reasons, key=lambda reason: -reason.verdict.strictness)),
        stages=_in_order(stages) if outcome is Outcome.REVIEW else (),
        packs=tuple(PackUsed(key=pack.key, version=pack.version) for pack in packs),
    )


def _cannot(rule: Rule, pack: PolicyPack) -> tuple[Reason, Stage]:
    text = f"The rule {rule.title!r} could not be judged, so a person decides."
    reason = Reason(rule=rule.id, pack=pack.key, verdict=Outcome.REVIEW, text=text)
    return reason, Stage(role="governance", why=text)


def _in_order(stages: Iterable[Stage]) -> tuple[Stage, ...]:
    """One stage for each role, owners first; the reasons of a role are joined."""
    why: dict[str, dict[str, None]] = {}
    for stage in stages:
        why.setdefault(stage.role, {})[stage.why] = None
    return tuple(Stage(role=role, why=" ".join(why[role])) for role in ROLES if role in why)


# -- reading a checked pack


def _rule(data: Mapping[str, Any]) -> Rule:
    return Rule(
        id=data["id"],
        title=data["title"],
        when=_condition(data["when"]),
        verdict=Outcome(data["verdict"]),
        sentence=data["sentence"],
        stages=tuple(Stage(role=s["role"], why=s["why"]) for s in data.get("stages", ())),
        notice=data.get("notice", False),
    )


def _condition(data: Mapping[str, Any]) -> Condition:
    if "all" in data:
        return All(tuple(_condition(part) for part in data["all"]))
    if "any" in data:
        return AnyOf(tuple(_condition(part) for part in data["any"]))
    if "not" in data:
        return Not(_condition(data["not"]))
    return Check(data["fact"], data["op"], _value(data.get("value")))


def _value(value: Any) -> Any:
    if isinstance(value, dict):
        return Other(value["fact"])
    return tuple(value) if isinstance(value, list) else value


# -- refusing a bad one


def _pack_problems(data: Any) -> Iterator[PackProblem]:
    if not isinstance(data, dict):
        yield PackProblem("", "wrong-type", "A pack is a mapping.")
        return
    yield from _unknown_keys("", data, _PACK_KEYS)
    yield from _slug("/key", data.get("key"))
    version = data.get("version")
    if not isinstance(version, int) or isinstance(version, bool) or version < 1:
        yield PackProblem("/version", "wrong-type", "A version is a whole number from 1.")
    yield from _text("/title", data.get("title"))
    if "description" in data:
        yield from _text("/description", data["description"])
    rules = data.get("rules")
    if not isinstance(rules, list) or not 0 < len(rules) <= MAX_RULES:
        detail = f"`rules` is a list of 1 to {MAX_RULES} rules."
        yield PackProblem("/rules", "wrong-type", detail)
        return
    seen: set[str] = set()
    for index, rule in enumerate(rules):
        at = f"/rules/{index}"
        yield from _rule_problems(at, rule)
        name = rule.get("id") if isinstance(rule, dict) else None
        if isinstance(name, str) and name in seen:
            yield PackProblem(f"{at}/id", "duplicate", f"The rule {name!r} stands here twice.")
        seen.add(str(name))


def _rule_problems(at: str, rule: Any) -> Iterator[PackProblem]:
    if not isinstance(rule, dict):
        yield PackProblem(at, "wrong-type", "A rule is a mapping.")
        return
    yield from _unknown_keys(at, rule, _RULE_KEYS)
    yield from _slug(f"{at}/id", rule.get("id"))
    yield from _text(f"{at}/title", rule.get("title"))
    yield from _template(f"{at}/sentence", rule.get("sentence"))
    yield from _condition_problems(f"{at}/when", rule.get("when"), 0)
    verdict = rule.get("verdict")
    if verdict not in tuple(Outcome):
        detail = f"A verdict is one of {', '.join(Outcome)}."
        yield PackProblem(f"{at}/verdict", "not-allowed", detail)
    notice = rule.get("notice", False)
    if not isinstance(notice, bool) or (notice and verdict != "allow"):
        detail = "`notice` is true or false, and only a rule that allows can be one."
        yield PackProblem(f"{at}/notice", "not-allowed", detail)
    yield from _stage_problems(f"{at}/stages", rule.get("stages", []), verdict)


def _stage_problems(at: str, stages: Any, verdict: Any) -> Iterator[PackProblem]:
    if not isinstance(stages, list):
        yield PackProblem(at, "wrong-type", "`stages` is a list.")
        return
    if (verdict == "review") != bool(stages):
        detail = "A review names the stages it asks for; no other verdict has any."
        yield PackProblem(at, "not-allowed", detail)
    for index, stage in enumerate(stages):
        here = f"{at}/{index}"
        if not isinstance(stage, dict):
            yield PackProblem(here, "wrong-type", "A stage is a mapping.")
            continue
        yield from _unknown_keys(here, stage, frozenset({"role", "why"}))
        if stage.get("role") not in ROLES:
            detail = f"A role is one of {', '.join(ROLES)}."
            yield PackProblem(f"{here}/role", "not-allowed", detail)
        yield from _template(f"{here}/why", stage.get("why"))


def _condition_problems(at: str, data: Any, depth: int) -> Iterator[PackProblem]:
    if not isinstance(data, dict):
        yield PackProblem(at, "wrong-type", "A condition is a mapping.")
    elif depth > MAX_DEPTH:
        yield PackProblem(at, "too-deep", f"Conditions nest at most {MAX_DEPTH} deep.")
    elif len(data) == 1 and data.keys() <= {"all", "any"}:
        word, parts = next(iter(data.items()))
        if not isinstance(parts, list) or not parts:
            yield PackProblem(f"{at}/{word}", "wrong-type", f"`{word}` is a list of conditions.")
            return
        for index, part in enumerate(parts):
            yield from _condition_problems(f"{at}/{word}/{index}", part, depth + 1)
    elif data.keys() == {"not"}:
        yield from _condition_problems(f"{at}/not", data["not"], depth + 1)
    else:
        yield from _test_problems(at, data)


def _test_problems(at: str, data: Mapping[str, Any]) -> Iterator[PackProblem]:
    unknown = list(_unknown_keys(at, data, _TEST_KEYS))
    fact, op = data.get("fact"), data.get("op")
    kind = kind_of(fact) if isinstance(fact, str) else None
    if unknown:
        yield from unknown
    elif kind is None:
        yield PackProblem(f"{at}/fact", "unknown-fact", f"There is no fact {fact!r}.")
    elif not _can_ask(str(fact), kind, op):
        detail = f"The fact {fact} cannot be asked by {op!r}."
        yield PackProblem(f"{at}/op", "unknown-op", detail)
    elif op in WITHOUT_VALUE:
        if "value" in data:
            yield PackProblem(f"{at}/value", "not-allowed", f"`{op}` takes no value.")
    elif "value" not in data:
        yield PackProblem(f"{at}/value", "missing", f"`{op}` needs a value.")
    elif not _fits(str(fact), str(op), data["value"]):
        detail = f"This value does not fit {fact} {op}."
        yield PackProblem(f"{at}/value", "wrong-type", detail)


def _can_ask(fact: str, kind: str, op: Any) -> bool:
    """Whether an operator goes with a fact."""
    if not isinstance(op, str):
        return False
    return op in BY_KIND[kind] or (op in RANKED and fact == "classification")


def _fits(fact: str, op: str, value: Any) -> bool:
    """Whether a value, literal or another fact, has the type that the operator compares with."""
    kind = kind_of(fact)
    wanted = "words" if op in ("in", "not_in", "intersects") else kind
    if op == "contains":
        wanted = "text"
    if isinstance(value, dict):
        other = value.get("fact")
        known = isinstance(other, str) and value.keys() == {"fact"}
        return known and kind_of(str(other)) == wanted and op not in RANKED
    if op in RANKED:
        return value in CLASSIFICATIONS
    if wanted == "words":
        return isinstance(value, list) and bool(value) and all(isinstance(w, str) for w in value)
    if wanted == "days":
        return isinstance(value, int) and not isinstance(value, bool)
    return isinstance(value, bool if wanted == "flag" else str)


def _unknown_keys(at: str, data: Mapping[str, Any], known: frozenset[str]) -> Iterator[PackProblem]:
    for key in data:
        if key not in known:
            yield PackProblem(f"{at}/{key}", "unknown-key", f"The key {key!r} is not known here.")


def _slug(at: str, value: Any) -> Iterator[PackProblem]:
    if not isinstance(value, str) or not _SLUG.match(value):
        detail = "This is lower-case letters and digits joined by hyphens."
        yield PackProblem(at, "bad-form", detail)


def _text(at: str, value: Any) -> Iterator[PackProblem]:
    if not isinstance(value, str) or not 0 < len(value.strip()) <= _TEXT_LENGTH:
        detail = f"This is a text of 1 to {_TEXT_LENGTH} characters."
        yield PackProblem(at, "wrong-type", detail)


def _template(at: str, value: Any) -> Iterator[PackProblem]:
    """A sentence whose braces name facts, and nothing else."""
    problems = list(_text(at, value))
    yield from problems
    if problems:
        return
    for name in PLACEHOLDER.findall(value):
        if kind_of(name) is None:
            yield PackProblem(at, "unknown-fact", f"There is no fact {name!r} to put in.")
    if re.search(r"[{}]", PLACEHOLDER.sub("", value)):
        yield PackProblem(at, "bad-form", "Braces stand only around the name of a fact.")
