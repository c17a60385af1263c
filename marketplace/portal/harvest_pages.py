"""Describe a platform's tables, and read the drafts that they give, in the operators' console."""

from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_http_methods

from catalog.actions.harvesting import draft_of, relations_of
from catalog.models import PlatformConnection
from marketplace.kernel.errors import DomainError, NotFound
from marketplace.kernel.identity.models import Team
from marketplace.portal.operating import operator_of
from marketplace.portal.pages import REFUSED, blame, show


class HarvestForm(forms.Form):
    """Which schema, and which of its tables for which product."""

    schema = forms.CharField(label="Schema", max_length=63)
    relation = forms.ChoiceField(label="Table or view", required=False)
    product = forms.CharField(
        label="Product", required=False, max_length=161, help_text="Its key: domain.product"
    )
    team = forms.ChoiceField(label="Owner team", required=False)


@require_http_methods(["GET", "HEAD", "POST"])
def platform_harvest(request: HttpRequest, key: str) -> HttpResponse:
    """List a schema of a platform, and show the draft of one of its tables as YAML."""
    actor = operator_of(request)
    row = PlatformConnection.objects.filter(key=key).first()
    if row is None:
        raise NotFound
    form = HarvestForm(request.POST if request.method == "POST" else None)
    teams = list(Team.objects.order_by("slug").values_list("slug", "name"))
    _choices(form, "team", teams)
    context: dict[str, Any] = {"platform": row, "form": form, "relations": [], "draft": ""}
    status = 200
    if request.method == "POST":
        chosen = request.POST.get("relation", "").replace("\x00", "")[:127]
        _choices(form, "relation", [(chosen, chosen)] if chosen else [])
        if form.is_valid():
            given = form.cleaned_data
            try:
                found = relations_of(actor, key=key, schema=given["schema"])
                context["relations"] = found
                _choices(form, "relation", [("", "Choose one"), *((one, one) for one in found)])
                if chosen:
                    names = {"product": given["product"], "team": given["team"]}
                    context["draft"] = draft_of(actor, key=key, relation=chosen, **names)
            except DomainError as refused:
                status = REFUSED
                blame(form, refused, {f"/{name}": name for name in form.fields})
        else:
            status = REFUSED
    context["nav"] = "governance"
    return show(request, "portal/platform_harvest.html", context, status=status)


def _choices(form: HarvestForm, name: str, options: list[tuple[str, str]]) -> None:
    field = form.fields[name]
    assert isinstance(field, forms.ChoiceField)
    field.choices = options
