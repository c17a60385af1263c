"""The style guide: every part of the pages in every state, with example data that says so."""

from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from marketplace.portal import style_examples


class ExampleForm(forms.Form):
    """Each kind of field, with help, and wrong when bound to `WRONG`."""

    name = forms.CharField(label="Name", max_length=40, help_text="How others find this token.")
    email = forms.EmailField(label="E-mail", required=False)
    expires = forms.ChoiceField(
        label="Expires", choices=[("30", "in 30 days"), ("365", "in a year")]
    )
    words = forms.CharField(
        label="What will you do with it?",
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="The owner reads this first. One or two sentences are enough.",
    )
    scopes = forms.MultipleChoiceField(
        label="Scopes",
        choices=[("read", "Read the catalog"), ("request", "Ask for access")],
        widget=forms.CheckboxSelectMultiple,
    )
    agree = forms.BooleanField(label="I have read the terms of this contract")


WRONG = {"wrong-name": "x" * 60, "wrong-email": "nobody", "wrong-expires": "7"}


@require_safe
def show(request: HttpRequest) -> HttpResponse:
    """Show the style guide; `?part=lineage` gives the example graph as data."""
    if request.GET.get("part") == "lineage":
        return JsonResponse(style_examples.lineage())
    return render(request, "styleguide.html", {"nav": "style", **examples()})


def examples() -> dict[str, Any]:
    """Give the example data of every part, with the form once empty and once wrong."""
    return {
        **style_examples.examples(),
        "form": ExampleForm(),
        "wrong": ExampleForm(WRONG, prefix="wrong"),
    }
