"""Apply descriptors: the whole bundle or nothing."""

import hashlib
from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from itertools import batched

from catalog.actions.contracts import put_contract
from catalog.actions.domains import put_domain, put_team
from catalog.actions.named import named_in
from catalog.actions.products import put_product, refresh
from catalog.descriptors.bundle import parse_bundle, parse_files
from catalog.descriptors.model import Bundle, ProductDescriptor
from catalog.descriptors.safe_yaml import Refused
from catalog.events import BundleApplied
from catalog.models import DataProduct
from marketplace.kernel.actions import action
from marketplace.kernel.actors import Actor
from marketplace.kernel.errors import FieldProblem, Invalid
from marketplace.kernel.events.log import record

_AT_ONCE = 200  # products whose derived columns are written together: bounds the memory


@dataclass(frozen=True, slots=True)
class Applied:
    """What became of one document: created, updated or unchanged."""

    kind: str
    key: str
    outcome: str

    def as_json(self) -> dict[str, str]:
        """Give it as the API does."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a bundle, with remarks that stopped nothing."""

    documents: tuple[Applied, ...]
    warnings: tuple[str, ...]


def read(text: str | bytes) -> Bundle:
    """Parse a bundle, or refuse with every problem, its place and its line."""
    try:
        return parse_bundle(text)
    except Refused as refused:
        raise as_invalid(refused) from None


def read_files(texts: Mapping[str, str | bytes]) -> Bundle:
    """Parse several files as one bundle; problems also name their file."""
    try:
        return parse_files(texts)
    except Refused as refused:
        raise as_invalid(refused) from None


def as_invalid(refused: Refused) -> Invalid:
    """Give what a reader of texts refuses as a refusal of ours, with places in words."""
    problems = []
    for one in refused.problems:
        line = f"line {one.line}" if one.line else ""
        place = ", ".join(part for part in (one.path, line) if part)
        words = f"{place[:1].upper()}{place[1:]}: {one.detail}" if place else one.detail
        problems.append(FieldProblem(one.pointer, one.code, words))
    return Invalid(*problems)


@action
def apply_bundle(actor: Actor, *, text: str | bytes) -> Outcome:
    """Make the catalog agree with a bundle of Domain, Team, DataProduct and DataContract."""
    raw = text.encode() if isinstance(text, str) else text
    return _applied(actor, read(text), raw)


@action
def apply_files(actor: Actor, *, texts: Mapping[str, str | bytes]) -> Outcome:
    """Do the same with several files, by path: all of them, or nothing."""
    raw = b"\0".join(one.encode() if isinstance(one, str) else one for one in texts.values())
    return _applied(actor, read_files(texts), raw)


def _applied(actor: Actor, bundle: Bundle, raw: bytes) -> Outcome:
    outcome = _apply(actor, bundle)
    record(
        BundleApplied(
            subject=f"bundle/{hashlib.sha256(raw).hexdigest()[:16]}",
            outcomes=dict(Counter(one.outcome for one in outcome.documents)),
        )
    )
    return outcome


def _apply(actor: Actor, bundle: Bundle) -> Outcome:
    done = [Applied("Team", team.id, put_team(actor, team)) for team in bundle.teams]
    done += [Applied("Domain", one.id, put_domain(actor, one)) for one in bundle.domains]
    named = named_in(bundle)
    changed: dict[DataProduct, ProductDescriptor | None] = {}
    outcomes: dict[str, str] = {}
    for wanted in bundle.products:
        product, outcome = put_product(actor, wanted, named)
        outcomes[product.key] = outcome
        if outcome != "unchanged":
            changed[product] = wanted
    for contract in bundle.contracts:
        outcome, product = put_contract(actor, contract, named)
        if outcome != "unchanged":
            changed.setdefault(product, None)
        done.append(Applied("DataContract", f"{contract.id} {contract.version}", outcome))
    for some in batched(changed.items(), _AT_ONCE, strict=False):
        refresh(dict(some))
    done += [Applied("DataProduct", key, outcome) for key, outcome in outcomes.items()]
    if not done:
        raise Invalid(FieldProblem("", "empty", "There is no document in this text."))
    return Outcome(tuple(done), tuple(f"{w.pointer}: {w.detail}" for w in bundle.warnings))
