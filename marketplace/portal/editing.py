"""The owner's editor: descriptors as text, and the life of a product."""

from typing import Any, Final

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods, require_POST

from catalog.actions import products as living
from catalog.actions.apply import Outcome, apply_bundle, as_invalid
from catalog.actions.contracts import BreakingChange
from catalog.descriptors.edits import CannotEdit
from catalog.descriptors.safe_yaml import Refused
from catalog.descriptors.words import CONTRACT_WORDS, PRODUCT_WORDS
from catalog.models import ContractVersion, DataProduct
from catalog.permissions import PUBLISHERS, may_describe, may_edit_product
from catalog.queries import product_or_404
from catalog.states import PRODUCT, Status
from marketplace.kernel.actors import Actor
from marketplace.kernel.errors import (
    DomainError,
    FieldProblem,
    Invalid,
    NotAllowed,
    NotFound,
    SignInFirst,
)
from marketplace.kernel.identity.current import signed_in
from marketplace.kernel.web.fragments import wants_fragment
from marketplace.portal.form_code import apply_code
from marketplace.portal.judging import (
    Judged,
    checked_length,
    judge_text,
    problems_of,
)
from marketplace.portal.owner import crumbs
from marketplace.portal.pages import REFUSED, attempt, show
from marketplace.portal.product_form import ProductForm, initial_of, written
from marketplace.portal.rows import hue_class

ALL_WORDS: Final = " ".join(sorted({*PRODUCT_WORDS, *CONTRACT_WORDS}))  # what the editor completes
_MOVES: Final = {
    "publish": ("Publish", "is offered now."),
    "deprecate": ("Deprecate", "is deprecated; its consumers and followers are told."),
    "retire": ("Retire", "is retired; access to it is being taken away."),
}


@require_http_methods(["GET", "HEAD", "POST"])
def product_edit(request: HttpRequest, key: str) -> HttpResponse:
    """Edit a product's descriptor and contracts as the text they are."""
    actor = signed_in(request)
    product = editable(actor, key)
    context = {
        "product": product,
        "hue_class": hue_class(product.domain.hue),
        "crumbs": crumbs(product, "Edit"),
        "moves": [
            {"move": move, "label": label, "asks_why": move != "publish"}
            for move, (label, _) in _MOVES.items()
            if PRODUCT.allows(move, product.status)
        ],
        "text": bundle_of(product),
        "heading": f"Edit {product.name}",
    }
    return _editor(request, actor, context, back=reverse("product_edit", args=[key]))


@require_http_methods(["GET", "HEAD", "POST"])
def owner_apply(request: HttpRequest) -> HttpResponse:
    """Apply a new bundle: products, contracts, and for those who may, domains and teams."""
    actor = signed_in(request)
    owns = any(role in PUBLISHERS for _, role in actor.memberships)
    if not may_describe(actor):
        raise NotAllowed("Descriptors are applied by those who own products.")
    back = reverse("owner" if owns else "home")
    context = {
        "product": None,
        "crumbs": [
            {"label": "Owner console" if owns else "Home", "href": back},
            {"label": "Apply", "href": ""},
        ],
        "text": "",
        "heading": "Apply descriptors",
    }
    return _editor(request, actor, context, back=back)


@require_POST
def product_move(request: HttpRequest, key: str, move: str) -> HttpResponse:
    """Publish, deprecate or retire a product."""
    actor = signed_in(request)
    product = editable(actor, key)
    if move not in _MOVES:
        raise NotFound
    reason = request.POST.get("reason", "").replace("\x00", "").strip()[:2000]
    said = f"{product.name} {_MOVES[move][1]}"
    if move == "publish":
        attempt(request, lambda: living.publish(actor, key=key), said)
    elif move == "deprecate":
        attempt(request, lambda: living.deprecate(actor, key=key, reason=reason), said)
    else:
        attempt(request, lambda: living.retire(actor, key=key, reason=reason), said)
    return redirect("product_edit", key)


def bundle_of(product: DataProduct) -> str:
    """Give a product's descriptor and its contracts in force as one text."""
    texts = [product.descriptor_text, *(version.text for version in versions_of(product))]
    return "---\n".join(f"{text.strip()}\n" for text in texts if text.strip())


def show_draft(
    request: HttpRequest, heading: str, text: str, trail: list[dict[str, str]]
) -> HttpResponse:
    """Show the first text of what is not there yet in the editor; applying it makes it."""
    context = {
        "heading": heading,
        "text": text,
        "judged": Judged(),
        "mode": "yaml",
        "form": None,
        "words": ALL_WORDS,
        "code": apply_code(),
        "product": None,
        "fresh": True,
        "action": reverse("owner_apply"),
        "crumbs": trail,
        "nav": "owner",
    }
    return show(request, "portal/owner_edit.html", context)


def _editor(
    request: HttpRequest, actor: Actor, context: dict[str, Any], *, back: str
) -> HttpResponse:
    """Show the editor, as YAML or as a form; check or apply what was sent.

    ``view`` is how the text was shown when it was sent, ``mode`` how it is wanted next. A form
    is written into the text first, so that both always speak of the same YAML.
    """
    sent = request.method == "POST"
    mode = (request.POST if sent else request.GET).get("mode", "")
    mode = mode or (request.POST.get("view", "") if sent else "") or "yaml"
    context |= {"nav": "owner", "judged": Judged(), "mode": mode, "form": None}
    context |= {"words": ALL_WORDS, "code": apply_code()}
    text = request.POST.get("text", "").replace("\r\n", "\n") if sent else context["text"]
    try:
        checked_length(text)
        if sent and request.POST.get("view") == "form":
            form = ProductForm(request.POST)
            if not form.is_valid():
                context |= {"text": text, "form": form, "mode": "form"}
                return _edited(request, context, status=REFUSED)
            text = _filled(text, form)
        context["text"] = text
        if sent and not {"mode", "check"} & set(request.POST):
            return _apply(request, actor, text, back)
        if "check" in request.POST:
            context["judged"] = judge_text(actor, text)
    except (NotFound, SignInFirst):
        raise
    except DomainError as refused:
        context["judged"] = Judged(
            problems=problems_of(refused), breaking=isinstance(refused, BreakingChange)
        )
    if mode == "form":
        context |= _form_of(text)
    # A look while one types refuses nothing; the browser would complain of each at its console.
    looked = "check" in request.POST and wants_fragment(request, "judged")
    wrong = bool(context["judged"].problems) and not looked
    return _edited(request, context, status=REFUSED if wrong else 200)


def _edited(request: HttpRequest, context: dict[str, Any], *, status: int) -> HttpResponse:
    return show(request, "portal/owner_edit.html", context, part="judged", status=status)


def _apply(request: HttpRequest, actor: Actor, text: str, back: str) -> HttpResponse:
    done = apply_bundle(actor, text=text)
    messages.success(request, f"Applied: {_told(done)}.")
    for warning in done.warnings:
        messages.warning(request, warning)
    created = [
        one.key for one in done.documents if one.kind == "DataProduct" and one.outcome == "created"
    ]
    if len(created) == 1:
        messages.info(request, gettext("It is a draft: look it over, then publish it."))
        return redirect("product_edit", created[0])
    return redirect(back)


def _filled(text: str, form: ProductForm) -> str:
    """Write a form into a text, or refuse with words that people understand."""
    try:
        return written(text, form.values())
    except Refused as refused:
        raise as_invalid(refused) from None
    except CannotEdit as cannot:
        raise Invalid(FieldProblem("", "not-by-form", str(cannot))) from None


def _form_of(text: str) -> dict[str, Any]:
    """Give the form for a text; the YAML again when there is no product in it to fill in."""
    try:
        initial = initial_of(text)
    except Refused as refused:
        return {"mode": "yaml", "judged": Judged(problems=problems_of(as_invalid(refused)))}
    if initial is None:
        words = "There is no DataProduct in this text, so there is no form for it."
        problem = Invalid(FieldProblem("", "no-product", words))
        return {"mode": "yaml", "judged": Judged(problems=problems_of(problem))}
    return {"form": ProductForm(initial=initial)}


def editable(actor: Actor, key: str) -> DataProduct:
    """Give a product that the reader may change; a hidden one is not found."""
    product = product_or_404(actor, key)
    if not may_edit_product(actor, product):
        raise NotAllowed("Only the owners of a product change it.")
    return product


def versions_of(product: DataProduct) -> list[ContractVersion]:
    """The contracts of a product in force, by name."""
    rows = ContractVersion.objects.select_related("contract").filter(
        contract__product=product, status=Status.ACTIVE
    )
    return list(rows.order_by("contract__key", "-released_at"))


def _told(done: Outcome) -> str:
    return ", ".join(f"{one.key} {one.outcome}" for one in done.documents)
