"""What a descriptor text would do: problems with their lines, the page it makes, and its score.

The text is applied to its end and undone, so nothing said here differs from what applying does.
"""

import re
from dataclasses import dataclass
from typing import Any, Final

from catalog.actions.apply import Outcome, apply_bundle, read
from catalog.actions.contracts import BreakingChange
from catalog.blueprints.ddl import create_table
from catalog.blueprints.draft import DraftColumn
from catalog.models import DataProduct, OutputPort
from catalog.queries import columns_of, connector_of, ports_of, variant_of
from governance.models import Score
from governance.queries.facts import product_facts
from governance.scoring.base import BestFix
from governance.scoring.datsis import score
from marketplace.connectors.base import ConnectorError, Principal
from marketplace.kernel.actions import rehearse
from marketplace.kernel.actors import Actor
from marketplace.kernel.errors import DomainError, FieldProblem, Invalid, NotFound, SignInFirst
from marketplace.portal.pages import words_of
from marketplace.portal.rows import hue_class
from subscriptions.provisioning import whole_plan

TEXT_LIMIT: Final = 1_000_000
_LINE: Final = re.compile(r"line (\d+): ", re.IGNORECASE)
_KINDS: Final = {"ADD": "add", "REMOVE": "remove", "CHANGE": "change"}
_MEANS: Final = {"MAJOR": "breaks who reads it", "MINOR": "compatible", "PATCH": "words only"}
_MOST_PAGES: Final = 3
_FIRST: Final = Principal("team", "first-consumer")


@dataclass(frozen=True, slots=True)
class Made:
    """What a port of a new product needs: its table, and what its first grant would run."""

    name: str
    platform: str
    ddl: tuple[str, ...]
    statements: tuple[str, ...]
    why: str = ""


@dataclass(frozen=True, slots=True)
class Page:
    """A product as its page would say it, and its score now and then; 0 to 100, None unscored."""

    product: DataProduct
    hue_class: str
    ports: tuple[tuple[str, str, int], ...]
    now: int | None
    then: int
    grade: str
    petals: tuple[int, ...]
    fix: BestFix | None
    made: tuple[Made, ...] = ()

    @property
    def gain(self) -> int:
        """Give the points that applying would add or take."""
        return self.then - self.now if self.now is not None else 0


@dataclass(frozen=True, slots=True)
class Judged:
    """What became of a rehearsal: an outcome with pages, or problems."""

    outcome: Outcome | None = None
    pages: tuple[Page, ...] = ()
    problems: dict[str, Any] | None = None
    breaking: bool = False


def judge_text(actor: Actor, text: str) -> Judged:
    """Rehearse applying a text as this reader."""
    try:
        checked_length(text)
        keys = _products_in(text)
        outcome, pages = rehearse(
            lambda done: (done, tuple(_page(key, done) for key in keys[:_MOST_PAGES])),
            apply_bundle,
            actor,
            text=text,
        )
    except (NotFound, SignInFirst):
        raise
    except DomainError as refused:
        return Judged(problems=problems_of(refused), breaking=isinstance(refused, BreakingChange))
    return Judged(outcome, pages)


def checked_length(text: str) -> None:
    """Refuse a text that nobody writes by hand."""
    if len(text) > TEXT_LIMIT:
        raise Invalid(FieldProblem("", "too-long", "This is more than a megabyte."))


def problems_of(refused: DomainError) -> dict[str, Any]:
    """Give a refusal as a list of problems with their lines, and the differences that break."""
    listed = [_located(one) for one in refused.problems] if isinstance(refused, Invalid) else []
    breaking = refused.facts.get("differences", [])
    return {
        "title": refused.title if listed else words_of(refused),
        "listed": listed,
        "differences": [difference(one) for one in breaking] if isinstance(breaking, list) else [],
    }


def difference(one: dict[str, Any]) -> dict[str, str]:
    """Shape a difference for components/diff_table.html."""
    return {
        "kind": _KINDS.get(one.get("kind", ""), "change"),
        "name": one.get("column") or one.get("path", ""),
        "detail": one.get("sentence", ""),
        "impact": _MEANS.get(one.get("impact", ""), ""),
    }


def _located(one: FieldProblem) -> dict[str, Any]:
    """Tell the line of a problem from its words; 0 when it has none."""
    found = _LINE.search(one.detail)
    words = one.detail.replace(found.group(), "", 1) if found else one.detail
    return {"line": int(found.group(1)) if found else 0, "detail": words, "pointer": one.pointer}


def _products_in(text: str) -> list[str]:
    """The products that a text describes, or whose contract it holds, in its order."""
    bundle = read(text)
    keys = [one.key for one in bundle.products]
    return list(dict.fromkeys([*keys, *(one.data_product for one in bundle.contracts)]))


def _page(key: str, done: Outcome) -> Page:
    """Look at a product inside the rehearsal, while its rows stand."""
    product = DataProduct.objects.select_related("domain", "owner_team").get(key=key)
    kept = Score.objects.filter(product=product).first()
    grants = (kept.grants, kept.grants_proven) if kept else (None, None)
    found = score(product_facts(product, grants=grants[0], grants_proven=grants[1]))
    ports = ports_of(product.pk)
    is_new = any(one.key == key and one.outcome == "created" for one in done.documents)
    return Page(
        product=product,
        hue_class=hue_class(product.domain.hue),
        ports=tuple((one.name, one.interface, len(columns_of(one))) for one in ports),
        now=kept.total if kept else None,
        then=found.total,
        grade=found.grade,
        petals=tuple(one.score for one in found.properties),
        fix=found.next_best_fix,
        made=tuple(_made(product, one) for one in ports) if is_new else (),
    )


def _made(product: DataProduct, port: OutputPort) -> Made:
    """Give DDL and plan of a port that is not there yet; asks no platform."""
    port.product = product
    columns = [
        DraftColumn(
            one.name,
            one.logical_type,
            one.physical_type,
            one.description,
            required=not one.nullable,
            primary_key=one.primary_key,
        )
        for one in columns_of(port)
    ]
    ddl = (create_table(port.resource or port.name, columns),) if columns else ()
    if port.platform is None:
        return Made(port.name, "", ddl, (), "No platform is named, so access is given elsewhere.")
    try:
        plan = whole_plan(connector_of(port.platform), variant_of(port), _FIRST)
    except (ConnectorError, TypeError, ValueError) as unusable:
        return Made(port.name, port.platform.name, ddl, (), f"No plan can be made: {unusable}")
    return Made(port.name, port.platform.name, ddl, tuple(step.do for step in plan.steps))
