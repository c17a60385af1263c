"""Proposals of change: what a contract will be, whom that touches, and telling them."""

from datetime import UTC, datetime, time
from typing import Any, Final

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from catalog.actions import changes as changing
from catalog.descriptors.words import CONTRACT_WORDS
from catalog.models import ChangeProposal, ContractVersion
from marketplace.kernel.actions import dry_run
from marketplace.kernel.errors import DomainError, NotFound, SignInFirst
from marketplace.kernel.identity.current import signed_in
from marketplace.portal.editing import editable, versions_of
from marketplace.portal.form_code import as_code, show_code
from marketplace.portal.judging import TEXT_LIMIT, difference, problems_of
from marketplace.portal.owner import crumbs
from marketplace.portal.pages import REFUSED, attempt, show
from marketplace.portal.rows import hue_class
from subscriptions.queries import affected_by

_NAMED: Final = 8


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
    product = editable(actor, key)
    versions = versions_of(product)
    start = _start(request, versions)
    form = ChangeForm(request.POST or None, initial={"text": start.text if start else ""})
    context: dict[str, Any] = {
        "product": product,
        "hue_class": hue_class(product.domain.hue),
        "crumbs": crumbs(product, "Propose a change"),
        "form": form,
        "words": " ".join(CONTRACT_WORDS),
        "contracts": versions,
        "start": start,
        "nav": "owner",
    }
    if "code" in request.POST:
        back = reverse("change_new", args=[key])
        return show_code(request, as_code("POST", "changes", _body(request)), back)
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


def _start(request: HttpRequest, versions: list[ContractVersion]) -> ContractVersion | None:
    """Give the contract to start from: the one that was named, or the first; none without any."""
    wanted = request.GET.get("contract", "")
    named = [one for one in versions if one.contract.key == wanted]
    return next(iter(named or versions), None)


def _body(request: HttpRequest) -> dict[str, str]:
    """Give the proposal as the API takes it, with what stands in the form."""
    names = ("text", "note", "effective_at")
    given = {name: request.POST.get(name, "").replace("\r\n", "\n") for name in names}
    return {name: value for name, value in given.items() if value or name == "text"}


def _classified(change: ChangeProposal) -> dict[str, Any]:
    """Say what a change would be, and whom it would touch."""
    touched = affected_by(change.contract.key)
    names = touched.order_by("consumer_key").values_list("consumer_key", flat=True)
    return {
        "change": change,
        "differences": [difference(one) for one in change.differences],
        "consumers": list(names[:_NAMED]),
        "number": touched.count(),
        "at": timezone.now(),
        "version_fits": change.suggested_version in ("", change.to_version),
    }
