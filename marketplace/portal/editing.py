"""The owner's editor: descriptors as text, the life of a product, and proposals of change."""

from datetime import UTC, datetime, time
from typing import Any, Final

from django import forms
from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods, require_POST

from catalog.actions import changes as changing
from catalog.actions import products as living
from catalog.actions.apply import Outcome, apply_bundle, as_invalid
from catalog.actions.contracts import BreakingChange
from catalog.descriptors.edits import CannotEdit
from catalog.descriptors.safe_yaml import Refused
from catalog.descriptors.words import CONTRACT_WORDS, PRODUCT_WORDS
from catalog.models import ChangeProposal, ContractVersion, DataProduct
from catalog.permissions import PUBLISHERS, may_describe, may_edit_product
from catalog.queries import product_or_404
from catalog.states import PRODUCT, Status
from marketplace.kernel.actions import dry_run
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
from marketplace.portal.judging import (
    TEXT_LIMIT,
    Judged,
    checked_length,
    difference,
    judge_text,
    problems_of,
)
from marketplace.portal.owner import crumbs
from marketplace.portal.pages import REFUSED, attempt, show
from marketplace.portal.product_form import ProductForm, initial_of, written
from marketplace.portal.rows import hue_class
from subscriptions.queries import affected_by

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
    product = _editable(actor, key)
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
    product = _editable(actor, key)
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


class ChangeForm(forms.Form):
    """The next version of a contract, why, and from when."""

    text = forms.CharField(
        label="The whole contract as it will be",
        max_length=TEXT_LIMIT,
        strip=False,
        widget=forms.Textarea(attrs={"rows": 22, "spellcheck": "false"}),
        help_text="ODCS YAML with a new version. It is compared with the version in force.",
    )
    note = forms.CharField(
        label="Why, for those who read it",
        required=False,
        max_length=4000,
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    effective_at = forms.DateField(
        label="Takes effect on",
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}),
        help_text="Consumers of a breaking change have until then to answer; else 30 days.",
    )

    def proposal(self) -> dict[str, Any]:
        """Give what was filled in as the action takes it; a day begins at midnight UTC."""
        day = self.cleaned_data["effective_at"]
        return {
            "text": self.cleaned_data["text"],
            "note": self.cleaned_data["note"],
            "effective_at": datetime.combine(day, time.min, UTC) if day else None,
        }


@require_http_methods(["GET", "HEAD", "POST"])
def change_new(request: HttpRequest, key: str) -> HttpResponse:
    """Say what a contract will be: first the classification, then the proposal."""
    actor = signed_in(request)
    product = _editable(actor, key)
    form = ChangeForm(request.POST or None, initial={"text": _contract_text(request, product)})
    context: dict[str, Any] = {
        "product": product,
        "hue_class": hue_class(product.domain.hue),
        "crumbs": crumbs(product, "Propose a change"),
        "form": form,
        "words": " ".join(CONTRACT_WORDS),
        "contracts": _versions(product),
        "nav": "owner",
    }
    if request.method != "POST" or not form.is_valid():
        status = REFUSED if request.method == "POST" else 200
        return show(request, "portal/owner_change.html", context, status=status)
    checks = "check" in request.POST
    try:
        if not checks:
            made = changing.propose_change(actor, **form.proposal())
            messages.success(request, "The change is proposed; those whom it touches are told.")
            return redirect("change", made.pk)
        context["found"] = _classified(dry_run(changing.propose_change, actor, **form.proposal()))
    except (NotFound, SignInFirst):
        raise
    except DomainError as refused:
        context["problems"] = problems_of(refused)
    status = REFUSED if "problems" in context else 200
    return show(request, "portal/owner_change.html", context, status=status)


@require_POST
def change_announce(request: HttpRequest, change_id: Any) -> HttpResponse:
    """Propose a draft: from now on those whom it touches know."""
    actor = signed_in(request)
    attempt(
        request,
        lambda: changing.announce_change(actor, change_id=change_id),
        "The change is proposed; those whom it touches are told.",
    )
    return redirect("change", change_id)


def bundle_of(product: DataProduct) -> str:
    """Give a product's descriptor and its contracts in force as one text."""
    texts = [product.descriptor_text, *(version.text for version in _versions(product))]
    return "---\n".join(f"{text.strip()}\n" for text in texts if text.strip())


def apply_code() -> list[dict[str, str]]:
    """Give what applies the same text from a file, and what only looks at it."""
    call = (
        "curl -X POST '{}/api/v1/{}' \\\n"
        '  -H "Authorization: Bearer $TOKEN" \\\n'
        "  -H 'Content-Type: application/yaml' \\\n"
        "  --data-binary @product.yaml"
    )
    return [
        {"title": title, "text": call.format(settings.BASE_URL, address)}
        for title, address in (("Look at it first", "plan"), ("Apply it", "apply"))
    ]


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


def _editable(actor: Actor, key: str) -> DataProduct:
    """Give a product that the reader may change; a hidden one is not found."""
    product = product_or_404(actor, key)
    if not may_edit_product(actor, product):
        raise NotAllowed("Only the owners of a product change it.")
    return product


def _versions(product: DataProduct) -> list[ContractVersion]:
    """The contracts of a product in force, by name."""
    rows = ContractVersion.objects.select_related("contract").filter(
        contract__product=product, status=Status.ACTIVE
    )
    return list(rows.order_by("contract__key", "-released_at"))


def _contract_text(request: HttpRequest, product: DataProduct) -> str:
    """Give the text to start from: the contract that was named, or the only one there is."""
    versions = _versions(product)
    wanted = request.GET.get("contract", "")
    named = [one for one in versions if one.contract.key == wanted]
    if named or len(versions) == 1:
        return (named or versions)[0].text
    return ""


def _told(done: Outcome) -> str:
    return ", ".join(f"{one.key} {one.outcome}" for one in done.documents)


def _classified(change: ChangeProposal) -> dict[str, Any]:
    """Say what a change would be, and whom it would touch."""
    touched = affected_by(change.contract.key).order_by("consumer_key")
    return {
        "change": change,
        "differences": [difference(one) for one in change.differences],
        "consumers": list(touched),
        "at": timezone.now(),
        "version_fits": change.suggested_version in ("", change.to_version),
    }
