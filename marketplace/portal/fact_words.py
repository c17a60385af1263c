"""What policies look at, said as people say it: facts of a verdict, conditions of a rule."""

from collections.abc import Mapping
from typing import Any, Final

from django.utils.text import capfirst
from django.utils.translation import gettext, gettext_noop, pgettext, pgettext_lazy

from marketplace.kernel.web.said import told
from subscriptions.actions.requests import PURPOSES

FACTS: Final[Mapping[str, str]] = {
    "product": gettext_noop("product"),
    "port": gettext_noop("port"),
    "product_domain": gettext_noop("domain of the product"),
    "owner_team": gettext_noop("owner team"),
    "classification": gettext_noop("classification"),
    "personal_data": gettext_noop("personal data"),
    "personal_columns": gettext_noop("personal columns"),
    "purpose": gettext_noop("purpose"),
    "purpose_text": gettext_noop("words on the purpose"),
    "allowed_purposes": gettext_noop("allowed purposes"),
    "consumer_kind": gettext_noop("kind of consumer"),
    "consumer_key": gettext_noop("consumer"),
    "consumer_domain": gettext_noop("domain of the consumer"),
    "requester": gettext_noop("requester"),
    "requester_teams": gettext_noop("teams of the requester"),
    "same_domain": gettext_noop("same domain"),
    "own_team": gettext_noop("owner team itself"),
    "duration_days": gettext_noop("days asked for"),
    "max_duration_days": gettext_noop("days that the contract allows"),
    "product_status": gettext_noop("status of the product"),
    "port_status": gettext_noop("status of the port"),
    "publication_scope": gettext_noop("publication scope"),
    "cross_border": gettext_noop("a border is crossed"),
}
_FLAGS: Final[Mapping[str, tuple[str, str]]] = {
    "personal_data": (
        gettext_noop("the data is personal"),
        gettext_noop("the data is not personal"),
    ),
    "same_domain": (
        gettext_noop("consumer and product are of the same domain"),
        gettext_noop("consumer and product are of different domains"),
    ),
    "own_team": (
        gettext_noop("the consumer belongs to the owner team"),
        gettext_noop("the consumer does not belong to the owner team"),
    ),
    "cross_border": (
        gettext_noop("the data crosses a border"),
        gettext_noop("the data crosses no border"),
    ),
}
# With a context, so that no other text is taken for one of these forms.
_OPS: Final[Mapping[str, Any]] = {
    "eq": pgettext_lazy("condition", "%(fact)s is %(value)s"),
    "ne": pgettext_lazy("condition", "%(fact)s is not %(value)s"),
    "in": pgettext_lazy("condition", "%(fact)s is one of %(value)s"),
    "not_in": pgettext_lazy("condition", "%(fact)s is none of %(value)s"),
    "empty": pgettext_lazy("condition", "no %(fact)s given"),
    "not_empty": pgettext_lazy("condition", "%(fact)s given"),
    "gt": pgettext_lazy("condition", "%(fact)s above %(value)s"),
    "gte": pgettext_lazy("condition", "%(fact)s not below %(value)s"),
    "lt": pgettext_lazy("condition", "%(fact)s below %(value)s"),
    "lte": pgettext_lazy("condition", "%(fact)s not above %(value)s"),
    "at_least": pgettext_lazy("condition", "%(fact)s is at least %(value)s"),
    "at_most": pgettext_lazy("condition", "%(fact)s is at most %(value)s"),
    "contains": pgettext_lazy("condition", "%(fact)s with %(value)s"),
    "intersects": pgettext_lazy("condition", "%(fact)s with one of %(value)s"),
}
_WORDS: Final[Mapping[str, str]] = {
    **PURPOSES,
    "user": gettext_noop("a person"),
    "team": gettext_noop("a team"),
    "data_product": gettext_noop("a data product"),
    "application": gettext_noop("an application"),
    "agent": gettext_noop("an agent"),
    "draft": gettext_noop("a draft"),
    "proposed": gettext_noop("proposed"),
    "active": gettext_noop("active"),
    "deprecated": gettext_noop("deprecated"),
    "retired": gettext_noop("retired"),
    "none": gettext_noop("nobody"),
    "domain": gettext_noop("the domain"),
    "organization": gettext_noop("the organisation"),
    "external": gettext_noop("people outside"),
}


def fact_name(name: str) -> str:
    """Give the phrase for a fact in the language of the page; an unknown one by its own name."""
    return gettext(FACTS[name]) if name in FACTS else name.replace("_", " ")


def facts_said(facts: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Give facts as pairs of name and value, in the order in which people read them."""
    known = [name for name in FACTS if name in facts]
    others = sorted(name for name in facts if name not in FACTS)
    return [(capfirst(fact_name(name)), _value(name, facts[name])) for name in [*known, *others]]


def condition_words(condition: Mapping[str, Any], *, outside: bool = False) -> str:
    """Say a condition of a rule as a phrase; an operator without words is said by its name."""
    for word, joint in (("all", gettext(" and ")), ("any", gettext(" or "))):
        if word in condition:
            parts = [condition_words(one) for one in condition[word]]
            inner = joint.join(parts)
            return f"({inner})" if len(parts) > 1 and not outside else inner
    if "not" in condition:
        return pgettext("condition", "not: %(condition)s") % {
            "condition": condition_words(condition["not"])
        }
    name, op = str(condition.get("fact", "")), str(condition.get("op", ""))
    value = condition.get("value")
    if name in _FLAGS and isinstance(value, bool) and op in ("eq", "ne"):
        return gettext(_FLAGS[name][0 if value == (op == "eq") else 1])
    facts = {"fact": fact_name(name), "value": _compared(value)}
    if op not in _OPS:
        return " ".join(filter(None, (facts["fact"], op.replace("_", " "), facts["value"])))
    return str(_OPS[op]) % facts


def _compared(value: Any) -> str:
    if isinstance(value, dict):
        return fact_name(str(value.get("fact", "")))
    return _value("", value)


def _value(name: str, value: Any) -> str:
    """Say one value; names that people gave stay as they are."""
    if value is None or value == "":
        return ""
    if isinstance(value, bool):
        return gettext("yes") if value else gettext("no")
    if isinstance(value, list | tuple):
        return ", ".join(_value(name, one) for one in value)
    text = str(value)
    if name in ("purpose_text", "product", "port", "requester", "consumer_key"):
        return text
    return told(_WORDS.get(text, text.replace("_", " ") if name == "" else text))
