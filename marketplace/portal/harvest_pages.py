"""Describe a platform's tables, and read the drafts that they give, in the operators' console."""

from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from catalog.actions.harvesting import draft_of, lists_relations, relations_of, schemas_of
from catalog.models import PlatformConnection
from marketplace.kernel.errors import DomainError, NotFound
from marketplace.kernel.identity.models import Team
from marketplace.portal.form_code import as_code, show_code
from marketplace.portal.operating import operator_of
from marketplace.portal.pages import REFUSED, blame, show


class HarvestForm(forms.Form):
    """Which schema, and which of its tables for which product."""

    schema = forms.CharField(
        label="Schema", max_length=63, widget=forms.TextInput({"list": "schemas"})
    )
    relation = forms.CharField(
        label="Table or view",
        required=False,
        max_length=127,
        widget=forms.TextInput({"list": "relations"}),
    )
    product = forms.CharField(
        label="Product", required=False, max_length=161, help_text="Its key: domain.product"
    )
    team = forms.ChoiceField(label="Owner team", required=False)

    def relation_named(self) -> str:
        """Give the relation as `schema.name`; a bare name is one of the schema; or nothing."""
        schema, name = self.cleaned_data["schema"], self.cleaned_data["relation"].strip()
        return name if not name or name.startswith(f"{schema}.") else f"{schema}.{name}"


@require_http_methods(["GET", "HEAD", "POST"])
def platform_harvest(request: HttpRequest, key: str) -> HttpResponse:
    """List a schema of a platform, and show the draft of one of its tables as YAML."""
    actor = operator_of(request)
    row = PlatformConnection.objects.filter(key=key).first()
    if row is None:
        raise NotFound
    given = request.POST if request.method == "POST" else None
    form = HarvestForm(given, initial={"schema": request.GET.get("schema", "")[:63]})
    teams = form.fields["team"]
    assert isinstance(teams, forms.ChoiceField)
    teams.choices = list(Team.objects.order_by("slug").values_list("slug", "name"))
    context: dict[str, Any] = {"platform": row, "form": form, "relations": [], "draft": ""}
    context |= {"lists": lists_relations(row), "nav": "governance"}
    status = 200
    if "code" in request.POST:
        names = ("schema", "relation", "product", "team")
        body = {name: value for name in names if (value := request.POST.get(name, ""))}
        code = as_code("POST", f"platforms/{key}/harvest", body)
        return show_code(request, code, reverse("harvest", args=[key]))
    if given is not None and form.is_valid():
        clean = form.cleaned_data
        try:
            if context["lists"]:
                context["relations"] = relations_of(actor, key=key, schema=clean["schema"])
            if relation := form.relation_named():
                wanted = {name: clean[name] for name in ("product", "team")}
                context["draft"] = draft_of(actor, key=key, relation=relation, **wanted)
        except DomainError as refused:
            status = REFUSED
            blame(form, refused, {f"/{name}": name for name in form.fields})
    elif given is not None:
        status = REFUSED
    context["schemas"] = schemas_of(actor, key=key)
    return show(request, "portal/platform_harvest.html", context, status=status)
