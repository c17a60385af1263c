"""The form of a platform connection, drawn from its connector's configuration."""

from typing import Any, Final

from django import forms
from django.utils.translation import gettext, gettext_lazy

from catalog.models import PlatformConnection
from catalog.models.platform import ON_DRIFT
from marketplace.connectors.forms import ConfigField, config_fields
from marketplace.connectors.labels import choice_label
from marketplace.portal.form_code import as_code

_REFERENCE: Final = gettext_lazy(
    "Or where it is kept: env:EMPORION_SECRET_X, file:name, vault:path#field."
)
RULES: Final = ("rounds_per_minute", "max_concurrent", "census_seconds", "on_drift")


class PlatformForm(forms.Form):
    """Key and name, the connector's own fields, its secrets, and what follows drift."""

    key = forms.SlugField(
        label=gettext_lazy("Key"),
        max_length=60,
        help_text=gettext_lazy("What descriptors call it. It cannot be changed."),
    )
    name = forms.CharField(label=gettext_lazy("Name"), max_length=120)
    rounds_per_minute = forms.IntegerField(
        label=gettext_lazy("Rounds a minute, at most"),
        required=False,
        min_value=1,
        max_value=100_000,
    )
    max_concurrent = forms.IntegerField(
        label=gettext_lazy("Workers at a time, at most"),
        required=False,
        min_value=1,
        max_value=1_000,
    )
    census_seconds = forms.IntegerField(
        label=gettext_lazy("Seconds between two looks at a handle"),
        min_value=5,
        max_value=86_400,
        initial=60,
    )
    on_drift = forms.ChoiceField(
        label=gettext_lazy("When it was changed by others"), choices=ON_DRIFT
    )

    def __init__(self, kind: str, row: PlatformConnection | None, data: Any = None) -> None:
        self.kind, self.row = kind, row
        self.wanted = config_fields(kind)
        super().__init__(data, initial=_initial(row))
        if row is not None:
            del self.fields["key"]
        for one in self.wanted:
            self.fields[_name(one)] = _drawn(one, row)

    @property
    def of_connector(self) -> list[forms.BoundField]:
        """The connector's own fields, bound."""
        return [self[_name(one)] for one in self.wanted]

    @property
    def given(self) -> dict[str, Any]:
        """The arguments of `register_platform`; what is empty and has a default is left out."""
        clean = self.cleaned_data
        config = {
            one.name: _value(one, clean[_name(one)])
            for one in self.wanted
            if not one.secret and clean.get(_name(one)) not in (None, "")
        }
        secrets = {
            one.name: clean[_name(one)]
            for one in self.wanted
            if one.secret and clean.get(_name(one))
        }
        kept = {} if self.row is None else self.row.config
        ours = {one.name for one in self.wanted}
        return {
            "key": self.row.key if self.row else clean["key"],
            "name": clean["name"],
            "kind": self.kind,
            "config": {k: v for k, v in kept.items() if k not in ours} | config,
            "secrets": secrets,
            "rules": {name: clean[name] for name in RULES},
        }

    def code(self, sent: Any) -> list[dict[str, str]]:
        """Give the call that keeps what stands in the form; secrets are only referred to."""
        filled = [one for one in self.wanted if sent.get(_name(one))]
        body: dict[str, Any] = {
            "name": sent.get("name", ""),
            "kind": self.kind,
            "config": {one.name: _sent(one, sent) for one in filled if not one.secret},
            "secrets": {
                one.name: f"env:EMPORION_SECRET_{one.name.upper()}" for one in filled if one.secret
            },
        }
        rules = {name: sent.get(name, "") for name in RULES}
        body |= {
            name: int(text) if text.isdecimal() else text for name, text in rules.items() if text
        }
        key = self.row.key if self.row else sent.get("key", "") or "KEY"
        return as_code("PUT", f"platforms/{key}", body)


def _initial(row: PlatformConnection | None) -> dict[str, Any]:
    if row is None:
        return {}
    return {"name": row.name, **{name: getattr(row, name) for name in RULES}}


def _name(one: ConfigField) -> str:
    return f"{'secret' if one.secret else 'config'}_{one.name}"


def _drawn(one: ConfigField, row: PlatformConnection | None) -> forms.Field:
    """Draw one value as a field of the form."""
    kept = row is not None and (one.name in row.sealed or one.name == "password")
    facts: dict[str, Any] = {
        "label": gettext(one.label),
        "required": one.required and not kept,
        "help_text": gettext(one.help) if one.help else "",
    }
    if one.secret:
        words = [gettext("Kept as it is when empty.")] if kept else []
        own = [facts["help_text"]] if facts["help_text"] else []
        facts["help_text"] = " ".join([*own, *words, str(_REFERENCE)])
        hidden = forms.PasswordInput(attrs={"autocomplete": "new-password"})
        return forms.CharField(**facts, max_length=20_000, strip=True, widget=hidden)
    value = one.default if row is None else row.config.get(one.name, one.default)
    if one.kind == "flag":
        return forms.BooleanField(**facts | {"required": False}, initial=value)
    if one.kind == "number":
        return forms.IntegerField(**facts, initial=value)
    if one.kind == "choice":
        choices = [(choice, gettext(choice_label(choice))) for choice in one.choices]
        return forms.ChoiceField(**facts, choices=choices, initial=value)
    if one.kind == "list":
        value = ", ".join(value or ())
        by_comma = gettext("Separated by commas.")
        facts["help_text"] = f"{facts['help_text']} {by_comma}".strip()
    return forms.CharField(**facts, max_length=2_000, initial=value)


def _sent(one: ConfigField, sent: Any) -> Any:
    """Give a value as it was sent, as the API takes it."""
    text = str(sent.get(_name(one), ""))
    if one.kind == "flag":
        return True
    if one.kind == "number" and text.lstrip("-").isdecimal():
        return int(text)
    return _value(one, text)


def _value(one: ConfigField, given: Any) -> Any:
    if one.kind == "list":
        return [part.strip() for part in str(given).split(",") if part.strip()]
    return given
