"""Service levels as a form: it writes the next version of a contract, which the editor judges."""

from math import isfinite
from typing import Any, Final

from django import forms
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from catalog.descriptors.edits import CannotEdit, set_values
from catalog.descriptors.safe_yaml import Refused, load
from catalog.models import ContractVersion, DataProduct, ServiceLevelWindow
from catalog.permissions import may_edit_product
from catalog.states import Status
from marketplace.kernel.errors import NotFound
from marketplace.kernel.identity.current import signed_in
from marketplace.kernel.web.fragments import wants_fragment
from marketplace.portal.editing import ALL_WORDS
from marketplace.portal.form_code import apply_code, bundle_code, show_code, show_errors
from marketplace.portal.judging import Judged
from marketplace.portal.owner import crumbs, owned
from marketplace.portal.pages import REFUSED, show
from marketplace.portal.rows import hue_class

_SHOWN_DAYS: Final = 30
_UNITS: Final = ("", "percent", "s", "min", "h", "d", "m", "y")
_PROPERTIES: Final = ("availability", "latency", "frequency", "retention", "timeToDetect")
_MORE: Final = 2  # empty lines for new promises


class LevelForm(forms.Form):
    """One promise: what, how much, in which unit. Without a value it is taken back."""

    property = forms.CharField(
        label="Promise",
        max_length=60,
        required=False,
        widget=forms.TextInput({"list": "promises"}),
    )
    value = forms.CharField(label="Objective", max_length=60, required=False)
    unit = forms.CharField(
        label="Unit", max_length=20, required=False, widget=forms.TextInput({"list": "units"})
    )

    def clean(self) -> dict[str, Any]:
        """A value needs to know what it is of."""
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        if cleaned.get("value") and not cleaned.get("property"):
            self.add_error("property", "Say what is promised.")
        return cleaned


Levels = forms.formset_factory(LevelForm, extra=_MORE)


@require_http_methods(["GET", "HEAD", "POST"])
def levels(request: HttpRequest, key: str) -> HttpResponse:
    """Show the promises of each contract in force and how they were kept; write new ones."""
    actor = signed_in(request)
    product = owned(actor, key)
    versions = list(
        ContractVersion.objects.select_related("contract")
        .filter(contract__product=product, status=Status.ACTIVE)
        .order_by("contract__key", "-released_at")
    )
    wanted = request.POST.get("contract") or request.GET.get("contract") or ""
    chosen = next((one for one in versions if one.contract.key == wanted), None)
    if wanted and chosen is None:
        raise NotFound
    chosen = chosen or (versions[0] if versions else None)
    context: dict[str, Any] = {
        "product": product,
        "hue_class": hue_class(product.domain.hue),
        "crumbs": crumbs(product, "Service levels"),
        "versions": versions,
        "chosen": chosen,
        "days": _kept(product),
        "may_edit": may_edit_product(actor, product),
        "properties": _PROPERTIES,
        "units": _UNITS[1:],
        "here": "levels",
        "nav": "owner",
        "formset": None,
        "problem": "",
    }
    if chosen is None:
        return show(request, "portal/owner_levels.html", context)
    promised = _promised(chosen)
    back = reverse("levels", args=[key])
    if request.method == "POST" and context["may_edit"]:
        formset = Levels(request.POST)
        if formset.is_valid():
            try:
                text = rewritten(chosen, promised, [one.cleaned_data for one in formset])
            except (CannotEdit, Refused) as cannot:
                context["problem"] = str(cannot)
            else:
                if "code" in request.POST:
                    return show_code(request, bundle_code(text, name="contract.yaml"), back)
                return _in_editor(request, product, text)
        if "code" in request.POST and wants_fragment(request):
            return show_errors(request, formset)
        return show(
            request, "portal/owner_levels.html", context | {"formset": formset}, status=REFUSED
        )
    initial = [
        {name: one.get(name, "") for name in ("property", "value", "unit")} for one in promised
    ]
    return show(request, "portal/owner_levels.html", context | {"formset": Levels(initial=initial)})


def rewritten(
    version: ContractVersion, promised: list[dict[str, Any]], given: list[dict[str, Any]]
) -> str:
    """Give the contract with new promises and the next patch version; nothing is applied."""
    kept = []
    for place, one in enumerate(given):
        if not one.get("value"):
            continue
        before = promised[place] if place < len(promised) else {}
        said = {**before, "property": one["property"], "value": _figure(one["value"])}
        said["unit"] = one.get("unit") or ""
        kept.append({name: value for name, value in said.items() if value != ""})
    text = set_values(version.text, {("slaProperties",): kept})
    return set_values(text, {("version",): next_patch(version.version_name)})


def next_patch(version: str) -> str:
    """Give the next patch version: 1.4.0 becomes 1.4.1; what has no figures gets ``.1``."""
    head, dot, last = version.rpartition(".")
    return f"{head}.{int(last) + 1}" if dot and last.isdecimal() else f"{version}.1"


def _figure(text: str) -> int | float | str:
    """Write figures as figures."""
    try:
        number = float(text.replace(",", "."))
    except ValueError:
        return text
    if not isfinite(number):
        return text
    return int(number) if number.is_integer() else number


def _promised(version: ContractVersion) -> list[dict[str, Any]]:
    listed = load(version.text)[0].data.get("slaProperties") or []
    return [one for one in listed if isinstance(one, dict)]


def _kept(product: DataProduct) -> list[ServiceLevelWindow]:
    rows = ServiceLevelWindow.objects.filter(product=product).order_by("-day")[:_SHOWN_DAYS]
    return list(rows)[::-1]


def _in_editor(request: HttpRequest, product: DataProduct, text: str) -> HttpResponse:
    context = {
        "heading": f"Service levels of {product.name}",
        "text": text,
        "judged": Judged(),
        "mode": "yaml",
        "form": None,
        "words": ALL_WORDS,
        "code": apply_code("contract.yaml"),
        "product": product,
        "moves": [],
        "action": reverse("product_edit", args=[product.key]),
        "crumbs": crumbs(product, "Service levels"),
        "hue_class": hue_class(product.domain.hue),
        "nav": "owner",
    }
    return show(request, "portal/owner_edit.html", context)
