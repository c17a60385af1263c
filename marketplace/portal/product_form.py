"""The common fields of a product as a form, which writes the same YAML that others edit."""

from typing import Any, Final

from django import forms

from catalog.descriptors import safe_yaml
from catalog.descriptors.edits import CUSTOM, JSON, Path, set_values
from catalog.states import Scope

_ROWS: Final = {"rows": 3}
_LIST: Final = {"rows": 4}
_PATHS: Final[dict[str, Path]] = {
    "name": ("name",),
    "purpose": ("description", "purpose"),
    "usage": ("description", "usage"),
    "limitations": ("description", "limitations"),
    "row_meaning": (CUSTOM, "rowMeaning"),
    "good_for": (CUSTOM, "goodFor"),
    "not_for": (CUSTOM, "notFor"),
    "tags": ("tags",),
    "scope": (CUSTOM, "publicationScope"),
}
_LISTS: Final = ("good_for", "not_for", "tags")
_OURS: Final = "DataProduct"


class ProductForm(forms.Form):
    """What most products say of themselves; everything else is changed in the YAML."""

    name = forms.CharField(label="Name", max_length=160)
    purpose = forms.CharField(
        label="What it is for",
        required=False,
        max_length=4000,
        widget=forms.Textarea(attrs=_ROWS),
        help_text="One or two sentences; the market shows them.",
    )
    row_meaning = forms.CharField(
        label="What one row means",
        required=False,
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 2}),
    )
    good_for = forms.CharField(
        label="Good for",
        required=False,
        widget=forms.Textarea(attrs=_LIST),
        help_text="One use a line.",
    )
    not_for = forms.CharField(
        label="Not for",
        required=False,
        widget=forms.Textarea(attrs=_LIST),
        help_text="One use a line.",
    )
    usage = forms.CharField(
        label="How to use it", required=False, max_length=4000, widget=forms.Textarea(attrs=_ROWS)
    )
    limitations = forms.CharField(
        label="Limits", required=False, max_length=4000, widget=forms.Textarea(attrs=_ROWS)
    )
    tags = forms.CharField(
        label="Tags",
        required=False,
        widget=forms.Textarea(attrs=_LIST),
        help_text="One a line.",
    )
    scope = forms.ChoiceField(label="Who sees it", choices=Scope.choices)

    def values(self) -> dict[Path, JSON]:
        """Give what was filled in by its place in the descriptor."""
        cleaned = self.cleaned_data
        return {
            path: _lines(cleaned[name]) if name in _LISTS else _words(cleaned[name])
            for name, path in _PATHS.items()
        }


def initial_of(text: str) -> dict[str, Any] | None:
    """Read the fields of the first product of a text; None when it describes none.

    Raises ``Refused`` when the text cannot be read.
    """
    data = next((one.data for one in safe_yaml.load(text) if _describes(one)), None)
    if data is None:
        return None
    found = {name: _read(data, path) for name, path in _PATHS.items()}
    lists = {name: "\n".join(map(str, found[name] or [])) for name in _LISTS}
    return {**{k: v or "" for k, v in found.items()}, **lists} | {
        "scope": found["scope"] or Scope.ORGANIZATION
    }


def written(text: str, values: dict[Path, JSON]) -> str:
    """Give the text with the values set in its first product; its other documents as they are."""
    done, parts = False, []
    for one in safe_yaml.load(text):
        if _describes(one) and not done:
            parts.append(set_values(one.text, values))
            done = True
        else:
            parts.append(one.text)
    return "".join(parts)


def _describes(document: safe_yaml.Document) -> bool:
    return document.data.get("kind") == _OURS


def _read(data: dict[str, JSON], path: Path) -> JSON:
    if path[0] == CUSTOM:
        listed = [one for one in data.get(CUSTOM) or [] if isinstance(one, dict)]
        return next((one.get("value") for one in listed if one.get("property") == path[1]), None)
    found: JSON = data
    for key in path:
        found = found.get(key) if isinstance(found, dict) else None
    return found


def _words(text: str) -> str:
    return text.replace("\r\n", "\n").strip()


def _lines(text: str) -> list[str]:
    return [line.strip() for line in text.splitlines() if line.strip()]
