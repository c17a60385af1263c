"""A new product: a few questions, and what stands already becomes its first descriptor."""

import re
from collections.abc import Callable
from typing import Any, Final

from django import forms
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods

from catalog.blueprints.draft import Draft, slug_of, write
from catalog.blueprints.sources import (
    NotReadable,
    columns_of_csv,
    columns_of_table,
    models_of_dbt,
)
from catalog.descriptors.edits import CannotEdit, Path, set_values
from catalog.descriptors.safe_yaml import Refused, load
from catalog.models import DataProduct, Domain, PlatformConnection
from catalog.permissions import PUBLISHERS
from catalog.queries import connector_of
from marketplace.connectors.base import BadIdentifier, ConnectorError
from marketplace.kernel.actors import Actor
from marketplace.kernel.errors import NotAllowed
from marketplace.kernel.identity.current import signed_in
from marketplace.kernel.identity.models import Team
from marketplace.kernel.web.fragments import wants_fragment
from marketplace.portal.editing import bundle_of, show_draft
from marketplace.portal.form_code import bundle_code, show_code, show_errors
from marketplace.portal.owner_queries import owned_products
from marketplace.portal.pages import REFUSED, show
from marketplace.portal.source_form import SourceForm

_SOURCES: Final = (
    ("template", "An empty template"),
    ("table", "A table of a platform"),
    ("file", "A CSV file"),
    ("dbt", "A dbt project"),
    ("copy", "A copy of a product"),
)
_CONTRACT_ID: Final = re.compile(
    r"^(\s*(?:- )?contractId:\s*)(['\"]?)([\w.-]+)\2\s*$", re.MULTILINE
)


class NewForm(SourceForm):
    """Where the product belongs, what it is called, and what it is made from."""

    domain = forms.ChoiceField(label="Domain")
    team = forms.ChoiceField(label="Owned by")
    name = forms.CharField(label="Name", max_length=60, help_text="Its key is made of it.")
    purpose = forms.CharField(
        label="What it is for",
        required=False,
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 2}),
    )
    source = forms.ChoiceField(label="Made from", choices=_SOURCES, widget=forms.RadioSelect)
    table = forms.CharField(
        label="Table",
        required=False,
        max_length=127,
        help_text="schema.table, for the source table; or where the others will stand.",
    )
    upload = forms.FileField(
        label="CSV file, or manifest.json of dbt",
        required=False,
        help_text="Read for names and types only; it is not kept.",
    )
    model = forms.CharField(
        label="Model of the dbt project",
        required=False,
        max_length=120,
        help_text="May be left empty when the project has one only.",
    )
    original = forms.ChoiceField(label="Copy of", required=False)

    def __init__(self, actor: Actor, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.actor = actor
        mine = [slug for slug, role in actor.memberships if role in PUBLISHERS]
        teams = list(Team.objects.filter(slug__in=mine).order_by("name"))
        domains = Domain.objects.select_related("owner_team").order_by("name")
        home = {one.domain for one in teams} | {
            one.slug for one in domains if one.owner_team.slug in mine
        }
        self.own = {one.key: one for one in owned_products(actor)}
        self.offer("team", [(one.slug, one.name) for one in teams])
        self.offer("domain", [(one.slug, one.name) for one in domains if one.slug in home])
        copies = [(key, one.name) for key, one in self.own.items()]
        self.offer("original", [("", "None"), *copies])

    def clean_name(self) -> str:
        """A name has to leave a key, and the key has to be free."""
        name: str = self.cleaned_data["name"].strip()
        slug = slug_of(name)
        if not slug:
            raise forms.ValidationError("A name needs at least one letter from a to z.")
        key = f"{self.cleaned_data.get('domain', '')}.{slug}"
        if DataProduct.objects.filter(key=key).exists():
            raise forms.ValidationError(f"There is a product {key} already.")
        return name

    def clean(self) -> dict[str, Any]:
        """Ask for what the chosen source needs."""
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        for source, field, words in (
            ("table", "platform", "Say on which platform the table stands."),
            ("table", "table", "Say which table, as schema.table."),
            ("file", "upload", "Choose a CSV file."),
            ("dbt", "upload", "Choose the manifest.json of the project."),
            ("copy", "original", "Choose the product to copy."),
        ):
            missing = not cleaned.get(field) and field not in self.errors
            if cleaned.get("source") == source and missing:
                self.add_error(field, words)
        return cleaned


@require_http_methods(["GET", "HEAD", "POST"])
def owner_new(request: HttpRequest) -> HttpResponse:
    """Ask what the product is made from; then show its first descriptor in the editor."""
    actor = signed_in(request)
    if not any(role in PUBLISHERS for _, role in actor.memberships):
        raise NotAllowed("Products are made by those who own products.")
    sent = request.method == "POST"
    form = NewForm(
        actor,
        request.POST if sent else None,
        request.FILES if sent else None,
        initial={"source": request.GET.get("source", "template")},
    )
    crumbs = [
        {"label": "Owner console", "href": reverse("owner")},
        {"label": "New product", "href": ""},
    ]
    if sent and form.is_valid():
        text = _drafted(form)
        if text is not None and "code" in request.POST:
            return show_code(request, bundle_code(text), reverse("owner_new"))
        if text is not None:
            heading = f"New product: {form.cleaned_data['name']}"
            return show_draft(request, heading, text, crumbs)
    if sent and "code" in request.POST and wants_fragment(request):
        return show_errors(request, form)
    context = {"form": form, "crumbs": crumbs, "nav": "owner"}
    return show(request, "portal/owner_new.html", context, status=REFUSED if sent else 200)


def _drafted(form: NewForm) -> str | None:
    """Give the first text; None when the source could not be read, which the form then says."""
    source = form.cleaned_data["source"]
    field, make = _MAKERS[source]
    try:
        return make(form)
    except (NotReadable, CannotEdit, BadIdentifier) as cannot:
        form.add_error(field, str(cannot))
    except Refused:
        form.add_error(field, "The text of that product cannot be read.")
    except ConnectorError as away:
        words = gettext("%(platform)s says: %(words)s")
        named = dict(form.platforms).get(form.cleaned_data["platform"], "")
        form.add_error(field, words % {"platform": named, "words": away})
    return None


def _draft(form: NewForm, **facts: Any) -> Draft:
    given = form.cleaned_data
    said = {
        "domain": given["domain"],
        "team": given["team"],
        "name": given["name"],
        "purpose": given["purpose"].replace("\r\n", "\n").strip(),
        "platform": given["platform"],
        "resource": given["table"],
    }
    return Draft(**{**said, **{key: value for key, value in facts.items() if value}})


def _from_template(form: NewForm) -> str:
    return write(_draft(form))


def _from_table(form: NewForm) -> str:
    """Describe the table by the platform's own catalogue; no row of it is read."""
    schema, dot, table = form.cleaned_data["table"].partition(".")
    if not dot or not table:
        raise NotReadable("Write the table as schema.table.")
    platform = PlatformConnection.objects.get(key=form.cleaned_data["platform"])
    found = connector_of(platform).describe(schema, table)
    if not found.columns:
        raise NotReadable("The platform shows no column of such a table.")
    purpose = form.cleaned_data["purpose"] or found.comment
    basis = f"{schema}.{table} on {platform.name}"
    columns = columns_of_table(found.columns)
    return write(_draft(form, columns=columns, basis=basis, purpose=purpose))


def _from_file(form: NewForm) -> str:
    columns, basis = columns_of_csv(form.cleaned_data["upload"].read())
    return write(_draft(form, columns=columns, basis=basis))


def _from_dbt(form: NewForm) -> str:
    models = models_of_dbt(form.cleaned_data["upload"].read())
    wanted = form.cleaned_data["model"].strip()
    chosen = [one for one in models if one.name == wanted] if wanted else models
    if len(chosen) != 1:
        named = ", ".join(one.name for one in models[:20])
        raise NotReadable(f"Say which model: {named}.")
    model = chosen[0]
    return write(
        _draft(
            form,
            columns=model.columns,
            resource=form.cleaned_data["table"] or model.resource,
            basis=f"the dbt model {model.name}",
            purpose=form.cleaned_data["purpose"] or model.description,
        )
    )


def _from_copy(form: NewForm) -> str:
    """Copy descriptor and contracts with new ids; everything else stays as it was written."""
    given, draft = form.cleaned_data, _draft(form)
    key = f"{draft.domain}.{draft.slug}"
    parts, renamed = [], {}
    documents = load(bundle_of(form.own[given["original"]]))
    for document in documents:
        if document.data.get("kind") == "DataContract":
            renamed[document.data["id"]] = f"{draft.slug}-{_ending(document.data['id'], given)}"
    for document in documents:
        if document.data.get("kind") == "DataProduct":
            text = set_values(
                document.text,
                {
                    ("id",): key,
                    ("name",): draft.name,
                    ("version",): "0.1.0",
                    ("status",): "draft",
                    ("domain",): draft.domain,
                    ("team", "name"): draft.team,
                    **({("description", "purpose"): draft.purpose} if draft.purpose else {}),
                },
            )
            parts.append(_CONTRACT_ID.sub(_renamer(renamed), text))
        else:
            values: dict[Path, str] = {("id",): renamed[document.data["id"]], ("dataProduct",): key}
            values[("version",)] = "1.0.0"
            parts.append(set_values(document.text, values))
    return "".join(parts)


def _ending(contract: str, given: dict[str, Any]) -> str:
    """Give what a contract's id says beyond its product's name."""
    original = given["original"].partition(".")[2]
    return contract.removeprefix(f"{original}-") or "curated"


def _renamer(renamed: dict[str, str]) -> Callable[[re.Match[str]], str]:
    return lambda found: f"{found[1]}{found[2]}{renamed.get(found[3], found[3])}{found[2]}"


_MAKERS: Final[dict[str, tuple[str, Callable[[NewForm], str]]]] = {
    "template": ("name", _from_template),
    "table": ("table", _from_table),
    "file": ("upload", _from_file),
    "dbt": ("model", _from_dbt),
    "copy": ("original", _from_copy),
}
